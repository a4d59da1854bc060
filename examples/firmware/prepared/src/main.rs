//! Reads handwritten digits with a model that was prepared while this was compiled: the device only
//! runs it.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use static_cell::ConstStaticCell;

bantam::model!(Digits, "../../digits/digits.tflite");

/// Activations, and nothing else. An array of another length does not compile.
static ARENA: ConstStaticCell<[u8; Digits::ARENA_BYTES]> =
    ConstStaticCell::new([0; Digits::ARENA_BYTES]);

/// Takes the place of a sensor: images of 8 × 8 pixels, one after the other.
static IMAGES: &[u8] = include_bytes!("../../../digits/test_images.bin");

#[entry]
fn main() -> ! {
    let status = match Digits::new(ARENA.take()) {
        Ok(mut digits) => read_all(&mut digits),
        Err(error) => {
            hprintln!("{}", error);
            debug::EXIT_FAILURE
        }
    };
    loop {
        debug::exit(status);
    }
}

fn read_all(digits: &mut Digits<'_>) -> debug::ExitStatus {
    for image in IMAGES.chunks_exact(8 * 8).take(10) {
        match recognize(digits, image) {
            Some(digit) => hprintln!("{}", digit),
            None => return debug::EXIT_FAILURE,
        }
    }
    debug::EXIT_SUCCESS
}

fn recognize(digits: &mut Digits<'_>, image: &[u8]) -> Option<usize> {
    for (input, pixel) in digits.input::<i8>(0).ok()?.iter_mut().zip(image) {
        *input = pixel.cast_signed();
    }
    digits.invoke().ok()?;
    let scores = digits.output::<i8>(0).ok()?;
    let best = scores.iter().enumerate().max_by_key(|(_, score)| **score);
    best.map(|(digit, _)| digit)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
