//! The planner for devices: never worse than greedy, and optimal when it says so.

use std::cell::Cell;

use crate::support::{Owned, optimum, problem, sweep_finds_fault};
use bantam_planner::{
    Buffer, Effort, Error, Plan, Problem, greedy, lower_bound, plan, plan_workspace_len, validate,
};
use proptest::prelude::*;

fn run<P: Problem + ?Sized>(problem: &P, alignment: u32, effort: Effort) -> (Plan, Vec<u32>) {
    run_with(problem, alignment, effort, 0)
}

fn run_with<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
    effort: Effort,
    garbage: u16,
) -> (Plan, Vec<u32>) {
    let mut offsets = vec![u32::from(garbage); problem.len()];
    let mut workspace = vec![garbage; plan_workspace_len(problem.len())];
    let plan = plan(problem, alignment, &mut offsets, &mut workspace, effort).unwrap();
    assert_eq!(validate(problem, alignment, &offsets, plan.bytes), Ok(()));
    assert!(plan.lower_bound <= plan.bytes);
    (plan, offsets)
}

fn total_of_greedy<P: Problem + ?Sized>(problem: &P, alignment: u32) -> (u32, Vec<u32>) {
    let (mut offsets, mut workspace) = (vec![0; problem.len()], vec![0; problem.len()]);
    let total = greedy(problem, alignment, &mut offsets, &mut workspace).unwrap();
    (total, offsets)
}

#[test]
fn where_greedy_wastes_the_portfolio_does_not() {
    // Largest first puts a at 0 and b above it, c into a's place, and then d fits only on top of c
    // and b.
    let buffers = [
        Buffer::new(40, 0, 1),
        Buffer::new(32, 1, 3),
        Buffer::new(24, 2, 4),
        Buffer::new(40, 4, 5),
        Buffer::new(32, 3, 4),
    ];
    let best = run(&*buffers.to_vec(), 8, Effort::Search(1_000)).0;
    assert!(best.is_optimal());
    assert!(best.bytes <= total_of_greedy(&buffers, 8).0);
}

#[test]
fn nothing_needs_nothing() {
    let (plan, offsets) = run::<[Buffer]>(&[], 16, Effort::Search(10));
    assert_eq!((plan.bytes, plan.is_optimal(), offsets.len()), (0, true, 0));
}

#[test]
fn too_little_room_is_an_error() {
    let buffers = [Buffer::new(16, 0, 1); 3];
    let short = plan(&buffers, 16, &mut [0; 3], &mut [0; 11], Effort::Portfolio);
    assert_eq!(short, Err(Error::WorkspaceLen { needed: 12, available: 11 }));
    let short = plan(&buffers, 16, &mut [0; 2], &mut [0; 12], Effort::Portfolio);
    assert_eq!(short, Err(Error::OffsetsLen { expected: 3, actual: 2 }));
}

/// Sets some buffers free of permission and fixes them where greedy put them.
fn fix_some(owned: &Owned, alignment: u32, every: usize) -> Owned {
    let (_, offsets) = total_of_greedy(&owned.problem(), alignment);
    let mut fixed = owned.clone();
    for (buffer, offset) in fixed.buffers.iter_mut().zip(offsets).step_by(every) {
        *buffer = buffer.fixed_at(offset);
    }
    fixed
}

