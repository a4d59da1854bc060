//! `model!`: its types run, and a model that cannot run does not compile.

#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, reason = "a test")]

use bantam::{ArenaBytes, Interpreter, Model, Share, SharedArena};
use static_cell::StaticCell;

bantam::model!(
    /// Reads digits.
    pub Digits,
    "../../examples/digits/digits.tflite",
);

static IMAGES: &[u8] = include_bytes!("../../../examples/digits/test_images.bin");
static EXPECTED: &[u8] = include_bytes!("../../../examples/digits/expected.bin");

#[test]
fn the_type_answers_as_tflm_does_in_any_arena_of_its_size() {
    for at in 0..3 {
        let mut memory = [0xA5; Digits::ARENA_BYTES + 2];
        let arena = memory[at..].first_chunk_mut().unwrap();
        let mut digits = Digits::new(arena).unwrap();
        assert_eq!(digits.arena_used_bytes(), Digits::ARENA_BYTES);
        for (image, expected) in IMAGES.chunks(64).zip(EXPECTED.chunks(10)).take(40) {
            digits.input_bytes(0).unwrap().copy_from_slice(image);
            digits.invoke().unwrap();
            assert_eq!(digits.output_bytes(0).unwrap(), expected);
        }
    }
}

#[test]
fn an_arena_may_be_a_static_cell() {
    static ARENA: StaticCell<[u8; Digits::ARENA_BYTES]> = StaticCell::new();
    let mut digits: Digits<'static> = Digits::new(ARENA.init([0; Digits::ARENA_BYTES])).unwrap();
    digits.input::<i8>(0).unwrap().fill(-128);
    digits.invoke().unwrap();
    assert_eq!(digits.output::<i8>(0).unwrap().len(), 10);
}

#[test]
fn it_takes_less_flash_and_memory_than_an_interpreter_that_prepares() {
    let file = include_bytes!("../../../examples/digits/digits.tflite");
    let model = Model::parse(file).unwrap();
    assert_eq!(Digits::OPS.len(), model.operator_code_len() as usize);
    let mut arena = ArenaBytes::<8192>::new();
    let interpreter = Interpreter::new(&model, bantam::ops::ALL, &mut arena.0).unwrap();
    // No larger than its activations, for which it is planned at leisure.
    assert!(Digits::ARENA_BYTES <= interpreter.overlay_bytes());
    assert!(Digits::MODEL.len() + Digits::IMAGE.len() < file.len());
    assert_eq!(Digits::IMAGE.as_ptr().addr() % 16, 0);
    assert_eq!(Digits::MODEL.as_ptr().addr() % 16, 0);
}

/// Returns the FNV-1a hash of 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// An image that was written to flash is read by later programs. If this fails because an operator
/// keeps other data, or a record has another form: raise the version (`VERSION` in
/// `crates/interp/src/image.rs`), and change both numbers here.
#[test]
fn images_of_a_version_have_one_form() {
    let form = (bantam::interp::IMAGE_VERSION, hash(Digits::IMAGE));
    assert_eq!(form, (11, 8_097_040_706_388_813_623));
}

bantam::model!(Wake, "../../examples/wake/wake.tflite");

static FRAMES: &[u8] = include_bytes!("../../../examples/wake/test_inputs.bin");
static SCORES: &[u8] = include_bytes!("../../../examples/wake/expected.bin");

/// The frames one after the other, from the model's beginning on.
fn listen(wake: &mut Interpreter<'_>) {
    for (frame, scores) in FRAMES.chunks(40).zip(SCORES.chunks(4)) {
        wake.input_bytes(0).unwrap().copy_from_slice(frame);
        wake.invoke().unwrap();
        assert_eq!(wake.output_bytes(0).unwrap(), scores);
    }
}

#[test]
fn a_model_with_an_init_subgraph_begins_anew_after_a_reset() {
    let mut arena = [0xA5; Wake::ARENA_BYTES];
    let mut wake = Wake::new(&mut arena).unwrap();
    listen(&mut wake);
    wake.reset().unwrap();
    listen(&mut wake);
}

#[test]
fn models_share_an_arena_of_the_size_that_is_known_beforehand() {
    const BYTES: usize = Share::sum(&[Digits::SHARE, Wake::SHARE]);
    let mut arena = ArenaBytes::<BYTES>::new();
    let less = Share::sum(&[Digits::SHARE]) + 16;
    let mut shared = SharedArena::new(&mut arena.0[..less]);
    Digits::add_to(&mut shared).unwrap();
    let error = Wake::add_to(&mut shared).unwrap_err();
    assert_eq!(error, bantam::interp::Error::OutOfMemory { needed: BYTES, available: less });

    let mut shared = SharedArena::new(&mut arena.0);
    let mut digits = Digits::add_to(&mut shared).unwrap();
    let mut wake = Wake::add_to(&mut shared).unwrap();
    assert_eq!([digits.share(), wake.share()], [Digits::SHARE, Wake::SHARE]);
    let mut overlay = shared.into_overlay();
    listen(&mut wake.lend(&mut overlay).unwrap());
    let mut interpreter = digits.lend(&mut overlay).unwrap();
    interpreter.input_bytes(0).unwrap().copy_from_slice(&IMAGES[..64]);
    interpreter.invoke().unwrap();
    assert_eq!(interpreter.output_bytes(0).unwrap(), &EXPECTED[..10]);
}
