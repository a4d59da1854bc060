//! Models as generated code has them if they are prepared.

use bantam_interp::host::{self, Choice, Effort, Isa, Lean, Prepared, Request};
use bantam_interp::{Op, Sharing};
use bantam_schema::Model;

use crate::Error;

/// Prepares a model; with a file that has what a device reads of it, if that is less than all.
pub(super) fn prepare(
    model: &Model<'_>,
    choices: &[Choice],
    isa: Isa,
) -> Result<(Prepared, Option<Vec<u8>>), Error> {
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Request::for_model(model).search);
    let prepared = host::prepare_for(model, &ops, Sharing::default(), effort, isa, &mut |_| {});
    let prepared = prepared.map_err(|error| Error::of(model, &error))?;
    // A model that cannot be copied without loss stays as it is.
    Ok(match host::lean(model, &prepared, &ops).ok().flatten() {
        Some(Lean { file, prepared, .. }) => (prepared, Some(file)),
        None => (prepared, None),
    })
}
