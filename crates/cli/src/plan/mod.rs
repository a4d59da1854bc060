//! `bantam plan`: places the buffers of a model, or those of a file, in as little memory as possible.

mod csv;

use crate::args::PlanArgs;
use crate::failure::{Failure, Result};

/// Plans what the arguments name.
pub(crate) fn run(args: &PlanArgs) -> Result<()> {
    match (&args.model, &args.csv) {
        (_, Some(csv)) => csv::run(csv, args),
        (Some(_), None) | (None, None) => Err(Failure::new("only --csv is supported")),
    }
}
