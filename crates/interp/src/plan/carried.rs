//! Plans that a model carries, before those that are made on the spot.

use super::offline::Offline;
use super::planning::{Buffers, Planner, Planning, Reader, Trust};
use super::stored::Stored;
use super::wholes::Wholes;
use crate::error::PlanFault;
use crate::reason::Failed;
use bantam_planner::Error as PlannerError;

/// How a plan that the model carries is treated: a [stored plan](super::stored), or TFLM's
/// `OfflineMemoryAllocation`.
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

/// A planner that uses the plan that the model carries, and asks `planner` for what that leaves
/// open, or if there is none.
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

    fn trust(&self) -> Trust {
        self.planner.trust()
    }
}

fn read(
    planning: &mut Planning<'_, '_, '_>,
    planner: &mut dyn Planner,
    required: bool,
) -> Result<Option<u32>, Failed> {
    let (model, reason) = (planning.model, planning.table.reason);
    // Beside a plan of our own, the other is for TFLM.
    let planned = match Stored::named(model, planning.plan_name) {
        Some(Ok(stored)) => {
            planning.begin(stored.wholes())?;
            planning.table.apply(&stored, planning.subgraph)
        }
        Some(Err(fault)) => Err(reason.invalid_plan(fault)),
        None => {
            // TFLM's plan has the tensors of all subgraphs in one overlay: here, others than the
            // first have one of their own.
            let found = if planning.is_first() { Offline::find(model) } else { None };
            let Some(offline) = found else { return Ok(None) };
            let invalid = |_| reason.invalid_plan(PlanFault::Tflm);
            // Alone, a malformed one is an error, as it is in TFLM.
            let offline = offline.map_err(invalid)?;
            planning.begin(Wholes::NONE)?;
            planning.table.fix(offline);
            let planned = planning.table.solve(planner);
            // What is fixed may be in its own way, whoever plans the rest.
            let checked = planned.and_then(|bytes| {
                planning.table.check_plan(bytes)?;
                Ok(bytes)
            });
            checked.map_err(|_| invalid(PlanFault::Tflm))
        }
    };
    match planned {
        Ok(bytes) => Ok(Some(bytes)),
        Err(failed) if required => Err(failed),
        Err(_) => Ok(None),
    }
}
