//! Kernels whose outputs depend on all of a row, or on all of the input.

use bantam_schema::TensorType;

use super::step::{Copying, Operands, Step, distance};

/// Rows of the input become rows of the output; a row is read again for each element of its output.
pub(super) fn fully_connected(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let depth = *operands.graph.input(operands.node, 1)?.dims.last()?;
    let units = *output.dims.last()?;
    let rows = output.len().checked_div(units)?;
    if rows.checked_mul(depth)? != input.len() || input.tensor_type != output.tensor_type {
        return None;
    }
    operands.budget.take(2 * rows)?;
    Some(rows_of(rows, depth, units, input.element_bytes()))
}

pub(super) fn rows_of(rows: u64, depth: u64, units: u64, element_bytes: u64) -> u64 {
    // Two steps for each row: all its outputs but the last, and the last.
    let step = |step: u64| {
        let (last, row) = (step % 2, step / 2);
        let written = ((row + 1) * units - (1 - last)) * element_bytes;
        Step { reads: Some(row * depth * element_bytes), written }
    };
    distance((0..2 * rows).map(step), Copying::Elements)
}

/// Returns the distance of TRANSPOSE_CONV. Integer kernels add everything up in scratch memory, and
/// only then write the output; the float kernel adds it up in the output.
pub(super) fn transpose_conv(operands: Operands<'_, '_>) -> Option<u64> {
    let types = [operands.input.tensor_type, operands.output.tensor_type];
    let integers = types == [TensorType::INT8; 2] || types == [TensorType::INT16; 2];
    integers.then_some(0)
}
