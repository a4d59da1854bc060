//! Arbitrary buffers and permissions: every planner's answer passes both judges and lies between
//! all bounds, the exact search and the heuristics do not contradict one another, and of arbitrary
//! offsets both judges think the same.
#![no_main]

use bantam_planner::exact::{NoPlan, Options, fit, solve};
use bantam_planner::{
    Buffer, Effort, Error, Lifetime, Overlap, Permission, Problem, WithOverlaps, greedy,
    greedy_workspace_len, large, linear, lower_bound, plan, plan_workspace_len, validate,
};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// More only take longer: the planners are quadratic.
const MAX_BUFFERS: usize = 128;
/// Enough to search small problems to the end.
const NODES: u32 = 2_000;

#[derive(Arbitrary, Debug)]
struct Input {
    alignment: Alignment,
    buffers: Vec<RawBuffer>,
    permissions: Vec<RawPermission>,
    /// Offsets from somewhere else, and their total.
    offsets: Vec<Size>,
    total: Size,
}

#[derive(Arbitrary, Debug)]
enum Alignment {
    Usual,
    Power(u8),
    Any(u32),
}

#[derive(Arbitrary, Debug)]
struct RawBuffer {
    bytes: Size,
    /// Small numbers, so that lifetimes meet.
    first: u8,
    steps: u8,
    fixed: Option<Size>,
}

#[derive(Arbitrary, Debug)]
struct RawPermission {
    output: u8,
    input: u8,
    below: Option<Size>,
    above: Option<Size>,
}

#[derive(Arbitrary, Debug)]
enum Size {
    Granules(u8),
    Small(u16),
    Any(u32),
}

impl Size {
    fn bytes(&self) -> u32 {
        match *self {
            Self::Granules(granules) => 16 * u32::from(granules),
            Self::Small(bytes) => u32::from(bytes),
            Self::Any(bytes) => bytes,
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let alignment = match input.alignment {
        Alignment::Usual => 16,
        Alignment::Power(exponent) => 1 << (exponent % 32),
        Alignment::Any(alignment) => alignment,
    };
    let buffers: Vec<Buffer> = input.buffers.iter().take(MAX_BUFFERS).map(buffer).collect();
    let permissions = permissions(&buffers, &input.permissions);
    let Ok(problem) = WithOverlaps::new(&buffers, &permissions) else {
        unreachable!("the permissions were chosen")
    };
    let mut elsewhere: Vec<u32> = input.offsets.iter().map(Size::bytes).collect();
    elsewhere.resize(buffers.len(), 0);
    judge(&problem, alignment, &elsewhere, input.total.bytes());

    let mut contest = Contest { problem, alignment, totals: Vec::new() };
    contest.heuristics();
    contest.search(input.total.bytes());
    contest.compare();
});

/// Whether the offsets are a plan; two functions say so.
fn judge(problem: &impl Problem, alignment: u32, offsets: &[u32], total: u32) -> bool {
    let pairwise = validate(problem, alignment, offsets, total);
    let swept = large::validate(problem, alignment, offsets, total);
    assert_eq!(pairwise.is_ok(), swept.is_ok(), "{pairwise:?} {swept:?}");
    pairwise.is_ok()
}

/// What the planners found for one problem.
struct Contest<'a> {
    problem: WithOverlaps<'a>,
    alignment: u32,
    totals: Vec<u32>,
}

