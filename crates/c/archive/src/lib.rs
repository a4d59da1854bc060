//! `bantam-c` as a static library: see `docs/c.md`. `cargo xtask dist c` makes packages of it.
#![no_std]

extern crate bantam_c;

/// Is never called on a device: running a model cannot panic there, as `cargo xtask ci no-panic`
/// shows. On a host it ends the program.
#[cfg(feature = "panic-handler")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(not(target_os = "none"))]
    {
        unsafe extern "C" {
            safe fn abort() -> !;
        }
        abort()
    }
    #[cfg(target_os = "none")]
    loop {}
}
