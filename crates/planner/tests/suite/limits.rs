//! Gaps, alignments of single buffers and fixed buffers, against trying every offset.

use crate::support::{Owned, problem};
use bantam_planner::exact::{NoPlan, Options, fit, solve};
use bantam_planner::{
    Buffer, Effort, Error, Gap, Overlap, Permission, Problem, View, ViewFault, WithLimits,
    WithViews, greedy, large, linear, lower_bound, plan, plan_workspace_len, validate,
};
use proptest::prelude::*;

const OPTIONS: Options = Options { nodes: 1_000_000, threads: 1 };

/// A problem with limits. Its gaps are those of [`WithLimits`].
#[derive(Clone, Debug)]
struct Limited {
    owned: Owned,
    alignments: Vec<u32>,
    gaps: Vec<(u32, Gap)>,
}

impl Limited {
    fn with<R>(&self, use_it: impl FnOnce(&dyn Problem) -> R) -> R {
        let problem = self.owned.problem();
        use_it(&WithLimits::new(problem, &self.alignments, &self.gaps).unwrap())
    }

    fn len(&self) -> usize {
        self.owned.buffers.len()
    }

    /// Returns the bytes of a buffer that are in use during a step.
    fn used(&self, index: usize, step: u32) -> (u32, u32) {
        let Buffer { bytes, lifetime, .. } = self.owned.buffers[index];
        let in_gap =
            |(buffer, gap): &&(u32, Gap)| *buffer as usize == index && gap.steps.contains(step);
        match self.gaps.iter().find(in_gap) {
            _ if !lifetime.contains(step) => (0, 0),
            Some((_, gap)) => (gap.start, gap.end),
            None => (0, bytes),
        }
    }

    /// Returns whether two buffers at these offsets share no byte that both use, except as
    /// permitted.
    fn is_apart(&self, (a, at_a): (usize, u32), (b, at_b): (usize, u32)) -> bool {
        let permitted = |output: usize, input: usize, to: u32, from: u32| {
            let pair = self.owned.permissions.iter().find(|permission| {
                (permission.output as usize, permission.input as usize) == (output, input)
            });
            let Overlap { below, above } = pair.map_or(Overlap::NONE, |pair| pair.overlap);
            below.is_some_and(|below| from >= to + below)
                || above.is_some_and(|above| to >= from + above)
        };
        let shares = |step| {
            let ((start_a, end_a), (start_b, end_b)) = (self.used(a, step), self.used(b, step));
            (at_a + start_a).max(at_b + start_b) < (at_a + end_a).min(at_b + end_b)
        };
        permitted(a, b, at_a, at_b) || permitted(b, a, at_b, at_a) || !(0..8).any(shares)
    }

    /// Returns the least total, by trying every offset; `None` if there is none up to `most`.
    fn optimum(&self, alignment: u32, most: u32) -> Option<u32> {
        let fits = |total: &u32| self.fits(alignment, *total, &mut Vec::new());
        Some(most).filter(fits).and_then(|most| (0..=most).find(fits))
    }

    fn fits(&self, alignment: u32, total: u32, offsets: &mut Vec<u32>) -> bool {
        let index = offsets.len();
        let Some(&Buffer { bytes, fixed, .. }) = self.owned.buffers.get(index) else {
            return true;
        };
        let step = alignment.max(self.alignments.get(index).copied().unwrap_or(1));
        let candidates = (0..=total.saturating_sub(bytes)).step_by(step as usize);
        for offset in candidates.filter(|&offset| fixed.is_none_or(|fixed| fixed == offset)) {
            let ends = offset + bytes <= total;
            if ends
                && (0..index).all(|other| self.is_apart((index, offset), (other, offsets[other])))
            {
                offsets.push(offset);
                if self.fits(alignment, total, offsets) {
                    return true;
                }
                offsets.pop();
            }
        }
        false
    }
}

