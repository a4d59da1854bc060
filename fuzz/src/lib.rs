//! What the fuzz targets share.

mod cases;
mod run;

pub use cases::{Case, Tensor, cases};
pub use run::run_model;
