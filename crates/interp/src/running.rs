//! What is known of a run while it is under way.

use crate::error::{PackedSite, Site};

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

impl Running {
    /// The node that has failed: `node`, unless it was one of a subgraph that it calls.
    #[cold]
    #[inline(never)] // size: one copy for runs and resets
    pub(crate) fn take_failed(&mut self, node: Site) -> Site {
        self.failed.take().map_or(node, PackedSite::site)
    }
}
