//! The planning table: buffers, their lifetimes, and their places.
//!
//! Lifetimes follow TFLM: graph inputs exist from step 0, node `i` runs at step `i + 1`, graph outputs last to the end.
//! Source: TFLM 90b983c2b, `lite/micro/micro_allocation_info.cc`.

use super::offline::Offline;
use super::{OVERLAY_ALIGNMENT, Planner, Sharing};
use crate::error::{Cause, Error, PlanFault, PrepareError};
use crate::prepare::name_of;
use crate::record::{Operand, PLACE_LIMIT, Place};
use crate::tensor::TensorInfo;
use bantam_arena::{CounterScope, OutOfMemory, Scope};
use bantam_planner::{Buffer, Lifetime, Problem};
use bantam_schema::Subgraph;
use bytemuck::{Pod, Zeroable};

/// A buffer of the overlay while it is planned: 24 bytes of the arena; its offset and the planner's workspace take 12 more.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Entry {
    /// Tensor index, or `SCRATCH`.
    pub(super) id: u32,
    pub(super) bytes: u32,
    pub(super) first: u16,
    pub(super) last: u16,
    /// The entry that this one may lie over while both are alive, or that it is a part of, or `NEVER`.
    pub(super) partner: u16,
    /// Whether it is a part of its partner: not 0.
    pub(super) view: u8,
    /// How many write it, nodes or the user; more than one are two.
    pub(super) writers: u8,
    /// The distance to keep from the partner with this one below, in bytes; of a view, its offset in the partner.
    pub(super) below: u32,
    /// The distance to keep with this one above.
    pub(super) above: u32,
}

impl Entry {
    pub(super) fn is_view(&self) -> bool {
        self.view != 0
    }

    fn count_writer(&mut self) {
        self.writers = self.writers.saturating_add(1).min(2);
    }

    /// Whether this output, at `offset`, is written backwards over its partner at `partner`.
    pub(super) fn runs_backwards(&self, offset: u32, partner: &Self, partner_offset: u32) -> bool {
        let meet = offset < partner_offset.saturating_add(partner.bytes)
            && partner_offset < offset.saturating_add(self.bytes);
        meet && offset.saturating_add(self.below) > partner_offset
    }
}

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The tensor with this index.
    Tensor(u32),
    /// Scratch of the node with this index.
    Scratch(u32),
}

pub(super) const SCRATCH: u32 = u32::MAX;
pub(super) const NEVER: u16 = u16::MAX;

/// The buffers of a prepared graph: what is to be placed, for how long, and what may overlap.
///
/// Graph inputs exist from step 0, node `i` runs at step `i + 1`, graph outputs last to the end. A buffer that is a [view](Self::view) of
/// another takes no place of its own: it has no bytes and lives in no step of the graph.
pub struct Buffers<'t, 'a> {
    pub(super) entries: &'t mut [Entry],
    pub(super) offsets: &'t mut [u32],
    pub(super) workspace: &'t mut [u16],
    pub(super) len: usize,
    offline: Option<Offline<'a>>,
    pub(super) sharing: Sharing,
    /// Whether parts may lie in the whole.
    pub(super) views: bool,
    /// Number of views.
    pub(super) view_len: usize,
}

impl core::fmt::Debug for Buffers<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.entries.iter().take(self.len)).finish()
    }
}

impl Problem for Buffers<'_, '_> {
    fn len(&self) -> usize {
        self.len
    }

    fn buffer(&self, index: usize) -> Buffer {
        let entry = self.entries.get(index).copied().unwrap_or(Entry::zeroed());
        if entry.is_view() {
            return Buffer::new(0, NEVER.into(), NEVER.into());
        }
        Buffer {
            bytes: entry.bytes,
            lifetime: Lifetime { first: entry.first.into(), last: entry.last.into() },
            fixed: self.offline.filter(|_| entry.id != SCRATCH).and_then(|o| o.offset(entry.id)),
        }
    }

    fn overlap(&self, output: usize, input: usize) -> bantam_planner::Overlap {
        match self.entries.get(output) {
            Some(entry)
                if usize::from(entry.partner) == input
                    && entry.partner != NEVER
                    && !entry.is_view() =>
            {
                bantam_planner::Overlap { below: Some(entry.below), above: Some(entry.above) }
            }
            _ => bantam_planner::Overlap::NONE,
        }
    }
}

/// Number of tensors that need a place in the overlay.
pub(crate) fn planned_len(subgraph: &Subgraph<'_>) -> usize {
    subgraph.tensors().filter(|t| t.data().is_none() && !t.is_variable()).count()
}

