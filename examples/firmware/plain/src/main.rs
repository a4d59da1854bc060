//! Reads handwritten digits on a Cortex-M: no operating system, no heap, one arena.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam::{ArenaBytes, Interpreter, Model, Op, include_model, ops};
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};

/// The size that `bantam size examples/digits/digits.tflite` prints.
const ARENA_BYTES: usize = 2976;

/// The operators of the model: others are not linked.
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

/// In flash, where it is run from: weights are never copied.
static MODEL: &[u8] = include_model!("../../../digits/digits.tflite");

/// Takes the place of a sensor: images of 8 × 8 pixels, one after the other.
static IMAGES: &[u8] = include_bytes!("../../../digits/test_images.bin");

#[entry]
fn main() -> ! {
    static mut ARENA: ArenaBytes<ARENA_BYTES> = ArenaBytes::new();
    let status = match run(&mut ARENA.0) {
        Ok(()) => debug::EXIT_SUCCESS,
        Err(fault) => {
            fault.print();
            debug::EXIT_FAILURE
        }
    };
    loop {
        debug::exit(status);
    }
}

/// The steps that can fail.
enum Fault {
    /// The bytes are not a model.
    Model(bantam::schema::Error),
    /// The model cannot be run with these operators in this arena.
    Prepare(bantam::interp::Error),
    /// The model has no such input or output, or it is of another type.
    Port(bantam::PortError),
    /// An inference failed.
    Invoke(bantam::InvokeError),
}

impl Fault {
    fn print(&self) {
        match self {
            Self::Model(error) => hprintln!("the model: {}", error),
            Self::Prepare(error) => hprintln!("{}", error),
            Self::Port(error) => hprintln!("{}", error),
            Self::Invoke(error) => hprintln!("{}", error),
        }
    }
}

fn run(arena: &mut [u8]) -> Result<(), Fault> {
    // Whatever is wrong with the model or the arena shows here, once: an interpreter that exists
    // can run.
    let model = Model::parse(MODEL).map_err(Fault::Model)?;
    let mut interpreter = Interpreter::new(&model, OPS, arena).map_err(Fault::Prepare)?;
    for image in IMAGES.chunks_exact(8 * 8).take(10) {
        hprintln!("{}", recognize(&mut interpreter, image)?);
    }
    Ok(())
}

fn recognize(interpreter: &mut Interpreter<'_>, image: &[u8]) -> Result<usize, Fault> {
    // The input's memory is used again by later layers: fill all of it before every invoke.
    let input = interpreter.input::<i8>(0).map_err(Fault::Port)?;
    for (input, pixel) in input.iter_mut().zip(image) {
        *input = pixel.cast_signed();
    }
    interpreter.invoke().map_err(Fault::Invoke)?;
    let scores = interpreter.output::<i8>(0).map_err(Fault::Port)?;
    let best = scores.iter().enumerate().max_by_key(|(_, score)| **score);
    Ok(best.map_or(0, |(digit, _)| digit))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
