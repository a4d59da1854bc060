//! The steps to order: the [`Description`] that a caller writes, and the checked [`Graph`].

use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::vec;
use std::vec::Vec;

use super::GraphError;
use crate::Permission;
use crate::problem::round_up;
use crate::rounded::Apart;

/// One step, such as an operator of a neural network: the buffers that it reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step<'a> {
    /// The buffers that it reads. One may be there more than once.
    pub inputs: &'a [u32],
    /// The buffers that it writes; no other step writes them.
    pub outputs: &'a [u32],
    /// Memory that only this step uses, before rounding up to the alignment.
    pub scratch_bytes: u32,
    /// Steps that must come first although no buffer connects them: they change a state, or have an
    /// effect outside.
    pub after: &'a [u32],
}

impl<'a> Step<'a> {
    /// Returns a step without scratch memory that need only come after those that write its inputs.
    #[must_use]
    pub const fn new(inputs: &'a [u32], outputs: &'a [u32]) -> Self {
        Self { inputs, outputs, scratch_bytes: 0, after: &[] }
    }
}

/// Steps and the buffers between them, all numbered from 0.
///
/// Buffers that nothing uses, such as constants that lie elsewhere, take no memory: the numbers can
/// be those of a model's tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description<'a> {
    /// The size of each buffer, before rounding up to the alignment.
    pub bytes: &'a [u32],
    /// The steps. If this is an order in which they can run, it is the given order; otherwise the
    /// given order is that in which always the first one comes next that can run.
    pub steps: &'a [Step<'a>],
    /// The buffers that have a value before the first step.
    pub inputs: &'a [u32],
    /// The buffers that must keep theirs until after the last step.
    pub outputs: &'a [u32],
    /// The distances at which outputs of steps may overlap inputs that the step is the last to
    /// read, in the order that is found; in any order. There is none for an input that the step
    /// reads in two ways, unless all of them permit it.
    pub permissions: &'a [Permission],
    /// The alignment of the offsets of a plan, a power of two.
    pub alignment: u32,
}

/// Checked steps and buffers.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) alignment: u32,
    /// Sizes as described.
    pub(super) sizes: Vec<u32>,
    pub(super) buffers: Vec<Node>,
    /// By position in the given order.
    pub(super) steps: Vec<Operation>,
    /// The number of the step at each position in the given order.
    pub(super) given: Vec<u32>,
    /// In ascending order of output, then input.
    pub(super) permissions: Vec<Permission>,
}

/// A buffer.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// Rounded up.
    pub(super) bytes: u64,
    pub(super) is_input: bool,
    pub(super) is_output: bool,
    /// The position of the step that writes it.
    pub(super) writer: Option<usize>,
    /// The positions of the steps that read it, in ascending order.
    pub(super) readers: Vec<usize>,
}

/// A step.
#[derive(Clone, Debug, Default)]
pub(super) struct Operation {
    /// Buffers, each once.
    pub(super) inputs: Vec<usize>,
    pub(super) outputs: Vec<usize>,
    /// As described.
    pub(super) scratch_bytes: u32,
    /// Rounded up.
    pub(super) scratch: u64,
    /// The positions of the steps that must come first.
    pub(super) before: Vec<usize>,
    pub(super) shares: Vec<Share>,
}

/// The most bytes that an output and an input can share, if the step is the last to read the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) output: usize,
    pub(super) input: usize,
    pub(super) bytes: u64,
    pub(super) output_bytes: u64,
    pub(super) input_bytes: u64,
}

/// Times count up to the number of steps, and scratch memory is numbered after the buffers.
const MOST: usize = (u32::MAX / 2) as usize;

impl Graph {
    /// Checks a description.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] that names the first thing that does not make sense.
    pub fn new(description: &Description<'_>) -> Result<Self, GraphError> {
        let &Description { bytes: sizes, steps, alignment, .. } = description;
        if !alignment.is_power_of_two() {
            return Err(GraphError::Alignment { alignment });
        }
        let len = steps.len().max(sizes.len());
        if len > MOST {
            return Err(GraphError::TooMany { len, max: MOST });
        }
        let mut buffers = vec![Node::default(); sizes.len()];
        for (buffer, (node, &size)) in (0..).zip(buffers.iter_mut().zip(sizes)) {
            node.bytes = round_up(size, alignment).ok_or(GraphError::Overflow { buffer })?.into();
        }
        let writers = writers(description, &mut buffers)?;
        let before = dependencies(description, &writers)?;
        let given = sort(&before)?;
        let mut positions = vec![0; steps.len()];
        given.iter().enumerate().for_each(|(position, &step)| positions[step] = position);
        let mut graph =
            Self { alignment, sizes: sizes.to_vec(), buffers, ..Self::empty(description) };
        for (position, &index) in given.iter().enumerate() {
            let step = &steps[index];
            let number = index as u32;
            let scratch = round_up(step.scratch_bytes, alignment)
                .ok_or(GraphError::ScratchOverflow { step: number })?;
            let operation = Operation {
                inputs: sorted(step.inputs.iter().map(|&buffer| buffer as usize)),
                outputs: sorted(step.outputs.iter().map(|&buffer| buffer as usize)),
                scratch_bytes: step.scratch_bytes,
                scratch: scratch.into(),
                before: sorted(before[index].iter().map(|&step| positions[step])),
                shares: Vec::new(),
            };
            operation.inputs.iter().for_each(|&i| graph.buffers[i].readers.push(position));
            operation.outputs.iter().for_each(|&o| graph.buffers[o].writer = Some(position));
            graph.steps.push(operation);
            graph.given.push(number);
        }
        graph.permit(description.permissions)?;
        Ok(graph)
    }

