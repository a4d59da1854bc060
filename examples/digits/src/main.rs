//! Reads handwritten digits: shows a few with their predictions, then the accuracy over all
//! held-out images.
//!
//! `cargo run --release -p digits`

use bantam::{ArenaBytes, Interpreter, Model, Op, ops};
use std::error::Error;
use std::time::Instant;

/// The operators of the model; nothing else is linked.
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
static MODEL: &[u8] = bantam::include_model!("../digits.tflite");
static IMAGES: &[u8] = include_bytes!("../test_images.bin");
static LABELS: &[u8] = include_bytes!("../test_labels.bin");
/// The answers of TensorFlow Lite Micro.
static EXPECTED: &[u8] = include_bytes!("../expected.bin");

/// Printed by `bantam size examples/digits/digits.tflite`.
const ARENA_BYTES: usize = 2976;
const SIDE: usize = 8;
/// Digits that are shown side by side.
const SHOWN: usize = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::parse(MODEL)?;
    let mut arena = ArenaBytes::<ARENA_BYTES>::new();
    let mut interpreter = Interpreter::new(&model, OPS, &mut arena.0)?;

    let images: Vec<&[u8]> = IMAGES.chunks_exact(SIDE * SIDE).collect();
    let (mut predictions, mut as_tflm, mut seconds) = (Vec::new(), 0, 0.0);
    for (image, expected) in images.iter().zip(EXPECTED.chunks_exact(10)) {
        interpreter.input_bytes(0)?.copy_from_slice(image);
        let start = Instant::now();
        interpreter.invoke()?;
        seconds += start.elapsed().as_secs_f64();

        let scores = interpreter.output::<i8>(0)?;
        as_tflm += usize::from(interpreter.output_bytes(0)? == expected);
        let best = scores.iter().enumerate().max_by_key(|&(_, score)| score);
        predictions.push(best.map_or(0, |(digit, _)| digit));
    }

    show(&images, &predictions);
    let is_right = |&(&digit, &label): &(&usize, &u8)| digit == usize::from(label);
    let right = predictions.iter().zip(LABELS).filter(is_right).count();
    let n = predictions.len();
    println!("{right} of {n} held-out digits read correctly ({:.1} %)", percent(right, n));
    println!("{as_tflm} of {n} outputs equal TensorFlow Lite Micro's, bit for bit");
    println!("arena: {} bytes, the same on every target", interpreter.arena_used_bytes());
    println!("{:.1} µs per inference", seconds / n as f64 * 1e6);
    if as_tflm == n { Ok(()) } else { Err("outputs differ from TensorFlow Lite Micro's".into()) }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// Draws one image of each of the first digits, and the first one that is misread.
fn show(images: &[&[u8]], predictions: &[usize]) {
    let misread = (0..images.len())
        .find(|&i| predictions.get(i) != LABELS.get(i).map(|&l| usize::from(l)).as_ref());
    let shown: Vec<usize> = (0..SHOWN).chain(misread).collect();
    for row in 0..SIDE {
        for &image in &shown {
            let pixels = images.get(image).and_then(|i| i.chunks_exact(SIDE).nth(row));
            let line: String = pixels.unwrap_or_default().iter().map(|&p| shade(p as i8)).collect();
            print!("{line}   ");
        }
        println!();
    }
    for &image in &shown {
        let (Some(digit), Some(label)) = (predictions.get(image), LABELS.get(image)) else {
            continue;
        };
        let verdict = format!("reads {digit}, is {label}");
        print!("{verdict:<19}");
    }
    println!("\n");
}

/// Returns two characters for a pixel, since characters are taller than wide.
fn shade(pixel: i8) -> &'static str {
    match i16::from(pixel) + 128 {
        0..32 => "  ",
        32..96 => "░░",
        96..160 => "▒▒",
        160..224 => "▓▓",
        _ => "██",
    }
}
