//! What the fuzz targets share.

mod cases;
mod image;
mod planned;
mod run;

pub use cases::{Case, Tensor, cases};
pub use image::{Image, images};
pub use planned::{Planned, planned};
pub use run::{run_model, run_plans, run_unchecked};
