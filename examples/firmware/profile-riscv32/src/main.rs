//! Prints where the time of an inference goes on RISC-V: a table over semihosting, a line for each
//! node.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam::profile::{NodeTicks, Profile};
use riscv::register::mcycle;
use semihosting::println;
use semihosting::process::exit;
use static_cell::ConstStaticCell;

bantam::model!(Digits, "../../digits/digits.tflite");

static ARENA: ConstStaticCell<[u8; Digits::ARENA_BYTES]> =
    ConstStaticCell::new([0; Digits::ARENA_BYTES]);
/// One for each node: all the memory that a profile takes.
static NODES: ConstStaticCell<[NodeTicks; 16]> =
    ConstStaticCell::new([NodeTicks { total: 0, longest: 0, runs: 0 }; 16]);

#[riscv_rt::entry]
fn main() -> ! {
    exit(i32::from(profile().is_none()))
}

fn profile() -> Option<()> {
    let mut digits = Digits::new(ARENA.take()).ok()?;
    // The lower half of the cycles since the core was started: a closure that gives ticks is a
    // clock.
    let cycles = || mcycle::read() as u32;
    let mut profile = Profile::new(cycles, NODES.take());
    for _ in 0..3 {
        digits.invoke_observed(&mut profile).ok()?;
    }
    println!("{}", profile.table(&digits));
    Some(())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(1)
}
