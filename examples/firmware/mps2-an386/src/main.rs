//! Reads handwritten digits with Bantam on a Cortex-M4F, without a heap.
//!
//! Every output must equal TensorFlow Lite Micro's. Ends with 0 if they do, with 1 otherwise; the figures
//! printed are read by `cargo xtask ci firmware`.
#![no_std]
#![no_main]

mod icount;

use core::fmt::Display;
use core::panic::PanicInfo;

use bantam::{ArenaBytes, Interpreter, Model, Op, include_model, ops};
use cortex_m_rt::{ExceptionFrame, entry, exception};
use cortex_m_semihosting::{debug, hprintln};

use icount::Counter;

/// What `bantam size examples/digits/digits.tflite` prints, to the byte.
const ARENA_BYTES: usize = 2976;

/// The operators of the model. No others are linked.
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

static MODEL: &[u8] = include_model!("../../../digits/digits.tflite");
/// The images, one after the other, as the model takes them.
static IMAGES: &[u8] = include_bytes!("../../../digits/test_images.bin");
/// TensorFlow Lite Micro's answers: ten scores for each image.
static EXPECTED: &[u8] = include_bytes!("../../../digits/expected.bin");

const IMAGE_BYTES: usize = 8 * 8;
const SCORE_BYTES: usize = 10;

/// Something failed and was reported.
struct Failed;

#[entry]
fn main() -> ! {
    static mut ARENA: ArenaBytes<ARENA_BYTES> = ArenaBytes::new();
    exit(run(&mut ARENA.0).is_ok())
}

fn run(arena: &mut [u8]) -> Result<(), Failed> {
    let model = Model::parse(MODEL).map_err(report)?;
    let mut interpreter = Interpreter::new(&model, OPS, arena).map_err(report)?;
    hprintln!("arena_bytes {}", ARENA_BYTES);
    hprintln!("arena_used_bytes {}", interpreter.arena_used_bytes());

    let counter = Counter::start();
    let mut most = 0;
    let mut equal = 0;
    let images = IMAGES.chunks_exact(IMAGE_BYTES).zip(EXPECTED.chunks_exact(SCORE_BYTES));
    let len = images.len();
    for (image, expected) in images {
        let input = interpreter.input_bytes(0).map_err(report)?;
        // `copy_from_slice` would do, too, but links a panic for the case that the lengths differ.
        input.iter_mut().zip(image).for_each(|(input, pixel)| *input = *pixel);
        let mut invoked = Ok(());
        let instructions = counter.count(|| invoked = interpreter.invoke().map(|_| ()));
        invoked.map_err(report)?;
        most = most.max(instructions);
        equal += usize::from(interpreter.output_bytes(0).map_err(report)? == expected);
    }
    hprintln!("equal {} of {}", equal, len);
    hprintln!("instructions_per_inference {}", most);
    if equal == len && len > 0 { Ok(()) } else { Err(Failed) }
}

fn report(error: impl Display) -> Failed {
    hprintln!("{}", error);
    Failed
}

/// Ends the emulation.
fn exit(passed: bool) -> ! {
    loop {
        debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    hprintln!("panicked");
    exit(false)
}

// The default handler spins until the time-out.
#[allow(unsafe_code, reason = "cortex-m-rt wants the handler to be unsafe")]
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    hprintln!("hard fault at {:#010x}", frame.pc());
    exit(false)
}
