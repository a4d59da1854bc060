//! Two models in one arena, in turns: one reads digits, the other hears words and keeps state from
//! frame to frame.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam::{ArenaBytes, Overlay, Resident, Share, SharedArena};
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use static_cell::ConstStaticCell;

bantam::model!(Digits, "../../digits/digits.tflite");
bantam::model!(Wake, "../../wake/wake.tflite");

/// Variables of both, and the larger activations.
const ARENA_BYTES: usize = Share::sum(&[Digits::SHARE, Wake::SHARE]);
static ARENA: ConstStaticCell<ArenaBytes<ARENA_BYTES>> = ConstStaticCell::new(ArenaBytes::new());

/// They take the place of sensors: images of 8 × 8 pixels, and frames of 40 features.
static IMAGES: &[u8] = include_bytes!("../../../digits/test_images.bin");
static FRAMES: &[u8] = include_bytes!("../../../wake/test_inputs.bin");
/// The answers to the frames, in their order.
static SCORES: &[u8] = include_bytes!("../../../wake/expected.bin");

#[entry]
fn main() -> ! {
    let status = match run(&mut ARENA.take().0) {
        Some(()) => debug::EXIT_SUCCESS,
        None => debug::EXIT_FAILURE,
    };
    loop {
        debug::exit(status);
    }
}

fn run(arena: &mut [u8]) -> Option<()> {
    let mut shared = SharedArena::new(arena);
    let mut digits = Digits::add_to(&mut shared).ok()?;
    let mut wake = Wake::add_to(&mut shared).ok()?;
    let mut overlay = shared.into_overlay();
    let frames = FRAMES.chunks_exact(40).zip(SCORES.chunks_exact(4));
    let mut images = IMAGES.chunks_exact(8 * 8);
    for (at, (frame, expected)) in frames.enumerate() {
        if answer(&mut wake, &mut overlay, frame, |scores| scores != expected)? {
            hprintln!("frame {}: other scores than alone", at);
            return None;
        }
        // A second of sound has 50 frames; a picture comes more rarely.
        if at % 10 == 0 {
            let digit = answer(&mut digits, &mut overlay, images.next()?, best)?;
            hprintln!("{}", digit);
        }
    }
    Some(())
}

/// Runs a model and takes what is wanted of its output.
fn answer<T>(
    model: &mut Resident<'_>,
    overlay: &mut Overlay<'_>,
    values: &[u8],
    take: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    let mut interpreter = model.lend(overlay).ok()?;
    let input = interpreter.input_bytes(0).ok()?;
    input.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
    interpreter.invoke().ok()?;
    interpreter.output_bytes(0).ok().map(take)
}

fn best(scores: &[u8]) -> usize {
    let best = scores.iter().enumerate().max_by_key(|(_, score)| score.cast_signed());
    best.map_or(0, |(digit, _)| digit)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