/// Gaps in which nothing is in use, alignments, and fixed offsets for a `percent` of the buffers.
fn limited(len: usize, percent: u32) -> impl Strategy<Value = Limited> {
    let gap = (0..5_u32, 0..3_u32, any::<bool>());
    let draw = (gap, 0..4_u32, (0..100_u32, 0..6_u32));
    (problem(len, 6, 5), proptest::collection::vec(draw, len)).prop_map(
        move |(mut owned, draws)| {
            let (mut alignments, mut gaps) = (Vec::new(), Vec::new());
            let all = (0..).zip(&mut owned.buffers).zip(draws);
            for ((index, buffer), ((first, more, has_gap), log2, fixed)) in all {
                alignments.push(1 << log2.saturating_sub(1));
                let (chance, fixed) = fixed;
                buffer.fixed = (chance < percent).then_some(fixed << log2.saturating_sub(1));
                let (from, to) = (buffer.lifetime.first, buffer.lifetime.last);
                let (first, last) = (from + first, (from + first + more).min(to));
                if has_gap && first <= last {
                    gaps.push((index, Gap::new(first, last)));
                }
            }
            Limited { owned, alignments, gaps }
        },
    )
}

proptest! {
    #[test]
    fn prop_solutions_are_optimal(limited in limited(5, 0), log2 in 0..2_u32) {
        let alignment = 1 << log2;
        let best = limited.optimum(alignment, 80).unwrap();
        limited.with(|problem| {
            let solution = solve(problem, alignment, &OPTIONS, &mut |_| {}).unwrap();
            prop_assert!(solution.is_optimal());
            // Sizes are rounded up.
            prop_assert_eq!(solution.bytes, best.next_multiple_of(alignment));
            prop_assert_eq!(validate(problem, alignment, &solution.offsets, solution.bytes), Ok(()));
            prop_assert!(large::validate(problem, alignment, &solution.offsets, solution.bytes).is_ok());
            prop_assert!(lower_bound(problem, alignment).unwrap() <= solution.bytes);
            prop_assert!(large::lower_bound(problem, alignment).unwrap() <= solution.bytes);
            Ok(())
        })?;
    }

    /// Also without heuristics, and with buffers that nothing may move.
    #[test]
    fn prop_fixed_buffers_are_searched_exactly(limited in limited(5, 40)) {
        let best = limited.optimum(1, 60);
        limited.with(|problem| {
            let found = solve(problem, 1, &OPTIONS, &mut |_| {});
            prop_assert_eq!(best.is_none(), matches!(found, Err(Error::FixedConflict { .. })));
            for less in 0..3 {
                let capacity = best.unwrap_or(60).saturating_sub(less);
                match fit(problem, 1, capacity, &OPTIONS).unwrap().answer.unwrap() {
                    Ok(offsets) => {
                        prop_assert!(best.is_some_and(|best| best <= capacity));
                        prop_assert_eq!(validate(problem, 1, &offsets, capacity), Ok(()));
                    }
                    Err(NoPlan) => prop_assert!(best.is_none_or(|best| capacity < best)),
                }
            }
            if let (Ok(solution), Some(best)) = (found, best) {
                prop_assert_eq!((solution.bytes, solution.is_optimal()), (best, true));
                prop_assert_eq!(validate(problem, 1, &solution.offsets, best), Ok(()));
                prop_assert_eq!(large::validate(problem, 1, &solution.offsets, best), Ok(()));
            }
            Ok(())
        })?;
    }

    #[test]
    fn prop_all_planners_respect_limits(limited in limited(12, 0), log2 in 0..3_u32) {
        limited.with(|problem| {
            let (len, alignment) = (problem.len(), 1 << log2);
            let mut offsets = vec![0; len];
            let total = linear(problem, alignment, &mut offsets).unwrap();
            let is_plan = |offsets: &[u32], total| validate(problem, alignment, offsets, total);
            if limited.alignments.iter().all(|&own| own <= alignment) {
                prop_assert_eq!(is_plan(&offsets, total), Ok(()));
            }
            let total = greedy(problem, alignment, &mut offsets, &mut vec![0; len]).unwrap();
            prop_assert_eq!(is_plan(&offsets, total), Ok(()));
            let mut workspace = vec![0; plan_workspace_len(len)];
            let effort = Effort::Search(500);
            let planned = plan(problem, alignment, &mut offsets, &mut workspace, effort).unwrap();
            prop_assert!(planned.bytes <= total && planned.lower_bound <= planned.bytes);
            prop_assert_eq!(is_plan(&offsets, planned.bytes), Ok(()));
            let (total, offsets) = large::plan(problem, alignment).unwrap();
            prop_assert_eq!(is_plan(&offsets, total), Ok(()));
            Ok(())
        })?;
    }

    /// With parts of buffers in use during their gaps, too.
    #[test]
    fn prop_the_judges_agree_with_a_map_of_bytes(
        limited in limited(5, 0),
        windows in proptest::collection::vec((0..6_u32, 0..6_u32), 5),
        offsets in proptest::collection::vec(0..9_u32, 5),
    ) {
        let limited = with_windows(limited, &windows);
        let offsets: Vec<u32> = offsets.into_iter().zip(&limited.alignments)
            .map(|(offset, own)| offset.next_multiple_of(*own)).collect();
        let is_apart = |a: usize, b: usize| limited.is_apart((a, offsets[a]), (b, offsets[b]));
        let expected = (0..limited.len()).all(|b| (0..b).all(|a| is_apart(a, b)));
        limited.with(|problem| {
            prop_assert_eq!(validate(problem, 1, &offsets, 64).is_ok(), expected);
            prop_assert_eq!(large::validate(problem, 1, &offsets, 64).is_ok(), expected);
            Ok(())
        })?;
    }

    #[test]
    fn prop_parts_in_use_are_left_alone(
        limited in limited(4, 20),
        windows in proptest::collection::vec((0..6_u32, 0..6_u32), 5),
    ) {
        let (whole, limited) = (limited.clone(), with_windows(limited, &windows));
        let best = limited.optimum(1, 60);
        limited.with(|problem| {
            let Ok(solution) = solve(problem, 1, &OPTIONS, &mut |_| {}) else { return Ok(()) };
            prop_assert_eq!(validate(problem, 1, &solution.offsets, solution.bytes), Ok(()));
            prop_assert_eq!(large::validate(problem, 1, &solution.offsets, solution.bytes), Ok(()));
            prop_assert!(solution.is_optimal() && best.unwrap() <= solution.bytes);
            // To use a part is no easier than to use nothing.
            let emptied = whole.with(|problem| solve(problem, 1, &OPTIONS, &mut |_| {}).unwrap());
            prop_assert!(emptied.bytes <= solution.bytes);
            Ok(())
        })?;
    }
}

