//! Operator lists, and what their operators are prepared and run with.
//!
//! These types stand in one file because each leads to the others: an [`Op`] points to functions
//! that take an [`Io`] or a [`Build`], both of which have the operator list. The methods that
//! do the work stand in the files for that work.

use crate::callee::Callees;
#[cfg(feature = "host")]
use crate::constants::{Constants, Folded};
use crate::error::EvalError;
use crate::plan::{Planner, SharesOf, Sharing};
use crate::prepare::Prepare;
use crate::reason::{Failed, Reason};
use crate::record::{Graph, Operands};
use crate::running::Running;
use bantam_arena::{Records, Scope, Slice};
use bantam_kernels::ChannelScales;
use bantam_schema::{BuiltinOperator, Model, Subgraph};
use bytemuck::Zeroable;
use core::ops::Range;

/// What the model calls an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A builtin operator.
    Builtin(BuiltinOperator),
    /// A custom operator, by name.
    Custom(&'static str),
}

/// An operator in the list that the interpreter is given: plain data, `const`. Only what a list
/// names is linked.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    pub(crate) code: Code,
    /// `None` in a list that only runs what is prepared already.
    // size: a pointer, as such a list has no need of any of it.
    pub(crate) preparing: Option<&'static Preparing>,
    pub(crate) eval: Run,
    /// `None` without a state.
    pub(crate) reset: Option<Run>,
    /// Moves what nodes would compute whenever they run into an image.
    #[cfg(feature = "host")]
    pub(crate) arrange: Arrange,
    /// Makes a part of a constant what nodes would compute whenever they run.
    #[cfg(feature = "host")]
    pub(crate) fold: Fold,
    pub(crate) data_bytes: usize,
    #[cfg(feature = "foreign")]
    pub(crate) foreign: Option<&'static dyn Foreign>,
}

/// What an operator has for lists that prepare nodes.
#[derive(Debug)]
pub(crate) struct Preparing {
    pub(crate) prepare: PrepareNode,
    pub(crate) shares: SharesOf,
    pub(crate) calls: Option<Calls>,
    /// What computes factors of the scales of channels, which images have.
    pub(crate) scales: Option<MakeScales>,
    pub(crate) lend: Option<Lend>,
}

impl Op {
    /// The subgraphs that nodes call, and what prepares them, if they call any.
    pub(crate) fn calls(&self) -> Option<Calls> {
        self.preparing?.calls
    }

    /// What computes factors of the scales of channels.
    #[inline(always)] // two loads
    pub(crate) fn scales(&self) -> Option<MakeScales> {
        self.preparing?.scales
    }
}

/// An operator that is a value and not a type: one of another language.
#[cfg(feature = "foreign")]
pub trait Foreign: core::fmt::Debug + Sync {
    /// Checks the node and prepares it; the first [`data_bytes`](Self::data_bytes) of `data` are
    /// what [`eval`](Self::eval) is given.
    ///
    /// # Errors
    ///
    /// Whatever makes the node impossible to run.
    fn prepare(
        &self,
        node: &mut Prepare<'_, '_>,
        data: &mut [u32; FOREIGN_WORDS],
    ) -> Result<(), Failed>;

    /// Bytes that a prepared node keeps: at most those of [`FOREIGN_WORDS`].
    fn data_bytes(&self) -> usize;

    /// Runs the node.
    ///
    /// # Errors
    ///
    /// What only shows at run time. Outputs are then unspecified.
    fn eval(&self, data: &[u8], io: &mut Io<'_>) -> Result<(), EvalError>;

    /// Brings state back to where it was after `prepare`.
    ///
    /// # Errors
    ///
    /// As [`eval`](Self::eval).
    fn reset(&self, data: &[u8], io: &mut Io<'_>) -> Result<(), EvalError>;
}

/// Words that a prepared node of a [`Foreign`] operator can keep.
#[cfg(feature = "foreign")]
pub const FOREIGN_WORDS: usize = 16;

/// The operators that an interpreter is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ops<'a> {
    Values(&'a [Op]),
    /// What constants of other languages can be.
    #[cfg(feature = "foreign")]
    References(&'a [&'a Op]),
}

impl<'a> From<&'a [Op]> for Ops<'a> {
    fn from(ops: &'a [Op]) -> Self {
        Self::Values(ops)
    }
}