impl Contest<'_> {
    fn enter(&mut self, total: u32, offsets: &[u32]) {
        assert!(judge(&self.problem, self.alignment, offsets, total));
        self.totals.push(total);
    }

    fn heuristics(&mut self) {
        let (problem, alignment) = (self.problem, self.alignment);
        let mut offsets = vec![0; problem.len()];
        let mut workspace = vec![u16::MAX; greedy_workspace_len(problem.len())];
        let planned = greedy(&problem, alignment, &mut offsets, &mut workspace);
        if let Ok(total) = planned {
            self.enter(total, &offsets);
        }
        let in_line = linear(&problem, alignment, &mut offsets);
        match (planned, in_line) {
            (Ok(total), Ok(most)) => {
                assert!(total <= most);
                self.enter(most, &offsets);
            }
            // Nothing is shared, so the end may lie too far away; all other faults are faults of
            // the problem.
            (Ok(_), Err(error)) => assert!(matches!(error, Error::Overflow { .. })),
            // Only this planner looks at pairs of fixed buffers.
            (Err(error), Ok(_)) => assert!(matches!(error, Error::FixedConflict { .. })),
            (Err(_), Err(_)) => {}
        }
        for planner in [large::plan, large::best_fit, large::skyline] {
            match planner(&problem, alignment) {
                Ok((total, offsets)) => self.enter(total, &offsets),
                Err(Error::FixedConflict { .. } | Error::Overflow { .. }) => {}
                Err(_) => assert!(planned.is_err()),
            }
        }
    }

    fn search(&mut self, capacity: u32) {
        let (problem, alignment) = (self.problem, self.alignment);
        let mut offsets = vec![0; problem.len()];
        let mut workspace = vec![0; greedy_workspace_len(problem.len())];
        let planned = greedy(&problem, alignment, &mut offsets, &mut workspace);
        let mut workspace = vec![u16::MAX; plan_workspace_len(problem.len())];
        let effort = Effort::Search(NODES);
        let options = Options { nodes: NODES.into(), threads: 1 };
        let limited = plan(&problem, alignment, &mut offsets, &mut workspace, effort);
        let exact = solve(&problem, alignment, &options, &mut |_| {});
        assert!(planned.is_err() || limited.is_ok() && exact.is_ok());
        let (Ok(limited), Ok(exact)) = (limited, exact) else { return };
        assert!(
            planned.is_err() || planned.is_ok_and(|most| limited.bytes.max(exact.bytes) <= most)
        );
        assert!(limited.lower_bound <= exact.bytes && exact.lower_bound <= limited.bytes);
        self.enter(limited.bytes, &offsets);
        self.enter(exact.bytes, &exact.offsets);
        assert!(self.totals.iter().all(|&total| exact.lower_bound <= total));
        assert!(self.totals.iter().all(|&total| limited.lower_bound <= total));
        for capacity in [capacity, exact.bytes, exact.bytes.saturating_sub(1)] {
            match fit(&problem, alignment, capacity, &options).map(|fit| fit.answer) {
                Ok(Some(Ok(offsets))) => {
                    assert!(judge(&problem, alignment, &offsets, capacity));
                    assert!(exact.lower_bound <= capacity);
                }
                Ok(Some(Err(NoPlan))) => assert!(capacity < exact.bytes.min(limited.bytes)),
                Ok(None) => {}
                Err(error) => assert!(matches!(error, Error::FixedConflict { .. })),
            }
        }
    }

    fn compare(&self) {
        let Some(&best) = self.totals.iter().min() else { return };
        for bound in [lower_bound::<WithOverlaps<'_>>, large::lower_bound] {
            assert!(bound(&self.problem, self.alignment).is_ok_and(|bound| bound <= best));
        }
    }
}

fn buffer(raw: &RawBuffer) -> Buffer {
    let first = u32::from(raw.first);
    // Wraps round now and then: the first step comes after the last.
    let last = u32::from(raw.first.wrapping_add(raw.steps % 32));
    Buffer {
        bytes: raw.bytes.bytes(),
        lifetime: Lifetime::new(first, last),
        fixed: raw.fixed.as_ref().map(Size::bytes),
    }
}

/// Those that make sense, sorted, one for each pair.
fn permissions(buffers: &[Buffer], raw: &[RawPermission]) -> Vec<Permission> {
    let number = |raw: u8| u32::from(raw).checked_rem(buffers.len() as u32);
    let distance = |raw: &Option<Size>| raw.as_ref().map(Size::bytes);
    let permission = |raw: &RawPermission| {
        let overlap = Overlap { below: distance(&raw.below), above: distance(&raw.above) };
        Some(Permission { output: number(raw.output)?, input: number(raw.input)?, overlap })
    };
    let mut permissions: Vec<Permission> = raw.iter().filter_map(permission).collect();
    permissions.sort_by_key(|permission| (permission.output, permission.input));
    permissions.dedup_by_key(|permission| (permission.output, permission.input));
    permissions.retain(|permission| WithOverlaps::new(buffers, &[*permission]).is_ok());
    permissions
}
