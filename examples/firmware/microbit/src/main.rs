//! Runs a case on a BBC micro:bit: nRF51822, Cortex-M0.
#![no_std]
#![no_main]

use harness::counter::Nrf51Timer;

#[cortex_m_rt::entry]
fn main() -> ! {
    harness::run::<Nrf51Timer>()
}
