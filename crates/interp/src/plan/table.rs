//! The planning table: buffers, their lifetimes, and their places.
//!
//! Lifetimes follow TFLM: graph inputs exist from step 0, node `i` runs at step `i + 1`, graph
//! outputs last to the end. Source: TFLM 90b983c2b, `lite/micro/micro_allocation_info.cc`.

use super::entry::{Entry, NEVER, SCRATCH, Step};
use super::offline::Offline;
use super::planning::{Buffers, Origin, Planner};
use super::sharing::Sharing;
use super::wholes::Wholes;
use crate::reason::{Failed, Reason};
use crate::record::{Operand, PLACE_LIMIT, Place};
use crate::stage::Stage;
use bantam_arena::Scope;
use bantam_planner::{Buffer, Problem};
use bantam_schema::{Indices, Subgraph, Tensor, steps};
use bytemuck::Zeroable;
use core::ops::Range;

const ENTRY_WORDS: usize = size_of::<Entry>() / 4;
/// What a buffer takes while it is planned: its entry, its offset, and the planner's workspace.
const WORDS: usize = ENTRY_WORDS + 1 + bantam_planner::plan_workspace_len(1) / 2;

/// The most activations and scratch buffers of a graph. Placing and checking them takes time
/// quadratic in their number, and their table 36 bytes each.
pub(crate) const MAX_BUFFERS: usize = 2048;

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
        steps::count();
        let entry = self.entries.get(index).copied().unwrap_or(Entry::zeroed());
        if entry.is_view() {
            return Buffer::new(0, NEVER.into(), NEVER.into());
        }
        Buffer {
            bytes: entry.bytes,
            lifetime: entry.lifetime(),
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
    subgraph.tensors_where(is_planned).count()
}

fn is_planned(tensor: &Tensor<'_>) -> bool {
    !tensor.is_constant() && !tensor.is_variable()
}

impl<'t, 'a> Buffers<'t, 'a> {
    /// A table for `capacity` buffers, out of a temporary scope; `None` if that is too small.
    pub(crate) fn new(scope: &mut Scope<'t>, capacity: usize, reason: &'t Reason) -> Option<Self> {
        let words = scope.alloc::<[u32; WORDS]>(capacity).ok()?.as_flattened_mut();
        let (entries, rest) = words.split_at_mut_checked(capacity * ENTRY_WORDS)?;
        let (offsets, workspace) = rest.split_at_mut_checked(capacity)?;
        Some(Self {
            entries: bytemuck::try_cast_slice_mut(entries).ok()?,
            offsets,
            workspace: bytemuck::cast_slice_mut(workspace),
            len: 0,
            offline: None,
            sharing: Sharing::Apart,
            wholes: Wholes::NONE,
            met: 0,
            joining: None,
            reason,
        })
    }

