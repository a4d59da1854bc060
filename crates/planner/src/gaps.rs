//! The bytes of a buffer that are in use in a step.
//!
//! Without the feature `gaps` no problem has gaps, and the answers are constants.

use crate::problem::Item;
#[cfg(feature = "gaps")]
use crate::{Gap, Problem};

/// The bytes of a buffer that are in use during some steps.
#[cfg(feature = "gaps")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// From the first to the one after the last; both equal if nothing is in use.
    pub(crate) bytes: (u32, u32),
    /// Whether the steps belong to a gap.
    pub(crate) is_gap: bool,
    /// The last step for which this holds.
    pub(crate) until: u32,
}

#[cfg(feature = "gaps")]
impl Part {
    /// Returns whether it is in nobody's way. (A buffer of 0 bytes is an obstacle, as in TFLM.)
    const fn is_void(self) -> bool {
        self.is_gap && self.bytes.0 >= self.bytes.1
    }
}

/// Returns the bytes of a live buffer that are in use from `step` on.
#[cfg(feature = "gaps")]
pub(crate) fn part<P: Problem + ?Sized>(problem: &P, item: &Item, step: u32) -> Part {
    let until = item.lifetime.last;
    match problem.gap(item.index, step) {
        Some(Gap { steps, start, end }) if steps.contains(step) => {
            Part { bytes: (start, end.min(item.bytes)), is_gap: true, until: steps.last.min(until) }
        }
        Some(Gap { steps, .. }) if step < steps.first => {
            Part { bytes: (0, item.bytes), is_gap: false, until: until.min(steps.first - 1) }
        }
        _ => Part { bytes: (0, item.bytes), is_gap: false, until },
    }
}

/// Returns how many bytes of a live buffer are in use during `step`.
#[cfg(feature = "gaps")]
pub(crate) fn bytes_in_use<P: Problem + ?Sized>(problem: &P, item: &Item, step: u32) -> u32 {
    let (start, end) = part(problem, item, step).bytes;
    end.saturating_sub(start)
}

/// Returns all bytes of the buffer.
#[cfg(not(feature = "gaps"))]
pub(crate) const fn bytes_in_use<P: ?Sized>(_: &P, item: &Item, _: u32) -> u32 {
    item.bytes
}

/// Gives the bytes in use of two buffers wherever both are live and in the way of others, until
/// `visit` returns true; returns whether it did.
#[cfg(feature = "gaps")]
pub(crate) fn meet<P: Problem + ?Sized>(
    problem: &P,
    (a, b): (&Item, &Item),
    visit: &mut dyn FnMut((u32, u32), (u32, u32)) -> bool,
) -> bool {
    let mut step = a.lifetime.first.max(b.lifetime.first);
    let last = a.lifetime.last.min(b.lifetime.last);
    while step <= last {
        let (of_a, of_b) = (part(problem, a, step), part(problem, b, step));
        if !of_a.is_void() && !of_b.is_void() && visit(of_a.bytes, of_b.bytes) {
            return true;
        }
        match of_a.until.min(of_b.until).checked_add(1) {
            // Whatever a problem answers, this ends.
            Some(next) if next > step => step = next,
            _ => break,
        }
    }
    false
}
