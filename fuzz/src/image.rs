//! Models of one operator with their images.

use bantam_arena::ArenaBytes;
use bantam_interp::host::{Effort, Search, operators_of, prepare};
use bantam_interp::{Interpreter, Op, Sharing};
use bantam_schema::Model;
use bantam_signal_ops::LISTS;

use bantam_testkit::cases;

/// Bytes for what images that lie say that they need.
const ARENA_BYTES: usize = 64 << 10;
/// More than any image has.
const IMAGE_BYTES: usize = 4 << 10;

/// A model and what was prepared of it.
#[derive(Clone, Debug)]
pub struct Image {
    file: Vec<u8>,
    ops: Vec<Op>,
    /// What may be changed.
    pub bytes: Vec<u8>,
}

/// An image for each operator and element type.
pub fn images() -> Vec<Image> {
    let image = |file: Vec<u8>| {
        let model = Model::parse(&file).ok()?;
        let ops: Vec<Op> =
            operators_of(&model, &LISTS).ok()?.iter().map(|choice| choice.op).collect();
        let effort = Effort::Exact(Search { nodes: 1000, threads: 1 });
        let prepared = prepare(&model, &ops, Sharing::default(), effort, &mut |_| {}).ok()?;
        let ops = ops.into_iter().map(Op::prepared).collect();
        Some(Image { file, ops, bytes: prepared.image })
    };
    let images: Vec<Image> = cases().iter().filter_map(|case| image(case.file())).collect();
    assert!(images.len() > 20, "only {} models can be prepared", images.len());
    images
}

impl Image {
    /// Starts from it and runs, if it is not refused.
    pub fn run(&self) {
        let Some(model) = Model::unchecked(&self.file) else { return };
        let mut image = ArenaBytes::<IMAGE_BYTES>::new();
        let Some(place) = image.0.get_mut(..self.bytes.len()) else { return };
        place.copy_from_slice(&self.bytes);
        let mut arena = ArenaBytes::<ARENA_BYTES>::new();
        let started = Interpreter::from_prepared(&model, place, &self.ops, &mut arena.0);
        let Ok(mut interpreter) = started else { return };
        for index in 0..interpreter.input_len().min(8) {
            if let Ok(input) = interpreter.input_bytes(index) {
                input
                    .iter_mut()
                    .zip(0_u32..)
                    .for_each(|(x, value)| *x = value.wrapping_mul(37) as u8);
            }
        }
        interpreter.set_max_calls(64);
        let _ = interpreter.invoke();
        for index in 0..interpreter.output_len().min(8) {
            let _ = interpreter.output_bytes(index);
        }
        let _ = interpreter.reset();
    }
}
