//! Reads the file of a model.

use std::path::Path;

use bantam_report::{Named, model};
use bantam_schema::Model;

use crate::args::Sizes;
use crate::failure::{Failure, Result};

pub(crate) use crate::files::read;

/// Gives the sizes that a model leaves open the values of the command line; gives its file.
pub(crate) fn with_batch(path: &Path, bytes: Vec<u8>, sizes: Sizes) -> Result<Vec<u8>> {
    let Some(batch) = sizes.batch else { return Ok(bytes) };
    let model = parse(path, &bytes)?;
    model::with_batch(&model, batch.get()).map_err(|error| Failure::report(path, error))
}

/// Checks a model.
pub(crate) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<Model<'a>> {
    model::parse(bytes).map_err(|error| Failure::report(path, error))
}

/// Gives a report the name of the model's file.
pub(crate) fn named<T>(path: &Path, report: T) -> Named<T> {
    Named { model: path.display().to_string(), report }
}
