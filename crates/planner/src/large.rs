//! Problems of up to millions of buffers: for hosts.
//!
//! Nothing here looks at pairs of buffers, so the time is near to proportional to their number.
//! Plans do not use gaps, and if single buffers have alignments of their own, all buffers get the
//! strictest.
//!
//! ```
//! use bantam_planner::{Buffer, large};
//!
//! let buffers: Vec<Buffer> = (0..100_000)
//!     .map(|step| Buffer::new(64 + step % 7 * 32, step, step + 1 + step % 5))
//!     .collect();
//! let (bytes, offsets) = large::plan(&*buffers, 16)?;
//! assert_eq!(large::validate(&*buffers, 16, &offsets, bytes), Ok(()));
//! assert!(large::lower_bound(&*buffers, 16)? <= bytes);
//! # Ok::<(), bantam_planner::Error>(())
//! ```
#![allow(clippy::indexing_slicing, reason = "the indices are made here, none comes from a problem")]

mod audit;
mod nested;
mod skyline;
mod sweep;

use core::cmp::Reverse;
use std::collections::HashMap;
use std::vec;
use std::vec::Vec;

use crate::gaps::{Part, part};
use crate::problem::{alignment as alignment_of, round_up};
use crate::rounded::{Item, Rounded};
use crate::{Error, Problem};

pub use audit::validate;
use nested::Nested;

/// Always places the buffer that can go lowest, above everything placed before it, and returns the
/// total and the offsets.
///
/// Of equally low buffers, the one that takes more bytes times steps comes first. Permissions to
/// overlap are not used: the plan is valid with them, too.
///
/// # Errors
///
/// Any [`Error`] that the problem can give rise to, and [`Error::FixedConflict`] if a buffer is
/// fixed: that is not supported.
///
/// # Cost
///
/// Some three searches among the buffers for each of them, which are in practice little more than
/// O(log len) each; O(len) memory.
pub fn skyline<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<(u32, Vec<u32>), Error> {
    let items = items(problem, alignment)?;
    let placed = Skylines::new(&items).place(area)?;
    Ok(spread(problem, &items, &placed))
}

/// Goes through the steps and places each new buffer in the smallest gap that is large enough, as
/// an allocator without knowledge of the future would. Returns the total and the offsets.
///
/// On hard problems a [`skyline`] is better by a tenth, but takes longer.
///
/// # Errors
///
/// As [`skyline`].
///
/// # Cost
///
/// O(len·log len) time, O(len) memory.
pub fn best_fit<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
) -> Result<(u32, Vec<u32>), Error> {
    let items = items(problem, alignment)?;
    let placed = sweep::best_fit(&items).ok_or(Error::Overflow { index: 0 })?;
    Ok(spread(problem, &items, &placed))
}

/// Returns the best of [`best_fit`] and of skylines in several orders: that of [`skyline`], and
/// those by steps and by bytes alone.
///
/// # Errors
///
/// As [`skyline`].
///
/// # Cost
///
/// As [`best_fit`] and three times [`skyline`], unless one of them reaches the lower bound first:
/// seconds for a million buffers.
pub fn plan<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<(u32, Vec<u32>), Error> {
    let items = items(problem, alignment)?;
    let bound = sweep::fullest(&items);
    let mut best = sweep::best_fit(&items).map(|placed| spread(problem, &items, &placed));
    let mut fault = Error::Overflow { index: 0 };
    let mut skylines = Skylines::new(&items);
    for order in [area, steps, |item: &Item| u64::from(item.bytes)] {
        if best.as_ref().is_some_and(|best| u64::from(best.0) <= bound) {
            break;
        }
        match skylines.place(order) {
            Ok(placed) => {
                let plan = spread(problem, &items, &placed);
                best = best.filter(|best| best.0 <= plan.0).or(Some(plan));
            }
            Err(error) => fault = error,
        }
    }
    best.ok_or(fault)
}

/// Returns the total, and the offsets of all buffers from those of the items.
fn spread<P: Problem + ?Sized>(problem: &P, items: &[Item], placed: &[u32]) -> (u32, Vec<u32>) {
    let mut offsets = vec![0; problem.len()];
    let mut total = 0;
    for (item, &offset) in items.iter().zip(placed) {
        offsets[item.index] = offset;
        total = total.max(offset + item.bytes);
    }
    (total, offsets)
}

/// Returns the number of steps during which a buffer is live.
fn steps(item: &Item) -> u64 {
    u64::from(item.lifetime.last - item.lifetime.first) + 1
}

fn area(item: &Item) -> u64 {
    u64::from(item.bytes).saturating_mul(steps(item))
}

/// Skylines of the same items in different orders.
struct Skylines<'a> {
    items: &'a [Item],
    spans: Vec<(u32, u32)>,
    bytes: Vec<u32>,
    nested: Nested,
}

impl<'a> Skylines<'a> {
    fn new(items: &'a [Item]) -> Self {
        let spans = spans(items);
        let bytes = items.iter().map(|item| item.bytes).collect();
        Self { items, bytes, nested: Nested::new(&spans), spans }
    }

