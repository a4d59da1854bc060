//! Makes interpreters: with the defaults, with options, or with another planner.

use crate::build::build;
use crate::cost::Allowance;
use crate::error::Error;
use crate::interpreter::Interpreter;
use crate::op::{MAX_CALLS, Op};
use crate::plan::{Carried, OfflinePlan, Planner, Sharing, Standard};
use bantam_arena::Arena;
use bantam_planner::Effort;
use bantam_schema::Model;

/// How an interpreter is made, where the defaults do not do.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What to do with a memory plan that the model carries.
    pub offline_plan: OfflinePlan,
    /// How hard the memory planner tries. The arena's size depends on it.
    pub effort: Effort,
    /// What may share bytes while it is in use. The arena's size depends on it.
    pub sharing: Sharing,
    /// Calls of subgraphs that one node of the graph may make in an invoke, those that are made in
    /// the subgraphs included: 131,072 unless this says otherwise. A WHILE makes two for each round
    /// and one more. What goes on after that ends the invoke with
    /// [`EvalError::Calls`](crate::EvalError::Calls).
    pub max_calls: u32,
    /// What an invoke may cost: [`Error::TooManySteps`] for a model that takes more. By default,
    /// anything.
    pub allowance: Option<Allowance>,
}

impl Options {
    pub(crate) fn check(&self, model: &Model<'_>) -> Result<(), Error> {
        self.allowance.map_or(Ok(()), |allowance| allowance.check(model))
    }

    pub(crate) fn planner(self) -> impl Planner {
        Carried { choice: self.offline_plan, planner: Standard { effort: self.effort } }
    }
}

impl Default for Options {
    /// A plan that the model carries if it is valid; else the planner's search, cut off after so
    /// many placements that it stays cheap on a microcontroller.
    fn default() -> Self {
        Self {
            offline_plan: OfflinePlan::default(),
            effort: Standard::default().effort,
            sharing: Sharing::default(),
            max_calls: MAX_CALLS,
            allowance: None,
        }
    }
}

impl<'a> Interpreter<'a> {
    /// Prepares `model` and plans its memory, all out of `arena`.
    ///
    /// # Errors
    ///
    /// [`Error::MissingOperator`] if `ops` lacks an operator, [`Error::Prepare`] if one refuses its
    /// node, [`Error::OutOfMemory`] with the bytes that are enough if the arena is too small, and
    /// the other [`Error`]s for what cannot be planned or recorded.
    pub fn new(model: &Model<'a>, ops: &'a [Op], arena: &'a mut [u8]) -> Result<Self, Error> {
        Self::with_options(model, ops, arena, Options::default())
    }

    /// As [`Interpreter::new`], with options.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::new`]; [`Error::InvalidPlan`] if the model carries a plan that is not
    /// valid although the options insist on it, or an `OfflineMemoryAllocation` that is malformed;
    /// [`Error::TooManySteps`] if an invoke costs more than they allow.
    pub fn with_options(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        options.check(model)?;
        let how = (options.sharing, &mut options.planner() as &mut dyn Planner);
        build(model, ops.into(), Arena::new(arena), how, options.max_calls)
    }

    /// As [`Interpreter::with_options`], with a list of references: for bindings to other
    /// languages, whose constants can hold addresses only.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`].
    #[cfg(feature = "foreign")]
    pub fn with_references(
        model: &Model<'a>,
        ops: &'a [&'a Op],
        arena: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        options.check(model)?;
        let how = (options.sharing, &mut options.planner() as &mut dyn Planner);
        build(model, ops.into(), Arena::new(arena), how, options.max_calls)
    }

    /// As [`Interpreter::new`], with another planner in place of the built-in one: for hosts, which
    /// can afford more, and for devices that need less.
    ///
    /// Only the planner that is named here is linked. For devices there is
    /// [`Greedy`](crate::plan::Greedy); a plan that the model carries is looked for if the planner
    /// is a [`Carried`](crate::plan::Carried).
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`]; [`Error::Plan`] with what the planner says,
    /// [`Error::InvalidPlan`] if what it gives is not a plan.
    pub fn with_planner(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        sharing: Sharing,
        planner: &mut dyn Planner,
    ) -> Result<Self, Error> {
        build(model, ops.into(), Arena::new(arena), (sharing, planner), MAX_CALLS)
    }

    /// As [`Interpreter::with_options`], with two memories: `overlay` for activations and scratch,
    /// `arena` for all that is kept. So either may be the small fast one.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::with_options`]; [`Error::OverlayTooSmall`] with the bytes that are enough
    /// for the overlay.
    pub fn with_overlay(
        model: &Model<'a>,
        ops: &'a [Op],
        arena: &'a mut [u8],
        overlay: &'a mut [u8],
        options: Options,
    ) -> Result<Self, Error> {
        options.check(model)?;
        let how = (options.sharing, &mut options.planner() as &mut dyn Planner);
        build(model, ops.into(), Arena::with_overlay(arena, overlay), how, options.max_calls)
    }
}
