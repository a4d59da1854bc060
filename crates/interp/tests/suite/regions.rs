//! Activations in two memories: the same answers, within the bytes of the fast one.

use bantam_interp::host::{
    Prepared, Search, TwoMemoriesError, operators_of, prepare_for_two_memories,
};
use bantam_interp::{Error, Interpreter, Op};
use bantam_schema::Model;
use bantam_signal_ops::{EVERY, LISTS};
use bantam_testkit::{Case, Memory, cases};

const ARENA_BYTES: usize = 64 << 10;
const SEARCH: Search = Search { nodes: 1000, threads: 1 };

fn operators(model: &Model<'_>) -> Vec<Op> {
    operators_of(model, &LISTS).unwrap().iter().map(|choice| choice.op).collect()
}

/// The outputs of all steps.
fn outputs(interpreter: &mut Interpreter<'_>, case: &Case) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for inputs in case.feeds() {
        for (index, bytes) in inputs.iter().enumerate() {
            interpreter.input_bytes(index).unwrap().copy_from_slice(bytes);
        }
        interpreter.invoke().map_err(|error| (error, &case.name)).unwrap();
        let outputs = 0..interpreter.output_len();
        all.extend(outputs.map(|index| interpreter.output_bytes(index).unwrap().to_vec()));
    }
    all
}

/// The image in memory that is aligned as it should be.
fn aligned(prepared: &Prepared) -> Memory {
    let mut memory = Memory::new(prepared.image.len());
    memory.bytes()[..prepared.image.len()].copy_from_slice(&prepared.image);
    memory
}

#[test]
fn every_operator_computes_the_same_in_two_memories() {
    let (mut in_both, mut in_slow) = (0, 0);
    for case in cases() {
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let ops = operators(&model);
        let mut memory = Memory::new(ARENA_BYTES);
        let mut alone = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
        let overlay = alone.overlay_bytes() as u32;
        let expected = outputs(&mut alone, &case);
        for fast_bytes in [0, 16, overlay / 2, u32::MAX] {
            let prepared = match prepare_for_two_memories(&model, &ops, fast_bytes, SEARCH) {
                Ok(prepared) => prepared,
                Err(TwoMemoriesError::Calls) => break,
                Err(error) => panic!("{}: {error}", case.name),
            };
            assert!(prepared.overlay_bytes <= fast_bytes, "{}", case.name);
            let (fast, slow) = (prepared.overlay_bytes as usize, prepared.variable_bytes as usize);
            in_both += usize::from(fast > 0 && slow > 0);
            in_slow += usize::from(fast == 0 && slow > 0);
            let mut image = aligned(&prepared);
            let image = &image.bytes()[..prepared.image.len()];
            let (mut arena, mut overlay) = (Memory::new(slow + 16), Memory::new(fast + 16));
            arena.bytes().fill(0xA5);
            overlay.bytes().fill(0x5A);
            let mut made = Interpreter::from_prepared_with_overlay(
                &model,
                image,
                &ops,
                &mut arena.bytes()[..slow],
                &mut overlay.bytes()[..fast],
            )
            .unwrap();
            assert!(outputs(&mut made, &case) == expected, "{}: {fast_bytes}", case.name);
            made.reset().unwrap();
            assert!(outputs(&mut made, &case) == expected, "{}: {fast_bytes}", case.name);
        }
    }
    assert!(in_both > 100 && in_slow > 100, "{in_both}, {in_slow}");
}

#[test]
fn one_byte_less_of_either_memory_is_an_error_with_the_bytes_needed() {
    let find = |case: &Case| case.operator_name() == "UNIDIRECTIONAL_SEQUENCE_LSTM";
    let case = cases().into_iter().find(find).unwrap();
    let file = case.file();
    let model = Model::parse(&file).unwrap();
    let ops = operators(&model);
    let prepared = prepare_for_two_memories(&model, &ops, 64, SEARCH).unwrap();
    let (fast, slow) = (prepared.overlay_bytes as usize, prepared.variable_bytes as usize);
    assert!(fast > 0 && slow > 0);
    let mut image = aligned(&prepared);
    let image = &image.bytes()[..prepared.image.len()];
    let (mut arena, mut overlay) = (Memory::new(slow), Memory::new(fast));
    let mut made = |slow: usize, fast: usize| {
        let (arena, overlay) = (&mut arena.bytes()[..slow], &mut overlay.bytes()[..fast]);
        Interpreter::from_prepared_with_overlay(&model, image, &ops, arena, overlay).map(|_| ())
    };
    assert_eq!(made(slow, fast), Ok(()));
    let error = Error::OutOfMemory { needed: slow, available: slow - 1 };
    assert_eq!(made(slow - 1, fast), Err(error));
    let error = Error::OverlayTooSmall { needed: fast, available: fast - 1 };
    assert_eq!(made(slow, fast - 1), Err(error));
}

#[test]
fn models_that_call_subgraphs_are_refused() {
    let case = cases().into_iter().find(|case| case.operator_name() == "WHILE").unwrap();
    let file = case.file();
    let model = Model::parse(&file).unwrap();
    let made = prepare_for_two_memories(&model, &operators(&model), 64, SEARCH);
    assert_eq!(made.map(|_| ()).unwrap_err(), TwoMemoriesError::Calls);
}

static DIGITS: &[u8] = include_bytes!("../../../../examples/digits/digits.tflite");
static IMAGES: &[u8] = include_bytes!("../../../../examples/digits/test_images.bin");
static EXPECTED: &[u8] = include_bytes!("../../../../examples/digits/expected.bin");

#[test]
fn a_whole_model_answers_the_same_in_two_memories() {
    let model = Model::parse(DIGITS).unwrap();
    let ops = operators(&model);
    let mut figures = Vec::new();
    for fast_bytes in [0, 600, 1100, 2100, 4000] {
        let search = Search { nodes: 100_000, threads: 1 };
        let prepared = prepare_for_two_memories(&model, &ops, fast_bytes, search).unwrap();
        let (fast, slow) = (prepared.overlay_bytes as usize, prepared.variable_bytes as usize);
        assert!(fast <= fast_bytes as usize);
        let mut image = aligned(&prepared);
        let image = &image.bytes()[..prepared.image.len()];
        let (mut arena, mut overlay) = (Memory::new(slow + 16), Memory::new(fast + 16));
        let (arena, overlay) = (&mut arena.bytes()[..slow], &mut overlay.bytes()[..fast]);
        let mut made =
            Interpreter::from_prepared_with_overlay(&model, image, &ops, arena, overlay).unwrap();
        for (pixels, scores) in IMAGES.chunks(64).zip(EXPECTED.chunks(10)).take(40) {
            made.input_bytes(0).unwrap().copy_from_slice(pixels);
            made.invoke().unwrap();
            assert_eq!(made.output_bytes(0).unwrap(), scores);
        }
        figures.push((fast, slow));
    }
    // The more is fast, the less is slow; in the end nothing is.
    assert!(figures.is_sorted_by(|a, b| a.0 <= b.0 && a.1 >= b.1), "{figures:?}");
    assert!(figures.last().is_some_and(|(fast, slow)| *fast > 0 && *slow == 0), "{figures:?}");
}
