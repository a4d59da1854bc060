//! Runs a case on an Arm MPS3 with a Cortex-M55.
#![no_std]
#![no_main]

use harness::counter::SystemCounter;

#[cortex_m_rt::entry]
fn main() -> ! {
    harness::run::<SystemCounter>()
}
