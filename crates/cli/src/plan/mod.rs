//! `bantam plan`: places the buffers of a model, or those of a file, in as little memory as
//! possible.

mod chart;
mod csv;
mod fit;
mod model;
pub(crate) mod regions;
mod techniques;
mod tflm;

use crate::args::{PlanArgs, Runtime};
use crate::failure::{Failure, Result};

/// Plans the model or the file that the arguments name.
pub(crate) fn run(args: &PlanArgs) -> Result<()> {
    match (&args.model, &args.csv) {
        (_, Some(csv)) if !args.regions.is_empty() => regions::run(csv, args),
        (_, Some(csv)) => csv::run(csv, args),
        (Some(model), None) if args.runtime != Runtime::Bantam => tflm::run(model, args),
        (Some(model), None) => model::run(model, args),
        // The group of the arguments ensures that there is one.
        (None, None) => Err(Failure::new("neither a model nor a file of buffers")),
    }
}