impl<'t, 'a> Buffers<'t, 'a> {
    /// A table for `capacity` buffers, out of a temporary scope.
    pub(crate) fn new(scope: &mut Scope<'t>, capacity: usize) -> Result<Self, OutOfMemory> {
        Ok(Self {
            entries: scope.alloc(capacity)?,
            offsets: scope.alloc(capacity)?,
            workspace: scope.alloc(bantam_planner::plan_workspace_len(capacity))?,
            len: 0,
            offline: None,
            sharing: Sharing::Apart,
            views: false,
            view_len: 0,
        })
    }

    /// What [`Buffers::new`] takes, without memory.
    pub(crate) fn count(scope: &mut CounterScope<'_>, capacity: usize) -> Result<(), OutOfMemory> {
        scope.alloc::<Entry>(capacity)?;
        scope.alloc::<u32>(capacity)?;
        scope.alloc::<u16>(bantam_planner::plan_workspace_len(capacity))
    }

    /// What the buffer is for.
    pub fn origin(&self, index: usize) -> Option<Origin> {
        let entry = self.entry(index)?;
        Some(if entry.id == SCRATCH {
            Origin::Scratch(u32::from(entry.first).saturating_sub(1))
        } else {
            Origin::Tensor(entry.id)
        })
    }

    /// If the buffer is a part of another: that one's index, and where in it the part begins, in bytes.
    pub fn view(&self, index: usize) -> Option<(usize, u32)> {
        self.entry(index).filter(|entry| entry.is_view()).map(|_| self.root(index))
    }

    /// The bytes of the buffer and its steps, also if it is a [view](Self::view).
    pub fn extent(&self, index: usize) -> Option<Buffer> {
        let entry = self.entry(index)?;
        Some(Buffer::new(entry.bytes, entry.first.into(), entry.last.into()))
    }

    /// The input that this output may overlap: its index.
    pub fn partner(&self, output: usize) -> Option<usize> {
        let entry = self.entry(output)?;
        (entry.partner != NEVER && !entry.is_view()).then_some(entry.partner.into())
    }

    /// Whether an output at `offset` has to be written backwards because its [partner](Self::partner) is at `input`; `None` if it has
    /// no partner.
    pub fn writes_backwards(&self, output: usize, offset: u32, input: u32) -> Option<bool> {
        let (entry, partner) = (self.entry(output)?, self.entry(self.partner(output)?)?);
        Some(entry.runs_backwards(offset, partner, input))
    }

    /// Whether any buffer is a part of another.
    pub(super) fn has_views(&self) -> bool {
        self.view_len != 0
    }

