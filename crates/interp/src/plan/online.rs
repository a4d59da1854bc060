//! Planners that need no plan in the model.

use super::planning::{Buffers, OVERLAY_ALIGNMENT, Planner};
use bantam_planner::{Effort, Error, Problem, greedy, linear, plan};

/// The planner of [`Interpreter::new`](crate::Interpreter::new): [`bantam_planner::plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standard {
    /// How hard it tries.
    pub effort: Effort,
}

impl Default for Standard {
    /// A search, cut off after so many placements that it stays cheap on a microcontroller.
    fn default() -> Self {
        Self { effort: Effort::Search(256) }
    }
}

/// [`bantam_planner::greedy`]: never a smaller plan than [`Standard`]'s, but less than half of the
/// code. For devices whose model loses nothing by it, or, [`Carried`](super::Carried), whose model
/// has a plan.
///
/// ```
/// use bantam_interp::plan::{Greedy, Planner};
/// # use bantam_interp::{Error, Interpreter, Op, Sharing};
/// # use bantam_schema::Model;
/// # fn make<'a>(
/// #     model: &Model<'a>, ops: &'a [Op], arena: &'a mut [u8],
/// # ) -> Result<Interpreter<'a>, Error> {
/// Interpreter::with_planner(model, ops, arena, Sharing::default(), &mut Greedy)
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greedy;

impl Planner for Greedy {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, Error> {
        let problem: &dyn Problem = buffers;
        greedy(problem, OVERLAY_ALIGNMENT, offsets, workspace)
    }
}

/// Every buffer has memory of its own: for a look at all tensors after an invoke, with
/// [`Interpreter::tensor`](crate::Interpreter::tensor). For hosts: it takes the sum of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepAll;

impl Planner for KeepAll {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        _workspace: &mut [u16],
    ) -> Result<u32, Error> {
        let problem: &dyn Problem = buffers;
        linear(problem, OVERLAY_ALIGNMENT, offsets)
    }
}

/// Buffers up to which it searches.
const MOST_SEARCHED: usize = 1024;

impl Planner for Standard {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, Error> {
        // A placement takes time quadratic in the number of buffers: where they are many, one
        // attempt has to do.
        let many = buffers.len() > MOST_SEARCHED;
        let effort = if many { Effort::Greedy } else { self.effort };
        // One copy of the table's code, called from many places, instead of many copies.
        let problem: &dyn Problem = buffers;
        Ok(plan(problem, OVERLAY_ALIGNMENT, offsets, workspace, effort)?.bytes)
    }
}
