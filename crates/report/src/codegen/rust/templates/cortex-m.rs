//! Runs the model `@NAME@` on a Cortex-M: no operating system, no heap, one arena of exactly the
//! bytes that it needs.
#![no_std]
#![no_main]

use core::fmt::Display;
use core::panic::PanicInfo;

use cortex_m as _; // its critical section, with which messages are printed
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};

bantam::model!(@TYPE@, "@NAME@.tflite");

#[entry]
fn main() -> ! {
    static mut ARENA: [u8; @TYPE@::ARENA_BYTES] = [0; @TYPE@::ARENA_BYTES];
    let status = match run(ARENA) {
        Ok(()) => debug::EXIT_SUCCESS,
        Err(()) => debug::EXIT_FAILURE,
    };
    loop {
        debug::exit(status);
    }
}

@RUN@
/// Prints an error.
fn show(error: impl Display) {
    hprintln!("{}", error);
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
