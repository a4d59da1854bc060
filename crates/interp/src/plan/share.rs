//! What may share bytes: an output with an input that dies, and parts with the whole.

use super::planning::{Buffers, Joined};
use crate::overlap::{Overlap, Overlaps};
use bantam_schema::{Indices, Operator, Subgraph, TensorType};

/// What the operator of a node says of its operands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shares {
    pub(crate) overlaps: Overlaps,
    pub(crate) parts: Option<Joined>,
}

/// What a node with these data and elements of this type shares.
pub(crate) type SharesOf = fn(&[u8], TensorType) -> Shares;

impl Buffers<'_, '_> {
    /// Enters what the operands of node `node` may share.
    pub(crate) fn share(&mut self, subgraph: &Subgraph<'_>, node: u32, shares: &Shares) {
        let Some(operator) = subgraph.operator(node) else { return };
        if let Some(Joined { parts, joining }) = shares.parts {
            (joining.join)(self, subgraph, &operator, parts);
        }
        for overlap in shares.overlaps.iter().flatten() {
            if self.sharing.permits(overlap)
                && let Some(pair) = self.permitted(subgraph, &operator, node, overlap)
                && let Some(entry) = self.entry_mut(pair.output)
            {
                (entry.partner, entry.below, entry.above) = (pair.input, pair.below, pair.above);
                return;
            }
        }
    }

    /// The buffers of the first output of a node and of the input that `overlap` names, if that
    /// one dies with it.
    ///
    /// Both must be alive together at this step only; the input is read at one position only, also
    /// in parts, and is no graph output.
    fn permitted(
        &mut self,
        subgraph: &Subgraph<'_>,
        operator: &Operator<'_>,
        node: u32,
        overlap: &Overlap,
    ) -> Option<Pair> {
        let step = u16::try_from(node.checked_add(1)?).ok()?;
        let permitted = Permitted::new(subgraph, operator, *overlap)?;
        let Permitted { below, above, .. } = permitted;
        let (input, output) = (self.find(permitted.input)?, self.find(permitted.output)?);
        // At one position, and no part of it at another.
        if let Some(joining) = self.joining {
            (joining.count)(self, &operator.inputs());
            if !self.entry(input)?.has_one() {
                return None;
            }
        }
        let (dying, born) = (self.entry(input)?, self.entry(output)?);
        if dying.last != step || born.first != step || dying.is_view() || born.is_view() {
            return None;
        }
        if dying.is_output() {
            return None;
        }
        Some(Pair { input: u16::try_from(input).ok()?, output, below, above })
    }
}

/// An output that may lie over an input, at distances in bytes.
struct Pair {
    input: u16,
    output: usize,
    below: u32,
    above: u32,
}

/// How often a tensor is among others.
#[inline(never)] // size: one copy for its callers
pub(crate) fn count(tensors: &Indices<'_>, tensor: i32) -> usize {
    tensors.iter().filter(|&other| other == tensor).count()
}

/// What an operator permits, whatever the order of the nodes: its first output may lie over one of
/// its inputs, at distances in bytes.
pub(crate) struct Permitted {
    /// The tensors.
    pub(crate) input: i32,
    pub(crate) output: i32,
    pub(crate) below: u32,
    pub(crate) above: u32,
}

impl Permitted {
    /// `None` if the input is read at two positions. A graph output must survive, too: that is for
    /// the caller to see.
    pub(crate) fn new(
        subgraph: &Subgraph<'_>,
        operator: &Operator<'_>,
        overlap: Overlap,
    ) -> Option<Self> {
        let input = operator.input(overlap.input)?;
        let output = operator.output(0)?;
        if count(&operator.inputs(), input) != 1 {
            return None;
        }
        let width = subgraph.tensor(u32::try_from(output).ok()?)?.tensor_type().size_bytes()?;
        // What is too far is as far as can be: the two are then apart.
        let bytes = |elements: usize| u32::try_from(elements).unwrap_or(u32::MAX);
        let bytes = |elements: usize| bytes(elements).saturating_mul(width);
        let (below, above) = (bytes(overlap.slack.below), bytes(overlap.slack.above));
        Some(Self { input, output, below, above })
    }
}
