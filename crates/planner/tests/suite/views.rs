//! Buffers that are parts of others: by hand, and laws.

use std::collections::HashMap;

use crate::support::{Moody, Owned, optimum_of, problem};
use bantam_planner::csv::{Fault, Instance};
use bantam_planner::exact::{Options, solve};
use bantam_planner::{
    Buffer, Effort, Error, Lifetime, Overlap, Permission, Problem, View, ViewFault, Violation,
    WithOverlaps, WithViews, greedy, large, linear, lower_bound, plan, plan_workspace_len,
    validate,
};
use proptest::prelude::*;

const fn view(buffer: u32, base: u32, offset: u32) -> View {
    View { buffer, base, offset }
}

/// A whole of 64 bytes made in step 2 of two parts, and a chain: the last buffer is the second part
/// in another shape.
const BUFFERS: [Buffer; 4] =
    [Buffer::new(64, 2, 3), Buffer::new(32, 0, 2), Buffer::new(32, 1, 2), Buffer::new(30, 4, 5)];
const VIEWS: [View; 3] = [view(1, 0, 0), view(2, 0, 32), view(3, 2, 1)];

#[test]
fn a_base_lives_as_long_as_all_that_lies_in_it() {
    let problem = WithViews::new(&BUFFERS, &VIEWS).unwrap();
    assert_eq!((problem.views(), problem.problem().len(), problem.len()), (&VIEWS[..], 4, 4));
    assert_eq!(problem.buffer(0), Buffer::new(64, 0, 5));
    let parts = [0, 1, 2, 3].map(|index| problem.base_of(index));
    assert_eq!(parts, [None, Some((0, 0)), Some((0, 32)), Some((0, 33))]);
    assert!((1..4).all(|index| problem.buffer(index).bytes == 0));
    assert_eq!(lower_bound(&problem, 16), Ok(64));
    let mut offsets = [48, 7, 7, 7];
    problem.place(&mut offsets).unwrap();
    assert_eq!(offsets, [48, 48, 80, 81]);
    assert_eq!(problem.place(&mut [0]), Err(Error::OffsetsLen { expected: 4, actual: 1 }));
    let mut high = [u32::MAX - 40, 0, 0, 0];
    assert_eq!(problem.place(&mut high), Ok(()));
    high[0] = u32::MAX - 31;
    assert_eq!(problem.place(&mut high), Err(Error::Overflow { index: 2 }));
}

#[test]
fn validate_wants_every_view_in_its_place() {
    let problem = WithViews::new(&BUFFERS, &VIEWS).unwrap();
    let verdict = |offsets: &[u32], total| problem.validate(16, offsets, total);
    assert_eq!(verdict(&[16, 16, 48, 49], 80), Ok(()));
    let displaced = |index, expected, offset| Err(Violation::Displaced { index, expected, offset });
    assert_eq!(verdict(&[16, 32, 48, 49], 80), displaced(1, 16, 32));
    assert_eq!(verdict(&[16, 16, 48, 48], 80), displaced(3, 49, 48));
    assert_eq!(verdict(&[u32::MAX, u32::MAX, 0, 0], 80), displaced(2, u64::from(u32::MAX) + 32, 0));
    let end = Violation::OutOfRange { index: 0, end: 80, total: 79 };
    assert_eq!(verdict(&[16, 16, 48, 49], 79), Err(end));
    assert_eq!(verdict(&[8, 8, 40, 41], 80), Err(Violation::Misaligned { index: 0, offset: 8 }));
    assert_eq!(verdict(&[16], 80), Err(Violation::OffsetsLen { expected: 4, actual: 1 }));
}

