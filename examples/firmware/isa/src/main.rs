//! Compares each function of `bantam-isa` in assembly with its twin in Rust: all remainders of
//! lengths, every alignment, bytes around each slice, extreme values. Prints the instructions of
//! one shape each.
#![no_std]
#![no_main]

mod cases;
mod counter;
mod data;
mod dense;
mod elementwise;
mod mve;
mod mve_elementwise;
mod pinned;
mod recurrent;
mod rows;
mod wide;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};

use data::Memory;

#[entry]
fn main() -> ! {
    static mut FOUND: Memory = Memory::new();
    static mut EXPECTED: Memory = Memory::new();
    if let Some(core) = cortex_m::Peripherals::take() {
        counter::start(core.SYST);
    }
    let (loops, mve) = (bantam_isa::DSP || bantam_isa::THUMB1, bantam_isa::mve::MVE);
    let passed = (loops || mve)
        && (!loops || cases::all(FOUND, EXPECTED))
        && (!bantam_isa::DSP || wide::all(FOUND, EXPECTED))
        && (!mve || mve::all(FOUND, EXPECTED));
    if !loops && !mve {
        hprintln!("the functions are not in assembly");
    }
    loop {
        debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
