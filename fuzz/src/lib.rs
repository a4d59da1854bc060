//! What the fuzz targets share.

pub mod cost;
mod image;
mod planned;
mod run;

pub use image::{Image, images};
pub use planned::{Planned, planned};
pub use run::{run_model, run_plans, run_unchecked};
