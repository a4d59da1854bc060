//! Buffers that may overlap: by hand, and laws.

use crate::support::{Owned, optimum, optimum_on_grid, problem, sweep_finds_fault};
use bantam_planner::{
    Buffer, Error, Overlap, Permission, Problem, Violation, WithOverlaps, greedy, linear,
    lower_bound, validate,
};
use proptest::prelude::*;

const fn permission(output: u32, input: u32, below: Option<u32>, above: Option<u32>) -> Permission {
    Permission { output, input, overlap: Overlap { below, above } }
}

fn plan<P: Problem>(problem: &P, alignment: u32) -> (u32, Vec<u32>) {
    let (mut offsets, mut workspace) = (vec![9; problem.len()], vec![9; problem.len()]);
    let total = greedy(problem, alignment, &mut offsets, &mut workspace).unwrap();
    (total, offsets)
}

/// Returns the interval of the output's offsets that `validate` refuses, with an input of 64 bytes
/// at 128 and an output of 48.
fn refused(overlap: Overlap) -> Option<(u32, u32)> {
    let buffers = [Buffer::new(64, 0, 1), Buffer::new(48, 1, 2)];
    let permissions = [Permission { output: 1, input: 0, overlap }];
    let problem = WithOverlaps::new(&buffers, &permissions).unwrap();
    let verdict = |output: u32| validate(&problem, 1, &[128, output], 512).err();
    let bad: Vec<u32> = (0..300).filter(|&output| verdict(output).is_some()).collect();
    assert!(bad.iter().all(|&o| verdict(o) == Some(Violation::Overlap { a: 0, b: 1 })));
    let (first, last) = (*bad.first()?, *bad.last()?);
    assert_eq!(bad.len() as u32, last - first + 1, "without holes");
    Some((first, last))
}

#[test]
fn validate_refuses_one_byte_less_than_the_distance() {
    assert_eq!(refused(Overlap::NONE), Some((81, 191)));
    assert_eq!(refused(Overlap { below: Some(0), above: None }), Some((129, 191)));
    assert_eq!(refused(Overlap { below: Some(7), above: None }), Some((122, 191)));
    assert_eq!(refused(Overlap { below: None, above: Some(0) }), Some((81, 127)));
    assert_eq!(refused(Overlap { below: Some(7), above: Some(9) }), Some((122, 136)));
    assert_eq!(refused(Overlap { below: Some(0), above: Some(0) }), None);
    // More than disjointness asks for is not asked for.
    assert_eq!(refused(Overlap { below: Some(500), above: Some(500) }), Some((81, 191)));
}

#[test]
fn greedy_places_an_output_over_its_dying_input() {
    let buffers = [Buffer::new(96, 0, 1), Buffer::new(64, 1, 2)];
    let with = |below, above| {
        let permissions = [permission(1, 0, below, above)];
        let problem = WithOverlaps::new(&buffers, &permissions).unwrap();
        assert_eq!((problem.buffers(), problem.permissions()), (&buffers[..], &permissions[..]));
        plan(&problem, 16)
    };
    assert_eq!(with(None, None), (160, vec![0, 96]));
    assert_eq!(with(Some(0), None), (96, vec![0, 0]));
    assert_eq!(with(None, Some(20)), (96, vec![0, 32])); // 20 rounded up
    assert_eq!(with(None, Some(33)), (112, vec![0, 48]));
    // Below is no use here: the input lies at the bottom.
    assert_eq!(with(Some(16), None), (160, vec![0, 96]));
}

#[test]
fn other_pairs_stay_apart() {
    // The output may lie over the input, but the scratch memory of the same step is in use too.
    let buffers = [Buffer::new(64, 0, 1), Buffer::new(64, 1, 2), Buffer::new(32, 1, 1)];
    let permissions = [permission(1, 0, Some(0), None)];
    let problem = WithOverlaps::new(&buffers, &permissions).unwrap();
    assert_eq!(plan(&problem, 16), (96, vec![0, 0, 64]));
    assert_eq!(lower_bound(&problem, 16), Ok(96));
    assert_eq!(validate(&problem, 16, &[0, 0, 0], 96), Err(Violation::Overlap { a: 0, b: 2 }));
}