    /// The index of the subgraph that they belong to. Those that others call are planned before
    /// them, each with an overlay of its own, which is a scratch buffer of the nodes that call it.
    pub fn subgraph(&self) -> u32 {
        self.reason.subgraph.get()
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

    /// If the buffer is a part of another: that one's index, and where in it the part begins, in
    /// bytes.
    pub fn view(&self, index: usize) -> Option<(usize, u32)> {
        self.entry(index).filter(|entry| entry.is_view()).map(|_| self.root(index))
    }

    /// The bytes of the buffer and its steps, also if it is a [view](Self::view).
    pub fn extent(&self, index: usize) -> Option<Buffer> {
        let entry = self.entry(index)?;
        Some(Buffer { bytes: entry.bytes, lifetime: entry.lifetime(), fixed: None })
    }

    /// The input that this output may overlap: its index.
    pub fn partner(&self, output: usize) -> Option<usize> {
        let entry = self.entry(output)?;
        (entry.partner != NEVER && !entry.is_view()).then_some(entry.partner.into())
    }

    /// Whether an output at `offset` has to be written backwards because its
    /// [partner](Self::partner) is at `input`; `None` if it has no partner.
    pub fn writes_backwards(&self, output: usize, offset: u32, input: u32) -> Option<bool> {
        let (entry, partner) = (self.entry(output)?, self.entry(self.partner(output)?)?);
        Some(entry.runs_backwards(offset, partner, input))
    }

    /// The buffer that another lies in, and where in it; itself at 0 if it is no view.
    fn root(&self, index: usize) -> (usize, u32) {
        self.joining.map_or((index, 0), |joining| (joining.root)(self, index))
    }

    /// The nodes whose parts lie in the whole.
    #[cfg(feature = "host")]
    pub(crate) fn wholes(&self) -> Wholes {
        self.wholes
    }

    /// `Ok` if the invariants hold; else which one does not.
    #[cfg(any(test, feature = "host"))]
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let entries = self.entries.get(..self.len).ok_or("longer than its memory")?;
        let (tensors, scratch) = entries.split_at(self.tensor_len());
        let ascends = |entries: &[Entry], key: fn(&Entry) -> u32, strictly: bool| {
            entries.is_sorted_by(|a, b| if strictly { key(a) < key(b) } else { key(a) <= key(b) })
        };
        if !ascends(tensors, |entry| entry.id, true) {
            return Err("1: tensors ascend");
        }
        let one_step = |entry: &Entry| entry.id == SCRATCH && entry.first == entry.last;
        if !ascends(scratch, |entry| entry.first.into(), false) || !scratch.iter().all(one_step) {
            return Err("1: scratch ascends");
        }
        for (at, entry) in entries.iter().enumerate() {
            if entry.first > entry.last && (entry.first != NEVER || entry.bytes != 0) {
                return Err("2: a buffer ends no earlier than it begins");
            }
            if entry.partner == NEVER {
                continue;
            }
            let partner =
                entries.get(usize::from(entry.partner)).ok_or("3: the partner is there")?;
            if usize::from(entry.partner) == at {
                return Err("3: the partner is another");
            }
            if entry.is_view() {
                let (root, _) = self.root(at);
                let root = entries.get(root).ok_or("4: the root is there")?;
                let live = root.first <= entry.first && entry.last <= root.last;
                if u64::from(entry.below) + u64::from(entry.bytes) > u64::from(partner.bytes) {
                    return Err("4: a view lies within its partner");
                }
                if root.is_view() || !live {
                    return Err("4: the root of a view is live as long");
                }
            } else if partner.last != entry.first || partner.is_view() {
                return Err("5: an output over its partner begins where that ends");
            }
        }
        Ok(())
    }

    // One copy of what there are many calls of. So elsewhere.
    #[inline(never)]
    pub(super) fn entry(&self, index: usize) -> Option<&Entry> {
        steps::count();
        self.entries.get(..self.len)?.get(index)
    }

    #[inline(never)] // size: see `entry`
    pub(super) fn entry_mut(&mut self, index: usize) -> Option<&mut Entry> {
        self.entries.get_mut(..self.len)?.get_mut(index)
    }

    /// Begins anew, with the tensors of the graph and their lifetimes.
    pub(super) fn begin(
        &mut self,
        subgraph: &Subgraph<'a>,
        sharing: Sharing,
        wholes: Wholes,
    ) -> Result<(), Failed> {
        (self.len, self.joining, self.offline) = (0, None, None);
        (self.sharing, self.met) = (sharing, 0);
        self.wholes = if sharing == Sharing::Overlap { wholes } else { Wholes::NONE };
        for id in subgraph.tensors_where(is_planned) {
            // What nothing refers to may be of any type and shape; it stays at zero bytes.
            self.push(id, 0, NEVER, 0).ok_or_else(|| self.reason.records())?;
        }
        let end = u16::try_from(subgraph.operator_len()).ok().filter(|&end| end < NEVER - 1);
        let end = end.ok_or_else(|| self.reason.too_large())?;
        self.touch(subgraph, &subgraph.inputs(), Step { at: 0, is_port: true, writes: true })?;
        for node in 0..end {
            let Some(operator) = subgraph.operator(node.into()) else { continue };
            let step = Step { at: node + 1, is_port: false, writes: false };
            self.touch(subgraph, &operator.inputs(), step)?;
            self.touch(subgraph, &operator.outputs(), Step { writes: true, ..step })?;
        }
        self.touch(subgraph, &subgraph.outputs(), Step { at: end, is_port: true, writes: false })
    }

    /// Fixes the tensors that `offline` has offsets for.
    pub(super) fn fix(&mut self, offline: Offline<'a>) {
        self.offline = Some(offline);
    }

    /// Enters a buffer that is live from one step to another; `None` if the table is full.
    fn push(&mut self, id: u32, bytes: u32, first: u16, last: u16) -> Option<()> {
        let entry = Entry { id, bytes, first, last, partner: NEVER, ..Entry::zeroed() };
        *self.entries.get_mut(self.len)? = entry;
        self.len += 1;
        Some(())
    }

