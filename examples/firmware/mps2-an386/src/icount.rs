//! Counts executed instructions, exactly, in an emulator that has no notion of cycles.
//!
//! With `-icount shift=7` qemu lets each instruction take 2^7 ns of the emulated clock, and nothing else
//! moves that clock. The board's timer ticks at 25 MHz, so an instruction is 3.2 ticks. The difference of
//! two readings is off by less than one tick, so rounding it to whole instructions is exact.
//! Without `-icount` the figure means nothing.

/// Nanoseconds per instruction, as given to qemu.
const NS_PER_INSTRUCTION: u64 = 1 << 7;
/// The clock of the board's peripherals.
const TICKS_PER_SECOND: u64 = 25_000_000;

/// Timer 0 of the CMSDK block: 32 bits, counting down.
const TIMER0: usize = 0x4000_0000;
const CONTROL: usize = TIMER0;
const VALUE: usize = TIMER0 + 4;
const RELOAD: usize = TIMER0 + 8;

/// A running timer.
pub struct Counter(());

impl Counter {
    /// Starts the timer from its highest value. It wraps after 1.3 thousand million instructions.
    pub fn start() -> Self {
        write(RELOAD, u32::MAX);
        write(VALUE, u32::MAX);
        write(CONTROL, 1);
        Self(())
    }

    /// The instructions that `work` executes, without its call and return.
    pub fn count(&self, mut work: impl FnMut()) -> u64 {
        // The same code around nothing tells what reading the timer and calling cost.
        let around = self.instructions(&mut || ());
        self.instructions(&mut work).saturating_sub(around)
    }

    // Never inlined, and called through a pointer: one body for both measurements.
    #[inline(never)]
    fn instructions(&self, work: &mut dyn FnMut()) -> u64 {
        let before = read(VALUE);
        work();
        let after = read(VALUE);
        let scaled = u64::from(before.wrapping_sub(after)) * 1_000_000_000;
        let per_instruction = TICKS_PER_SECOND * NS_PER_INSTRUCTION;
        (scaled + per_instruction / 2) / per_instruction
    }
}

#[inline(always)]
#[allow(unsafe_code, reason = "a device register")]
fn read(address: usize) -> u32 {
    // SAFETY: only called with the addresses above: aligned registers of a timer that every board of this
    // kind has and that nothing else in this program uses. Reading them has no effect.
    unsafe { (address as *const u32).read_volatile() }
}

#[allow(unsafe_code, reason = "a device register")]
fn write(address: usize, value: u32) {
    // SAFETY: as in `read`; the timer raises no interrupt and touches no memory.
    unsafe { (address as *mut u32).write_volatile(value) }
}
