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

/// Plans the buffers that `enter` puts into `table`, and returns the bytes of the overlay.
///
/// `enter` is called once for every attempt.
pub(crate) fn make<'a>(
    model: &Model<'a>,
    subgraph: &Subgraph<'a>,
    table: &mut Buffers<'_, 'a>,
    (options, planner): (Options, &mut dyn Planner),
    enter: &mut dyn FnMut(&mut Buffers<'_, 'a>) -> Option<()>,
) -> Option<u32> {
    let choice = options.offline_plan;
    let mut attempt = |table: &mut Buffers<'_, 'a>, views: bool| {
        table.begin(subgraph, options.sharing, views)?;
        table.error = Error::TooLarge;
        enter(table)?;
        table.close();
        Some(())
    };
    // Beside a plan of our own, the other is for TFLM. Alone it is an error if it is malformed, as it is in TFLM.
    let (mut stored, mut offline) = (None, None);
    if choice != OfflinePlan::Ignore {
        stored = Stored::find(model);
        if stored.is_none() {
            offline = match Offline::find(model) {
                Ok(offline) => offline,
                Err(error) => return table.fail(error),
            };
        }
    }
    if let Some(stored) = stored {
        let applied = match stored {
            Ok(stored) => {
                attempt(table, stored.uses_views())?;
                table.apply(&stored, subgraph)
            }
            Err(fault) => table.fail(Error::InvalidPlan(fault)),
        };
        if applied.is_some() || choice == OfflinePlan::Require {
            return applied;
        }
    }
    if offline.is_some() {
        attempt(table, false)?;
        table.set_fixed(offline);
        let planned = table.solve(planner);
        table.set_fixed(None);
        if planned.is_some() {
            return planned;
        }
        if choice == OfflinePlan::Require {
            return table.fail(Error::InvalidPlan(PlanFault::Tflm));
        }
    }
    attempt(table, true)?;
    if !table.has_views() {
        return table.solve(planner);
    }
    // Parts that lie in the whole cost no copies, but the whole must then live as long as they do.
    attempt(table, false)?;
    let apart = table.solve(planner);
    attempt(table, true)?;
    let joined = table.solve(planner);
    match (joined, apart) {
        (_, None) => joined,
        (Some(joined), Some(apart)) if joined <= apart => Some(joined),
        _ => {
            attempt(table, false)?;
            table.solve(planner)
        }
    }
}
