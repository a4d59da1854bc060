//! The lifetimes of the buffers in an order.

use std::vec;
use std::vec::Vec;

use super::OrderError;
use super::graph::{Graph, Node, Share};
use crate::{Buffer, Overlap, Permission, Problem, WithOverlaps};

/// The buffers of a graph with the lifetimes that an order gives them: a problem for the planners.
///
/// Its buffers are those of the graph, with the same numbers, then the scratch memory of each step,
/// which may be empty. Inputs of the graph are live from step 0, the step at place `i` of the order
/// is step `i + 1`, outputs of the graph are live to the last step. A buffer that nobody reads is
/// live during the step that writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    buffers: Vec<Buffer>,
    permissions: Vec<Permission>,
}

impl Timeline {
    /// Returns the buffers of the graph, then the scratch memory of each step.
    #[must_use]
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// Returns the permissions that hold in this order, in ascending order of output, then input.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }
}

impl Problem for Timeline {
    fn len(&self) -> usize {
        self.buffers.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.buffers.buffer(index)
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        WithOverlaps::trusted(&self.buffers, &self.permissions).overlap(output, input)
    }
}

/// Bytes by position in an order.
pub(super) struct Profile {
    /// Before the first step, where also those inputs are live that nobody reads.
    pub(super) start: u64,
    /// Before each step.
    pub(super) before: Vec<u64>,
    /// During each step.
    pub(super) during: Vec<u64>,
}

impl Profile {
    pub(super) fn peak(&self) -> u64 {
        self.during.iter().copied().max().unwrap_or(0).max(self.start)
    }
}

impl Graph {
    /// Returns the most bytes that are in use during one step if the steps run in this order.
    ///
    /// # Errors
    ///
    /// An [`OrderError`] if they cannot.
    pub fn peak_bytes(&self, order: &[u32]) -> Result<u64, OrderError> {
        Ok(self.profile(&self.positions(order)?).peak())
    }

    /// Returns the lifetimes in an order, for the planners.
    ///
    /// # Errors
    ///
    /// An [`OrderError`] if the steps cannot run in this order.
    pub fn timeline(&self, order: &[u32]) -> Result<Timeline, OrderError> {
        let positions = self.positions(order)?;
        let mut place = vec![0; self.len()];
        positions.iter().enumerate().for_each(|(at, &position)| place[position] = at);
        let last_read =
            self.buffers.iter().map(|node| node.readers.iter().map(|&p| place[p]).max());
        let last_read: Vec<Option<usize>> = last_read.collect();

        let end = self.len() as u32;
        let live = |((&size, node), last): ((_, &Node), &Option<usize>)| {
            let Some(first) =
                node.writer.map(|p| place[p] as u32 + 1).or(node.is_input.then_some(0))
            else {
                return Buffer::default(); // nobody uses it
            };
            let last = if node.is_output { end } else { last.map_or(first, |at| at as u32 + 1) };
            Buffer::new(size, first, last)
        };
        let mut buffers: Vec<Buffer> =
            self.sizes.iter().zip(&self.buffers).zip(&last_read).map(live).collect();
        let mut scratch = vec![Buffer::default(); self.len()];
        for (time, &step) in (1..).zip(order) {
            let bytes = self.steps[positions[time as usize - 1]].scratch_bytes;
            scratch[step as usize] = Buffer::new(bytes, time, time);
        }
        buffers.append(&mut scratch);

        let holds = |permission: &&Permission| {
            let (output, input) = (permission.output as usize, permission.input as usize);
            let writer = self.buffers[output].writer.map(|position| place[position]);
            writer == last_read[input] && !self.buffers[input].is_output
        };
        let permissions = self.permissions.iter().filter(holds).copied().collect();
        Ok(Timeline { buffers, permissions })
    }

    /// Returns the positions in the given order.
    fn positions(&self, order: &[u32]) -> Result<Vec<usize>, OrderError> {
        if order.len() != self.len() {
            return Err(OrderError::Len { expected: self.len(), actual: order.len() });
        }
        let mut position = vec![0; self.len()];
        self.given.iter().enumerate().for_each(|(at, &step)| position[step as usize] = at);
        let mut has_run = vec![false; self.len()];
        let mut positions = Vec::with_capacity(self.len());
        for &step in order {
            let wrong = OrderError::Step { step };
            let &position = position.get(step as usize).ok_or(wrong)?;
            if has_run[position] {
                return Err(wrong);
            }
            if let Some(&early) = self.steps[position].before.iter().find(|&&p| !has_run[p]) {
                return Err(OrderError::TooEarly { step, before: self.given[early] });
            }
            has_run[position] = true;
            positions.push(position);
        }
        Ok(positions)
    }

    /// Returns the live bytes at each position; the positions must be an order.
    pub(super) fn profile(&self, positions: &[usize]) -> Profile {
        let inputs = || self.buffers.iter().filter(|node| node.is_input);
        let kept = inputs().filter(|node| node.is_output || !node.readers.is_empty());
        let mut live: u64 = kept.map(|node| node.bytes).sum();
        let mut readers: Vec<usize> = self.buffers.iter().map(|node| node.readers.len()).collect();
        let mut profile = Profile {
            start: inputs().map(|node| node.bytes).sum(),
            before: Vec::with_capacity(positions.len()),
            during: Vec::with_capacity(positions.len()),
        };
        for &position in positions {
            let step = &self.steps[position];
            step.inputs.iter().for_each(|&input| readers[input] -= 1);
            let dies = |input: usize| readers[input] == 0 && !self.buffers[input].is_output;
            let born: u64 = step.outputs.iter().map(|&o| self.buffers[o].bytes).sum();
            profile.before.push(live);
            profile.during.push(live + born + step.scratch - shared(&step.shares, dies));
            live += born;
            let ends = step.inputs.iter().chain(&step.outputs).filter(|&&buffer| dies(buffer));
            live -= ends.map(|&buffer| self.buffers[buffer].bytes).sum::<u64>();
        }
        profile
    }
}

/// Returns the bytes that a step saves by overlaps if these inputs die: at most what each pair can
/// share, and neither more than all the inputs nor more than all the outputs that share something.
pub(super) fn shared(shares: &[Share], dies: impl Fn(usize) -> bool) -> u64 {
    let (mut pairs, mut inputs, mut outputs) = (0, 0, 0);
    let counts = |share: &&Share| dies(share.input);
    for (at, share) in shares.iter().enumerate().filter(|(_, share)| counts(share)) {
        let mut earlier = shares[..at].iter().filter(counts);
        pairs += share.bytes;
        if earlier.clone().all(|other| other.input != share.input) {
            inputs += share.input_bytes;
        }
        if earlier.all(|other| other.output != share.output) {
            outputs += share.output_bytes;
        }
    }
    pairs.min(inputs).min(outputs)
}
