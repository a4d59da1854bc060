//! The planner for devices: several heuristics, then a limited search.

use crate::bounds::least_total;
use crate::first_fit::first_fit;
use crate::order::Order;
use crate::rounded::Rounded;
use crate::search::{Outcome, search};
use crate::skyline::Skyline;
use crate::{Error, Problem};

/// The effort of [`plan`].
///
/// All of them stop as soon as the total is the [`lower_bound`](crate::lower_bound).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effort {
    /// Plans as [`greedy`](crate::greedy) does.
    Greedy,
    /// Tries other orders, too, and another way to fill the memory: about ten times the work.
    Portfolio,
    /// Searches afterwards, and places at most so many buffers. A few hundred are enough for most
    /// models.
    ///
    /// One placement takes O(len²) time.
    Search(u32),
}

/// The result of [`plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The total: the highest end of a buffer.
    pub bytes: u32,
    /// No plan needs less.
    pub lower_bound: u32,
}

impl Plan {
    /// Returns whether no plan is better.
    #[must_use]
    pub const fn is_optimal(&self) -> bool {
        self.bytes <= self.lower_bound
    }
}

/// Returns the elements of workspace that [`plan`] needs for `len` buffers: four `u16` each.
#[must_use]
pub const fn plan_workspace_len(len: usize) -> usize {
    len.saturating_mul(4)
}

impl<P: Problem + ?Sized> Order<P> {
    /// First fit in these orders, after TFLM's: so no plan is worse than TFLM's.
    const FIRST_FIT: [Self; 4] = [Self::SIZE_THEN_WIDTH, Self::CONFLICTS, Self::FIRST, Self::LAST];
    /// Skyline with these.
    const SKYLINE: [Self; 3] = [Self::AREA, Self::SIZE, Self::FIRST];
}

/// Plans as well as `effort` allows, and never worse than [`greedy`](crate::greedy).
///
/// 1. First fit in TFLM's order, then in others: by size and lifetime, by conflicts, by first and
///    by last step.
/// 2. If no buffer is fixed, skylines: always the buffer that can go lowest, above all before it.
/// 3. If no buffer is fixed, branch and bound over skylines, until the best is proven or the limit
///    is reached.
///
/// The first plan of the best total wins. The offsets are the same everywhere.
///
/// # Errors
///
/// Any [`Error`] of [`greedy`](crate::greedy). The offsets are then unspecified.
///
/// # Cost
///
/// O(len²) time for each attempt; no recursion; [`plan_workspace_len`] elements of workspace,
/// whatever they contain: with the offsets 12 bytes a buffer.
///
/// # Examples
///
/// ```
/// use bantam_planner::{Buffer, Effort, greedy, plan, plan_workspace_len};
///
/// let buffers = [
///     Buffer::new(48, 0, 1),
///     Buffer::new(32, 1, 2),
///     Buffer::new(16, 2, 3),
///     Buffer::new(64, 3, 4),
/// ];
/// let mut offsets = [0; 4];
/// let mut workspace = [0; plan_workspace_len(4)];
/// let plan = plan(&buffers, 16, &mut offsets, &mut workspace, Effort::Search(100))?;
/// assert!(plan.is_optimal());
/// assert_eq!((plan.bytes, plan.lower_bound), (80, 80));
/// # Ok::<(), bantam_planner::Error>(())
/// ```
pub fn plan<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    offsets: &mut [u32],
    workspace: &mut [u16],
    effort: Effort,
) -> Result<Plan, Error> {
    let len = problem.len();
    let rounded = &Rounded::new(problem, alignment)?;
    if offsets.len() != len {
        return Err(Error::OffsetsLen { expected: len, actual: offsets.len() });
    }
    let (needed, available) = (plan_workspace_len(len), workspace.len());
    let Some(workspace) = workspace.get_mut(..needed) else {
        return Err(Error::WorkspaceLen { needed, available });
    };
    let (queue, workspace) = workspace.split_at_mut_checked(len).unwrap_or_default();
    let (stack, best) = workspace.split_at_mut_checked(len).unwrap_or_default();
    // Buffers that exceed the limit together may still fit if they overlap.
    let lower_bound = least_total(rounded).unwrap_or(0);

    let bytes = first_fit(rounded, &Order::SIZE, offsets, queue)?;
    let mut plan = Plan { bytes, lower_bound };
    if effort == Effort::Greedy || plan.is_optimal() {
        return Ok(plan);
    }
    save(offsets, best);
    for order in &Order::FIRST_FIT {
        // An order that ends beyond 2^32 is no loss.
        let bytes = first_fit(rounded, order, offsets, queue).unwrap_or(u32::MAX);
        if plan.improve(bytes, offsets, best) {
            return Ok(plan);
        }
    }
    if rounded.fixed_end.is_none() {
        let mut skyline = Skyline { problem: rounded, offsets, queue, stack, depth: 0 };
        for order in &Order::SKYLINE {
            skyline.begin(order);
            let bytes = skyline.fill(plan.bytes).unwrap_or(u32::MAX);
            if plan.improve(bytes, skyline.offsets, best) {
                return Ok(plan);
            }
        }
        if let Effort::Search(nodes) = effort {
            skyline.begin(&Order::LAST);
            if plan.search(&mut skyline, best, nodes) {
                return Ok(plan);
            }
        }
    }
    restore(offsets, best);
    Ok(plan)
}

