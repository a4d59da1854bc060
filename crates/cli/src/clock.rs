//! The clock of `bantam bench`: the CPU time of this thread, so that other processes do not count.

use std::sync::LazyLock;
use std::time::Instant;

/// The unit of the clock, as in the JSON.
pub(crate) use source::{NAME, now_ns};

/// Nanoseconds of wall time since some moment: faster to read.
pub(crate) fn wall_ns() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
mod source {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    pub(crate) const NAME: &str = "thread";

    /// Nanoseconds since some moment.
    pub(crate) fn now_ns() -> u64 {
        let time = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default();
        u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
mod source {
    pub(crate) const NAME: &str = "wall";

    /// Nanoseconds since some moment.
    pub(crate) use super::wall_ns as now_ns;
}

/// Returns the CPU nanoseconds that `work` takes.
pub(crate) fn measure_ns<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let start = now_ns();
    let result = work();
    (now_ns().saturating_sub(start), result)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn time_passes_while_working() {
        let start = now_ns();
        while now_ns() == start {
            black_box(0);
        }
        let (spent, sum) = measure_ns(|| (0..100_000_u64).map(black_box).sum::<u64>());
        assert!(spent > 0 && sum == 4_999_950_000);
    }
}
