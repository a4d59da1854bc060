//! The same models without the nodes that a device need not run.

use std::path::Path;

use bantam_interp::host::simplify;
use bantam_schema::Model;
use bantam_signal_ops::EVERY;

use super::planners::Variant;

/// The outputs of the simplified model are those of the model, if it has become another one.
pub(super) fn check(
    model: &Model<'_>,
    expected: &[Vec<u8>],
    folder: &Path,
    steps: usize,
) -> Result<(), String> {
    let simplified = simplify(model, EVERY).map_err(|error| format!("simplify: {error}"))?;
    if simplified.is_unchanged() {
        return Ok(());
    }
    let model = Model::parse(&simplified.file).map_err(|error| format!("simplified: {error}"))?;
    let outputs = super::run(&model, Variant::DEFAULT, folder, steps)
        .map_err(|error| format!("simplified: {error}"))?;
    if outputs == expected { Ok(()) } else { Err("simplified: other outputs".into()) }
}
