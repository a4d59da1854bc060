//! The exact search against trying everything, and on known instances.

use crate::support::{Owned, optimum, problem, sweep_finds_fault};
use bantam_planner::exact::{NoPlan, Options, Solution, fit, solve};
use bantam_planner::{
    Buffer, Effort, Error, Overlap, Permission, Plan, Problem, plan, plan_workspace_len, validate,
};
use proptest::prelude::*;

fn options(nodes: u64, threads: usize) -> Options {
    Options { nodes, threads }
}

fn solved<P: Problem + ?Sized>(problem: &P, alignment: u32, nodes: u64) -> Solution {
    let solution = solve(problem, alignment, &options(nodes, 1), &mut |_| {}).unwrap();
    assert_eq!(validate(problem, alignment, &solution.offsets, solution.bytes), Ok(()));
    assert!(solution.lower_bound <= solution.bytes && solution.nodes <= nodes);
    solution
}

fn on_device(owned: &Owned, alignment: u32, nodes: u32) -> Plan {
    let len = owned.buffers.len();
    let (mut offsets, mut workspace) = (vec![0; len], vec![0; plan_workspace_len(len)]);
    let effort = Effort::Search(nodes);
    plan(&owned.problem(), alignment, &mut offsets, &mut workspace, effort).unwrap()
}

#[test]
fn nothing_needs_nothing() {
    assert_eq!(solved::<[Buffer]>(&[], 16, 10).bytes, 0);
    assert_eq!(fit::<[Buffer]>(&[], 16, 0, &options(10, 1)).unwrap().answer, Some(Ok(vec![])));
}

#[test]
fn faults_are_reported() {
    let fixed = [Buffer::new(16, 0, 1).fixed_at(16), Buffer::new(16, 1, 1).fixed_at(16)];
    let conflict = Error::FixedConflict { a: 0, b: 1 };
    assert_eq!(solve(&fixed, 16, &options(10, 1), &mut |_| {}), Err(conflict));
    assert_eq!(fit(&fixed, 16, 64, &options(10, 1)).unwrap().answer, Some(Err(NoPlan)));
    let wrong = [Buffer::new(16, 2, 1)];
    assert!(matches!(solve(&wrong, 16, &options(10, 1), &mut |_| {}), Err(Error::Lifetime { .. })));
}

#[test]
fn largest_numbers_do_not_overflow() {
    let half = Buffer::new(1 << 31, 0, 1);
    let both = [half, Buffer::new((1 << 31) - 16, 1, 2)];
    assert_eq!(solved(&both, 16, 1_000).bytes, u32::MAX - 15);
    assert!(solve(&[half, half], 16, &options(10, 1), &mut |_| {}).is_err());
    assert_eq!(
        fit(&[half, half], 16, u32::MAX, &options(10, 1)).unwrap().answer,
        Some(Err(NoPlan))
    );
    let last = [Buffer::new(16, 0, u32::MAX), Buffer::new(16, u32::MAX, u32::MAX)];
    assert_eq!(solved(&last, 16, 10).bytes, 32);
}

/// The pair counts less together than the two count alone.
#[test]
fn shared_bytes_do_not_overflow_the_largest_capacity() {
    let overlap = Overlap { below: Some(0), above: None };
    let owned = Owned {
        buffers: vec![Buffer::new(752, 0, 21), Buffer::new(16, 21, 21)],
        permissions: vec![Permission { output: 1, input: 0, overlap }],
    };
    for capacity in [768, u32::MAX] {
        let fit = fit(&owned.problem(), 16, capacity, &options(10, 1)).unwrap();
        assert!(matches!(fit.answer, Some(Ok(_))));
    }
}