impl Plan {
    /// Keeps the offsets if the total is lower; returns whether no plan can be better.
    // size: one copy on devices; hosts (`std`) inline it.
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn improve(&mut self, bytes: u32, offsets: &[u32], best: &mut [u16]) -> bool {
        if bytes < self.bytes {
            self.bytes = bytes;
            save(offsets, best);
        }
        self.is_optimal()
    }
}

impl Plan {
    /// Searches at the lower bound, then halfway to the best total; returns whether the offsets at
    /// hand are now the best.
    ///
    /// A tight limit needs few tries, so the search does not go down from the best total step by
    /// step.
    fn search<P: Problem + ?Sized>(
        &mut self,
        skyline: &mut Skyline<'_, P>,
        best: &mut [u16],
        mut nodes: u32,
    ) -> bool {
        // The least total that is not tried yet. All totals are multiples of the alignment.
        let mut least = self.lower_bound;
        let mut goal = least;
        while goal < self.bytes && nodes > 0 {
            let mut share = nodes.div_ceil(2);
            nodes -= share;
            let outcome = search(skyline, goal, &mut share);
            nodes += share;
            if let Outcome::Found(bytes) = outcome {
                if self.improve(bytes, skyline.offsets, best) {
                    return true;
                }
            } else {
                least = goal.saturating_add(skyline.problem.alignment);
            }
            if outcome == Outcome::None {
                self.lower_bound = least;
            }
            let half = self.bytes.saturating_sub(least) / 2;
            goal = least.saturating_add(half & !(skyline.problem.alignment - 1));
        }
        false
    }
}

/// Saves each offset as two halves, so that the whole workspace can be `u16`.
///
/// They are inverted: plain copies would become calls of a routine for any bytes, which has 730
/// bytes of code that a small program does not need otherwise.
// size: one copy on devices; hosts (`std`) inline it.
#[cfg_attr(not(feature = "std"), inline(never))]
fn save(offsets: &[u32], best: &mut [u16]) {
    for (offset, [low, high]) in offsets.iter().zip(best.as_chunks_mut().0) {
        let inverted = !offset;
        *low = (inverted & 0xffff) as u16;
        *high = (inverted >> 16) as u16;
    }
}

fn restore(offsets: &mut [u32], best: &[u16]) {
    for (offset, &[low, high]) in offsets.iter_mut().zip(best.as_chunks().0) {
        *offset = !(u32::from(low) | (u32::from(high) << 16));
    }
}
