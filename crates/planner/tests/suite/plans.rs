//! Laws that hold for every problem.

use bantam_planner::{
    Buffer, Error, Violation, greedy, greedy_workspace_len, linear, lower_bound, validate,
};
use proptest::prelude::*;

const ALIGNMENT: u32 = 16;

fn plan(buffers: &[Buffer], alignment: u32) -> Result<(u32, Vec<u32>), Error> {
    plan_with(buffers, alignment, 0)
}

fn plan_with(buffers: &[Buffer], alignment: u32, garbage: u16) -> Result<(u32, Vec<u32>), Error> {
    let mut offsets = vec![u32::from(garbage); buffers.len()];
    let mut workspace = vec![garbage; greedy_workspace_len(buffers.len())];
    let total = greedy(buffers, alignment, &mut offsets, &mut workspace)?;
    Ok((total, offsets))
}

/// Plans by TFLM's algorithm, written as naively as possible, in `i64` and with vectors.
fn naive(buffers: &[Buffer], alignment: u32) -> (u32, Vec<u32>) {
    let size = |id: usize| i64::from(buffers[id].bytes.next_multiple_of(alignment));
    let mut online: Vec<usize> = (0..buffers.len()).collect();
    online.retain(|&id| buffers[id].fixed.is_none());
    online.reverse();
    online.sort_by_key(|&id| -size(id)); // stable
    let mut order: Vec<usize> = (0..buffers.len()).collect();
    order.retain(|&id| buffers[id].fixed.is_some());
    order.extend(online);

    let mut placed: Vec<(i64, usize)> = Vec::new();
    for id in order {
        let mut offset = buffers[id].fixed.map_or(0, i64::from);
        if buffers[id].fixed.is_none() {
            for &(start, other) in &placed {
                let (a, b) = (buffers[id].lifetime, buffers[other].lifetime);
                if a.first > b.last || b.first > a.last {
                    continue;
                }
                if start - offset >= size(id) {
                    break;
                }
                offset = offset.max(start + size(other));
            }
        }
        let at = placed.iter().position(|&(start, _)| start > offset).unwrap_or(placed.len());
        placed.insert(at, (offset, id));
    }
    let total = placed.iter().map(|&(offset, id)| offset + size(id)).max().unwrap_or(0);
    placed.sort_by_key(|&(_, id)| id);
    (total as u32, placed.into_iter().map(|(offset, _)| offset as u32).collect())
}

/// Sizes from a small set, so that there are many ties, or from a large one.
fn bytes() -> impl Strategy<Value = u32> {
    prop_oneof![0..=96_u32, 0..=5_000_u32, Just(0)]
}

fn online() -> impl Strategy<Value = Buffer> {
    (bytes(), 0..20_u32, 0..6_u32)
        .prop_map(|(bytes, first, more)| Buffer::new(bytes, first, first + more))
}

/// Problems with fixed buffers that do not conflict: those that would are set free.
fn problem() -> impl Strategy<Value = Vec<Buffer>> {
    let fixed = proptest::option::weighted(0.2, 0..64_u32);
    proptest::collection::vec((online(), fixed), 0..40).prop_map(|wanted| {
        let mut buffers: Vec<Buffer> = Vec::new();
        for (buffer, fixed) in wanted {
            let held = fixed.map_or(buffer, |granule| buffer.fixed_at(granule * ALIGNMENT));
            let clear = |other: &Buffer| !conflict(&held, other);
            buffers.push(if buffers.iter().all(clear) { held } else { buffer });
        }
        buffers
    })
}

fn conflict(a: &Buffer, b: &Buffer) -> bool {
    let range = |buffer: &Buffer| {
        buffer.fixed.map(|start| start..start + buffer.bytes.next_multiple_of(ALIGNMENT))
    };
    let (Some(bytes_a), Some(bytes_b)) = (range(a), range(b)) else { return false };
    let bytes_shared = bytes_a.clone().any(|byte| bytes_b.contains(&byte));
    a.lifetime.overlaps(b.lifetime) && bytes_shared
}