#[cfg(feature = "foreign")]
impl<'a> From<&'a [&'a Op]> for Ops<'a> {
    fn from(ops: &'a [&'a Op]) -> Self {
        Self::References(ops)
    }
}

impl<'a> Ops<'a> {
    #[inline(always)] // size: that of a slice
    pub(crate) fn get(self, index: usize) -> Option<&'a Op> {
        match self {
            Self::Values(ops) => ops.get(index),
            #[cfg(feature = "foreign")]
            Self::References(ops) => ops.get(index).copied(),
        }
    }

    #[cfg(not(feature = "foreign"))]
    #[inline(always)] // size: that of a slice
    pub(crate) fn iter(self) -> core::slice::Iter<'a, Op> {
        let Self::Values(ops) = self;
        ops.iter()
    }

    #[cfg(feature = "foreign")]
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a Op> {
        (0..).map_while(move |index| self.get(index))
    }
}

/// The subgraphs that a node calls, and what prepares them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) subgraph: fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>,
    pub(crate) calling: &'static Calling,
}

pub(crate) type PrepareNode = fn(&mut Prepare<'_, '_>) -> Result<(), Failed>;

/// Takes prepared data, and the bytes of the overlay above all that any tensor needs while the node
/// runs.
pub(crate) type Lend = LendTo<[u8]>;

/// [`Lend`], with prepared data as the operator knows it.
pub(crate) type LendTo<Data> = fn(&mut Data, &Range<u32>);

/// Takes a model; the scales of a layer's input and output, and the offset of those of its filter;
/// and how many these are.
pub(crate) type MakeScales = for<'a> fn(&'a [u8], [u32; 3], u32) -> Option<ChannelScales<'a>>;

