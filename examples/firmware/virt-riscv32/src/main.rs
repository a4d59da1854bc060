//! Runs a case on qemu's RISC-V machine `virt`.
#![no_std]
#![no_main]

use harness::counter::Minstret;

#[riscv_rt::entry]
fn main() -> ! {
    harness::run::<Minstret>()
}
