//! What may share bytes: an output with an input that dies, and parts with the whole.

use super::table::{Buffers, NEVER};
use crate::operator::{Overlap, Overlaps, Parts};
use crate::tensor::bytes_of;
use bantam_schema::{Indices, Operator, Subgraph};

/// What buffers may share bytes that are live during the same step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sharing {
    /// None.
    Apart,
    /// An output may lie over an input that is not needed afterwards, if its operator looks at one element at a time.
    InPlace,
    /// An output may lie over an input as far as its operator permits; parts may lie in the whole.
    #[default]
    Overlap,
}

impl Sharing {
    /// Whether what an operator permits is to be used.
    pub(crate) fn permits(self, overlap: &Overlap) -> bool {
        match self {
            Self::Apart => false,
            Self::InPlace => (overlap.slack.below, overlap.slack.above) == (0, 0),
            Self::Overlap => true,
        }
    }
}

/// What the operator of a node says of its operands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shares {
    pub(crate) overlaps: Overlaps,
    pub(crate) parts: Parts,
}

impl Buffers<'_, '_> {
    /// Enters what the operands of node `node` may share.
    pub(crate) fn share(&mut self, subgraph: &Subgraph<'_>, node: u32, shares: &Shares) {
        let Some(operator) = subgraph.operator(node) else { return };
        if self.views {
            self.join(subgraph, &operator, shares.parts);
        }
        for overlap in shares.overlaps.iter().flatten() {
            if self.sharing.permits(overlap)
                && self.permit(subgraph, &operator, node, overlap).is_some()
            {
                return;
            }
        }
    }

    /// Lets the first output of a node lie over the input that `overlap` names, if that one dies with it.
    ///
    /// Both must be alive together at this step only; the input is read at one position only, also in parts, and is no graph output.
    fn permit(
        &mut self,
        subgraph: &Subgraph<'_>,
        operator: &Operator<'_>,
        node: u32,
        overlap: &Overlap,
    ) -> Option<()> {
        let step = u16::try_from(node.checked_add(1)?).ok()?;
        let permitted = Permitted::new(subgraph, operator, *overlap)?;
        let Permitted { below, above, .. } = permitted;
        let (input, output) = (self.find(permitted.input)?, self.find(permitted.output)?);
        if self.count_in(&operator.inputs(), input) != 1 {
            return None;
        }
        let (dying, born) = (self.entry(input)?, self.entry(output)?);
        if dying.last != step || born.first != step || dying.is_view() || born.is_view() {
            return None;
        }
        let partner = u16::try_from(input).ok()?;
        let entry = self.entry_mut(output)?;
        (entry.partner, entry.below, entry.above) = (partner, below, above);
        Some(())
    }

    /// Makes the parts of a node views of the whole, up to one whose place is not known.
    fn join(
        &mut self,
        subgraph: &Subgraph<'_>,
        operator: &Operator<'_>,
        parts: Parts,
    ) -> Option<()> {
        let (whole, parts) = match parts {
            Parts::None => return None,
            Parts::Inputs => (operator.output(0), operator.inputs()),
            Parts::Outputs { input } => (operator.input(input), operator.outputs()),
        };
        let whole = self.find_written_once(whole?)?;
        let mut offset = 0_u32;
        for part in parts {
            let tensor = subgraph.tensor(part as u32)?;
            let bytes = bytes_of(&tensor).ok()?;
            // A part that stands in two places can only be in one of them; and what is copied to the whole cannot lie in it.
            if let Some(at) = self.find_written_once(part)
                && self.count_in(&parts, at) == 1
            {
                let width = tensor.tensor_type().size_bytes().unwrap_or(1).max(1);
                // Graph outputs outlast the last node, which otherwise could write over them.
                let outlasts = count(&subgraph.outputs(), part) != 0;
                self.join_one((at, width), (whole, offset), outlasts);
            }
            offset = offset.saturating_add(bytes);
        }
        Some(())
    }

    /// How many of the tensors lie in a buffer.
    #[inline(never)]
    fn count_in(&self, tensors: &Indices<'_>, buffer: usize) -> usize {
        let lies_in = |at: usize| self.root(at).0 == buffer;
        tensors.iter().filter(|&tensor| self.find(tensor).is_some_and(lies_in)).count()
    }

    /// The buffer of a tensor that nobody writes to a second time, when other parts may be all there.
    #[inline(never)]
    fn find_written_once(&self, tensor: i32) -> Option<usize> {
        self.find(tensor).filter(|&at| self.entry(at).is_some_and(|entry| entry.writers <= 1))
    }

    /// Makes `part` a view of `whole`, which then lives as long as either.
    fn join_one(
        &mut self,
        (part, width): (usize, u32),
        (whole, offset): (usize, u32),
        outlasts: bool,
    ) -> Option<()> {
        let (root, root_offset) = self.root(whole);
        let view = *self.entry(part)?;
        let end = offset.checked_add(view.bytes)?;
        // Parts may be of other types than those before them.
        if root_offset.checked_add(offset)? % width != 0 {
            return None;
        }
        if view.is_view() || root == part || end > self.entry(whole)?.bytes {
            return None;
        }
        let partner = u16::try_from(whole).ok()?;
        let base = self.entry_mut(root)?;
        base.first = base.first.min(view.first);
        base.last = base.last.max(view.last.saturating_add(outlasts.into()));
        let entry = self.entry_mut(part)?;
        (entry.partner, entry.view, entry.below) = (partner, 1, offset);
        self.view_len += 1;
        Some(())
    }

    /// The buffer that another lies in, and where in it; itself at 0 if it is no view.
    #[inline(never)]
    pub(super) fn root(&self, index: usize) -> (usize, u32) {
        let (mut at, mut offset) = (index, 0_u32);
        // Views refer to buffers, never in a circle: no chain is longer than there are buffers.
        for _ in 0..self.view_len {
            match self.entry(at) {
                Some(entry) if entry.is_view() && entry.partner != NEVER => {
                    offset = offset.saturating_add(entry.below);
                    at = entry.partner.into();
                }
                _ => break,
            }
        }
        (at, offset)
    }
}

/// How often a tensor is among others.
#[inline(never)]
pub(crate) fn count(tensors: &Indices<'_>, tensor: i32) -> usize {
    tensors.iter().filter(|&other| other == tensor).count()
}

/// What an operator permits, whatever the order of the nodes: its first output may lie over one of its inputs, at distances in bytes.
pub(crate) struct Permitted {
    /// The tensors.
    pub(crate) input: i32,
    pub(crate) output: i32,
    pub(crate) below: u32,
    pub(crate) above: u32,
}

impl Permitted {
    /// `None` if the input is read at two positions or is a graph output, which must survive.
    pub(crate) fn new(
        subgraph: &Subgraph<'_>,
        operator: &Operator<'_>,
        overlap: Overlap,
    ) -> Option<Self> {
        let input = operator.input(overlap.input)?;
        let output = operator.output(0)?;
        if count(&operator.inputs(), input) != 1 || count(&subgraph.outputs(), input) != 0 {
            return None;
        }
        let width = subgraph.tensor(u32::try_from(output).ok()?)?.tensor_type().size_bytes()?;
        let bytes = |elements: usize| u32::try_from(elements).ok()?.checked_mul(width);
        let (below, above) = (bytes(overlap.slack.below)?, bytes(overlap.slack.above)?);
        Some(Self { input, output, below, above })
    }
}
