//! The operands of nodes with weights.

use super::activations;
use crate::error::EvalError;
use crate::op::Io;
use crate::record::{Operand, Weighted};
use bantam_kernels::walk::rows::Activations;
use core::ops::Range;

/// The operands of a node with weights, of whatever types they are.
pub(crate) struct Bound<'s> {
    pub(crate) activations: Activations<'s, u8>,
    /// Empty if it is absent.
    pub(crate) filter: &'s [u8],
    pub(crate) bias: Option<&'s [u8]>,
}

/// Those of a node, and memory that is lent to it, in whole words.
type Lending<'s> = (Bound<'s>, &'s mut [i32]);

impl<'r> Io<'r> {
    /// The first output over an input, a filter and a bias: what a node with weights has.
    #[inline(never)] // size: one copy for all operators with weights
    pub(crate) fn bind(&mut self, positions: &[usize; 3]) -> Result<Bound<'_>, EvalError> {
        // Nearly all nodes: constants, and activations of the overlay.
        if let Some(Weighted { reads, writes, constants: [filter, bias] }) = self.usual(positions) {
            let activations = activations_in(self.overlay, reads, writes);
            let activations = activations.ok_or(EvalError::Memory)?;
            return Ok(Bound { activations, filter, bias: Some(bias) });
        }
        self.bind_at(positions)
    }

    /// [`Self::bind`], with the bytes of the overlay from `lent` on, if the operands are where
    /// those of nearly all nodes are; they have to be below.
    #[inline(never)] // size: one copy for all operators with weights
    pub(crate) fn bind_lending(
        &mut self,
        positions: &[usize; 3],
        lent: usize,
    ) -> Result<Lending<'_>, EvalError> {
        if let Some(Weighted { reads, writes, constants: [filter, bias] }) = self.usual(positions) {
            let begin = lent.min(self.overlay.len());
            let (memory, lent) = self.overlay.split_at_mut_checked(begin).unwrap_or_default();
            let activations = activations_in(memory, reads, writes).ok_or(EvalError::Memory)?;
            let (_, lent, _) = bytemuck::pod_align_to_mut(lent);
            return Ok((Bound { activations, filter, bias: Some(bias) }, lent));
        }
        Ok((self.bind_at(positions)?, &mut []))
    }

    /// The operands of nearly all nodes.
    #[inline(always)] // one caller in most programs
    fn usual(&self, &[_, _, bias]: &[usize; 3]) -> Option<Weighted<'r>> {
        if bias == 2 { self.operands.weighted() } else { None }
    }

    /// [`Self::bind_any`] of the operands at these positions.
    #[inline(always)] // one caller in most programs
    fn bind_at(&mut self, positions: &[usize; 3]) -> Result<Bound<'_>, EvalError> {
        let inputs = positions.map(|input| self.operands.input(input));
        self.bind_any(self.operands.output(0), &inputs)
    }

    /// [`Self::bind`], wherever the operands are.
    #[inline(never)] // size, stack: one copy, of which most nodes see nothing
    pub(super) fn bind_any(
        &mut self,
        output: Operand,
        &[input, filter, bias]: &[Operand; 3],
    ) -> Result<Bound<'_>, EvalError> {
        let shared = input.union(output);
        let cut = self.cut(shared.map_or(output, |union| union.whole));
        // By reference: what is moved takes time and stack.
        let (written, reader) = match cut {
            Ok((written, ref reader)) => (written, reader),
            Err(error) => return Err(error),
        };
        let activations = activations(written, input, shared, reader)?;
        let (filter, bias) = (reader.optional_of(filter)?, reader.optional_of(bias)?);
        Ok(Bound { activations, filter: filter.unwrap_or_default(), bias })
    }
}

/// An input and an output of one memory.
#[inline(always)] // one caller
fn activations_in(
    memory: &mut [u8],
    reads: Range<usize>,
    writes: Range<usize>,
) -> Option<Activations<'_, u8>> {
    let (input, output) = if reads.end <= writes.start {
        let (low, high) = memory.split_at_mut_checked(writes.start)?;
        (low.get(reads)?, high.get_mut(..writes.len())?)
    } else if writes.end <= reads.start {
        let (low, high) = memory.split_at_mut_checked(reads.start)?;
        (high.get(..reads.len())?, low.get_mut(writes)?)
    } else {
        let start = reads.start.min(writes.start);
        let memory = memory.get_mut(start..reads.end.max(writes.end))?;
        let (input, output) = (reads.start - start, writes.start - start);
        return Some(Activations::Shared { memory, input, output });
    };
    Some(Activations::Apart { input, output })
}

#[cfg(test)]
mod tests;
