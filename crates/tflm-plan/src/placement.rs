//! Places tensors without an offset as TFLM's greedy planner does, around those that have one.
//!
//! This is the rule of [`bantam_planner::greedy`], except that it takes the given offsets as TFLM
//! does: without checking whether buffers overlap. Source: TFLM 90b983c2b,
//! `micro/memory_planner/greedy_memory_planner.cc`, `CalculateOffsetsIfNeeded`.

use bantam_planner::{Buffer, Lifetime};

use crate::graph::ALIGNMENT;

/// Returns the offset of each buffer, and the highest end of one: the head of TFLM's arena.
pub(super) fn place(buffers: &[Buffer]) -> (Vec<u64>, u64) {
    let mut placed = Vec::<Placed>::new();
    let mut offsets = vec![0; buffers.len()];
    let (mut fixed, mut free): (Vec<usize>, Vec<usize>) =
        (0..buffers.len()).partition(|&index| buffers[index].fixed.is_some());
    // Of equal sizes, the later one comes first.
    free.sort_by_key(|&index| std::cmp::Reverse((rounded(&buffers[index]), index)));
    fixed.append(&mut free);
    for index in fixed {
        let Buffer { fixed, lifetime, .. } = buffers[index];
        let bytes = rounded(&buffers[index]);
        let offset = fixed.map_or_else(|| lowest(&placed, bytes, lifetime), u64::from);
        offsets[index] = offset;
        let at = placed.partition_point(|other| other.offset <= offset);
        placed.insert(at, Placed { offset, bytes, lifetime });
    }
    let head = placed.iter().map(|placed| placed.offset + placed.bytes).max();
    (offsets, head.unwrap_or(0))
}

/// In ascending order of offset; of equal ones, the earlier placed comes first.
struct Placed {
    offset: u64,
    bytes: u64,
    lifetime: Lifetime,
}

/// Returns the lowest gap between buffers that are alive at the same time.
fn lowest(placed: &[Placed], bytes: u64, lifetime: Lifetime) -> u64 {
    let mut offset = 0;
    for other in placed.iter().filter(|other| other.lifetime.overlaps(lifetime)) {
        if other.offset.checked_sub(offset).is_some_and(|gap| gap >= bytes) {
            break;
        }
        offset = offset.max(other.offset + other.bytes);
    }
    offset
}

fn rounded(buffer: &Buffer) -> u64 {
    u64::from(buffer.bytes).next_multiple_of(ALIGNMENT.into())
}

#[cfg(test)]
mod tests {
    use bantam_planner::{greedy, greedy_workspace_len};

    use super::*;

    /// Returns numbers without a pattern, the same in every run.
    fn numbers() -> impl FnMut(u32) -> u32 {
        let mut state = 1_u32;
        move |below| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        }
    }

    #[test]
    fn places_are_those_of_the_planner() {
        let mut number = numbers();
        for _ in 0..500 {
            let mut buffers: Vec<Buffer> = (0..1 + number(12))
                .map(|_| {
                    let first = number(6);
                    Buffer::new(number(100), first, first + number(3))
                })
                .collect();
            // Some keep the place that a plan gave them.
            let (offsets, _) = place(&buffers);
            for (buffer, offset) in buffers.iter_mut().zip(&offsets) {
                if number(3) == 0 {
                    *buffer = buffer.fixed_at(*offset as u32);
                }
            }
            let mut expected = vec![0; buffers.len()];
            let mut workspace = vec![0; greedy_workspace_len(buffers.len())];
            let total =
                greedy(buffers.as_slice(), ALIGNMENT, &mut expected, &mut workspace).unwrap();
            let (offsets, head) = place(&buffers);
            assert_eq!(head, u64::from(total));
            assert!(offsets.iter().copied().eq(expected.iter().map(|&o| u64::from(o))));
        }
    }

    #[test]
    fn given_offsets_may_overlap() {
        let buffers = [
            Buffer::new(32, 0, 1).fixed_at(16),
            Buffer::new(32, 1, 2).fixed_at(0),
            Buffer::new(16, 1, 1),
        ];
        assert_eq!(place(&buffers), (vec![16, 0, 48], 64));
    }
}
