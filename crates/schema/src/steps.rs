//! What reading costs, in steps: numbers, lists and names that are read.
//!
//! Without the feature `steps` nothing is counted, and nothing is left of the calls.

#[cfg(feature = "steps")]
mod counter {
    use core::cell::Cell;

    std::thread_local! {
        static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// Counts a step of this thread.
    #[inline] // called for every number that is read
    pub fn count() {
        STEPS.with(|steps| steps.set(steps.get().wrapping_add(1)));
    }

    /// Returns how many steps `task` takes in this thread, and what it gives.
    pub fn of<T>(task: impl FnOnce() -> T) -> (u64, T) {
        let before = STEPS.with(Cell::get);
        let result = task();
        (STEPS.with(Cell::get).wrapping_sub(before), result)
    }
}

#[cfg(feature = "steps")]
pub use counter::{count, of};

/// Counts nothing.
#[cfg(not(feature = "steps"))]
#[inline(always)] // nothing is left of it
pub fn count() {}
