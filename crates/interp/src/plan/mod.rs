//! The memory of activations and scratch: what there is to place, and who places it.
//!
//! [`Interpreter::new`](crate::Interpreter::new) plans by itself, as well as a microcontroller can
//! afford ([`Effort`]). Two ways to do better on a host: a [`Planner`] of one's own is given the
//! [`Buffers`] of a prepared graph; and what it found can travel in the model's metadata as a
//! [stored plan](stored), which is [checked](Carried) before it is used.

mod carried;
mod join;
mod offline;
mod online;
mod share;
pub mod stored;
mod table;

pub use bantam_planner::Effort;
pub use carried::{Carried, OfflinePlan, Reader};
pub use online::{Greedy, Planner, Standard};
pub use share::Sharing;
pub use table::{Buffers, Origin};

pub(crate) use join::{JOINING, Joined};
#[cfg(feature = "host")]
pub(crate) use share::Permitted;
pub(crate) use share::{Shares, count};
pub(crate) use table::planned_len;

use crate::reason::Failed;
use bantam_schema::{Model, Subgraph};

/// Every planned buffer starts at a multiple of this, as in TFLM.
pub const OVERLAY_ALIGNMENT: u32 = 16;

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

impl Planning<'_, '_, '_> {
    /// Whether it is the graph that an invoke runs.
    pub(crate) fn is_first(&self) -> bool {
        self.table.subgraph() == 0
    }

    /// Fills the table anew, with parts in their whole or without.
    fn begin(&mut self, views: bool) -> Result<(), Failed> {
        self.table.begin(self.subgraph, self.sharing, views)?;
        self.nodes.enter(self.table)
    }

    /// Plans the buffers, and returns the bytes of the overlay.
    pub(crate) fn make(&mut self, planner: &mut dyn Planner) -> Result<u32, Failed> {
        if let Some(reader) = planner.reader()
            && let Some(bytes) = reader.read(self, planner)?
        {
            return Ok(bytes);
        }
        self.begin(true)?;
        match self.table.joining {
            Some(joining) => (joining.plan)(self, planner),
            None => self.table.solve(planner),
        }
    }
}