proptest! {
    #[test]
    fn prop_solutions_are_optimal(owned in problem(7, 100, 4), log2 in 0..5_u32) {
        let solution = solved(&owned.problem(), 1 << log2, 1_000_000);
        prop_assert!(solution.is_optimal());
        prop_assert_eq!(solution.bytes, optimum(&owned, 1 << log2));
        prop_assert!(!sweep_finds_fault(&owned, &solution.offsets, solution.bytes));
    }

    #[test]
    fn prop_ties_do_not_hide_the_optimum(owned in problem(7, 3, 3)) {
        let solution = solved(&owned.problem(), 1, 1_000_000);
        prop_assert_eq!((solution.bytes, solution.is_optimal()), (optimum(&owned, 1), true));
    }

    /// Without heuristics and bounds from elsewhere: every capacity has its answer.
    #[test]
    fn prop_fit_knows_every_capacity(owned in problem(7, 12, 4), less in 0..6_u32) {
        let best = optimum(&owned, 1);
        for capacity in [best.saturating_sub(less), best, best + less, u32::MAX - less] {
            let fit = fit(&owned.problem(), 1, capacity, &options(1_000_000, 1)).unwrap();
            match fit.answer.unwrap() {
                Ok(offsets) => {
                    prop_assert!(capacity >= best);
                    prop_assert_eq!(validate(&owned.problem(), 1, &offsets, capacity), Ok(()));
                }
                Err(NoPlan) => prop_assert!(capacity < best),
            }
        }
    }

    #[test]
    fn prop_it_agrees_with_the_search_for_devices(owned in problem(11, 60, 6)) {
        let solution = solved(&owned.problem(), 4, 100_000);
        let plan = on_device(&owned, 4, 100_000);
        prop_assert!(solution.lower_bound <= plan.bytes && plan.lower_bound <= solution.bytes);
    }

    #[test]
    fn prop_bounds_hold_when_nodes_run_out(owned in problem(7, 40, 4), nodes in 0..40_u64) {
        let best = optimum(&owned, 1);
        let solution = solved(&owned.problem(), 1, nodes);
        prop_assert!(solution.lower_bound <= best && best <= solution.bytes);
    }

    #[test]
    fn prop_threads_change_nothing(owned in problem(24, 300, 8), nodes in 0..20_000_u64) {
        let run = |threads| solve(&owned.problem(), 4, &options(nodes, threads), &mut |_| {});
        let alone = run(1);
        prop_assert_eq!(&alone, &run(0), "on the caller's stack");
        prop_assert_eq!(&alone, &run(2));
        prop_assert_eq!(&alone, &run(5));
    }

    #[test]
    fn prop_progress_approaches(owned in problem(16, 300, 6)) {
        let mut seen = Vec::new();
        let options = options(50_000, 1);
        let solution =
            solve(&owned.problem(), 1, &options, &mut |progress| seen.push(progress)).unwrap();
        for pair in seen.windows(2) {
            prop_assert!(pair[1].bytes <= pair[0].bytes && pair[1].nodes >= pair[0].nodes);
            prop_assert!(pair[1].lower_bound >= pair[0].lower_bound);
        }
        if let Some(last) = seen.last() {
            prop_assert_eq!((last.bytes, last.nodes), (solution.bytes, solution.nodes));
        }
    }

    #[test]
    fn prop_laws_of_the_optimum(owned in problem(7, 60, 4), grown in 0..9_usize, more in 1..40_u32) {
        let best = |owned: &Owned, alignment| solved(&owned.problem(), alignment, 1_000_000).bytes;
        let optimum = best(&owned, 1);
        let mut larger = owned.clone();
        if let Some(buffer) = larger.buffers.get_mut(grown) {
            buffer.bytes += more;
        }
        prop_assert!(optimum <= best(&larger, 1), "a larger buffer");
        let mut stricter = owned.clone();
        stricter.permissions.truncate(grown);
        prop_assert!(optimum <= best(&stricter, 1), "fewer permissions");
        prop_assert!(optimum <= best(&owned, 8), "a coarser alignment");
        let mut scaled = owned.clone();
        for buffer in &mut scaled.buffers {
            buffer.bytes *= 4;
            buffer.lifetime.first += 7;
            buffer.lifetime.last += 7;
        }
        for permission in &mut scaled.permissions {
            let overlap = &mut permission.overlap;
            overlap.below = overlap.below.map(|bytes| bytes * 4);
            overlap.above = overlap.above.map(|bytes| bytes * 4);
        }
        prop_assert_eq!(4 * optimum, best(&scaled, 4), "scaled and shifted");
    }
}
