//! The one channel of failures: the reason is recorded, and a token without size is passed on.

use crate::error::{Error, PlanFault};
use core::cell::Cell;

/// That something failed, and that the reason is recorded.
///
/// It has no size, so a `Result` with it fits into registers. Whoever makes one records why:
/// [`TensorInfo::error`](crate::TensorInfo::error) and [`Prepare::error`](crate::Prepare::error)
/// do for operators, and the caller of [`Interpreter::new`](crate::Interpreter::new) finds their
/// cause in [`Error::Prepare`].
#[derive(Debug)]
#[must_use = "pass it on: the reason is recorded for the caller"]
pub struct Failed(());

/// Where a failure leaves its reason for the caller.
#[derive(Debug)]
pub(crate) struct Reason {
    error: Cell<Error>,
    /// The subgraph that is being prepared or planned.
    pub(crate) subgraph: Cell<u32>,
}

// size: what is smaller than the largest error is put where it belongs, not moved there.
impl Reason {
    /// One for a task that has not failed yet.
    pub(crate) const fn new() -> Self {
        Self { error: Cell::new(Error::Records), subgraph: Cell::new(0) }
    }

    /// Records why something failed.
    #[cold]
    // size: one copy of the error's move.
    #[inline(never)]
    pub(crate) fn fail(&self, error: Error) -> Failed {
        self.error.set(error);
        Failed(())
    }

    /// Something exceeds what records can express.
    // size: a call without arguments.
    #[cold]
    #[inline(never)]
    pub(crate) fn too_large(&self) -> Failed {
        self.error.set(Error::TooLarge);
        Failed(())
    }

    /// The records contradict each other.
    #[cold]
    #[inline(never)] // size: a call without arguments
    pub(crate) fn records(&self) -> Failed {
        self.error.set(Error::Records);
        Failed(())
    }

    /// Memory ran out: how much is enough is yet to be found.
    #[cold]
    #[inline(never)] // size: a call without arguments
    pub(crate) fn out_of_memory(&self) -> Failed {
        self.error.set(Error::OutOfMemory { needed: 0, available: 0 });
        Failed(())
    }

    /// The planner gave up.
    #[cold]
    #[inline(never)] // size: one copy of the error's move
    pub(crate) fn not_planned(&self, error: bantam_planner::Error) -> Failed {
        self.error.set(Error::Plan(error));
        Failed(())
    }

    /// A plan that was not made here cannot be used.
    #[cold]
    #[inline(never)] // size: one copy of the error's move
    pub(crate) fn invalid_plan(&self, fault: PlanFault) -> Failed {
        self.error.set(Error::InvalidPlan(fault));
        Failed(())
    }

    /// The model lacks a subgraph.
    #[cold]
    #[inline(never)] // size: one copy of the error's move
    pub(crate) fn no_subgraph(&self, index: u32) -> Failed {
        self.error.set(Error::NoSubgraph(index));
        Failed(())
    }

    /// Why the task failed.
    pub(crate) fn error(&self, _: Failed) -> Error {
        self.error.get()
    }

    /// Whether memory ran out.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        matches!(self.error.get(), Error::OutOfMemory { .. })
    }
}