#[test]
fn views_that_make_no_sense_are_refused() {
    let buffers = [
        Buffer::new(64, 0, 3),
        Buffer::new(64, 0, 3),
        Buffer::new(16, 0, 3).fixed_at(32),
        Buffer::new(16, 3, 2),
    ];
    let refuse = |views: &[View]| WithViews::new(&buffers, views).err();
    let at = |index, fault| Some(Error::View { index, fault });
    assert_eq!(refuse(&[view(1, 0, 0), view(2, 1, 32)]), None);
    assert_eq!(refuse(&[view(2, 1, 0), view(1, 0, 0)]), at(1, ViewFault::Order));
    assert_eq!(refuse(&[view(1, 0, 0), view(1, 0, 0)]), at(1, ViewFault::Order));
    assert_eq!(refuse(&[view(9, 0, 0)]), at(0, ViewFault::NoBuffer { buffer: 9 }));
    assert_eq!(refuse(&[view(0, 4, 0)]), at(0, ViewFault::NoBuffer { buffer: 4 }));
    let outside = |end| at(0, ViewFault::Outside { end, base_bytes: 64 });
    assert_eq!(refuse(&[view(1, 0, 1)]), outside(65));
    assert_eq!(refuse(&[view(1, 0, u32::MAX)]), outside(u32::MAX));
    assert_eq!(refuse(&[view(0, 0, 0)]), at(0, ViewFault::Circle));
    assert_eq!(refuse(&[view(0, 1, 0), view(1, 0, 0)]), at(0, ViewFault::Circle));
    // A whole cannot begin 33 bytes before 32.
    assert_eq!(refuse(&[view(2, 0, 33)]), at(0, ViewFault::Fixed { offset: 32 }));
    let backwards = Some(Error::Lifetime { index: 3, first: 3, last: 2 });
    assert_eq!((refuse(&[view(3, 0, 0)]), refuse(&[view(2, 3, 0)])), (backwards, backwards));
    for fault in [ViewFault::Order, ViewFault::Outside { end: 3, base_bytes: 2 }] {
        let sentence = Error::View { index: 7, fault }.to_string();
        assert!(sentence.starts_with("view 7 is ") || sentence.starts_with("view 7 ends at 3"));
    }
}

#[test]
fn a_fixed_view_fixes_its_base() {
    let buffers = [
        Buffer::new(64, 0, 3),
        Buffer::new(16, 0, 3).fixed_at(48),
        Buffer::new(16, 1, 3).fixed_at(32),
    ];
    let views = [view(1, 0, 32), view(2, 0, 16)];
    let problem = WithViews::new(&buffers, &views).unwrap();
    assert_eq!(problem.buffer(0).fixed, Some(16));
    let elsewhere = WithViews::new(&buffers, &[view(1, 0, 32), view(2, 0, 15)]).err();
    assert_eq!(elsewhere, Some(Error::View { index: 1, fault: ViewFault::Fixed { offset: 32 } }));
}