#[test]
fn permissions_that_make_no_sense_are_refused() {
    let buffers = [Buffer::new(8, 0, 1), Buffer::new(8, 1, 2), Buffer::new(8, 1, 1)];
    let refuse = |permissions: &[Permission]| WithOverlaps::new(&buffers, permissions).err();
    let fine = permission(1, 0, Some(0), None);
    assert_eq!(refuse(&[fine, permission(2, 0, None, None)]), None);
    let at = |index| Some(Error::Permission { index });
    assert_eq!(refuse(&[fine, fine]), at(1));
    assert_eq!(refuse(&[permission(2, 0, None, None), fine]), at(1));
    assert_eq!(refuse(&[permission(0, 1, Some(0), None)]), at(0)); // the wrong way round
    assert_eq!(refuse(&[permission(3, 0, Some(0), None)]), at(0));
    assert_eq!(refuse(&[permission(1, 3, Some(0), None)]), at(0));
    assert_eq!(refuse(&[permission(2, 2, Some(0), None)]), at(0));
    assert_eq!(refuse(&[permission(1, 2, Some(0), None)]), at(0)); // not written before
}

proptest! {
    #[test]
    fn prop_greedy_is_valid(owned in problem(24, 300, 12), log2 in 0..6_u32) {
        let alignment = 1 << log2;
        let (total, offsets) = plan(&owned.problem(), alignment);
        prop_assert_eq!(validate(&owned.problem(), alignment, &offsets, total), Ok(()));
        prop_assert!(!sweep_finds_fault(&owned, &offsets, total));
        prop_assert!(lower_bound(&owned.problem(), alignment).unwrap() <= total);
        let mut apart = vec![0; offsets.len()];
        prop_assert!(total <= linear(&owned.problem(), alignment, &mut apart).unwrap());
        prop_assert!(!sweep_finds_fault(&owned, &apart, u32::MAX));
    }

    /// Each buffer is at the lowest offset at which it does not disturb those that came before it.
    #[test]
    fn prop_greedy_takes_the_lowest_offset(owned in problem(10, 60, 5)) {
        let (_, offsets) = plan(&owned.problem(), 4);
        let mut order: Vec<usize> = (0..offsets.len()).rev().collect();
        order.sort_by_key(|&i| std::cmp::Reverse(owned.buffers[i].bytes.next_multiple_of(4)));
        for (rank, &index) in order.iter().enumerate() {
            let mut kept = owned.clone();
            for &later in &order[rank + 1..] {
                kept.buffers[later].bytes = 0;
            }
            for lower in (0..offsets[index]).step_by(4) {
                let mut offsets = offsets.clone();
                offsets[index] = lower;
                prop_assert!(validate(&kept.problem(), 4, &offsets, u32::MAX).is_err());
            }
        }
    }

    #[test]
    fn prop_the_bound_is_below_the_optimum(owned in problem(7, 100, 4), log2 in 0..5_u32) {
        let best = optimum(&owned, 1 << log2);
        prop_assert!(lower_bound(&owned.problem(), 1 << log2).unwrap() <= best);
        prop_assert!(best <= plan(&owned.problem(), 1 << log2).0);
    }

    #[test]
    fn prop_every_order_finds_what_every_offset_finds(owned in problem(4, 4, 3)) {
        prop_assert_eq!(optimum(&owned, 1), optimum_on_grid(&owned));
    }

    #[test]
    fn prop_both_checkers_agree(owned in problem(6, 8, 3), seed in proptest::collection::vec(0..20_u32, 6)) {
        let offsets = &seed[..owned.buffers.len()];
        let verdict = validate(&owned.problem(), 1, offsets, 20);
        prop_assert_eq!(verdict.is_err(), sweep_finds_fault(&owned, offsets, 20), "{:?}", verdict);
    }

    #[test]
    fn prop_permissions_never_raise_the_bound(owned in problem(12, 100, 5)) {
        let strict = Owned { permissions: Vec::new(), ..owned.clone() };
        let bound = |owned: &Owned| lower_bound(&owned.problem(), 8).unwrap();
        prop_assert!(bound(&owned) <= bound(&strict));
        prop_assert_eq!(lower_bound(&*owned.buffers, 8), Ok(bound(&strict)));
    }
}

/// Two buffers that are too large together, but not over each other.
#[test]
fn bounds_beyond_32_bits_come_back_where_bytes_are_shared() {
    let most = 3 << 30;
    let buffers = [Buffer::new(most, 0, 1), Buffer::new(most, 1, 2)];
    assert!(lower_bound(&buffers, 16).is_err());
    let overlap = Overlap { below: Some(0), above: None };
    let permissions = [Permission { output: 1, input: 0, overlap }];
    let problem = WithOverlaps::new(&buffers, &permissions).unwrap();
    assert_eq!(lower_bound(&problem, 16), Ok(most));
}
