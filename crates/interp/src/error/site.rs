//! Nodes as errors name them.

use core::fmt;
use core::num::NonZeroU32;

/// A node of a subgraph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) subgraph: u32,
    pub(crate) node: u32,
}

/// A node of a subgraph that is called, in a word.
// size: it is part of every interpreter, which is moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedSite(NonZeroU32);

impl PackedSite {
    /// Saturates at 65,535 subgraphs, and at as many nodes, which no graph has more of.
    pub(crate) fn new(site: Site) -> Option<Self> {
        let (subgraph, node) = (site.subgraph.min(0xFFFF), site.node.min(0xFFFF));
        NonZeroU32::new(subgraph << 16 | node).map(Self)
    }

    pub(crate) fn site(self) -> Site {
        let packed = self.0.get();
        Site { subgraph: packed >> 16, node: packed & 0xFFFF }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        prefix(f, self.subgraph)?;
        write!(f, "node {}", self.node)
    }
}

/// Names a subgraph, unless it is the one that runs.
pub(super) fn prefix(f: &mut fmt::Formatter<'_>, subgraph: u32) -> fmt::Result {
    if subgraph == 0 { Ok(()) } else { write!(f, "subgraph {subgraph}, ") }
}