    pub(super) fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(..self.len)?.get(index)
    }

    pub(super) fn entry_mut(&mut self, index: usize) -> Option<&mut Entry> {
        self.entries.get_mut(..self.len)?.get_mut(index)
    }

    /// Begins anew, with the tensors of the graph and their lifetimes.
    pub(super) fn begin(
        &mut self,
        subgraph: &Subgraph<'a>,
        sharing: Sharing,
        views: bool,
    ) -> Result<(), Error> {
        (self.len, self.view_len, self.offline) = (0, 0, None);
        self.sharing = sharing;
        self.views = views && sharing == Sharing::Overlap;
        self.add_tensors(subgraph)
    }

    /// All has been entered.
    pub(super) fn close(&mut self) {
        // What nothing refers to has no steps; one will do, of no bytes.
        for entry in self.entries.iter_mut().take(self.len) {
            entry.first = entry.first.min(entry.last);
        }
    }

    /// Fixes the tensors that `offline` has offsets for.
    pub(super) fn set_fixed(&mut self, offline: Option<Offline<'a>>) {
        self.offline = offline;
    }

    /// Enters the tensors of the graph with their lifetimes.
    fn add_tensors(&mut self, subgraph: &Subgraph<'a>) -> Result<(), Error> {
        let port = |tensor: u32| move |e: PrepareError| Error::Port { tensor, cause: e.cause };
        for (index, tensor) in (0..).zip(subgraph.tensors()) {
            if tensor.data().is_none() && !tensor.is_variable() {
                // What nothing refers to may be of any type and shape; it stays at zero bytes.
                self.push(Entry { id: index, first: NEVER, partner: NEVER, ..Entry::zeroed() })?;
            }
        }
        let end = u16::try_from(subgraph.operator_len()).map_err(|_| Error::TooLarge)?;
        if end >= NEVER - 1 {
            return Err(Error::TooLarge);
        }
        let inputs = || subgraph.inputs().iter().filter_map(|i| u32::try_from(i).ok());
        let outputs = || subgraph.outputs().iter().filter_map(|i| u32::try_from(i).ok());
        for tensor in inputs() {
            if let Some(entry) = self.touch(subgraph, tensor, 0, true).map_err(port(tensor))? {
                entry.count_writer();
            }
        }
        for (step, operator) in (1_u16..).zip(subgraph.operators()) {
            let node = u32::from(step - 1);
            let prepare = |error| Error::Prepare { node, operator: name_of(&operator), error };
            for tensor in operator.inputs().iter().filter_map(|i| u32::try_from(i).ok()) {
                self.touch(subgraph, tensor, step, false).map_err(prepare)?;
            }
            for tensor in operator.outputs().iter().filter_map(|i| u32::try_from(i).ok()) {
                let entry = self.touch(subgraph, tensor, step, true).map_err(prepare)?;
                if let Some(entry) = entry {
                    entry.count_writer();
                }
            }
        }
        for tensor in outputs() {
            self.touch(subgraph, tensor, end, false).map_err(port(tensor))?;
        }
        Ok(())
    }

    fn push(&mut self, entry: Entry) -> Result<(), Error> {
        *self.entries.get_mut(self.len).ok_or(Error::TooLarge)? = entry;
        self.len += 1;
        Ok(())
    }

    /// Extends the lifetime of `tensor` to `step`, if it is planned.
    fn touch(
        &mut self,
        subgraph: &Subgraph<'a>,
        tensor: u32,
        step: u16,
        written: bool,
    ) -> Result<Option<&mut Entry>, PrepareError> {
        let found = i32::try_from(tensor).ok().and_then(|tensor| self.find(tensor));
        let Some(entry) = found.and_then(|at| self.entry_mut(at)) else {
            return Ok(None); // constants and variables are not planned
        };
        if entry.first == NEVER {
            let info = TensorInfo::new(subgraph, tensor)?;
            entry.bytes = info.bytes()?;
            // An empty operand, such as the shape of a scalar, is nothing to write.
            if !written && entry.bytes != 0 {
                return Err(info.error(Cause::NeverWritten));
            }
            entry.first = step;
        }
        entry.last = entry.last.max(step);
        Ok(Some(entry))
    }

    /// Tensor entries come first, in ascending order.
    pub(super) fn find(&self, tensor: i32) -> Option<usize> {
        let tensor = u32::try_from(tensor).ok()?;
        self.entries.get(..self.len)?.binary_search_by_key(&tensor, |entry| entry.id).ok()
    }

    /// Enters an operand of node `node`, if it is a scratch buffer.
    pub(crate) fn add_scratch(&mut self, node: u32, operand: Operand) -> Result<(), Error> {
        if operand.place() != Place::Scratch {
            return Ok(());
        }
        let step = u16::try_from(node + 1).map_err(|_| Error::TooLarge)?;
        let (id, bytes, partner) = (SCRATCH, operand.bytes, NEVER);
        self.push(Entry { id, bytes, first: step, last: step, partner, ..Entry::zeroed() })
    }

    /// Lets `planner` choose the offsets, checks them, and returns the bytes of the overlay.
    pub(super) fn solve(&mut self, planner: &mut dyn Planner) -> Result<u32, Error> {
        // The table is the problem, so the slices to fill are taken out of it meanwhile.
        let offsets = core::mem::take(&mut self.offsets);
        let workspace = core::mem::take(&mut self.workspace);
        let needed = bantam_planner::plan_workspace_len(self.len);
        let slices = offsets.get_mut(..self.len).zip(workspace.get_mut(..needed));
        let planned = match slices {
            Some((offsets, workspace)) => {
                planner.plan(self, offsets, workspace).map_err(Error::Plan)
            }
            None => Err(Error::TooLarge),
        };
        self.offsets = offsets;
        self.workspace = workspace;
        let total = planned?;
        self.check(total).map_err(Error::InvalidPlan)?;
        if total < PLACE_LIMIT { Ok(total) } else { Err(Error::TooLarge) }
    }

    /// Whether the offsets are a plan of so many bytes: no planner and no file is trusted.
    pub(super) fn check(&self, total: u32) -> Result<(), PlanFault> {
        let offsets = self.offsets.get(..self.len).unwrap_or(&[]);
        let problem: &dyn Problem = self;
        bantam_planner::validate(problem, OVERLAY_ALIGNMENT, offsets, total)
            .map_err(PlanFault::Violation)
    }

    /// Where a planned buffer is.
    pub(super) fn offset(&self, index: usize) -> Option<u32> {
        let (root, offset) = self.root(index);
        self.offsets.get(..self.len)?.get(root)?.checked_add(offset)
    }

    /// The operand in the place of one that was yet to be planned. Scratch must come in the order in which it was entered.
    pub(crate) fn patch(&self, operand: Operand, next_scratch: &mut usize) -> Option<Operand> {
        let at = match operand.place() {
            Place::Tensor(tensor) => self.find(i32::try_from(tensor).ok()?)?,
            Place::Scratch => {
                *next_scratch += 1;
                self.tensor_len() + *next_scratch - 1
            }
            _ => return Some(operand),
        };
        Operand::new(Place::Overlay(self.offset(at)?), operand.bytes)
    }

    pub(super) fn tensor_len(&self) -> usize {
        self.entries.get(..self.len).unwrap_or(&[]).partition_point(|e| e.id != SCRATCH)
    }
}
