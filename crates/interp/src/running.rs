//! What is known of a run while it is under way.

use crate::error::PackedSite;

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    /// The node of a called subgraph that has failed, if one has. Between the steps of a run, the
    /// node of the graph that comes next, unless that is the first: no graph that is called has
    /// number 0.
    // size: one word for both.
    pub(crate) failed: Option<PackedSite>,
    /// Calls that may still be made before the node of the graph that runs is done.
    pub(crate) calls_left: u32,
}
