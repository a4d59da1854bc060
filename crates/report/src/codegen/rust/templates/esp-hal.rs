//! Runs the model `@NAME@` on an ESP32-C3: no operating system, no heap, one arena of exactly the
//! bytes that it needs.
#![no_std]
#![no_main]

use core::fmt::Display;

use esp_backtrace as _; // the panic handler
use esp_println::println;
use static_cell::ConstStaticCell;

bantam::model!(@TYPE@, "@NAME@.tflite");

esp_bootloader_esp_idf::esp_app_desc!();

static ARENA: ConstStaticCell<[u8; @TYPE@::ARENA_BYTES]> =
    ConstStaticCell::new([0; @TYPE@::ARENA_BYTES]);

#[esp_hal::main]
fn main() -> ! {
    let _peripherals = esp_hal::init(esp_hal::Config::default());
    if run(ARENA.take()).is_ok() {
        println!("done");
    }
    loop {
        core::hint::spin_loop();
    }
}

@RUN@
/// Prints an error.
fn show(error: impl Display) {
    println!("{}", error);
}