    fn empty(description: &Description<'_>) -> Self {
        let mut permissions = description.permissions.to_vec();
        permissions.sort_by_key(|permission| (permission.output, permission.input));
        Self {
            alignment: description.alignment,
            sizes: Vec::new(),
            buffers: Vec::new(),
            steps: Vec::new(),
            given: Vec::new(),
            permissions,
        }
    }

    /// Enters the permissions of the steps.
    fn permit(&mut self, permissions: &[Permission]) -> Result<(), GraphError> {
        for (index, permission) in permissions.iter().enumerate() {
            let wrong = GraphError::Permission { index };
            let (output, input) = (permission.output as usize, permission.input as usize);
            let writer = self.buffers.get(output).and_then(|node| node.writer).ok_or(wrong)?;
            let step = &mut self.steps[writer];
            let is_repeated =
                step.shares.iter().any(|share| (share.output, share.input) == (output, input));
            if is_repeated || !step.inputs.contains(&input) {
                return Err(wrong);
            }
            // Both fit 32 bits, as `Graph::new` has checked.
            let bytes = |buffer: usize| self.buffers[buffer].bytes as u32;
            let (output_bytes, input_bytes) = (bytes(output), bytes(input));
            let distance = |permitted: Option<u32>, most: u32| {
                permitted
                    .and_then(|bytes| round_up(bytes, self.alignment))
                    .unwrap_or(most)
                    .min(most)
            };
            let overlap = permission.overlap;
            let apart = Apart {
                below: distance(overlap.below, output_bytes),
                above: distance(overlap.above, input_bytes),
            };
            step.shares.push(Share {
                output,
                input,
                bytes: apart.shared_bytes(output_bytes, input_bytes).into(),
                output_bytes: output_bytes.into(),
                input_bytes: input_bytes.into(),
            });
        }
        self.steps.iter_mut().for_each(|step| step.shares.retain(|share| share.bytes != 0));
        Ok(())
    }

    /// Returns the number of steps.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.steps.len()
    }

    /// Returns whether there are no steps.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the given order: the steps as described, if they can run like that.
    #[must_use]
    pub fn given_order(&self) -> &[u32] {
        &self.given
    }
}

/// Returns numbers in ascending order, each once.
fn sorted(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Returns the step that writes each buffer; marks inputs and outputs of the graph.
fn writers(
    description: &Description<'_>,
    buffers: &mut [Node],
) -> Result<Vec<Option<usize>>, GraphError> {
    let mut writers = vec![None; buffers.len()];
    for &buffer in description.inputs {
        buffers.get_mut(buffer as usize).ok_or(GraphError::NoSuchPort { buffer })?.is_input = true;
    }
    for (index, step) in description.steps.iter().enumerate() {
        let number = index as u32;
        for &buffer in step.outputs {
            let missing = GraphError::NoSuchBuffer { step: number, buffer };
            let writer = writers.get_mut(buffer as usize).ok_or(missing)?;
            if writer.replace(index).is_some() || buffers[buffer as usize].is_input {
                return Err(GraphError::WrittenTwice { step: number, buffer });
            }
        }
    }
    for &buffer in description.outputs {
        let node = buffers.get_mut(buffer as usize).ok_or(GraphError::NoSuchPort { buffer })?;
        node.is_output = true;
        if !node.is_input && writers[buffer as usize].is_none() {
            return Err(GraphError::NeverWritten { buffer });
        }
    }
    for (step, &Step { inputs, .. }) in (0..).zip(description.steps) {
        for &buffer in inputs {
            let missing = GraphError::NoSuchBuffer { step, buffer };
            let node = buffers.get(buffer as usize).ok_or(missing)?;
            if !node.is_input && writers[buffer as usize].is_none() {
                return Err(GraphError::NeverWritten { buffer });
            }
        }
    }
    Ok(writers)
}

/// Returns for each step the steps that must come before it.
fn dependencies(
    description: &Description<'_>,
    writers: &[Option<usize>],
) -> Result<Vec<Vec<usize>>, GraphError> {
    let before = |(step, &Step { inputs, after, .. }): (u32, &Step<'_>)| {
        if let Some(&after) = after.iter().find(|&&s| s as usize >= description.steps.len()) {
            return Err(GraphError::NoSuchStep { step, after });
        }
        let writers = inputs.iter().filter_map(|&buffer| writers[buffer as usize]);
        Ok(sorted(writers.chain(after.iter().map(|&step| step as usize))))
    };
    (0..).zip(description.steps).map(before).collect()
}

/// Returns the steps in an order in which they can run; of those that can come next, always the
/// first.
fn sort(before: &[Vec<usize>]) -> Result<Vec<usize>, GraphError> {
    let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after = vec![Vec::new(); before.len()];
    for (step, before) in before.iter().enumerate() {
        before.iter().for_each(|&first| after[first].push(step));
    }
    let ready = (0..before.len()).filter(|&step| missing[step] == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(Reverse).collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse(step)) = ready.pop() {
        order.push(step);
        for &next in &after[step] {
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    let Some(mut step) = (0..before.len()).find(|&step| missing[step] != 0) else {
        return Ok(order);
    };
    // Going back often enough from a step that cannot run ends on a cycle.
    for _ in 0..before.len() {
        step = before[step].iter().copied().find(|&first| missing[first] != 0).unwrap_or(step);
    }
    Err(GraphError::Cycle { step: step as u32 })
}
