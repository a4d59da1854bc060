//! What is known of calls of subgraphs while they are under way.

use crate::error::{PackedSite, Site};

/// How far the calls of a node are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The node of a called subgraph that has failed, if one has.
    pub(crate) failed: Option<PackedSite>,
    /// Calls that may still be made before the node of the graph that runs is done.
    pub(crate) calls_left: u32,
}

impl Progress {
    pub(crate) const NONE: Self = Self { failed: None, calls_left: 0 };

    /// The node that has failed: `node`, unless it was one of a subgraph that it calls.
    pub(crate) fn take_failed(&mut self, node: Site) -> Site {
        self.failed.take().map_or(node, PackedSite::site)
    }
}
