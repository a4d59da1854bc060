//! The steps of a kernel, and the distance that follows from them.

use crate::graph::{Graph, Node, Tensor};

/// The most steps to look at for one model: more than any model for microcontrollers has, and few
/// enough for seconds.
#[derive(Debug)]
pub(crate) struct Budget(u64);

impl Budget {
    pub(crate) const fn new() -> Self {
        Self(1 << 28)
    }

    pub(super) fn take(&mut self, steps: u64) -> Option<u64> {
        self.0 = self.0.checked_sub(steps)?;
        Some(steps)
    }
}

/// The input of a description of kernels.
pub(super) struct Operands<'g, 'a> {
    pub(super) graph: &'g Graph<'a>,
    pub(super) node: &'g Node<'a>,
    pub(super) input: &'g Tensor<'a>,
    pub(super) output: &'g Tensor<'a>,
    pub(super) budget: &'g mut Budget,
}

/// A step of a kernel's loops. Numbers are bytes from the beginnings of input and output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    /// The lowest byte of the input that it reads, if any.
    pub(super) reads: Option<u64>,
    /// The end of the written output when the step is done.
    pub(super) written: u64,
}

/// The way in which a step copies the bytes that it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copying {
    /// It has read everything before it writes the first byte.
    Elements,
    /// Copies by `memcpy`, whose source and destination must not overlap at all.
    Blocks,
}

/// Returns the smallest distance at which no step overwrites bytes that a later one reads.
pub(super) fn distance(steps: impl DoubleEndedIterator<Item = Step>, copying: Copying) -> u64 {
    let (mut below, mut unread) = (0, None::<u64>);
    let lower = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    for step in steps.rev() {
        let later = unread;
        unread = lower(unread, step.reads);
        let wanted = if copying == Copying::Blocks { unread } else { later };
        if let Some(wanted) = wanted {
            below = below.max(step.written.saturating_sub(wanted));
        }
    }
    below
}

/// The most dimensions of a tensor that a kernel goes over.
pub(super) const MAX_RANK: usize = 8;

/// Returns the position in each dimension of the element with this number, outermost first.
pub(super) fn position(mut element: u64, dims: &[u64]) -> [u64; MAX_RANK] {
    let mut at = [0; MAX_RANK];
    let slots = at.iter_mut().take(dims.len()).rev();
    for (slot, &size) in slots.zip(dims.iter().rev()) {
        *slot = element % size.max(1);
        element /= size.max(1);
    }
    at
}