proptest! {
    #[test]
    fn prop_greedy_is_valid_and_between_the_bounds(buffers in problem()) {
        let (total, offsets) = plan(&buffers, ALIGNMENT).unwrap();
        prop_assert_eq!(validate(&*buffers, ALIGNMENT, &offsets, total), Ok(()));
        prop_assert!(lower_bound(&*buffers, ALIGNMENT).unwrap() <= total);

        let mut apart = vec![0; buffers.len()];
        let most = linear(&*buffers, ALIGNMENT, &mut apart).unwrap();
        prop_assert!(total <= most);
        prop_assert_eq!(validate(&*buffers, ALIGNMENT, &apart, most), Ok(()));
        let forever: Vec<Buffer> = buffers
            .iter()
            .filter(|buffer| buffer.fixed.is_none())
            .map(|buffer| Buffer::new(buffer.bytes, 0, u32::MAX))
            .collect();
        let mut apart = vec![0; forever.len()];
        let most = linear(&*forever, ALIGNMENT, &mut apart).unwrap();
        prop_assert_eq!(lower_bound(&*forever, ALIGNMENT), Ok(most));
        prop_assert_eq!(plan(&forever, ALIGNMENT).unwrap().0, most);
    }

    #[test]
    fn prop_greedy_equals_the_naive_model(buffers in problem(), log2 in 0..5_u32) {
        let alignment = 1 << log2;
        match plan(&buffers, alignment) {
            // A coarser alignment than the fixed offsets were made for cannot occur, a finer one
            // can do no harm.
            Ok(plan) => prop_assert_eq!(plan, naive(&buffers, alignment)),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn prop_neither_workspace_nor_repetition_matters(buffers in problem(), garbage: u16) {
        let first = plan(&buffers, ALIGNMENT).unwrap();
        prop_assert_eq!(&first, &plan_with(&buffers, ALIGNMENT, garbage).unwrap());
        prop_assert_eq!(&first, &plan_with(&buffers, ALIGNMENT, u16::MAX).unwrap());
    }

    #[test]
    fn prop_scaling_and_shifting_change_nothing_else(buffers in problem(), shift in 0..1_000_u32) {
        let (total, offsets) = plan(&buffers, ALIGNMENT).unwrap();
        let scaled: Vec<Buffer> = buffers
            .iter()
            .map(|buffer| {
                let bytes = buffer.bytes.next_multiple_of(ALIGNMENT) * 4;
                let first = buffer.lifetime.first * 3 + shift;
                let last = buffer.lifetime.last * 3 + shift;
                let scaled = Buffer::new(bytes, first, last);
                buffer.fixed.map_or(scaled, |offset| scaled.fixed_at(offset * 4))
            })
            .collect();
        let expected: Vec<u32> = offsets.iter().map(|offset| offset * 4).collect();
        prop_assert_eq!(plan(&scaled, ALIGNMENT * 4).unwrap(), (total * 4, expected));
    }

    #[test]
    fn prop_validate_agrees_with_a_map_of_bytes(
        placed in proptest::collection::vec((0..6_u32, 0..4_u32, 0..3_u32, 0..12_u32), 0..6),
    ) {
        let buffers: Vec<Buffer> =
            placed.iter().map(|&(bytes, first, more, _)| Buffer::new(bytes, first, first + more)).collect();
        let offsets: Vec<u32> = placed.iter().map(|&(.., offset)| offset).collect();
        let mut owners = std::collections::HashSet::new();
        let mut clash = false;
        for (buffer, &offset) in buffers.iter().zip(&offsets) {
            for byte in offset..offset + buffer.bytes {
                for step in buffer.lifetime.first..=buffer.lifetime.last {
                    clash |= !owners.insert((byte, step));
                }
            }
        }
        let verdict = validate(&*buffers, 1, &offsets, 18);
        prop_assert_eq!(verdict.is_err(), clash);
        let is_overlap = matches!(verdict, Err(Violation::Overlap { a, b }) if a < b);
        prop_assert_eq!(is_overlap, clash);
    }

    /// Numbers of any size, sensible or not.
    #[test]
    fn prop_any_numbers_give_a_valid_plan_or_an_error(
        wild in proptest::collection::vec(
            (wild(), wild(), wild(), proptest::option::weighted(0.3, wild())),
            0..8,
        ),
        alignment in wild(),
    ) {
        let buffers: Vec<Buffer> = wild
            .iter()
            .map(|&(bytes, first, last, fixed)| Buffer { fixed, ..Buffer::new(bytes, first, last) })
            .collect();
        if let Ok((total, offsets)) = plan(&buffers, alignment) {
            prop_assert_eq!(validate(&*buffers, alignment, &offsets, total), Ok(()));
            prop_assert!(lower_bound(&*buffers, alignment).unwrap() <= total);
        }
        let mut offsets = vec![0; buffers.len()];
        if let Ok(total) = linear(&*buffers, alignment, &mut offsets)
            && let Err(violation) = validate(&*buffers, alignment, &offsets, total)
        {
            // Which fixed buffers conflict is not for `linear` to say.
            let is_fixed = |index: usize| buffers[index].fixed.is_some();
            prop_assert!(
                matches!(violation, Violation::Overlap { a, b } if is_fixed(a) && is_fixed(b)),
                "{}", violation
            );
        }
        let _ = validate(&*buffers, alignment, &offsets, 0);
    }

    /// A problem that answers differently each time cannot make the planner panic or hang.
    #[test]
    fn prop_an_inconsistent_problem_ends(seed: u32, len in 0..30_usize) {
        let problem = crate::support::Moody::new(len, seed);
        let (mut offsets, mut workspace) = (vec![0; len], vec![0; len]);
        let _ = greedy(&problem, 1, &mut offsets, &mut workspace);
        let _ = linear(&problem, 1, &mut offsets);
        let _ = lower_bound(&problem, 1);
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
