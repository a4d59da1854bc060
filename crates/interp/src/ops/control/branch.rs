//! What nodes that run subgraphs share: the subgraphs that they name, and what goes in and out.

use crate::{Call, EvalError, Failed, Io, Prepare};
use bytemuck::{Pod, Zeroable};
use core::ops::Range;

/// The two subgraphs of a node: those of IF, or condition and body of WHILE.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Branches {
    pub(super) first: Call,
    pub(super) second: Call,
}

/// The subgraph at position `at` of those that a node names, for
/// [`Operator::CALLS`](crate::Operator::CALLS).
pub(super) fn named(indices: &[i32], at: usize) -> Option<u32> {
    indices.get(at).and_then(|&index| u32::try_from(index).ok())
}

/// Makes the node call a subgraph whose inputs are those of the node from `first_input` on, and
/// whose outputs, if it is a `body`, are those of the node.
pub(super) fn call(
    node: &mut Prepare<'_, '_>,
    index: i32,
    first_input: usize,
    is_body: bool,
) -> Result<Call, Failed> {
    let index = index as u32;
    // Whether there is such a subgraph comes first.
    let call = node.call(index)?;
    let (inputs, outputs) = (first_input..node.input_len(), 0..node.output_len());
    let output_len = if is_body { outputs.len() } else { 1 };
    node.require_callee_ports(index, inputs.len(), output_len)?;
    for (at, input) in inputs.enumerate() {
        let tensor = node.input(input)?;
        node.require_callee_input(index, at, &tensor)?;
    }
    for at in outputs.take_while(|_| is_body) {
        node.require_callee_output(index, at, &node.output(at)?)?;
    }
    Ok(call)
}

/// Copies inputs of the node to those of a subgraph, from its first on.
pub(super) fn enter(call: &Call, io: &mut Io<'_>, inputs: Range<usize>) -> Result<(), EvalError> {
    inputs.enumerate().try_for_each(|(at, input)| io.copy_to_callee(call, at, input))
}

/// Copies the outputs of a subgraph to those of the node.
pub(super) fn leave(call: &Call, io: &mut Io<'_>) -> Result<(), EvalError> {
    (0..io.output_len()).try_for_each(|at| io.copy_from_callee(call, at, at))
}
