//! Planners that need no plan in the model.

use super::planning::{Buffers, OVERLAY_ALIGNMENT, Planner, Trust};
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

    fn trust(&self) -> Trust {
        Trust::TESTED
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

    fn trust(&self) -> Trust {
        Trust::TESTED
    }
}

/// Buffers of the graph that runs up to which it tries more than TFLM's order.
const MOST_TRIED: u32 = 512;

/// Pairs of buffers of that graph that a search may look at: as many as 256 placements of 128
/// buffers.
const SEARCHED_PAIRS: u32 = 256 * 128 * 128;

impl Standard {
    /// The effort that a graph is worth. A placement takes time quadratic in the number of buffers,
    /// and subgraphs that are called may be many: of them an eighth of the buffers counts.
    fn effort_for(self, len: u32, is_called: bool) -> Effort {
        let eighth = if is_called { 3 } else { 0 };
        let pairs = SEARCHED_PAIRS >> (2 * eighth);
        match self.effort {
            _ if len > MOST_TRIED >> eighth => Effort::Greedy,
            // No more than 512 buffers: the product fits.
            Effort::Search(nodes) => match pairs.checked_div(len * len) {
                Some(most) => Effort::Search(nodes.min(most.max(1))),
                None => self.effort,
            },
            effort => effort,
        }
    }
}

impl Planner for Standard {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, Error> {
        let effort = self.effort_for(buffers.len() as u32, buffers.subgraph() != 0);
        // One copy of the table's code, called from many places, instead of many copies.
        let problem: &dyn Problem = buffers;
        Ok(plan(problem, OVERLAY_ALIGNMENT, offsets, workspace, effort)?.bytes)
    }

    fn trust(&self) -> Trust {
        Trust::TESTED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_graphs_are_searched_less() {
        let effort = |len, is_called| Standard::default().effort_for(len, is_called);
        for len in [0, 1, 100, 128] {
            assert_eq!(effort(len, false), Effort::Search(256));
        }
        assert_eq!(effort(256, false), Effort::Search(64));
        assert_eq!(effort(512, false), Effort::Search(16));
        assert_eq!(effort(513, false), Effort::Greedy);
        assert_eq!(effort(16, true), Effort::Search(256));
        assert_eq!(effort(64, true), Effort::Search(16));
        assert_eq!(effort(65, true), Effort::Greedy);
        let limited = Standard { effort: Effort::Search(4) };
        assert_eq!(limited.effort_for(256, false), Effort::Search(4));
        let greedy = Standard { effort: Effort::Greedy };
        assert_eq!(greedy.effort_for(10, false), Effort::Greedy);
    }
}
