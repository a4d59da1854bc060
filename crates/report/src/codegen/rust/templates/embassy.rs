//! Runs the model `@NAME@` in a task of Embassy: no heap, one arena of exactly the bytes that it
//! needs. An inference does not yield: tasks that must not wait for it run in an executor of a
//! higher priority.
#![no_std]
#![no_main]

use defmt::{Format, error, info};
use defmt_rtt as _; // how messages leave
use embassy_executor::Spawner;
use panic_probe as _; // the panic handler
use static_cell::ConstStaticCell;

bantam::model!(@TYPE@, "@NAME@.tflite");

/// Tasks want `'static` memory.
static ARENA: ConstStaticCell<[u8; @TYPE@::ARENA_BYTES]> =
    ConstStaticCell::new([0; @TYPE@::ARENA_BYTES]);

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let _peripherals = @HAL@::init(Default::default());
    if run(ARENA.take()).is_ok() {
        info!("done");
    }
}

@RUN@
/// Prints an error.
fn show(fault: impl Format) {
    error!("{}", fault);
}
