//! Plans that a model carries, before those that are made on the spot.

use super::offline::Offline;
use super::stored::Stored;
use super::{Buffers, Planner, Planning};
use crate::error::{Error, PlanFault};
use bantam_planner::Error as PlannerError;

/// How a plan that the model carries is treated: a [stored plan](super::stored), or TFLM's `OfflineMemoryAllocation`.
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

/// A planner that uses the plan that the model carries, and asks `planner` for what that leaves open, or if there is none.
///
/// No other planner links what reads such plans.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carried<P> {
    /// What to do with a plan that the model carries.
    pub choice: OfflinePlan,
    /// Plans online.
    pub planner: P,
}

impl<P: Planner> Planner for Carried<P> {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, PlannerError> {
        self.planner.plan(buffers, offsets, workspace)
    }

    fn reader(&self) -> Option<Reader> {
        let required = match self.choice {
            OfflinePlan::IfValid => false,
            OfflinePlan::Require => true,
            OfflinePlan::Ignore => return None,
        };
        Some(Reader { read, required })
    }
}

/// What reads the plan that a model carries: [`Carried`] has one.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    // A pointer: what is not named is not linked.
    read: Read,
    required: bool,
}

type Read = fn(&mut Planning<'_, '_, '_>, &mut dyn Planner, bool) -> Option<Option<u32>>;

impl Reader {
    /// The bytes of the overlay, or that it cannot be had; `None` if it is yet to be planned.
    pub(super) fn read(
        self,
        planning: &mut Planning<'_, '_, '_>,
        planner: &mut dyn Planner,
    ) -> Option<Option<u32>> {
        (self.read)(planning, planner, self.required)
    }
}

fn read(
    planning: &mut Planning<'_, '_, '_>,
    planner: &mut dyn Planner,
    required: bool,
) -> Option<Option<u32>> {
    let (model, subgraph) = (planning.model, planning.subgraph);
    // Beside a plan of our own, the other is for TFLM. Alone it is an error if it is malformed, as it is in TFLM.
    let planned = if let Some(stored) = Stored::find(model) {
        match stored {
            Ok(stored) => {
                if planning.begin(stored.uses_views()).is_none() {
                    return Some(None);
                }
                planning.table.apply(&stored, subgraph)
            }
            Err(fault) => planning.table.fail(Error::InvalidPlan(fault)),
        }
    } else {
        let offline = Offline::find(model)?;
        let malformed = Error::InvalidPlan(PlanFault::Tflm);
        let Some(offline) = offline else { return Some(planning.table.fail(malformed)) };
        if planning.begin(false).is_none() {
            return Some(None);
        }
        planning.table.fix(offline);
        let planned = planning.table.solve(planner);
        if planned.is_none() {
            planning.table.error.set(malformed);
        }
        planned
    };
    if planned.is_some() || required { Some(planned) } else { None }
}
