//! Reads handwritten digits in a task of the Embassy executor: one task has the camera, one has the
//! model.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam::{ArenaBytes, Interpreter, Model, Op, include_model, ops};
use cortex_m as _; // its critical section, which the channel uses
use cortex_m_semihosting::{debug, hprintln};
use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::{Channel, Receiver, Sender};
use static_cell::ConstStaticCell;

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

const ARENA_BYTES: usize = 2976;
/// The executor's tasks want `'static` memory; the interpreter is made once and lives as long as
/// its task.
static ARENA: ConstStaticCell<ArenaBytes<ARENA_BYTES>> = ConstStaticCell::new(ArenaBytes::new());

type Image = [u8; 8 * 8];
/// One image is recorded while the one before is looked at.
static IMAGES: Channel<CriticalSectionRawMutex, Option<Image>, 1> = Channel::new();

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let (Ok(camera), Ok(model)) = (camera(IMAGES.sender()), recognize(IMAGES.receiver())) else {
        return exit(debug::EXIT_FAILURE);
    };
    spawner.spawn(camera);
    spawner.spawn(model);
}

/// Takes the place of a driver that waits for a frame.
#[embassy_executor::task]
async fn camera(images: Sender<'static, CriticalSectionRawMutex, Option<Image>, 1>) {
    let (recorded, _) = include_bytes!("../../../digits/test_images.bin").as_chunks();
    for image in recorded.iter().take(10) {
        images.send(Some(*image)).await;
    }
    images.send(None).await;
}

/// Owns the interpreter. An inference does not yield: tasks that must not wait for it run in an
/// executor of a higher priority.
#[embassy_executor::task]
async fn recognize(images: Receiver<'static, CriticalSectionRawMutex, Option<Image>, 1>) {
    let interpreter =
        Model::parse(MODEL).map_err(|error| hprintln!("the model: {}", error)).and_then(|model| {
            let arena = &mut ARENA.take().0;
            Interpreter::new(&model, OPS, arena).map_err(|error| hprintln!("{}", error))
        });
    let Ok(mut interpreter) = interpreter else { return exit(debug::EXIT_FAILURE) };
    while let Some(image) = images.receive().await {
        match digit(&mut interpreter, &image) {
            Some(digit) => hprintln!("{}", digit),
            None => return exit(debug::EXIT_FAILURE),
        }
    }
    exit(debug::EXIT_SUCCESS);
}

fn digit(interpreter: &mut Interpreter<'_>, image: &Image) -> Option<usize> {
    let input = interpreter.input_bytes(0).ok()?;
    input.iter_mut().zip(image).for_each(|(input, pixel)| *input = *pixel);
    interpreter.invoke().ok()?;
    let scores = interpreter.output::<i8>(0).ok()?;
    scores.iter().enumerate().max_by_key(|(_, score)| **score).map(|(digit, _)| digit)
}

fn exit(status: debug::ExitStatus) {
    debug::exit(status);
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        exit(debug::EXIT_FAILURE);
    }
}
