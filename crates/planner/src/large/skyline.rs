//! Always the buffer that can go lowest: the skyline rises valley by valley.

use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::vec;
use std::vec::Vec;

use super::nested::Nested;

/// The top of what was placed: one height from each section that begins a stretch to the next that does.
struct Stretches {
    /// By first section.
    heights: Vec<u32>,
    /// By first section, the one after the last; 0 if no stretch begins there.
    ends: Vec<u32>,
    /// By the section after the last, the first.
    starts: Vec<u32>,
    /// Height and first section, the lowest first. What is out of date names a height that is not that of the stretch.
    queue: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Stretches {
    fn new(sections: u32) -> Self {
        let len = sections as usize + 1;
        let mut stretches = Self {
            heights: vec![0; len],
            ends: vec![0; len],
            starts: vec![0; len],
            queue: BinaryHeap::new(),
        };
        if sections != 0 {
            stretches.set(0, sections, 0);
        }
        stretches
    }

    fn set(&mut self, start: u32, end: u32, height: u32) {
        self.heights[start as usize] = height;
        self.ends[start as usize] = end;
        self.starts[end as usize] = start;
        self.queue.push(Reverse((height, start)));
    }

    /// Removes the lowest stretch from the queue; neighbours of equal height become part of it.
    fn lowest(&mut self) -> Option<(u32, u32, u32)> {
        loop {
            let Reverse((height, found)) = self.queue.pop()?;
            let (mut start, mut end) = (found, self.ends[found as usize]);
            if end == 0 || self.heights[found as usize] != height {
                continue;
            }
            while let Some((left, _)) = self.left(start).filter(|&(_, other)| other == height) {
                self.ends[start as usize] = 0;
                start = left;
            }
            while let Some((right, _)) = self.right(end).filter(|&(_, other)| other == height) {
                end = self.ends[right as usize];
                self.ends[right as usize] = 0;
            }
            self.ends[start as usize] = end;
            self.starts[end as usize] = start;
            return Some((start, end, height));
        }
    }

    /// First section and height of the stretch that ends where another starts.
    fn left(&self, start: u32) -> Option<(u32, u32)> {
        let left = *self.starts.get(start as usize).filter(|_| start != 0)?;
        Some((left, self.heights[left as usize]))
    }

    /// First section and height of the stretch that starts where another ends.
    fn right(&self, end: u32) -> Option<(u32, u32)> {
        self.ends.get(end as usize).filter(|&&end| end != 0)?;
        Some((end, self.heights[end as usize]))
    }
}

/// Places always the buffer that can go lowest; of equally low ones, that of the lowest rank. `nested` has all `spans`.
///
/// What can go lowest lies within the lowest stretch. If nothing does, nothing ever will before something lies on a
/// neighbour, so the stretch may as well rise to the lower of its neighbours.
///
/// # Errors
///
/// The buffer that ends beyond 32 bits.
pub(super) fn place(
    spans: &[(u32, u32)],
    bytes: &[u32],
    nested: &mut Nested,
) -> Result<Vec<u32>, usize> {
    let sections = spans.iter().map(|&(_, end)| end).max().unwrap_or(0);
    let mut stretches = Stretches::new(sections);
    let mut offsets = vec![0; spans.len()];
    while let Some((start, end, height)) = stretches.lowest() {
        if let Some(item) = nested.take(start, end) {
            let i = item as usize;
            let (first, last) = spans[i];
            offsets[i] = height;
            let top = height.checked_add(bytes[i]).ok_or(i)?;
            for (from, to, height) in
                [(start, first, height), (first, last, top), (last, end, height)]
            {
                if from < to {
                    stretches.set(from, to, height);
                }
            }
        } else {
            let neighbours = [stretches.left(start), stretches.right(end)];
            let lower = neighbours.into_iter().flatten().map(|(_, height)| height).min();
            // Without neighbours, everything lay within, so nothing is left.
            if let Some(height) = lower {
                stretches.set(start, end, height);
            }
        }
    }
    Ok(offsets)
}