    /// Extends the lifetimes of those of `tensors` that are planned.
    #[inline(never)] // size: one copy for inputs and outputs
    fn touch(
        &mut self,
        subgraph: &Subgraph<'a>,
        tensors: &Indices<'a>,
        step: Step,
    ) -> Result<(), Failed> {
        for tensor in tensors.iter() {
            // Constants and variables are not planned.
            let Some(entry) = self.find(tensor).and_then(|at| self.entry_mut(at)) else { continue };
            if let Err(error) = entry.touch(subgraph, tensor as u32, step) {
                let stage = if step.is_port {
                    Stage::Port(tensor as u32)
                } else {
                    Stage::Node(u32::from(step.at).saturating_sub(1))
                };
                return Err(stage.blame(subgraph, (error.tensor, &error.cause), self.reason));
            }
        }
        Ok(())
    }

    /// Tensor entries come first, in ascending order.
    #[inline(never)] // size: one copy for its callers
    pub(super) fn find(&self, tensor: i32) -> Option<usize> {
        let tensor = u32::try_from(tensor).ok()?;
        self.entries.get(..self.len)?.binary_search_by_key(&tensor, |entry| entry.id).ok()
    }

    /// Enters an operand of node `node`, if it is a scratch buffer; `None` if there are more of
    /// them than when the nodes were prepared.
    #[inline(never)] // size: one copy for its callers
    pub(crate) fn add_scratch(&mut self, node: u32, operand: Operand) -> Option<()> {
        if operand.place() != Place::Scratch {
            return Some(());
        }
        // Fits: `begin` has counted the nodes.
        let step = node as u16 + 1;
        self.push(SCRATCH, operand.bytes, step, step)
    }

    /// Lets `planner` choose the offsets, checks them unless it is trusted, and returns the bytes
    /// of the overlay.
    #[inline(never)] // size: one copy for all ways to plan
    pub(super) fn solve(&mut self, planner: &mut dyn Planner) -> Result<u32, Failed> {
        // The table is the problem, so the slices to fill are taken out of it meanwhile.
        let offsets = core::mem::take(&mut self.offsets);
        let workspace = core::mem::take(&mut self.workspace);
        let needed = bantam_planner::plan_workspace_len(self.len);
        let planned = planner.plan(
            self,
            offsets.get_mut(..self.len).unwrap_or_default(),
            workspace.get_mut(..needed).unwrap_or_default(),
        );
        self.offsets = offsets;
        self.workspace = workspace;
        let total = planned.map_err(|error| self.reason.not_planned(error))?;
        if let Some(check) = planner.trust().check() {
            check(self, total)?;
        }
        if total < PLACE_LIMIT { Ok(total) } else { Err(self.reason.too_large()) }
    }

    /// Where a planned buffer is.
    pub(super) fn offset(&self, index: usize) -> Option<u32> {
        let (root, offset) = self.root(index);
        self.offsets.get(..self.len)?.get(root)?.checked_add(offset)
    }

    /// The operand in the place of one that was yet to be planned, if it has been. Scratch must
    /// come in the order in which it was entered; the first comes after the
    /// [tensors](Self::tensor_len).
    #[inline(never)] // size: one copy for its callers
    pub(crate) fn patch(&self, operand: Operand, next_scratch: &mut usize) -> Option<Operand> {
        let at = match operand.place() {
            Place::Tensor(tensor) => self.find(tensor as i32),
            Place::Scratch => {
                *next_scratch += 1;
                Some(*next_scratch - 1)
            }
            _ => return Some(operand),
        };
        Operand::new(Place::Overlay(self.offset(at?)?), operand.bytes)
    }

    /// The bytes of the overlay, of which it has so many, above all buffers that are needed while a
    /// node runs.
    #[inline(never)] // size: one copy for all graphs
    pub(crate) fn free_during(&self, node: u32, overlay: u32) -> Range<u32> {
        let step = node as u16 + 1;
        let end = |index: usize| {
            let (entry, at) = (self.entry(index)?, self.offset(index)?);
            let is_live = (entry.first..=entry.last).contains(&step);
            is_live.then(|| at.saturating_add(entry.bytes))
        };
        (0..self.len).filter_map(end).fold(0, u32::max)..overlay
    }

    /// The number of tensors, whose entries come first.
    pub(crate) fn tensor_len(&self) -> usize {
        self.entries.get(..self.len).unwrap_or(&[]).partition_point(|e| e.id != SCRATCH)
    }
}
