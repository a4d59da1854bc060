//! From a prepared graph to offsets: lifetimes, planning, and patching the records.
//!
//! Lifetimes follow TFLM: graph inputs exist from step 0, node `i` runs at step `i + 1`, graph outputs last to the end.
//! Source: TFLM 90b983c2b, `lite/micro/micro_allocation_info.cc`.

use crate::error::{Cause, Error, PrepareError};
use crate::interpreter::Options;
use crate::operator::{Overlap, Overlaps};
use crate::prepare::name_of;
use crate::record::{Operand, PLACE_LIMIT, Place};
use crate::tensor::TensorInfo;
use bantam_arena::{CounterScope, OutOfMemory, Scope};
use bantam_planner::{Buffer, Effort, Lifetime, Problem};
use bantam_schema::{Model, Subgraph};
use bytemuck::{Pod, Zeroable};

/// Every planned buffer starts at a multiple of this, as in TFLM.
pub(crate) const OVERLAY_ALIGNMENT: u32 = 16;

/// A buffer of the overlay while it is planned: 24 bytes of the arena; its offset and the planner's workspace take 12 more.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Entry {
    /// Tensor index, or `SCRATCH`.
    id: u32,
    bytes: u32,
    first: u16,
    last: u16,
    /// The entry that this one may lie over while both are alive, or `NEVER`.
    partner: u16,
    unused: u16,
    /// The distances to keep from it, in bytes.
    below: u32,
    above: u32,
}

/// Buffers up to which the planner searches.
const MOST_SEARCHED: usize = 1024;

const SCRATCH: u32 = u32::MAX;
const NEVER: u16 = u16::MAX;

/// How the interpreter treats an `OfflineMemoryAllocation` that the model carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfflinePlan {
    /// Use it if it is valid, plan online otherwise.
    #[default]
    IfValid,
    /// Use it; it is an error if it is not valid.
    Require,
    /// Plan online.
    Ignore,
}

/// The offsets that a model carries, one little-endian `i32` per tensor, -1 for those to be planned online.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offline<'a>(&'a [[u8; 4]]);

impl<'a> Offline<'a> {
    const NAME: &'static str = "OfflineMemoryAllocation";

    /// `Ok(None)` if the model carries none; an error if it is malformed.
    pub(crate) fn find(model: &Model<'a>) -> Result<Option<Self>, Error> {
        let Some(data) = model.metadata_by_name(Self::NAME) else { return Ok(None) };
        let (words, _) = data.as_chunks();
        let tensors: usize = model.subgraphs().map(|s| s.tensor_len() as usize).sum();
        let n = words.get(2).map(|&w| u32::from_le_bytes(w) as usize).ok_or(Error::OfflinePlan)?;
        let offsets = words.get(3..).and_then(|w| w.get(..n)).ok_or(Error::OfflinePlan)?;
        if n == tensors { Ok(Some(Self(offsets))) } else { Err(Error::OfflinePlan) }
    }

    /// The offset of a tensor of the first subgraph.
    fn offset(&self, tensor: u32) -> Option<u32> {
        let word = self.0.get(tensor as usize)?;
        u32::try_from(i32::from_le_bytes(*word)).ok()
    }
}

/// The planning table of a graph.
pub(crate) struct Table<'t, 'a> {
    entries: &'t mut [Entry],
    offsets: &'t mut [u32],
    workspace: &'t mut [u16],
    len: usize,
    offline: Option<Offline<'a>>,
}

impl Problem for Table<'_, '_> {
    fn len(&self) -> usize {
        self.len
    }

    fn buffer(&self, index: usize) -> Buffer {
        let entry = self.entries.get(index).copied().unwrap_or(Entry::zeroed());
        Buffer {
            bytes: entry.bytes,
            lifetime: Lifetime { first: entry.first.into(), last: entry.last.into() },
            fixed: self.offline.filter(|_| entry.id != SCRATCH).and_then(|o| o.offset(entry.id)),
        }
    }

