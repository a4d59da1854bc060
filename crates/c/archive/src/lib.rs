//! `bantam-c` as a static library: see `docs/c.md`. `cargo xtask dist c` makes packages of it.
#![no_std]

extern crate bantam_c;

/// Is never called: running a model cannot panic, as `cargo xtask ci no-panic` shows.
#[cfg(feature = "panic-handler")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