fn with_windows(mut limited: Limited, windows: &[(u32, u32)]) -> Limited {
    for ((buffer, gap), &(start, end)) in limited.gaps.iter_mut().zip(windows) {
        let bytes = limited.owned.buffers[*buffer as usize].bytes;
        let (start, end) = (start.min(end).min(bytes), start.max(end).min(bytes));
        *gap = gap.using(start, end);
    }
    limited
}

#[test]
fn a_part_in_use_lets_others_into_the_rest() {
    // The first keeps its upper half in steps 1 and 2.
    let buffers = [Buffer::new(16, 0, 3), Buffer::new(8, 1, 2)];
    let gaps = [(0, Gap::new(1, 2).using(8, 16))];
    let problem = WithLimits::new(buffers, &[], &gaps).unwrap();
    let solution = solve(&problem, 1, &OPTIONS, &mut |_| {}).unwrap();
    assert_eq!((solution.bytes, solution.offsets), (16, vec![0, 0]));
    assert!(validate(&problem, 1, &[0, 1], 16).is_err());
}

/// The fixed output lies at the offset of its input, and comes after it.
#[test]
fn a_fixed_output_over_its_input_is_found_in_any_order() {
    let buffers = vec![
        Buffer::new(1, 0, 3),
        Buffer::new(3, 3, 4),
        Buffer::new(1, 0, 2),
        Buffer::new(2, 4, 6).fixed_at(0),
    ];
    let overlap = Overlap { below: None, above: Some(0) };
    let permissions = vec![Permission { output: 3, input: 1, overlap }];
    let owned = Owned { buffers, permissions };
    let fit = fit(&owned.problem(), 1, 4, &OPTIONS).unwrap();
    assert!(matches!(fit.answer, Some(Ok(_))), "{fit:?}");
}