    fn overlap(&self, output: usize, input: usize) -> bantam_planner::Overlap {
        match self.entries.get(output) {
            Some(entry) if usize::from(entry.partner) == input && entry.partner != NEVER => {
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

impl<'t, 'a> Table<'t, 'a> {
    /// A table for `capacity` buffers, out of a temporary scope.
    pub(crate) fn new(scope: &mut Scope<'t>, capacity: usize) -> Result<Self, OutOfMemory> {
        Ok(Self {
            entries: scope.alloc(capacity)?,
            offsets: scope.alloc(capacity)?,
            workspace: scope.alloc(bantam_planner::plan_workspace_len(capacity))?,
            len: 0,
            offline: None,
        })
    }

    /// What [`Table::new`] takes, without memory.
    pub(crate) fn count(scope: &mut CounterScope<'_>, capacity: usize) -> Result<(), OutOfMemory> {
        scope.alloc::<Entry>(capacity)?;
        scope.alloc::<u32>(capacity)?;
        scope.alloc::<u16>(bantam_planner::plan_workspace_len(capacity))
    }

    /// Enters the tensors of the graph with their lifetimes.
    pub(crate) fn add_tensors(&mut self, subgraph: &Subgraph<'a>) -> Result<(), Error> {
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
            self.touch(subgraph, tensor, 0, true).map_err(port(tensor))?;
        }
        for (step, operator) in (1_u16..).zip(subgraph.operators()) {
            let node = u32::from(step - 1);
            let prepare = |error| Error::Prepare { node, operator: name_of(&operator), error };
            for tensor in operator.inputs().iter().filter_map(|i| u32::try_from(i).ok()) {
                self.touch(subgraph, tensor, step, false).map_err(prepare)?;
            }
            for tensor in operator.outputs().iter().filter_map(|i| u32::try_from(i).ok()) {
                self.touch(subgraph, tensor, step, true).map_err(prepare)?;
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

    /// Extends the lifetime of `tensor` to `step`.
    fn touch(
        &mut self,
        subgraph: &Subgraph<'a>,
        tensor: u32,
        step: u16,
        written: bool,
    ) -> Result<(), PrepareError> {
        let Some(entry) =
            Self::find(self.entries, self.len, tensor).and_then(|at| self.entries.get_mut(at))
        else {
            return Ok(()); // constants and variables are not planned
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
        Ok(())
    }

    /// Tensor entries come first, in ascending order.
    fn find(entries: &[Entry], len: usize, tensor: u32) -> Option<usize> {
        entries.get(..len)?.binary_search_by_key(&tensor, |e| e.id).ok()
    }

    /// Enters the scratch buffers among `extras` of node `node`.
    pub(crate) fn add_scratch(&mut self, node: u32, extras: &[Operand]) -> Result<(), Error> {
        let step = u16::try_from(node + 1).map_err(|_| Error::TooLarge)?;
        for scratch in extras.iter().filter(|e| e.place() == Place::Scratch) {
            let (id, bytes, partner) = (SCRATCH, scratch.bytes, NEVER);
            self.push(Entry { id, bytes, first: step, last: step, partner, ..Entry::zeroed() })?;
        }
        Ok(())
    }

    /// Lets the first output of node `node` lie over the first of the inputs that `overlaps` names and that dies with it.
    ///
    /// Both must be alive together at this step only; the input is read at one position only, and is no graph output.
    pub(crate) fn permit(&mut self, subgraph: &Subgraph<'a>, node: u32, overlaps: Overlaps) {
        for overlap in overlaps.into_iter().flatten() {
            if self.permit_one(subgraph, node, overlap).is_some() {
                return;
            }
        }
    }

    fn permit_one(&mut self, subgraph: &Subgraph<'a>, node: u32, overlap: Overlap) -> Option<()> {
        let step = u16::try_from(node.checked_add(1)?).ok()?;
        let operator = subgraph.operator(node)?;
        let index = operator.inputs().get(overlap.input)?;
        let once = operator.inputs().iter().filter(|&i| i == index).count() == 1;
        if !once || subgraph.outputs().iter().any(|i| i == index) {
            return None;
        }
        let at = |tensor: i32| Self::find(self.entries, self.len, u32::try_from(tensor).ok()?);
        let (input, output) = (at(index)?, at(operator.outputs().get(0)?)?);
        let (dying, born) = (self.entries.get(input)?, self.entries.get(output)?);
        if dying.last != step || born.first != step {
            return None;
        }
        let size = subgraph.tensor(born.id)?.tensor_type().size_bytes()?;
        let bytes = |elements: usize| u32::try_from(elements).ok()?.checked_mul(size);
        let (below, above) = (bytes(overlap.slack.below)?, bytes(overlap.slack.above)?);
        let partner = u16::try_from(input).ok()?;
        let entry = self.entries.get_mut(output)?;
        *entry = Entry { partner, below, above, ..*entry };
        Some(())
    }

    /// Plans; returns the bytes of the overlay.
    pub(crate) fn plan(
        &mut self,
        offline: Option<Offline<'a>>,
        Options { offline_plan: choice, effort }: Options,
    ) -> Result<u32, Error> {
        for entry in self.entries.iter_mut().take(self.len) {
            entry.first = entry.first.min(entry.last);
        }
        if let Some(plan) = offline.filter(|_| choice != OfflinePlan::Ignore) {
            self.offline = Some(plan);
            match self.solve(effort) {
                Ok(total) => return Ok(total),
                Err(_) if choice == OfflinePlan::IfValid => self.offline = None,
                Err(_) => return Err(Error::OfflinePlan),
            }
        }
        self.solve(effort)
    }

    fn solve_into(
        &self,
        offsets: &mut [u32],
        workspace: &mut [u16],
        effort: Effort,
    ) -> Result<u32, Error> {
        // A placement takes time quadratic in the number of buffers: where they are many, one attempt has to do.
        let effort = if self.len > MOST_SEARCHED { Effort::Greedy } else { effort };
        let plan = bantam_planner::plan(self, OVERLAY_ALIGNMENT, offsets, workspace, effort);
        let total = plan.map_err(Error::Plan)?.bytes;
        if self.offline.is_some() {
            // What the model carries is not trusted.
            bantam_planner::validate(self, OVERLAY_ALIGNMENT, offsets, total)
                .map_err(|_| Error::OfflinePlan)?;
        }
        if total < PLACE_LIMIT { Ok(total) } else { Err(Error::TooLarge) }
    }

    fn solve(&mut self, effort: Effort) -> Result<u32, Error> {
        // The table is the problem, so the slices to fill are taken out of it meanwhile.
        let offsets = core::mem::take(&mut self.offsets);
        let workspace = core::mem::take(&mut self.workspace);
        let planned = match offsets.get_mut(..self.len) {
            Some(offsets) => self.solve_into(offsets, workspace, effort),
            None => Err(Error::TooLarge),
        };
        self.offsets = offsets;
        self.workspace = workspace;
        planned
    }

    /// Replaces what is yet to be planned by its place. Scratch operands must come in the order in which they were entered.
    pub(crate) fn patch(&self, operands: &mut [Operand], next_scratch: &mut usize) -> Option<()> {
        for operand in operands {
            let at = match operand.place() {
                Place::Tensor(tensor) => Self::find(self.entries, self.tensor_len(), tensor)?,
                Place::Scratch => {
                    *next_scratch += 1;
                    self.tensor_len() + *next_scratch - 1
                }
                _ => continue,
            };
            *operand = Operand::new(Place::Overlay(*self.offsets.get(at)?), operand.bytes)?;
        }
        Some(())
    }

    fn tensor_len(&self) -> usize {
        self.entries.get(..self.len).unwrap_or(&[]).partition_point(|e| e.id != SCRATCH)
    }
}
