//! Memory above all that is needed while a node runs.

use crate::op::Op;
use crate::record::{Graph, Operand, Operands, Place};
use bantam_arena::Records;
use bantam_schema::Model;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

/// What is looked at as a whole: needed or not.
const UNIT: u32 = 16;

/// The bytes of an overlay, as units.
struct Units(Vec<bool>);

impl Units {
    /// Marks an operand: its last unit, too, of which it may have a part only.
    fn mark(&mut self, operand: Operand) {
        self.set(operand, true, |begin, end| begin / UNIT..end.div_ceil(UNIT));
    }

    /// Takes the mark off the units that an operand fills.
    fn clear(&mut self, operand: Operand) {
        self.set(operand, false, |begin, end| begin.div_ceil(UNIT)..end / UNIT);
    }

    fn set(&mut self, operand: Operand, to: bool, units: fn(u32, u32) -> Range<u32>) {
        let Place::Overlay(at) = operand.place() else { return };
        let Range { start, end } = units(at, at.saturating_add(operand.bytes));
        let end = self.0.len().min(end as usize);
        self.0.get_mut(start as usize..end).unwrap_or_default().fill(to);
    }

    /// Where the bytes begin that lie above all marks.
    fn top(&self) -> u32 {
        self.0.iter().rposition(|&marked| marked).map_or(0, |last| last as u32 + 1) * UNIT
    }
}

/// For each node of the graph that runs, the bytes of the overlay above all that is needed while
/// the node runs: its operands, and what a later node or the user reads. `None` if a record is
/// faulty.
pub(super) fn of_nodes(
    records: Records<'_>,
    graph: &Graph,
    (ops, model): (&[Op], Model<'_>),
    overlay: usize,
) -> Option<Vec<Range<u32>>> {
    let mut needed = Units(vec![false; overlay.div_ceil(UNIT as usize)]);
    for port in records.slice(graph.outputs).ok()? {
        needed.mark(port.operand);
    }
    let mut free = Vec::new();
    for node in records.slice(graph.nodes).ok()?.iter().rev() {
        let op = ops.get(usize::from(node.op))?;
        let (operands, _) = node.read(records, model, op.data_bytes)?;
        let own = (0..operands.len()).map(|at| operands.at(at)).filter_map(end);
        let end = own.fold(needed.top(), u32::max);
        free.push(end..end.max(overlay as u32));
        before(&mut needed, &operands);
    }
    free.reverse();
    Some(free)
}

/// Where an operand of the overlay ends.
fn end(operand: Operand) -> Option<u32> {
    match operand.place() {
        Place::Overlay(at) => at.checked_add(operand.bytes),
        _ => None,
    }
}

/// What is needed before a node runs, of what is needed behind it.
fn before(needed: &mut Units, operands: &Operands<'_>) {
    (0..operands.output_len()).for_each(|at| needed.clear(operands.output(at)));
    (0..operands.input_len()).for_each(|at| needed.mark(operands.input(at)));
}

#[cfg(test)]
mod tests;
