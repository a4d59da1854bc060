//! Runs a case on an Arm MPS2 with a Cortex-M33.
#![no_std]
#![no_main]

use harness::counter::Cmsdk;

#[cortex_m_rt::entry]
fn main() -> ! {
    harness::run::<Cmsdk<0x5000_0000, 20_000_000>>()
}
