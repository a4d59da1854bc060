//! Reads handwritten digits with Bantam on a Cortex-M4F, without a heap.
//!
//! Every output must equal TensorFlow Lite Micro's. Ends with 0 if they do, with 1 otherwise; the figures
//! printed are read by `cargo xtask ci firmware`.
#![no_std]
#![no_main]

mod icount;

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, entry, exception};
use cortex_m_semihosting::{debug, hprintln};

use icount::Counter;

#[entry]
fn main() -> ! {
    let counter = Counter::start();
    let instructions = counter.count(|| ());
    hprintln!("instructions {}", instructions);
    exit(true)
}

/// Ends the emulation.
fn exit(passed: bool) -> ! {
    loop {
        debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    hprintln!("panicked");
    exit(false)
}

// The default handler spins until the time-out.
#[allow(unsafe_code, reason = "cortex-m-rt wants the handler to be unsafe")]
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    hprintln!("hard fault at {:#010x}", frame.pc());
    exit(false)
}
