//! Memory above all that is needed while a node runs.

use crate::op::Op;
use crate::record::{Graph, Operand, Operands, Place};
use bantam_arena::Records;
use bantam_schema::Model;
use core::ops::Range;
use std::vec::Vec;

/// For each node of the graph that runs, the bytes of the overlay above all that is needed while
/// the node runs: its operands, and what a later node or the user reads. `None` if a record is
/// faulty.
pub(super) fn of_nodes(
    records: Records<'_>,
    graph: &Graph,
    (ops, model): (&[Op], Model<'_>),
    overlay: usize,
) -> Option<Vec<Range<u32>>> {
    // What is read behind the node.
    let ports = records.slice(graph.outputs).ok()?;
    let mut needed: Vec<_> = ports.iter().filter_map(|port| range(port.operand)).collect();
    let mut free = Vec::new();
    for node in records.slice(graph.nodes).ok()?.iter().rev() {
        let op = ops.get(usize::from(node.op))?;
        let (operands, _) = node.read(records, model, op.data_bytes)?;
        let own = (0..operands.len()).filter_map(|at| range(operands.at(at)));
        let end = own.chain(needed.iter().cloned()).map(|range| range.end).max().unwrap_or(0);
        free.push(end..end.max(overlay as u32));
        before(&mut needed, &operands);
    }
    free.reverse();
    Some(free)
}

/// Where in the overlay an operand is.
fn range(operand: Operand) -> Option<Range<u32>> {
    match operand.place() {
        Place::Overlay(at) => Some(at..at.checked_add(operand.bytes)?),
        _ => None,
    }
}

/// Makes what is needed behind a node what is needed before it: no outputs, but all inputs.
fn before(needed: &mut Vec<Range<u32>>, operands: &Operands<'_>) {
    for output in (0..operands.output_len()).filter_map(|at| range(operands.output(at))) {
        let rest = |needed: &Range<u32>| {
            let below = needed.start..needed.end.min(output.start);
            [below, needed.start.max(output.end)..needed.end]
        };
        *needed = needed.iter().flat_map(rest).filter(|rest| !rest.is_empty()).collect();
    }
    for input in (0..operands.input_len()).filter_map(|at| range(operands.input(at))) {
        if !needed.contains(&input) {
            needed.push(input);
        }
    }
}

#[cfg(test)]
mod tests;
