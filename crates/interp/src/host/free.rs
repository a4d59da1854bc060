//! Memory of a plan that no tensor needs while a node runs.

use crate::op::Op;
use crate::record::{Graph, Operand, Operands, Place};
use bantam_arena::Records;
use bantam_schema::Model;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

/// What is looked at as a whole: free or not.
const UNIT: u32 = 32;

/// Units that are looked at: those of the first megabyte.
const MOST_UNITS: usize = 1 << 15;

/// Bytes of the overlay, as units.
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

    /// The longest run without a mark, in bytes.
    fn longest_gap(&self) -> Range<u32> {
        let (mut longest, mut begin) = (0..0, 0);
        for at in 0..=self.0.len() {
            if self.0.get(at).is_none_or(|&marked| marked) {
                longest = if at - begin > longest.len() { begin..at } else { longest };
                begin = at + 1;
            }
        }
        longest.start as u32 * UNIT..longest.end as u32 * UNIT
    }
}

/// The part of the overlay from the first of a node's operands to the end of the last.
fn hull(operands: &Operands<'_>) -> Option<Operand> {
    let (mut begin, mut end) = (u32::MAX, 0);
    for operand in (0..operands.len()).map(|at| operands.at(at)) {
        if let Place::Overlay(at) = operand.place() {
            (begin, end) = (begin.min(at), end.max(at.checked_add(operand.bytes)?));
        }
    }
    Operand::new(Place::Overlay(begin.min(end)), end.saturating_sub(begin))
}

/// For each node of the graph that runs, the longest part of the overlay that holds nothing while
/// the node runs, below its operands or above them: nothing that a later node or the user reads.
/// `None` if a record is faulty.
pub(super) fn of_nodes(
    records: Records<'_>,
    graph: &Graph,
    (ops, model): (&[Op], Model<'_>),
    overlay: usize,
) -> Option<Vec<Range<u32>>> {
    let mut needed = Units(vec![false; (overlay / UNIT as usize).min(MOST_UNITS)]);
    for port in records.slice(graph.outputs).ok()? {
        needed.mark(port.operand);
    }
    let nodes = records.slice(graph.nodes).ok()?;
    let mut free = Vec::new();
    for node in nodes.iter().rev() {
        let op = ops.get(usize::from(node.op))?;
        let (operands, _) = node.read(records, model, op.data_bytes)?;
        let mut used = Units(needed.0.clone());
        used.mark(hull(&operands)?);
        free.push(used.longest_gap());
        before(&mut needed, &operands);
    }
    free.reverse();
    Some(free)
}

/// What is needed before a node runs, of what is needed behind it.
fn before(needed: &mut Units, operands: &Operands<'_>) {
    (0..operands.output_len()).for_each(|at| needed.clear(operands.output(at)));
    (0..operands.input_len()).for_each(|at| needed.mark(operands.input(at)));
}

#[cfg(test)]
mod tests;
