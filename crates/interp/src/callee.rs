//! Subgraphs that nodes call, while they are prepared and in prepared data.

use crate::handle::Handle;
use crate::slot::Extra;
use bytemuck::{Pod, Zeroable};

/// A subgraph while the interpreter is made.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Callee {
    /// Bytes of its overlay.
    pub(crate) frame: u32,
    /// Where its [`SubgraphRecord`] is.
    pub(crate) record: u32,
    /// 0: not visited. Else one more than how deep its own calls go; [`Callee::ACTIVE`] while that
    /// is being found out.
    pub(crate) height: u32,
}

impl Callee {
    pub(crate) const ACTIVE: u32 = u32::MAX;

    /// One that is prepared, for a host that does not run it.
    #[cfg(feature = "host")]
    pub(crate) const PREPARED: Self = Self { frame: 0, record: 0, height: 1 };

    /// Whether it is prepared.
    pub(crate) fn is_done(&self) -> bool {
        self.height != 0 && self.height != Self::ACTIVE
    }
}

/// The subgraphs that are there to be called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callees<'b> {
    /// One for each subgraph of the model, if any is called.
    pub(crate) table: &'b [Callee],
    /// One for each node of the model that names a resource variable.
    pub(crate) handles: &'b [Handle],
    /// Bytes of the variables block that they take.
    pub(crate) variables: u32,
    /// Where the record is that was made last.
    pub(crate) newest: u32,
    /// The metadata entry that may hold a plan of the graph.
    pub(crate) plan_name: &'b str,
}

/// A subgraph that a node calls, as [`Prepare::call`](crate::Prepare::call) hands it out. Kept in
/// the prepared data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Call {
    pub(crate) record: u32,
    pub(crate) frame: Extra,
}