proptest! {
    #[test]
    fn prop_more_effort_is_never_worse(owned in problem(20, 300, 10), log2 in 0..6_u32) {
        let alignment = 1 << log2;
        let (total, offsets) = total_of_greedy(&owned.problem(), alignment);
        let bound = lower_bound(&owned.problem(), alignment).unwrap();
        let mut last = total;
        for effort in [Effort::Greedy, Effort::Portfolio, Effort::Search(50), Effort::Search(2_000)] {
            let (plan, found) = run(&owned.problem(), alignment, effort);
            prop_assert!(plan.bytes <= last && bound <= plan.lower_bound);
            prop_assert!(!sweep_finds_fault(&owned, &found, plan.bytes));
            // A plan that is not better than TFLM's is TFLM's plan.
            prop_assert!(plan.bytes < total || found == offsets);
            last = plan.bytes;
        }
    }

    #[test]
    fn prop_enough_nodes_find_the_optimum(owned in problem(7, 100, 4), log2 in 0..5_u32) {
        let (plan, _) = run(&owned.problem(), 1 << log2, Effort::Search(1_000_000));
        prop_assert!(plan.is_optimal());
        prop_assert_eq!(plan.bytes, optimum(&owned, 1 << log2));
    }

    /// Many equal offsets: in-place permissions, empty buffers, equal sizes.
    #[test]
    fn prop_ties_do_not_hide_the_optimum(owned in problem(7, 3, 3)) {
        let (plan, _) = run(&owned.problem(), 1, Effort::Search(1_000_000));
        prop_assert!(plan.is_optimal());
        prop_assert_eq!(plan.bytes, optimum(&owned, 1));
    }

    #[test]
    fn prop_what_is_claimed_optimal_is(owned in problem(7, 40, 4), nodes in 0..60_u32) {
        let (plan, _) = run(&owned.problem(), 1, Effort::Search(nodes));
        let best = optimum(&owned, 1);
        prop_assert!(plan.lower_bound <= best && best <= plan.bytes);
    }

    #[test]
    fn prop_fixed_buffers_stay(owned in problem(16, 300, 8), every in 1..5_usize) {
        let fixed = fix_some(&owned, 8, every);
        run(&fixed.problem(), 8, Effort::Search(100)); // `validate` looks
    }

    #[test]
    fn prop_the_workspace_does_not_matter(owned in problem(16, 300, 8), garbage: u16) {
        let effort = Effort::Search(300);
        let first = run(&owned.problem(), 8, effort);
        prop_assert_eq!(&first, &run_with(&owned.problem(), 8, effort, garbage));
        prop_assert_eq!(&first, &run_with(&owned.problem(), 8, effort, u16::MAX));
    }

    #[test]
    fn prop_a_permission_never_raises_the_optimum(owned in problem(8, 60, 4)) {
        let strict = Owned { permissions: Vec::new(), ..owned.clone() };
        let (plan, _) = run(&owned.problem(), 4, Effort::Search(100_000));
        let (disjoint, _) = run(&strict.problem(), 4, Effort::Search(100_000));
        prop_assert!(plan.is_optimal() && disjoint.is_optimal());
        prop_assert!(plan.bytes <= disjoint.bytes);
    }

    #[test]
    fn prop_any_numbers_give_a_valid_plan_or_an_error(
        wild in proptest::collection::vec((wild(), wild(), wild()), 0..8),
        alignment in wild(),
    ) {
        let buffers: Vec<Buffer> =
            wild.iter().map(|&(bytes, first, last)| Buffer::new(bytes, first, last)).collect();
        let (mut offsets, mut workspace) = (vec![0; buffers.len()], vec![0; 4 * buffers.len()]);
        let effort = Effort::Search(200);
        if let Ok(plan) = plan(&*buffers, alignment, &mut offsets, &mut workspace, effort) {
            prop_assert_eq!(validate(&*buffers, alignment, &offsets, plan.bytes), Ok(()));
        }
    }

    /// A problem that answers differently each time cannot make the planner panic or hang.
    #[test]
    fn prop_an_inconsistent_problem_ends(seed: u32, len in 0..20_usize) {
        let problem = crate::support::Moody::new(len, seed);
        let (mut offsets, mut workspace) = (vec![0; len], vec![0; plan_workspace_len(len)]);
        let _ = plan(&problem, 1, &mut offsets, &mut workspace, Effort::Search(200));
        let _ = validate(&problem, 1, &offsets, 100);
    }
}

/// Returns numbers around the edges of what fits.
fn wild() -> impl Strategy<Value = u32> {
    prop_oneof![
        any::<u32>(),
        0..40_u32,
        (0..40_u32).prop_map(|below| u32::MAX - below),
        (0..32_u32).prop_map(|log2| 1 << log2),
    ]
}

/// Counts how often a buffer is asked for.
struct Counting<'a> {
    buffers: &'a [Buffer],
    calls: Cell<usize>,
}

impl Problem for Counting<'_> {
    fn len(&self) -> usize {
        self.buffers.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.calls.set(self.calls.get() + 1);
        self.buffers[index]
    }
}

#[test]
fn the_bound_takes_no_more_than_the_square_if_many_buffers_begin_at_once() {
    const LEN: usize = 400;
    let buffers: Vec<Buffer> =
        (0..LEN as u32).map(|i| Buffer::new(16 * (i % 9), i % 3, i % 3 + i % 5 / 2)).collect();
    let problem = Counting { buffers: &buffers, calls: Cell::new(0) };
    lower_bound(&problem, 16).unwrap();
    let calls = problem.calls.get();
    assert!(calls < 10 * LEN * LEN, "{calls}");
}
