//! Laws between all planners, and laws of proven results.

use std::collections::BTreeSet;

use crate::support::{Owned, problem};
use bantam_planner::exact::{Options, Solution, fit, solve};
use bantam_planner::{
    Buffer, Effort, Error, Lifetime, Overlap, Permission, Plan, Problem, greedy, large, linear,
    lower_bound, plan, plan_workspace_len, validate,
};
use proptest::prelude::*;

fn exactly<P: Problem + ?Sized>(problem: &P, alignment: u32, nodes: u64) -> Solution {
    solve(problem, alignment, &Options { nodes, threads: 1 }, &mut |_| {}).unwrap()
}

fn on_device<P: Problem + ?Sized>(problem: &P, alignment: u32, effort: Effort) -> (Plan, Vec<u32>) {
    let (mut offsets, mut workspace) =
        (vec![0; problem.len()], vec![0; plan_workspace_len(problem.len())]);
    let plan = plan(problem, alignment, &mut offsets, &mut workspace, effort).unwrap();
    (plan, offsets)
}

/// Returns the proven peak, found in two ways.
fn proven(owned: &Owned, alignment: u32) -> u32 {
    let solution = exactly(&owned.problem(), alignment, 1_000_000);
    let (plan, _) = on_device(&owned.problem(), alignment, Effort::Search(1_000_000));
    assert!(solution.is_optimal() && plan.is_optimal());
    assert_eq!(solution.bytes, plan.bytes);
    plan.bytes
}

/// Returns whether the offsets are a plan, on which both judges must agree.
fn judged<P: Problem + ?Sized>(problem: &P, alignment: u32, offsets: &[u32], total: u32) -> bool {
    let pairwise = validate(problem, alignment, offsets, total);
    let swept = large::validate(problem, alignment, offsets, total);
    assert_eq!(pairwise.is_ok(), swept.is_ok(), "{pairwise:?} {swept:?} {offsets:?} {total}");
    pairwise.is_ok()
}

/// Returns the same problem with other steps.
fn at_steps(owned: &Owned, step: impl Fn(u32) -> u32) -> Owned {
    let mut moved = owned.clone();
    for Buffer { lifetime, .. } in &mut moved.buffers {
        *lifetime = Lifetime::new(step(lifetime.first), step(lifetime.last));
    }
    moved
}

/// Returns the same problem with other numbers: buffer `order[i]` becomes number `i`.
fn renumbered(owned: &Owned, order: &[usize]) -> Owned {
    let buffers = order.iter().map(|&i| owned.buffers[i]).collect();
    let number = |old: u32| order.iter().position(|&i| i == old as usize).unwrap() as u32;
    let mut permissions: Vec<Permission> = owned
        .permissions
        .iter()
        .map(|&Permission { output, input, overlap }| Permission {
            output: number(output),
            input: number(input),
            overlap,
        })
        .collect();
    permissions.sort_by_key(|permission| (permission.output, permission.input));
    Owned { buffers, permissions }
}