/// Takes prepared data.
#[cfg(feature = "host")]
pub(crate) type Arrange = fn(&mut [u8], &mut Constants<'_>);

/// Takes prepared data.
#[cfg(feature = "host")]
pub(crate) type Fold = fn(&mut [u8], &mut Constants<'_>) -> Folded;

/// Runs or resets the node that an [`Io`] has.
pub(crate) type Run = fn(&mut Io<'_>) -> Result<(), EvalError>;

/// What nodes run with and do not write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<'a> {
    pub(crate) records: Records<'a>,
    pub(crate) ops: Ops<'a>,
    /// Where the last [`SubgraphRecord`](crate::record::SubgraphRecord) is; 0 if there is none.
    pub(crate) callee: u32,
    /// How many calls of subgraphs are under way.
    pub(crate) depth: u32,
    /// Calls of subgraphs that one node of the graph that runs may make.
    pub(crate) max_calls: u32,
    /// Who is told of the nodes of subgraphs that are called.
    #[cfg(feature = "host")]
    pub(crate) watch: Option<&'a dyn Watch>,
}

/// Is told what happens in subgraphs that are called.
#[cfg(feature = "host")]
pub(crate) trait Watch: core::fmt::Debug {
    /// A node of a subgraph has run, and these are its outputs; or, without a node, the subgraph is
    /// about to run on these inputs.
    fn happened(
        &self,
        subgraph: u32,
        node: Option<u32>,
        values: &dyn Fn(usize) -> Option<std::vec::Vec<u8>>,
    );
}

/// Calls of subgraphs that a node makes at most, unless the user says otherwise.
pub(crate) const MAX_CALLS: u32 = 1 << 17;

impl<'a> Fixed<'a> {
    /// What the nodes of the graph that runs see.
    pub(crate) fn new(records: Records<'a>, ops: impl Into<Ops<'a>>, callee: u32) -> Self {
        Self {
            records,
            ops: ops.into(),
            callee,
            depth: 0,
            max_calls: MAX_CALLS,
            #[cfg(feature = "host")]
            watch: None,
        }
    }
}

/// The operands of the node that runs.
// One for all nodes of a graph: what a node would have of its own takes time and stack.
#[derive(Debug)]
#[repr(C)] // stack: Armv6-M reaches a byte only near the beginning without its address
pub struct Io<'r> {
    /// Whether the node ends the run.
    pub(crate) stopped: bool,
    pub(crate) overlay: &'r mut [u8],
    pub(crate) variables: &'r mut [u8],
    pub(crate) fixed: Fixed<'r>,
    pub(crate) operands: Operands<'r>,
    /// What the node keeps.
    pub(crate) data: &'r [u8],
    pub(crate) running: Running,
    /// Makes the factors of channels, if the operator that runs has any.
    pub(crate) scales: Option<MakeScales>,
    /// The operator, if it is one of another language.
    #[cfg(feature = "foreign")]
    pub(crate) foreign: Option<&'static dyn Foreign>,
}

impl<'r> Io<'r> {
    /// What the nodes of a graph run with. None of them runs yet.
    #[inline(always)] // made where it stays
    pub(crate) fn new(
        overlay: &'r mut [u8],
        variables: &'r mut [u8],
        model: Model<'r>,
        fixed: Fixed<'r>,
    ) -> Self {
        // size: no longer row of zeros, which would link a routine that clears it.
        let running = Running { failed: None, calls_left: fixed.max_calls };
        let operands = Operands::none(model);
        Self {
            overlay,
            variables,
            fixed,
            operands,
            data: &[],
            running,
            scales: None,
            #[cfg(feature = "foreign")]
            foreign: None,
            stopped: false,
        }
    }
}

/// A graph whose memory is yet to be planned.
// Filled where it stays: moving it takes more code than what it is made of.
pub(crate) struct Prepared {
    pub(crate) graph: Graph,
    pub(crate) variables: Slice<u8>,
    pub(crate) scratch_len: usize,
    /// Where the last record of a subgraph is that nodes call; 0 if there is none.
    pub(crate) callee: u32,
}

impl Prepared {
    pub(crate) fn new() -> Self {
        Self { graph: Graph::zeroed(), variables: Slice::EMPTY, scratch_len: 0, callee: 0 }
    }
}

/// A graph on its way into an arena.
#[derive(Clone, Copy)]
pub(crate) struct Build<'b, 'a> {
    pub(crate) model: &'b Model<'a>,
    pub(crate) subgraph: &'b Subgraph<'a>,
    pub(crate) ops: Ops<'b>,
    pub(crate) sharing: Sharing,
    /// Whether what is kept is only counted.
    pub(crate) counts: bool,
    pub(crate) reason: &'b Reason,
    /// The subgraphs that are there to be called.
    // size: a pointer, since a build is passed on and copied.
    pub(crate) callees: &'b Callees<'b>,
}

/// What prepares subgraphs.
// size: a pointer, so that programs without operators that call do not link it.
#[derive(Debug)]
pub(crate) struct Calling {
    /// Prepares and plans all that is called.
    #[cfg(feature = "host")]
    pub(crate) build: BuildCallees,
    /// Prepares and plans all that is called, then the graph that runs; gives the bytes of its
    /// overlay.
    pub(crate) fill: Fill,
}

type Fill =
    fn(&Build<'_, '_>, &mut Scope<'_>, &mut Prepared, &mut dyn Planner) -> Result<u32, Failed>;

#[cfg(feature = "host")]
type BuildCallees =
    for<'s> fn(&Build<'_, '_>, &mut Scope<'s>, &mut dyn Planner) -> Result<Callees<'s>, Failed>;