#[test]
fn an_output_may_lie_over_a_part_that_dies() {
    // A layer reads the second half of a whole, whose first half died before, and may begin to
    // write 16 bytes below it.
    let buffers = [
        Buffer::new(64, 0, 1),
        Buffer::new(32, 1, 1),
        Buffer::new(32, 1, 2),
        Buffer::new(48, 2, 3),
    ];
    let overlap = Overlap { below: Some(16), above: None };
    let permissions = [Permission { output: 3, input: 2, overlap }];
    let views = [view(1, 0, 0), view(2, 0, 32)];
    let inner = WithOverlaps::new(&buffers, &permissions).unwrap();
    let problem = WithViews::new(inner, &views).unwrap();
    assert_eq!(problem.overlap(3, 0), Overlap { below: Some(0), above: Some(64) });
    assert_eq!(problem.validate(16, &[0, 0, 32, 0], 64), Ok(()));
    let solution = solve(&problem, 16, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!((solution.bytes, solution.is_optimal()), (64, true));
    // While the first half is needed as well, that is too low.
    let mut buffers = buffers;
    buffers[1].lifetime = Lifetime::new(1, 2);
    let inner = WithOverlaps::new(&buffers, &permissions).unwrap();
    let problem = WithViews::new(inner, &views).unwrap();
    assert_eq!(problem.overlap(3, 0), Overlap { below: Some(48), above: Some(64) });
}

const FILE: &str = "id,lower,upper,size\n\
                    whole,2,4,64\nleft,0,3,32\nright,1,3,32\n\
                    #view,2,0,32\n\
                    #view,1,0,0\n";

#[test]
fn files_have_views() {
    let instance = Instance::from_csv(FILE).unwrap();
    assert_eq!(instance.views(), [view(1, 0, 0), view(2, 0, 32)]);
    assert_eq!(instance.buffers()[0], Buffer::new(64, 2, 3));
    assert_eq!(instance.buffer(0), Buffer::new(64, 0, 3));
    let problem = instance.with_views();
    assert!((0..3).all(|index| instance.buffer(index) == problem.buffer(index)));
    let fault = |more: &str| Instance::from_csv(&format!("{FILE}{more}\n")).unwrap_err();
    for more in ["#view,1", "#view,1,2,3,4", "#view,1,0,-1", "#view,0,1,0", "#view,1,3,0"] {
        assert_eq!(fault(more).fault, Fault::View, "{more}");
    }
    assert_eq!(fault("#view,0,2,0").line, 7);
    assert_eq!(fault("#view,1,0,0").line, 7); // twice
    let demands = "id,lower,upper,size,weight\na,0,1,8,\nb,0,1,8,2\n#view,0,1,0\n";
    assert!(Instance::from_csv(demands).is_ok());
    let swapped = demands.replace("#view,0,1", "#view,1,0");
    assert_eq!(Instance::from_csv(&swapped).unwrap_err().line, 4);
}

#[test]
fn large_sizes_have_a_unit_with_offsets() {
    let text = "id,lower,upper,size\na,0,1,12884901888\nb,0,1,4294967296\n#view,1,0,2147483648\n";
    let instance = Instance::from_csv(text).unwrap();
    assert_eq!((instance.unit(), instance.views()), (1 << 31, &[view(1, 0, 1)][..]));
}

/// Returns a problem and views without circles: what is smaller may lie in what is larger.
fn with_views(len: usize, bytes: u32, steps: u32) -> impl Strategy<Value = (Owned, Vec<View>)> {
    let draws = proptest::collection::vec((any::<bool>(), any::<u32>(), any::<u32>()), len);
    (problem(len, bytes, steps), draws).prop_map(|(owned, draws)| {
        let rank = |index: usize| (owned.buffers[index].bytes, index);
        let mut views = Vec::new();
        for (part, &(wanted, base, offset)) in draws.iter().enumerate().take(owned.buffers.len()) {
            let base = base as usize % owned.buffers.len();
            if wanted && rank(base) > rank(part) {
                let room = owned.buffers[base].bytes - owned.buffers[part].bytes;
                views.push(view(part as u32, base as u32, offset % (room + 1)));
            }
        }
        (owned, views)
    })
}

/// The offset of every buffer and its last base, by following the views one by one.
struct Trees {
    root: Vec<usize>,
    offset: Vec<u32>,
    span: HashMap<usize, (u32, u32)>,
}

impl Trees {
    fn new(owned: &Owned, views: &[View]) -> Self {
        let n = owned.buffers.len();
        let (mut root, mut offset): (Vec<usize>, Vec<u32>) = ((0..n).collect(), vec![0; n]);
        for (root, offset) in root.iter_mut().zip(&mut offset) {
            while let Some(up) = views.iter().find(|view| view.buffer as usize == *root) {
                *root = up.base as usize;
                *offset += up.offset;
            }
        }
        let mut span = HashMap::new();
        for (&root, buffer) in root.iter().zip(&owned.buffers) {
            let Lifetime { first, last } = buffer.lifetime;
            let span = span.entry(root).or_insert((first, last));
            *span = (span.0.min(first), span.1.max(last));
        }
        Self { root, offset, span }
    }

    /// Returns whether the two trees, with their roots at these offsets, disturb each other; judged
    /// by single bytes and by the permissions for single buffers.
    ///
    /// In the step where they meet, `strict` wants one to be below the other as a whole.
    fn disturb(&self, owned: &Owned, a: (usize, u32), b: (usize, u32), strict: bool) -> bool {
        let end = |(root, at): (usize, u32)| at + owned.buffers[root].bytes;
        if a.1.max(b.1) >= end(a).min(end(b)) {
            return false;
        }
        let (of_a, of_b) = (self.span[&a.0], self.span[&b.0]);
        if of_a.0 > of_b.1 || of_b.0 > of_a.1 {
            return false;
        }
        let meet = |input: (u32, u32), output: (u32, u32)| input.1 == output.0 && input.0 < input.1;
        let (output, input) = if meet(of_a, of_b) {
            (b, a)
        } else if meet(of_b, of_a) {
            (a, b)
        } else {
            return true;
        };
        let step = self.span[&output.0].0;
        let members = |(root, at): (usize, u32)| {
            let all = (0..owned.buffers.len()).filter(move |&index| self.root[index] == root);
            all.map(move |index| (index, at + self.offset[index], owned.buffers[index]))
                .filter(|(.., buffer)| buffer.lifetime.contains(step) && buffer.bytes != 0)
                .collect::<Vec<_>>()
        };
        let all = |fits: &dyn Fn(u32, u32, Buffer, Buffer, Overlap) -> bool| {
            members(output).iter().all(|&(o, o_at, o_buffer)| {
                members(input).iter().all(|&(i, i_at, i_buffer)| {
                    let permitted = owned.permissions.iter().find(|permission| {
                        (permission.output as usize, permission.input as usize) == (o, i)
                    });
                    let overlap = permitted.map_or(Overlap::NONE, |found| found.overlap);
                    fits(o_at, i_at, o_buffer, i_buffer, overlap)
                })
            })
        };
        let low = |o_at: u32, i_at: u32, o: Buffer, _: Buffer, overlap: Overlap| {
            o_at + o.bytes <= i_at || overlap.below.is_some_and(|below| o_at + below <= i_at)
        };
        let high = |o_at: u32, i_at: u32, _: Buffer, i: Buffer, overlap: Overlap| {
            i_at + i.bytes <= o_at || overlap.above.is_some_and(|above| i_at + above <= o_at)
        };
        if strict {
            let below = output.1 <= input.1 && all(&low);
            let above = output.1 >= input.1 && all(&high);
            !below && !above
        } else {
            !all(&|o_at, i_at, o, i, overlap| {
                low(o_at, i_at, o, i, overlap) || high(o_at, i_at, o, i, overlap)
            })
        }
    }

    /// Returns whether a plan has any fault.
    fn find_fault(&self, owned: &Owned, offsets: &[u32], total: u32, strict: bool) -> bool {
        let displaced = (0..offsets.len())
            .any(|index| offsets[index] != offsets[self.root[index]] + self.offset[index]);
        let too_high =
            (0..offsets.len()).any(|index| offsets[index] + owned.buffers[index].bytes > total);
        let mut roots: Vec<usize> = self.span.keys().copied().collect();
        roots.sort_unstable();
        let disturbed = roots.iter().any(|&a| {
            let others = roots.iter().filter(|&&b| b < a);
            others
                .into_iter()
                .any(|&b| self.disturb(owned, (a, offsets[a]), (b, offsets[b]), strict))
        });
        displaced || too_high || disturbed
    }

    /// Returns the least total, by trying every offset of every root.
    fn optimum(&self, owned: &Owned) -> u32 {
        let mut roots: Vec<usize> = self.span.keys().copied().collect();
        roots.sort_unstable();
        let offsets_at = |places: &[u32]| -> Vec<u32> {
            let place = |root: &usize| places[roots.binary_search(root).unwrap()];
            self.root.iter().zip(&self.offset).map(|(root, offset)| place(root) + offset).collect()
        };
        (0..)
            .find(|&total| {
                let mut places = vec![0; roots.len()];
                loop {
                    if !self.find_fault(owned, &offsets_at(&places), total, true) {
                        return true;
                    }
                    let Some(at) = places.iter().position(|&place| place < total) else {
                        return false;
                    };
                    places[at] += 1;
                    places[..at].fill(0);
                }
            })
            .unwrap()
    }
}

/// Returns the results of all planners, with views in place.
fn plans<P: Problem>(problem: &WithViews<'_, P>, alignment: u32) -> Vec<(u32, Vec<u32>)> {
    let n = problem.len();
    let (mut offsets, mut workspace) = (vec![9; n], vec![9; plan_workspace_len(n)]);
    let mut all = Vec::new();
    all.push((greedy(problem, alignment, &mut offsets, &mut workspace).unwrap(), offsets.clone()));
    for effort in [Effort::Portfolio, Effort::Search(300)] {
        let plan = plan(problem, alignment, &mut offsets, &mut workspace, effort).unwrap();
        all.push((plan.bytes, offsets.clone()));
    }
    all.push((linear(problem, alignment, &mut offsets).unwrap(), offsets));
    all.push(large::skyline(problem, alignment).unwrap());
    all.push(large::best_fit(problem, alignment).unwrap());
    all.push(large::plan(problem, alignment).unwrap());
    let solution = solve(problem, alignment, &Options::default(), &mut |_| {}).unwrap();
    assert!(solution.is_optimal());
    all.push((solution.bytes, solution.offsets));
    for (total, offsets) in &mut all {
        // The judges take the planner's offsets as they are, too.
        assert_eq!(validate(problem, alignment, offsets, *total), Ok(()));
        assert_eq!(large::validate(problem, alignment, offsets, *total), Ok(()));
        problem.place(offsets).unwrap();
        assert_eq!(problem.validate(alignment, offsets, *total), Ok(()));
    }
    all
}

proptest! {
    #[test]
    fn prop_every_plan_is_valid((owned, views) in with_views(14, 60, 8), log2 in 0..5_u32) {
        let trees = Trees::new(&owned, &views);
        let problem = WithViews::new(owned.problem(), &views).unwrap();
        let bound = lower_bound(&problem, 1 << log2).unwrap();
        prop_assert!(large::lower_bound(&problem, 1 << log2).unwrap() <= plans(&problem, 1 << log2)[0].0);
        for (total, offsets) in plans(&problem, 1 << log2) {
            prop_assert!(!trees.find_fault(&owned, &offsets, total, false));
            prop_assert!(!trees.find_fault(&owned, &offsets, total, true));
            prop_assert!(bound <= total);
        }
    }

    #[test]
    fn prop_solutions_are_optimal((owned, views) in with_views(7, 40, 5), log2 in 0..5_u32) {
        let problem = WithViews::new(owned.problem(), &views).unwrap();
        let (total, _) = plans(&problem, 1 << log2).pop().unwrap();
        prop_assert_eq!(total, optimum_of(&problem, 1 << log2));
    }

    /// The optimum is that of the views' meaning, computed without the wrapper.
    #[test]
    fn prop_the_optimum_is_that_of_every_offset((owned, views) in with_views(5, 4, 4)) {
        prop_assume!(owned.buffers.len() <= views.len() + 4);
        let problem = WithViews::new(owned.problem(), &views).unwrap();
        let (total, _) = plans(&problem, 1).pop().unwrap();
        prop_assert_eq!(total, Trees::new(&owned, &views).optimum(&owned));
    }

    #[test]
    fn prop_both_checkers_agree(
        (owned, views) in with_views(6, 8, 3),
        seed in proptest::collection::vec(0..16_u32, 6),
        move_one in proptest::option::weighted(0.2, 0..6_usize),
    ) {
        let trees = Trees::new(&owned, &views);
        let problem = WithViews::new(owned.problem(), &views).unwrap();
        let mut offsets = seed[..owned.buffers.len()].to_vec();
        problem.place(&mut offsets).unwrap();
        if let Some(moved) = move_one.and_then(|index| offsets.get_mut(index)) {
            *moved += 1;
        }
        let verdict = problem.validate(1, &offsets, 20);
        prop_assert_eq!(verdict.is_err(), trees.find_fault(&owned, &offsets, 20, true), "{:?}", verdict);
        prop_assert!(verdict.is_err() || !trees.find_fault(&owned, &offsets, 20, false));
        let displaced = matches!(verdict, Err(Violation::Displaced { .. }));
        prop_assert!(displaced || large::validate(&problem, 1, &blank(&problem, &offsets), 20).is_err() == verdict.is_err());
    }

    #[test]
    fn prop_files_mean_the_same((owned, views) in with_views(10, 50, 6)) {
        let mut text = String::from("id,start,end,size\n");
        for (index, buffer) in owned.buffers.iter().enumerate() {
            let Lifetime { first, last } = buffer.lifetime;
            text += &format!("{index},{first},{last},{}\n", buffer.bytes);
        }
        for view in views.iter().rev() {
            text += &format!("#view,{},{},{}\n", view.buffer, view.base, view.offset);
        }
        for Permission { output, input, overlap: Overlap { below, above } } in &owned.permissions {
            let distance = |bytes: Option<u32>| bytes.map_or(1 << 40, u64::from);
            text += &format!("#relax,{output},{input},{},{}\n", distance(*below), distance(*above));
        }
        let instance = Instance::from_csv(&text).unwrap();
        let problem = WithViews::new(owned.problem(), &views).unwrap();
        for a in 0..owned.buffers.len() {
            prop_assert_eq!(instance.buffer(a), problem.buffer(a));
            for b in 0..a {
                prop_assert_eq!(instance.overlap(a, b), problem.overlap(a, b));
            }
        }
    }

    #[test]
    fn prop_whatever_the_problem_says_nothing_panics(
        seed in any::<u32>(),
        views in proptest::collection::vec((0..5_u32, 0..5_u32, 0..40_u32), 0..4),
    ) {
        let mut views: Vec<View> = views.into_iter().map(|(a, b, c)| view(a, b, c)).collect();
        views.sort_by_key(|view| view.buffer);
        let Ok(problem) = WithViews::new(Moody::new(5, seed), &views) else { return Ok(()) };
        let (mut offsets, mut workspace) = (vec![0; 5], vec![0; plan_workspace_len(5)]);
        let _ = plan(&problem, 4, &mut offsets, &mut workspace, Effort::Search(50));
        let _ = problem.place(&mut offsets);
        let _ = problem.validate(4, &offsets, 1000);
    }
}

/// Returns the offsets without those of views.
fn blank<P: Problem>(problem: &WithViews<'_, P>, offsets: &[u32]) -> Vec<u32> {
    let own = |(index, &offset)| if problem.base_of(index).is_some() { 0 } else { offset };
    offsets.iter().enumerate().map(own).collect()
}
