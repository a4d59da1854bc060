//! The planning table, and the planners that choose its offsets.
//!
//! These types stand in one file because each leads to the others: the table points to functions
//! that plan parts with a [`Planner`], which is given the table. The methods that do the work
//! stand in the files for that work.

use super::entry::Entry;
use super::offline::Offline;
use super::sharing::Sharing;
use super::wholes::Wholes;
use crate::error::PlanFault;
use crate::overlap::Parts;
use crate::reason::{Failed, Reason};
use bantam_planner::{Error, Problem};
use bantam_schema::{Indices, Model, Operator, Subgraph};

/// Every planned buffer starts at a multiple of this, as in TFLM.
pub const OVERLAY_ALIGNMENT: u32 = 16;

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The tensor with this index.
    Tensor(u32),
    /// Scratch of the node with this index.
    Scratch(u32),
}

/// The buffers of a prepared graph: what is to be placed, for how long, and what may overlap.
///
/// Graph inputs exist from step 0, node `i` runs at step `i + 1`, graph outputs last to the end. A
/// buffer that is a [view](Self::view) of another takes no place of its own: it has no bytes and
/// lives in no step of the graph.
///
/// Invariants, which tests check wherever a host plans:
///
/// 1. Tensors come first, in ascending order of their indices. Scratch follows, in ascending order
///    of its nodes, each buffer live during one step.
/// 2. A buffer ends no earlier than it begins, unless nothing refers to it: then it has no bytes.
/// 3. The partner of a buffer is another buffer of the table.
/// 4. A view lies within its partner. From partner to partner one comes to a buffer that is no
///    view, and that is live as long as the view.
/// 5. An output that may lie over its partner begins in the step in which that ends, and neither
///    is a view.
pub struct Buffers<'t, 'a> {
    pub(super) entries: &'t mut [Entry],
    pub(super) offsets: &'t mut [u32],
    pub(super) workspace: &'t mut [u16],
    pub(super) len: usize,
    pub(super) offline: Option<Offline<'a>>,
    pub(super) sharing: Sharing,
    /// Which nodes have their parts in the whole.
    pub(super) wholes: Wholes,
    /// Nodes with a whole and parts that were entered.
    pub(super) met: u32,
    /// What plans views, if there are any.
    pub(super) joining: Option<&'static Joining>,
    /// Where failures leave their reasons.
    pub(crate) reason: &'t Reason,
}

impl Buffers<'_, '_> {
    /// Whether the offsets are a plan of so many bytes: no file is trusted, and no planner but
    /// [those](Trust) that are tested here.
    pub(super) fn check_plan(&self, total: u32) -> Result<(), Failed> {
        let offsets = self.offsets.get(..self.len).unwrap_or(&[]);
        let problem: &dyn Problem = self;
        bantam_planner::validate(problem, OVERLAY_ALIGNMENT, offsets, total)
            .map_err(|violation| self.reason.invalid_plan(PlanFault::Violation(violation)))
    }
}

/// What plans parts.
// Pointers: what is not named is not linked.
#[derive(Debug)]
pub(crate) struct Joining {
    pub(super) join: fn(&mut Buffers<'_, '_>, &Subgraph<'_>, &Operator<'_>, Parts),
    pub(super) root: fn(&Buffers<'_, '_>, usize) -> (usize, u32),
    pub(super) count: fn(&mut Buffers<'_, '_>, &Indices<'_>),
    pub(super) flatten: fn(&mut Buffers<'_, '_>),
    pub(super) plan: fn(&mut Planning<'_, '_, '_>, &mut dyn Planner) -> Result<u32, Failed>,
}

/// How the operands of a node make up each other, and what plans that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joined {
    pub(crate) parts: Parts,
    pub(crate) joining: &'static Joining,
}

/// What puts the buffers of all nodes, and what they may share, into a table.
pub(crate) trait Nodes<'a> {
    /// Fails if there is no room, or if a node cannot be prepared.
    fn enter(&mut self, table: &mut Buffers<'_, 'a>) -> Result<(), Failed>;
}

/// A graph that is to be planned.
pub(crate) struct Planning<'p, 't, 'a> {
    pub(crate) model: &'p Model<'a>,
    pub(crate) subgraph: &'p Subgraph<'a>,
    /// The metadata entry that may hold a plan of it.
    pub(crate) plan_name: &'p str,
    pub(crate) table: &'p mut Buffers<'t, 'a>,
    pub(crate) sharing: Sharing,
    pub(crate) nodes: &'p mut dyn Nodes<'a>,
}

/// Chooses the offsets of a graph's buffers.
///
/// Implement it to plan with more effort, or to see what is planned:
/// [`Interpreter::with_planner`](crate::Interpreter::with_planner). Its plans are checked before
/// they are used. A plan that the model carries is only looked for by
/// [`Carried`](super::Carried).
///
/// ```
/// use bantam_interp::plan::{Buffers, Planner};
/// use bantam_planner::{Error, linear};
///
/// /// Every tensor keeps its own memory: for looking at all of them after an invoke.
/// struct Apart;
///
/// impl Planner for Apart {
///     fn plan(
///         &mut self,
///         buffers: &Buffers<'_, '_>,
///         offsets: &mut [u32],
///         _: &mut [u16],
///     ) -> Result<u32, Error> {
///         linear(buffers, 16, offsets)
///     }
/// }
/// ```
pub trait Planner {
    /// Writes the offset of every buffer, a multiple of [`OVERLAY_ALIGNMENT`], and returns the
    /// bytes of the overlay.
    ///
    /// `workspace` has [`plan_workspace_len`](bantam_planner::plan_workspace_len) elements of any
    /// contents. It may be called more than once for a graph, and should find the same plan each
    /// time: the size of the arena depends on it.
    ///
    /// # Errors
    ///
    /// Whatever makes planning impossible.
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, Error>;

    /// What reads a plan that the model carries, to be used before any that is made here: a planner
    /// around a [`Carried`](super::Carried) passes on the one of that. By default none.
    fn reader(&self) -> Option<Reader> {
        None
    }

    /// Whether its plans are checked: a planner around another may pass on the trust in that. By
    /// default they are.
    fn trust(&self) -> Trust {
        Trust::CHECKED
    }
}

/// Whether the plans of a planner are checked before they are used.
#[derive(Clone, Copy, Debug)]
pub struct Trust {
    // A pointer: what is not named is not linked.
    check: Option<Check>,
}

type Check = fn(&Buffers<'_, '_>, u32) -> Result<(), Failed>;

impl Trust {
    /// Every plan is checked.
    pub const CHECKED: Self = Self { check: Some(|buffers, total| buffers.check_plan(total)) };
    /// For the planners of this crate: property tests and a fuzzer check their plans, and so does a
    /// host.
    pub(super) const TESTED: Self =
        if cfg!(feature = "host") { Self::CHECKED } else { Self { check: None } };

    pub(super) fn check(self) -> Option<Check> {
        self.check
    }
}

/// What reads the plan that a model carries: [`Carried`](super::Carried) has one.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    // A pointer: what is not named is not linked.
    pub(super) read: Read,
    pub(super) required: bool,
}

type Read = fn(&mut Planning<'_, '_, '_>, &mut dyn Planner, bool) -> Result<Option<u32>, Failed>;

impl Reader {
    /// The bytes of the overlay; `None` if it is yet to be planned.
    pub(super) fn read(
        self,
        planning: &mut Planning<'_, '_, '_>,
        planner: &mut dyn Planner,
    ) -> Result<Option<u32>, Failed> {
        (self.read)(planning, planner, self.required)
    }
}
