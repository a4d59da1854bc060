//! Counts executed instructions under `qemu -icount shift=7`, as `harness/src/counter.rs` does,
//! with the timer that every Cortex-M has.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

const MASK: u32 = 0x00FF_FFFF;
/// The clock of the boards in qemu: of the micro:bit, of the MPS3 that has MVE, or of MPS2.
const HERTZ: u64 = if bantam_isa::THUMB1 {
    16_000_000
} else if bantam_isa::mve::MVE {
    32_000_000
} else {
    25_000_000
};
const NS_PER_INSTRUCTION: u64 = 1 << 7;

/// Lets the timer run.
pub(crate) fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(MASK);
    timer.clear_current();
    timer.enable_counter();
}

#[inline(never)]
fn ticks(work: &mut dyn FnMut()) -> u32 {
    let before = SYST::get_current();
    work();
    before.wrapping_sub(SYST::get_current()) & MASK
}

/// The instructions of `work`, without those of the measurement.
pub(crate) fn instructions(work: &mut dyn FnMut()) -> u64 {
    let of = |ticks: u32| {
        let ns = u64::from(ticks) * 1_000_000_000 / HERTZ;
        (ns + NS_PER_INSTRUCTION / 2) / NS_PER_INSTRUCTION
    };
    let around = of(ticks(&mut || ()));
    of(ticks(work)).saturating_sub(around)
}
