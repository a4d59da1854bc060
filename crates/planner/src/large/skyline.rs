//! Always places the buffer that can go lowest: the skyline rises valley by valley.

use std::vec;
use std::vec::Vec;

use super::nested::Nested;

/// The top of the placed buffers: stretches of sections of the same height.
struct Stretches {
    /// By first section.
    heights: Vec<u32>,
    /// By first section, the one after the last.
    ends: Vec<u32>,
    /// By the section after the last, the first.
    starts: Vec<u32>,
}

impl Stretches {
    /// Returns a skyline of height 0.
    fn new(sections: u32) -> Self {
        let len = sections as usize + 1;
        let mut stretches =
            Self { heights: vec![0; len], ends: vec![0; len], starts: vec![0; len] };
        stretches.set(0, sections, 0);
        stretches
    }

    fn set(&mut self, start: u32, end: u32, height: u32) {
        self.heights[start as usize] = height;
        self.ends[start as usize] = end;
        self.starts[end as usize] = start;
    }

    /// Returns first section and height of the stretch before this one.
    fn left(&self, start: u32) -> Option<(u32, u32)> {
        let left = self.starts[start as usize];
        (start != 0).then(|| (left, self.heights[left as usize]))
    }

    /// Returns first section and height of the stretch after this one.
    fn right(&self, end: u32) -> Option<(u32, u32)> {
        (end as usize + 1 < self.ends.len()).then(|| (end, self.heights[end as usize]))
    }
}

/// Always places the buffer that can go lowest; of equally low ones, the one of the lowest rank.
/// `nested` has all `spans`.
///
/// A valley is a stretch without lower or equal neighbours. A buffer within it can go lower than
/// all others that reach into it. So a valley can be filled whatever happens elsewhere, and the
/// nearest one comes next. If no waiting buffer lies within it, it may rise to the lower of its
/// neighbours.
///
/// # Errors
///
/// The buffer that ends beyond 32 bits.
pub(super) fn place(
    spans: &[(u32, u32)],
    bytes: &[u32],
    nested: &mut Nested,
) -> Result<Vec<u32>, usize> {
    let mut stretches = Stretches::new(spans.iter().map(|&(_, end)| end).max().unwrap_or(0));
    let mut offsets = vec![0; spans.len()];
    let mut start = 0;
    loop {
        let (end, height) = (stretches.ends[start as usize], stretches.heights[start as usize]);
        let (left, right) = (stretches.left(start), stretches.right(end));
        if let Some((left, other)) = left.filter(|&(_, other)| other <= height) {
            if other == height {
                stretches.set(left, end, height);
            }
            start = left;
        } else if let Some((right, other)) = right.filter(|&(_, other)| other <= height) {
            if other == height {
                stretches.set(start, stretches.ends[right as usize], height);
            } else {
                start = right;
            }
        } else if let Some(item) = nested.take(start, end) {
            let i = item as usize;
            let (first, last) = spans[i];
            let top = height.checked_add(bytes[i]).ok_or(i)?;
            offsets[i] = height;
            for (from, to, height) in
                [(start, first, height), (first, last, top), (last, end, height)]
            {
                if from < to {
                    stretches.set(from, to, height);
                }
            }
        } else if let Some(lower) = left.into_iter().chain(right).map(|(_, other)| other).min() {
            stretches.set(start, end, lower);
        } else {
            // The valley is everything, and nothing waits.
            return Ok(offsets);
        }
    }
}