    /// Returns the offsets if, of equally low buffers, the one with the larger key comes first.
    fn place(&mut self, key: fn(&Item) -> u64) -> Result<Vec<u32>, Error> {
        let mut order: Vec<u32> = (0..self.items.len() as u32).collect();
        order.sort_by_cached_key(|&i| (Reverse(key(&self.items[i as usize])), i));
        let mut ranks = vec![0; order.len()];
        for (rank, &i) in (0..).zip(&order) {
            ranks[i as usize] = rank;
        }
        self.nested.fill(&ranks);
        skyline::place(&self.spans, &self.bytes, &mut self.nested)
            .map_err(|i| Error::Overflow { index: self.items[i].index })
    }
}

/// Returns the same bound as [`lower_bound`](crate::lower_bound), or another one where buffers may
/// overlap.
///
/// # Errors
///
/// Any [`Error`] that the problem can give rise to; [`Error::Overflow`] also if the bound does not
/// fit `u32`.
///
/// # Cost
///
/// O(len·log len) time as long as few buffers begin or end in the same step, O(len) memory.
pub fn lower_bound<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<u32, Error> {
    let rounded = Rounded::new(problem, alignment)?;
    let items: Vec<Item> = rounded.items().collect();
    let mut by_birth: Vec<usize> = (0..items.len()).collect();
    by_birth.sort_by_key(|&i| items[i].lifetime.first);
    let mut by_death: Vec<usize> = (0..items.len()).collect();
    by_death.sort_by_key(|&i| items[i].lifetime.last);
    let mut dying: HashMap<u32, Vec<usize>> = HashMap::new();
    for &i in &by_death {
        dying.entry(items[i].lifetime.last).or_default().push(i);
    }
    let gaps = changes(problem, &items);
    let mut gaps = gaps.iter().peekable();
    let (mut live, mut unused, mut bound, mut dead) = (0_u64, 0_u64, 0_u64, 0);
    for births in by_birth.chunk_by(|&a, &b| items[a].lifetime.first == items[b].lifetime.first) {
        let Some(step) = births.first().map(|&i| items[i].lifetime.first) else { continue };
        while let Some(&i) = by_death.get(dead).filter(|&&i| items[i].lifetime.last < step) {
            live -= u64::from(items[i].bytes);
            dead += 1;
        }
        live += births.iter().map(|&i| u64::from(items[i].bytes)).sum::<u64>();
        while let Some(&(_, (less, more))) = gaps.next_if(|&&(from, _)| from <= u64::from(step)) {
            unused = unused + less - more;
        }
        // Subtracts the bytes that an output can share with all inputs that die here, but no more
        // than it has.
        let inputs = dying.get(&step).map_or(&[][..], Vec::as_slice);
        let shared = births.iter().map(|&output| {
            let with = inputs
                .iter()
                .filter(|&&input| input != output)
                .map(|&input| u64::from(rounded.shared(&items[output], &items[input])));
            with.sum::<u64>().min(items[output].bytes.into())
        });
        bound = bound.max(live.saturating_sub(unused).saturating_sub(shared.sum::<u64>()));
    }
    let fixed = (0..problem.len()).filter_map(|index| {
        let buffer = problem.buffer(index);
        Some(u64::from(buffer.fixed?) + u64::from(round_up(buffer.bytes, alignment)?))
    });
    let bound = fixed.fold(bound, u64::max);
    u32::try_from(bound).map_err(|_| Error::Overflow { index: 0 })
}

/// Returns the steps in which gaps begin, or are over, in ascending order, with the bytes that are
/// not in use from there on, and the bytes that are again.
fn changes<P: Problem + ?Sized>(problem: &P, items: &[Item]) -> Vec<(u64, (u64, u64))> {
    let mut events = Vec::new();
    for item in items {
        let mut step = Some(item.lifetime.first);
        while let Some(from) = step.filter(|&step| step <= item.lifetime.last) {
            let Part { bytes: (start, end), is_gap, until } = part(problem, item, from);
            if is_gap {
                let bytes = u64::from(item.bytes - end.saturating_sub(start));
                events.push((u64::from(from), (bytes, 0)));
                events.push((u64::from(until) + 1, (0, bytes)));
            }
            step = until.checked_add(1).filter(|&next| next > from);
        }
    }
    events.sort_unstable_by_key(|&(step, _)| step);
    events
}

/// Returns the buffers that have bytes.
fn items<P: Problem + ?Sized>(problem: &P, alignment: u32) -> Result<Vec<Item>, Error> {
    if !alignment.is_power_of_two() {
        return Err(Error::Alignment { alignment });
    }
    // All get the strictest alignment, so that any sum of sizes has it.
    let own = |index: usize| alignment_of(problem, index, alignment).unwrap_or(alignment);
    let strictest = (0..problem.len()).map(own).fold(alignment, u32::max);
    let rounded = Rounded::new(problem, strictest)?;
    if let Some(index) = (0..problem.len()).find(|&index| problem.buffer(index).fixed.is_some()) {
        return Err(Error::FixedConflict { a: index, b: index });
    }
    Ok(rounded.items().filter(|item| item.bytes != 0).collect())
}

/// Lifetimes, half-open, in numbers of distinct first steps: nothing is placed between two of them.
fn spans(items: &[Item]) -> Vec<(u32, u32)> {
    let mut births: Vec<u32> = items.iter().map(|item| item.lifetime.first).collect();
    births.sort_unstable();
    births.dedup();
    let span = |item: &Item| {
        let first = births.partition_point(|&birth| birth < item.lifetime.first);
        let end = births.partition_point(|&birth| birth <= item.lifetime.last);
        (first as u32, end as u32)
    };
    items.iter().map(span).collect()
}
