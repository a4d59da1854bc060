//! Three memories: the model in external flash, activations in the data TCM, all else of the arena
//! in slower RAM.
#![no_std]
#![no_main]

use core::mem::MaybeUninit;
use core::panic::PanicInfo;

use bantam::{ArenaBytes, Interpreter, Model, Op, Options, ops};
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};

/// Activations and scratch: `bantam size` prints it.
const OVERLAY_BYTES: usize = 2176;
/// Persistent data, and the memory for preparing the model: the error of a small arena says how
/// much is enough.
const ARENA_BYTES: usize = 1232;

static OPS: &[Op] = &[
    ops::CONV_2D,
    ops::DEPTHWISE_CONV_2D,
    ops::ADD,
    ops::MAX_POOL_2D,
    ops::AVERAGE_POOL_2D,
    ops::RESHAPE,
    ops::FULLY_CONNECTED,
    ops::SOFTMAX,
];

/// Bytes aligned to 16, as `include_model!` makes them: it does not take a section.
#[repr(C, align(16))]
struct Aligned<Bytes: ?Sized>(Bytes);

#[allow(unsafe_code, reason = "names a section")]
// SAFETY: `memory.x` puts the section into memory that is loaded with the program and only read.
#[unsafe(link_section = ".model")]
static MODEL: Aligned<[u8; include_bytes!("../../../digits/digits.tflite").len()]> =
    Aligned(*include_bytes!("../../../digits/digits.tflite"));

static IMAGES: &[u8] = include_bytes!("../../../digits/test_images.bin");

#[allow(unsafe_code, reason = "names a section")]
// SAFETY: `memory.x` puts the section into RAM; that nothing initialises it is in its type.
#[unsafe(link_section = ".sram")]
static mut ARENA: MaybeUninit<ArenaBytes<ARENA_BYTES>> = MaybeUninit::uninit();

#[entry]
fn main() -> ! {
    // In the data TCM, like every static that names no section.
    static mut OVERLAY: ArenaBytes<OVERLAY_BYTES> = ArenaBytes::new();
    let arena = &raw mut ARENA;
    #[allow(unsafe_code, reason = "a static that is handed out as mutable")]
    // SAFETY: the entry point runs once, and nothing else names this static.
    let arena = unsafe { &mut *arena }.write(ArenaBytes::new());
    let passed = run(&mut arena.0, &mut OVERLAY.0).is_some();
    loop {
        debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    }
}

fn run(arena: &mut [u8], overlay: &mut [u8]) -> Option<()> {
    let model = Model::parse(&MODEL.0).ok()?;
    let made = Interpreter::with_overlay(&model, OPS, arena, overlay, Options::default());
    let mut interpreter = made.map_err(|error| hprintln!("{}", error)).ok()?;
    for image in IMAGES.chunks_exact(8 * 8).take(10) {
        let input = interpreter.input_bytes(0).ok()?;
        input.iter_mut().zip(image).for_each(|(input, pixel)| *input = *pixel);
        interpreter.invoke().ok()?;
        let scores = interpreter.output::<i8>(0).ok()?;
        let best = scores.iter().enumerate().max_by_key(|(_, score)| **score);
        hprintln!("{}", best.map_or(0, |(digit, _)| digit));
    }
    Some(())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
