//! What the fuzz targets share.

mod cases;
mod planned;
mod run;

pub use cases::{Case, Tensor, cases};
pub use planned::{Planned, planned};
pub use run::{run_model, run_plans};
