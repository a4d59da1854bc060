//! `bantam plan`: places the buffers of a model, or those of a file, in as little memory as possible.

mod csv;
mod tflm;

use crate::args::{PlanArgs, Runtime};
use crate::failure::{Failure, Result};

/// Plans what the arguments name.
pub(crate) fn run(args: &PlanArgs) -> Result<()> {
    match (&args.model, &args.csv) {
        (_, Some(csv)) => csv::run(csv, args),
        (Some(model), None) if args.runtime != Runtime::Bantam => tflm::run(model, args),
        (Some(_), None) | (None, None) => Err(Failure::new("only --csv is supported")),
    }
}
