//! Prints where the time of an inference goes: a table over semihosting, a line for each node.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam::profile::{Clock, NodeTicks, Profile};
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{DCB, DWT, SYST};
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};

bantam::model!(Digits, "../../digits/digits.tflite");

/// Returns the counter of cycles, which a Cortex-M3 or larger can have: 32 bits. `None` where it
/// stands still, as in qemu.
fn cycle_counter(mut control: DCB, mut watchpoints: DWT) -> Option<impl FnMut() -> u32> {
    control.enable_trace();
    watchpoints.enable_cycle_counter();
    (DWT::cycle_count() != DWT::cycle_count()).then_some(DWT::cycle_count)
}

/// The timer that every Cortex-M has. It counts down, in 24 bits.
struct SysTick;

impl SysTick {
    fn start(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(Self::MASK);
        timer.clear_current();
        timer.enable_counter();
        Self
    }
}

impl Clock for SysTick {
    const MASK: u32 = 0x00FF_FFFF;

    fn now(&mut self) -> u32 {
        Self::MASK - SYST::get_current()
    }
}

#[entry]
fn main() -> ! {
    static mut ARENA: [u8; Digits::ARENA_BYTES] = [0; Digits::ARENA_BYTES];
    // One for each node: all the memory that a profile takes.
    static mut NODES: [NodeTicks; 16] = [NodeTicks { total: 0, longest: 0, runs: 0 }; 16];
    let status = match cortex_m::Peripherals::take() {
        Some(core) => match cycle_counter(core.DCB, core.DWT) {
            Some(cycles) => profile(ARENA, NODES, cycles),
            None => profile(ARENA, NODES, SysTick::start(core.SYST)),
        },
        None => debug::EXIT_FAILURE,
    };
    loop {
        debug::exit(status);
    }
}

fn profile(
    arena: &mut [u8; Digits::ARENA_BYTES],
    nodes: &mut [NodeTicks],
    clock: impl Clock,
) -> debug::ExitStatus {
    let Ok(mut digits) = Digits::new(arena) else { return debug::EXIT_FAILURE };
    let mut profile = Profile::new(clock, nodes);
    for _ in 0..3 {
        if digits.invoke_observed(&mut profile).is_err() {
            return debug::EXIT_FAILURE;
        }
    }
    hprintln!("{}", profile.table(&digits));
    debug::EXIT_SUCCESS
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