proptest! {
    #[test]
    fn prop_bounds_and_totals_are_in_order(owned in problem(24, 300, 12), log2 in 0..6_u32) {
        let (problem, alignment) = (owned.problem(), 1 << log2);
        let solution = exactly(&problem, alignment, 5_000);
        let (portfolio, offsets) = on_device(&problem, alignment, Effort::Portfolio);
        let (mut greedily, mut apart) = (vec![0; offsets.len()], vec![0; offsets.len()]);
        let greedy =
            greedy(&problem, alignment, &mut greedily, &mut vec![0; offsets.len()]).unwrap();
        let most = linear(&problem, alignment, &mut apart).unwrap();
        let sum: u32 = owned.buffers.iter().map(|b| b.bytes.next_multiple_of(alignment)).sum();
        let totals = [solution.bytes, portfolio.bytes, greedy, most];
        prop_assert!(totals.is_sorted() && most <= sum, "{:?}, {}", totals, sum);
        for bound in [
            lower_bound(&problem, alignment).unwrap(),
            large::lower_bound(&problem, alignment).unwrap(),
            portfolio.lower_bound,
            solution.lower_bound,
        ] {
            prop_assert!(bound <= solution.bytes);
        }
        let plans = [&solution.offsets, &offsets, &greedily, &apart];
        for (offsets, total) in plans.into_iter().zip(totals) {
            prop_assert!(judged(&problem, alignment, offsets, total));
        }
    }

    /// A valid plan, with one buffer moved or the end cut off: some of these are wrong.
    #[test]
    fn prop_the_judges_agree_on_near_misses(
        owned in problem(16, 40, 6),
        moves in proptest::collection::vec((0..16_usize, -6..=6_i32), 1..20),
    ) {
        let problem = owned.problem();
        let Solution { offsets, bytes, .. } = exactly(&problem, 2, 2_000);
        judged(&problem, 2, &offsets, bytes.saturating_sub(1));
        for (index, distance) in moves {
            let mut moved = offsets.clone();
            if let Some(offset) = moved.get_mut(index) {
                *offset = offset.saturating_add_signed(distance);
            }
            judged(&problem, 2, &moved, bytes);
            judged(&problem, 1, &moved, u32::MAX);
            judged(&*owned.buffers, 1, &moved, bytes);
        }
    }

    #[test]
    fn prop_numbers_of_buffers_do_not_matter(
        (owned, order) in problem(8, 60, 5).prop_flat_map(|owned| {
            let order: Vec<usize> = (0..owned.buffers.len()).collect();
            (Just(owned), Just(order).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(proven(&owned, 4), proven(&renumbered(&owned, &order), 4));
    }

    #[test]
    fn prop_only_the_order_of_steps_matters(
        owned in problem(8, 60, 5),
        shift in 0..1_000_u32,
        stretch in 1..1_000_u32,
    ) {
        let best = proven(&owned, 4);
        prop_assert_eq!(best, proven(&at_steps(&owned, |step| step * stretch + shift), 4));
        prop_assert_eq!(best, proven(&at_steps(&owned, |step| u32::MAX - 20 + step), 4));
        let lifetimes = owned.buffers.iter().map(|buffer| buffer.lifetime);
        let steps: BTreeSet<u32> = lifetimes.flat_map(|life| [life.first, life.last]).collect();
        let dense = |step| steps.range(..step).count() as u32;
        prop_assert_eq!(best, proven(&at_steps(&owned, dense), 4));
    }

    #[test]
    fn prop_sizes_and_alignment_scale(owned in problem(8, 60, 5), factor in 1..50_u32, log2 in 0..4_u32) {
        let scaled = |factor: u32| {
            let mut scaled = owned.clone();
            scaled.buffers.iter_mut().for_each(|buffer| buffer.bytes *= factor);
            for Permission { overlap, .. } in &mut scaled.permissions {
                overlap.below = overlap.below.map(|bytes| bytes * factor);
                overlap.above = overlap.above.map(|bytes| bytes * factor);
            }
            scaled
        };
        prop_assert_eq!(factor * proven(&owned, 1), proven(&scaled(factor), 1));
        prop_assert_eq!(proven(&owned, 4) << log2, proven(&scaled(1 << log2), 4 << log2));
    }

    #[test]
    fn prop_more_bytes_never_help_and_more_permissions_never_harm(
        owned in problem(8, 60, 5),
        at in 0..8_usize,
        more in 1..40_u32,
    ) {
        let best = proven(&owned, 1);
        let mut larger = owned.clone();
        if let Some(buffer) = larger.buffers.get_mut(at) {
            buffer.bytes += more;
        }
        prop_assert!(best <= proven(&larger, 1));
        let mut freer = owned.clone();
        if let Some(permission) = freer.permissions.get_mut(at) {
            permission.overlap = Overlap { below: Some(0), above: Some(0) };
        }
        prop_assert!(proven(&freer, 1) <= best);
        let mut stricter = owned.clone();
        if at < stricter.permissions.len() {
            stricter.permissions.remove(at);
        }
        prop_assert!(best <= proven(&stricter, 1));
    }

    /// Sizes and steps around the edges of 32 bits: what one planner can do all can, and nothing
    /// wraps.
    #[test]
    fn prop_largest_numbers_are_planned_or_refused_alike(
        wild in proptest::collection::vec((wild(), wild(), wild()), 0..7),
        log2 in 0..32_u32,
        offsets in proptest::collection::vec(wild(), 7),
        total in wild(),
    ) {
        let buffers: Vec<Buffer> = wild
            .iter()
            .map(|&(bytes, a, b)| Buffer::new(bytes, a.min(b), a.max(b)))
            .collect();
        let (problem, alignment) = (buffers.as_slice(), 1 << log2);
        judged(problem, alignment, &offsets[..buffers.len()], total);
        let mut greedily = vec![0; buffers.len()];
        let greedy = greedy(problem, alignment, &mut greedily, &mut vec![0; buffers.len()]);
        let options = Options { nodes: 1_000, threads: 1 };
        let solution = solve(problem, alignment, &options, &mut |_| {});
        match (&greedy, &solution) {
            (Ok(total), Ok(solution)) => {
                prop_assert!(solution.bytes <= *total);
                prop_assert!(judged(problem, alignment, &solution.offsets, solution.bytes));
            }
            (Err(Error::Overflow { .. }), _) => {}
            other => prop_assert!(false, "{:?}", other),
        }
        for planned in [large::plan(problem, alignment), large::best_fit(problem, alignment)] {
            match planned {
                Ok((total, offsets)) => prop_assert!(judged(problem, alignment, &offsets, total)),
                Err(error) => prop_assert!(matches!(error, Error::Overflow { .. }), "{}", error),
            }
        }
        if let Ok(fit) = fit(problem, alignment, total, &options)
            && let Some(Ok(offsets)) = fit.answer
        {
            prop_assert!(judged(problem, alignment, &offsets, total));
        }
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
