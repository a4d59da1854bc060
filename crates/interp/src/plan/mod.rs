//! The memory of activations and scratch: what there is to place, and who places it.
//!
//! [`Interpreter::new`](crate::Interpreter::new) plans by itself, as well as a microcontroller can afford ([`Effort`]). Two ways to do better on a host:
//! a [`Planner`] of one's own is given the [`Buffers`] of a prepared graph; and what it found can travel in the model's metadata as a
//! [stored plan](stored), which every interpreter checks before it uses it.

mod offline;
mod online;
mod share;
pub mod stored;
mod table;

pub use bantam_planner::Effort;
pub use online::{Greedy, Planner, Standard};
pub use share::Sharing;
pub use table::{Buffers, Origin};

#[cfg(feature = "host")]
pub(crate) use share::Permitted;
pub(crate) use share::{Shares, count};
pub(crate) use table::planned_len;

use crate::error::{Error, PlanFault};
use crate::interpreter::Options;
use bantam_schema::{Model, Subgraph};
use offline::Offline;
use stored::Stored;

/// Every planned buffer starts at a multiple of this, as in TFLM.
pub const OVERLAY_ALIGNMENT: u32 = 16;

/// How the interpreter treats a plan that the model carries: a [stored plan](stored), or TFLM's `OfflineMemoryAllocation`.
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

/// What puts the buffers of all nodes, and what they may share, into a table.
pub(crate) trait Nodes<'a> {
    /// `None` if there is no room, or what the nodes say is not to be had.
    fn enter(&mut self, table: &mut Buffers<'_, 'a>) -> Option<()>;
}

/// Plans the buffers that `nodes` puts into `table`, once for every attempt, and returns the bytes of the overlay.
pub(crate) fn make<'a>(
    model: &Model<'a>,
    subgraph: &Subgraph<'a>,
    table: &mut Buffers<'_, 'a>,
    (options, planner): (Options, &mut dyn Planner),
    nodes: &mut dyn Nodes<'a>,
) -> Option<u32> {
    let mut attempt = |table: &mut Buffers<'_, 'a>, views: bool| {
        table.begin(subgraph, options.sharing, views)?;
        nodes.enter(table)
    };
    let required = options.offline_plan == OfflinePlan::Require;
    if options.offline_plan != OfflinePlan::Ignore {
        // Beside a plan of our own, the other is for TFLM. Alone it is an error if it is malformed, as it is in TFLM.
        if let Some(stored) = Stored::find(model) {
            let applied = match stored {
                Ok(stored) => {
                    attempt(table, stored.uses_views())?;
                    table.apply(&stored, subgraph)
                }
                Err(fault) => table.fail(Error::InvalidPlan(fault)),
            };
            if applied.is_some() || required {
                return applied;
            }
        } else if let Some(offline) = Offline::find(model) {
            let malformed = Error::InvalidPlan(PlanFault::Tflm);
            let Some(offline) = offline else { return table.fail(malformed) };
            attempt(table, false)?;
            table.fix(offline);
            let planned = table.solve(planner);
            if planned.is_some() {
                return planned;
            }
            if required {
                return table.fail(malformed);
            }
        }
    }
    attempt(table, true)?;
    // Parts that lie in the whole cost no copies, but the whole must then live as long as they do.
    let mut apart = None;
    if table.has_views() {
        attempt(table, false)?;
        apart = table.solve(planner);
        attempt(table, true)?;
    }
    let joined = table.solve(planner);
    if apart.is_none_or(|apart| joined.is_some_and(|joined| joined <= apart)) {
        return joined;
    }
    attempt(table, false)?;
    table.solve(planner)
}
