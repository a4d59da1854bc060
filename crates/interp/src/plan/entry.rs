//! An entry of the planning table: a buffer, when it is live, and what it may lie over.

use crate::dims::bytes_of;
use crate::error::{Cause, PrepareError};
use bantam_planner::Lifetime;
use bantam_schema::Subgraph;
use bytemuck::{Pod, Zeroable};

pub(super) const SCRATCH: u32 = u32::MAX;
pub(super) const NEVER: u16 = u16::MAX;

/// A buffer of the overlay while it is planned: 24 bytes of the arena; its offset and the planner's
/// workspace take 12 more.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Entry {
    /// Tensor index, or `SCRATCH`.
    pub(super) id: u32,
    pub(super) bytes: u32,
    pub(super) first: u16,
    pub(super) last: u16,
    /// The entry that this one may lie over while both are alive, or that it is a part of, or
    /// `NEVER`.
    pub(super) partner: u16,
    /// Whether it is a part of its partner: not 0.
    pub(super) view: u8,
    /// Who uses it: the bits below.
    pub(super) uses: u8,
    /// The distance to keep from the partner with this one below, in bytes; of a view, its offset
    /// in the partner.
    pub(super) below: u32,
    /// The distance to keep with this one above.
    pub(super) above: u32,
}

/// How many write it, nodes or the user; more than one are two.
const WRITERS: u8 = 0b11;
/// It is an output of the graph.
const OUTPUT: u8 = 0b100;
/// How many of the operands lie in it that were [counted](Entry::count) last; more than one are
/// two.
const COUNTED: u8 = 0b11_000;
const ONE_COUNTED: u8 = 0b01_000;

impl Entry {
    /// Whether no more than one writes it.
    pub(super) fn is_written_once(&self) -> bool {
        self.uses & WRITERS <= 1
    }

    /// Whether the tensor is an output of the graph.
    pub(super) fn is_output(&self) -> bool {
        self.uses & OUTPUT != 0
    }

    /// Begins to count operands.
    pub(super) fn count_none(&mut self) {
        self.uses &= !COUNTED;
    }

    /// Counts an operand that lies in this buffer.
    pub(super) fn count(&mut self) {
        if self.uses & COUNTED < 2 * ONE_COUNTED {
            self.uses += ONE_COUNTED;
        }
    }

    /// Whether one operand was counted.
    pub(super) fn has_one(&self) -> bool {
        self.uses & COUNTED == ONE_COUNTED
    }

    pub(super) fn is_view(&self) -> bool {
        self.view != 0
    }

    /// Extends the lifetime of `tensor`, whose entry it is.
    pub(super) fn touch(
        &mut self,
        subgraph: &Subgraph<'_>,
        tensor: u32,
        step: Step,
    ) -> Result<(), PrepareError> {
        if self.first == NEVER {
            let blame = |cause| PrepareError { tensor: Some(tensor), cause };
            let known = subgraph.tensor(tensor).ok_or(Cause::NoTensor);
            self.bytes = known.and_then(|_| bytes_of(subgraph, tensor)).map_err(blame)?;
            // An empty operand, such as the shape of a scalar, is nothing to write.
            if !step.writes && self.bytes != 0 {
                return Err(blame(Cause::NeverWritten));
            }
            self.first = step.at;
        }
        self.last = self.last.max(step.at);
        if step.writes && self.uses & WRITERS < 2 {
            self.uses += 1;
        }
        if step.is_port && !step.writes {
            self.uses |= OUTPUT;
        }
        Ok(())
    }

    /// When it is live. What nothing refers to has no steps; one will do, of no bytes.
    pub(super) fn lifetime(&self) -> Lifetime {
        Lifetime::new(self.first.min(self.last).into(), self.last.into())
    }

    /// Whether this output, at `offset`, is written backwards over its partner at `partner`.
    pub(super) fn runs_backwards(&self, offset: u32, partner: &Self, partner_offset: u32) -> bool {
        let meet = offset < partner_offset.saturating_add(partner.bytes)
            && partner_offset < offset.saturating_add(self.bytes);
        meet && offset.saturating_add(self.below) > partner_offset
    }
}

/// A step that uses tensors.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) at: u16,
    /// It is the user's, not a node's.
    pub(super) is_port: bool,
    pub(super) writes: bool,
}