#[test]
fn faults_are_named() {
    let buffers = [Buffer::new(16, 1, 3), Buffer::new(8, 1, 2)];
    let fault = |alignments: &[u32], gaps: &[(u32, Gap)]| {
        WithLimits::new(buffers, alignments, gaps).map(|_| ()).unwrap_err()
    };
    assert_eq!(fault(&[1, 12], &[]), Error::Alignment { alignment: 12 });
    let inner = Gap::new(2, 2);
    for gaps in [
        [(1, inner), (0, inner)],
        [(0, inner), (0, inner)],
        [(0, inner), (0, Gap::new(2, 3))],
        [(0, inner), (2, inner)],
        [(0, inner), (1, Gap::new(2, 3))],
        [(0, inner), (1, Gap::new(2, 1))],
        [(0, inner), (1, inner.using(0, 9))],
        [(0, inner), (1, inner.using(2, 1))],
    ] {
        assert_eq!(fault(&[], &gaps), Error::Gap { index: 1 });
    }
}

#[test]
fn views_keep_their_alignment_and_their_bytes() {
    let buffers = [Buffer::new(32, 0, 3), Buffer::new(8, 1, 1), Buffer::new(16, 1, 1)];
    let gaps = [(0, Gap::new(1, 2))];
    let limited = |alignments: &'static [u32]| WithLimits::new(buffers, alignments, &gaps).unwrap();
    let views = [View { buffer: 1, base: 0, offset: 8 }];
    let fault = |alignments| WithViews::new(limited(alignments), &views).map(|_| ()).unwrap_err();
    for alignments in [&[16, 16][..], &[4, 8]] {
        let fault = fault(alignments);
        assert!(
            matches!(fault, Error::View { index: 0, fault: ViewFault::Misaligned { .. } }),
            "{fault:?}"
        );
    }
    // The view is live in the gap of its base.
    let problem = WithViews::new(limited(&[8, 8]), &views).unwrap();
    assert_eq!(solve(&problem, 1, &OPTIONS, &mut |_| {}).unwrap().bytes, 48);
    let problem = WithViews::new(limited(&[8, 8]), &[]).unwrap();
    assert_eq!(solve(&problem, 1, &OPTIONS, &mut |_| {}).unwrap().bytes, 32);
}

/// More buffers than fit on the caller's stack.
#[test]
fn a_search_without_threads_ends() {
    let buffer = |step: u32| Buffer::new(8 + step * 7 % 90, step / 4, step / 4 + step * 5 % 9);
    let buffers: Vec<Buffer> = (0..400).map(buffer).collect();
    let options = Options { nodes: u64::MAX, threads: 0 };
    let solution = solve(&*buffers, 1, &options, &mut |_| {}).unwrap();
    assert!(!solution.is_optimal(), "this one is not found at once");
    assert_eq!(validate(&*buffers, 1, &solution.offsets, solution.bytes), Ok(()));
    let fit = fit(&*buffers, 1, solution.lower_bound, &options).unwrap();
    assert_eq!(fit.answer, None);
}
