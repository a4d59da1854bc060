//! Runs a case on an Arm MPS2 with a Cortex-M4F.
#![no_std]
#![no_main]

use harness::counter::Cmsdk;

#[cortex_m_rt::entry]
fn main() -> ! {
    harness::run::<Cmsdk<0x4000_0000, 25_000_000>>()
}
