//! Counts executed instructions, exactly, in an emulator that has no notion of cycles.
//!
//! With `-icount shift=7` qemu lets each instruction take 2^7 ns of the emulated clock, and nothing
//! else moves that clock. The difference of two readings of a timer is off by less than one tick.
//! Every timer here ticks more than twice per instruction, so rounding it to whole instructions is
//! exact. On RISC-V `minstret` counts the nanoseconds themselves, and `shift=0` makes them
//! instructions. Without `-icount` the figures mean nothing.
//!
//! All count 32 bits: enough for a thousand million instructions between two readings.

use core::cell::Cell;
use core::marker::PhantomData;

use case::Meter;

use crate::memory;

/// A timer of a board.
pub trait Clock {
    /// Ticks in a second of the emulated clock; `None`: a tick is an instruction.
    const HERTZ: Option<u64>;

    /// Lets it run.
    fn start();

    /// Returns the time in ticks; wraps.
    fn now() -> u32;
}

/// Nanoseconds per instruction, as given to qemu.
const NS_PER_INSTRUCTION: u64 = 1 << 7;

/// A running timer.
#[derive(Debug)]
pub struct Counter<C> {
    /// The stack pointer where work was begun.
    stack: Cell<usize>,
    clock: PhantomData<C>,
}

impl<C: Clock> Counter<C> {
    /// Instructions in `1 / UNIT` ticks: the fraction is reduced, and since it is known when this
    /// is compiled, nothing is divided at run time but by powers of two.
    const FRACTION: (u64, u64) = match C::HERTZ {
        None => (1, 1),
        Some(hertz) => reduce(1_000_000_000, hertz * NS_PER_INSTRUCTION),
    };

    /// Lets the timer run.
    pub fn start() -> Self {
        C::start();
        Self { stack: Cell::new(0), clock: PhantomData }
    }

    /// Returns the stack pointer where the last work was begun.
    pub fn stack(&self) -> usize {
        self.stack.get()
    }

    /// Runs `work` and returns the instructions that it took, with those of reading the timer.
    // Never inlined, and called through a pointer: one body for both measurements.
    #[inline(never)]
    pub fn instructions(&self, work: &mut dyn FnMut()) -> u64 {
        self.stack.set(memory::pointer());
        let before = C::now();
        work();
        let ticks = u64::from(C::now().wrapping_sub(before));
        let (instructions, unit) = const { Self::FRACTION };
        (ticks * instructions + unit / 2) / unit
    }
}

impl<C: Clock> Meter for Counter<C> {
    fn measure(&mut self, work: &mut dyn FnMut()) -> u64 {
        // The same code around nothing tells what reading the timer and calling cost.
        let around = self.instructions(&mut || ());
        self.instructions(work).saturating_sub(around)
    }
}

const fn reduce(numerator: u64, denominator: u64) -> (u64, u64) {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (numerator / a, denominator / a)
}

/// Timer 0 of Arm's CMSDK block at address `BASE`: counts down.
#[derive(Debug)]
pub struct Cmsdk<const BASE: usize, const HERTZ: u64>;

impl<const BASE: usize, const HERTZ: u64> Clock for Cmsdk<BASE, HERTZ> {
    const HERTZ: Option<u64> = Some(HERTZ);

    fn start() {
        const { assert!(BASE.is_multiple_of(0x1000)) };
        registers::write(BASE + 0x8, u32::MAX); // reload
        registers::write(BASE + 0x4, u32::MAX); // value
        registers::write(BASE, 1); // enable
    }

    fn now() -> u32 {
        !registers::read(BASE + 0x4)
    }
}

/// The system counter of Arm's SSE-300.
#[derive(Debug)]
pub struct SystemCounter;

impl Clock for SystemCounter {
    const HERTZ: Option<u64> = Some(32_000_000);

    fn start() {
        registers::write(0x5810_0000, 1); // control frame: enable
    }

    fn now() -> u32 {
        registers::read(0x5810_1000) // status frame: the lower half of the count
    }
}

/// Timer 0 of Nordic's nRF51.
#[derive(Debug)]
pub struct Nrf51Timer;

impl Nrf51Timer {
    const BASE: usize = 0x4000_8000;
}

impl Clock for Nrf51Timer {
    const HERTZ: Option<u64> = Some(16_000_000);

    fn start() {
        registers::write(Self::BASE + 0x510, 0); // prescaler: none
        registers::write(Self::BASE + 0x508, 3); // 32 bits
        registers::write(Self::BASE, 1); // start
    }

    fn now() -> u32 {
        registers::write(Self::BASE + 0x40, 1); // capture into register 0
        registers::read(Self::BASE + 0x540)
    }
}

/// The counter of instructions that every RISC-V core has.
#[cfg(target_arch = "riscv32")]
#[derive(Debug)]
pub struct Minstret;

#[cfg(target_arch = "riscv32")]
impl Clock for Minstret {
    const HERTZ: Option<u64> = None;

    fn start() {}

    fn now() -> u32 {
        let count;
        #[allow(unsafe_code, reason = "reads a register of the core")]
        // SAFETY: reading this counter has no effect.
        unsafe {
            core::arch::asm!("csrr {}, minstret", out(reg) count, options(nomem, nostack));
        }
        count
    }
}

/// Registers of timers. No interrupt is enabled, so that all they can do is count.
mod registers {
    #![allow(unsafe_code, reason = "device registers")]

    // Inlined, so that reading a timer costs the same few instructions everywhere.
    #[inline(always)]
    pub(super) fn read(address: usize) -> u32 {
        // SAFETY: called by the timers above with aligned addresses of registers that the boards
        // that name them have; reading them has no effect.
        unsafe { (address as *const u32).read_volatile() }
    }

    pub(super) fn write(address: usize, value: u32) {
        // SAFETY: as in `read`; a timer touches no memory.
        unsafe { (address as *mut u32).write_volatile(value) }
    }
}
