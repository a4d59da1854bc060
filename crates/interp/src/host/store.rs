//! Models that carry their plan.

use super::{CalleeMap, MemoryMap};
use crate::plan::Origin;
use crate::plan::stored::{Contents, NAME, NAME_BYTES, NOWHERE, fingerprint, name_of};
use bantam_schema::write::{CopyError, ModelBuilder};
use bantam_schema::{Model, Subgraph};
use std::vec;
use std::vec::Vec;

/// The name under which TFLM looks for a plan.
pub(super) const TFLM_NAME: &str = "OfflineMemoryAllocation";

/// The name of the plan of the subgraph that runs.
pub(super) const PLAN_NAME: &str = NAME;

/// Writes `model` with its nodes in the order `order` and with `map`, a plan of that order, in its
/// metadata.
///
/// What other plans it carries are left out: they are for another order, or would come second.
///
/// # Errors
///
/// [`CopyError`] if the model cannot be written without loss.
pub(super) fn store(
    model: &Model<'_>,
    map: &MemoryMap,
    order: &[u32],
) -> Result<Vec<u8>, CopyError> {
    let mut builder = ModelBuilder::from_model(model)?;
    if let Some(mut graph) = builder.edit_subgraph(0) {
        graph.reorder(order);
    }
    builder.remove_metadata(NAME).remove_metadata(TFLM_NAME);
    let file = builder.finish();
    let subgraph = Model::parse(&file).ok().and_then(|model| model.subgraph(0));
    if let Some(subgraph) = subgraph {
        builder.metadata(NAME, &entry(&subgraph, map));
    }
    for CalleeMap { subgraph: index, map, .. } in &map.callees {
        let Some(subgraph) = model.subgraph(*index) else { continue };
        let mut name = [0; NAME_BYTES];
        let name = name_of(*index, &mut name);
        builder.remove_metadata(name).metadata(name, &entry(&subgraph, map));
    }
    Ok(builder.finish())
}

/// The metadata entry for the plan of a subgraph.
fn entry(subgraph: &Subgraph<'_>, map: &MemoryMap) -> Vec<u8> {
    let mut tensors = vec![NOWHERE; subgraph.tensor_len() as usize];
    let mut scratch = Vec::new();
    for placed in &map.buffers {
        match placed.origin {
            Origin::Tensor(tensor) => tensors[tensor as usize] = placed.offset,
            Origin::Scratch(_) => scratch.push(placed.offset),
        }
    }
    let contents = Contents {
        fingerprint: fingerprint(subgraph),
        wholes: map.wholes(),
        overlay_bytes: map.overlay_bytes,
        tensors: &tensors,
        scratch: &scratch,
    };
    contents.words().flat_map(u32::to_le_bytes).collect()
}
