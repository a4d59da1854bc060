//! What the fuzz targets share.

mod calls;
pub mod cost;
mod image;
mod planned;
mod run;

pub use calls::{Call, check_calls};
pub use image::{Image, images};
pub use planned::{Planned, planned};
pub use run::{run_model, run_plans, run_unchecked};
