//! Large problems, and the second checker against the first.

use std::cmp::Reverse;

use crate::support::{optimum, problem};
use bantam_planner::{Buffer, Error, Lifetime, Problem, Violation, large, lower_bound, validate};
use proptest::prelude::*;

/// Returns pseudo-random buffers, the same each time.
fn many(len: u32) -> Vec<Buffer> {
    let mut state = 1_u32;
    let mut below = |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % limit
    };
    (0..len)
        .map(|_| {
            let first = below(len);
            Buffer::new(1 + below(1_000), first, first + below(60))
        })
        .collect()
}

/// Looks at all waiting buffers, again and again, and places the one that can go lowest; of these,
/// the one that takes the most bytes times steps.
fn lowest_first(buffers: &[Buffer], alignment: u32) -> Vec<u32> {
    let size = |i: usize| buffers[i].bytes.next_multiple_of(alignment);
    let mut offsets = vec![0; buffers.len()];
    let mut placed: Vec<usize> = Vec::new();
    let mut waiting: Vec<usize> = (0..buffers.len()).filter(|&i| size(i) != 0).collect();
    while !waiting.is_empty() {
        let key = |&i: &usize| {
            let Lifetime { first, last } = buffers[i].lifetime;
            let in_the_way = placed
                .iter()
                .filter(|&&other| buffers[i].lifetime.overlaps(buffers[other].lifetime));
            let floor = in_the_way.map(|&other| offsets[other] + size(other)).max().unwrap_or(0);
            (floor, Reverse(size(i) * (last - first + 1)), i)
        };
        let (floor, _, next) = waiting.iter().map(key).min().unwrap();
        offsets[next] = floor;
        placed.push(next);
        waiting.retain(|&i| i != next);
    }
    offsets
}

#[test]
fn a_hundred_thousand_buffers() {
    let buffers = many(100_000);
    let bound = large::lower_bound(&*buffers, 4).unwrap();
    let plans = [
        (large::best_fit(&*buffers, 4).unwrap(), 108),
        (large::skyline(&*buffers, 4).unwrap(), 104),
        (large::plan(&*buffers, 4).unwrap(), 104),
    ];
    for ((total, offsets), percent) in plans {
        assert_eq!(large::validate(&*buffers, 4, &offsets, total), Ok(()));
        assert!(bound <= total && total <= bound / 100 * percent, "{total}, bound {bound}");
    }
}

#[test]
fn fixed_buffers_are_refused() {
    let fixed = [Buffer::new(16, 0, 1).fixed_at(0)];
    assert!(matches!(large::skyline(&fixed, 1), Err(Error::FixedConflict { .. })));
    assert_eq!(large::lower_bound(&[Buffer::new(16, 0, 1).fixed_at(48)], 1), Ok(64));
}

proptest! {
    #[test]
    fn prop_skylines_are_valid(owned in problem(30, 300, 20), log2 in 0..5_u32) {
        let problem = owned.problem();
        let (total, offsets) = large::skyline(&problem, 1 << log2).unwrap();
        prop_assert_eq!(validate(&problem, 1 << log2, &offsets, total), Ok(()));
        prop_assert_eq!(validate(&*owned.buffers, 1 << log2, &offsets, total), Ok(()));
        prop_assert_eq!(large::validate(&*owned.buffers, 1 << log2, &offsets, total), Ok(()));
        let (swept, offsets) = large::best_fit(&problem, 1 << log2).unwrap();
        prop_assert_eq!(validate(&*owned.buffers, 1 << log2, &offsets, swept), Ok(()));
        let (best, offsets) = large::plan(&problem, 1 << log2).unwrap();
        prop_assert!(best <= total.min(swept));
        prop_assert_eq!(large::validate(&*owned.buffers, 1 << log2, &offsets, best), Ok(()));
    }

    #[test]
    fn prop_skylines_are_those_of_the_definition(owned in problem(40, 30, 20), log2 in 0..4_u32) {
        let (_, offsets) = large::skyline(&*owned.buffers, 1 << log2).unwrap();
        prop_assert_eq!(offsets, lowest_first(&owned.buffers, 1 << log2));
    }

    #[test]
    fn prop_bounds_agree(owned in problem(30, 300, 20)) {
        let plain = &*owned.buffers;
        prop_assert_eq!(large::lower_bound(plain, 8), lower_bound(plain, 8));
    }

    #[test]
    fn prop_the_bound_is_below_the_optimum(owned in problem(7, 30, 4)) {
        prop_assert!(large::lower_bound(&owned.problem(), 1).unwrap() <= optimum(&owned, 1));
    }

    #[test]
    fn prop_both_checkers_agree(
        owned in problem(7, 8, 3),
        seed in proptest::collection::vec(0..24_u32, 7),
        total in 16..40_u32,
    ) {
        let offsets = &seed[..owned.buffers.len()];
        let slow = validate(&owned.problem(), 2, offsets, total);
        let fast = large::validate(&owned.problem(), 2, offsets, total);
        prop_assert_eq!(slow.is_ok(), fast.is_ok(), "{:?} {:?}", slow, fast);
        let even: Vec<u32> = offsets.iter().map(|offset| offset & !1).collect();
        let slow = validate(&owned.problem(), 2, &even, 64);
        let fast = large::validate(&owned.problem(), 2, &even, 64);
        prop_assert_eq!(slow.is_ok(), fast.is_ok(), "{:?} {:?}", slow, fast);
        let is_overlap = matches!(fast, Ok(()) | Err(Violation::Overlap { .. }));
        prop_assert!(is_overlap);
    }

    #[test]
    fn prop_an_inconsistent_problem_ends(seed: u32, len in 0..30_usize) {
        let problem = crate::support::Moody::new(len, seed);
        let _ = large::validate(&problem, 1, &vec![0; problem.len()], 1 << 20);
    }
}

#[test]
fn an_alignment_that_is_no_power_of_two_is_an_error() {
    let buffers = [Buffer::new(0, 0, 0), Buffer::new(48, 0, 1)];
    for alignment in [0, 24] {
        let error = Error::Alignment { alignment };
        for planner in [large::plan, large::best_fit, large::skyline] {
            assert_eq!(planner(&buffers, alignment).unwrap_err(), error);
        }
        assert_eq!(large::lower_bound(&buffers, alignment).unwrap_err(), error);
    }
}

#[test]
fn the_bound_reaches_the_end_of_32_bits() {
    for (bytes, expected) in [(7, Some(u32::MAX)), (8, None)] {
        let buffers = [Buffer::new(u32::MAX - 7, 0, 1), Buffer::new(bytes, 1, 1)];
        assert_eq!(large::lower_bound(&buffers, 1).ok(), expected);
        assert_eq!(lower_bound(&buffers, 1).ok(), expected);
    }
}
