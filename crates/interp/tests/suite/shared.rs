//! Several models in one arena: their answers are those that they give alone, and its size is
//! exact.

use bantam_interp::host::{self, Effort, Search, operators_of, shared_arena_bytes};
use bantam_interp::{Error, Interpreter, Op, Options, Resident, Share, SharedArena, Sharing};
use bantam_schema::Model;
use bantam_signal_ops::{EVERY, LISTS};
use bantam_testkit::{Case, Memory, cases};
use proptest::prelude::*;
use std::sync::LazyLock;

const ARENA_BYTES: usize = 64 << 10;

/// Models with state and without, and their files.
static CASES: LazyLock<Vec<(Case, Vec<u8>)>> = LazyLock::new(|| {
    let with_file = |case: Case| {
        let file = case.file();
        (case, file)
    };
    cases().into_iter().map(with_file).collect()
});

/// The outputs of each step.
type Answers = Vec<Vec<Vec<u8>>>;

fn step(interpreter: &mut Interpreter<'_>, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    for (index, bytes) in inputs.iter().enumerate() {
        interpreter.input_bytes(index).unwrap().copy_from_slice(bytes);
    }
    interpreter.invoke().unwrap();
    let outputs = 0..interpreter.output_len();
    outputs.map(|index| interpreter.output_bytes(index).unwrap().to_vec()).collect()
}

/// The answers of a model alone: two times all of its steps, without a reset.
fn alone((case, file): &(Case, Vec<u8>)) -> Answers {
    let model = Model::parse(file).unwrap();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut interpreter = Interpreter::new(&model, EVERY, memory.bytes()).unwrap();
    let feeds = case.feeds();
    feeds.iter().chain(&feeds).map(|inputs| step(&mut interpreter, inputs)).collect()
}

/// The answers of models that take turns, with noise in the overlay between them.
fn in_turns(
    chosen: &[&(Case, Vec<u8>)],
    mut residents: Vec<Resident<'_>>,
    shared: SharedArena<'_>,
) {
    let mut overlay = shared.into_overlay();
    let expected: Vec<Answers> = chosen.iter().map(|chosen| alone(chosen)).collect();
    let longest = expected.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..longest {
        for ((resident, (case, _)), expected) in residents.iter_mut().zip(chosen).zip(&expected) {
            let Some(expected) = expected.get(at) else { continue };
            overlay.bytes().fill(0x5A ^ at as u8);
            let feeds = case.feeds();
            let mut interpreter = resident.lend(&mut overlay).unwrap();
            let answers = step(&mut interpreter, &feeds[at % feeds.len()]);
            assert!(answers == *expected, "{}: step {at}", case.name);
        }
    }
}

fn add_all<'a>(
    shared: &mut SharedArena<'a>,
    models: &[Model<'a>],
) -> Result<Vec<Resident<'a>>, Error> {
    models.iter().map(|model| shared.add(model, EVERY)).collect()
}

fn models<'a>(chosen: &[&'a (Case, Vec<u8>)]) -> Vec<Model<'a>> {
    chosen.iter().map(|(_, file)| Model::parse(file).unwrap()).collect()
}

fn indices() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 1..5)
}

proptest! {
    #[test]
    fn prop_models_that_take_turns_answer_as_alone(indices in indices()) {
        let chosen: Vec<_> = indices.iter().map(|index| index.get(&CASES)).collect();
        let models = models(&chosen);
        let lists: Vec<(Model<'_>, &[Op])> = models.iter().map(|&model| (model, EVERY)).collect();
        let exact = shared_arena_bytes(&lists, Options::default()).unwrap();
        let mut memory = Memory::new(exact);
        memory.bytes().fill(0xA5);
        let mut shared = SharedArena::new(&mut memory.bytes()[..exact]);
        let residents = add_all(&mut shared, &models).unwrap();
        let shares: Vec<Share> = residents.iter().map(Resident::share).collect();
        prop_assert_eq!(Share::sum(&shares), exact);
        in_turns(&chosen, residents, shared);
    }

    #[test]
    fn prop_one_byte_less_is_an_error_with_the_bytes_needed(
        indices in indices(),
        before in 0..16_usize,
    ) {
        let chosen: Vec<_> = indices.iter().map(|index| index.get(&CASES)).collect();
        let models = models(&chosen);
        let lists: Vec<(Model<'_>, &[Op])> = models.iter().map(|&model| (model, EVERY)).collect();
        let exact = shared_arena_bytes(&lists, Options::default()).unwrap();
        let mut memory = Memory::new(exact + 32);
        // At any address: the bytes before the first multiple of 16 are lost.
        let lost = before.wrapping_neg() % 16;
        let bytes = &mut memory.bytes()[before..];
        let mut shared = SharedArena::new(&mut bytes[..lost + exact]);
        prop_assert!(add_all(&mut shared, &models).is_ok());
        let available = (lost + exact).saturating_sub(1);
        let mut shared = SharedArena::new(&mut bytes[..available]);
        match add_all(&mut shared, &models) {
            Err(Error::OutOfMemory { needed, available: given }) => {
                prop_assert_eq!(given, available);
                prop_assert!(needed > available && needed <= lost + exact);
                let last = needed == lost + exact;
                prop_assert!(last || models.len() > 1, "{} of {}", needed, exact);
            }
            other => prop_assert!(exact == 0, "{:?}", other.map(|all| all.len())),
        }
    }
}

/// The image of a model, with its operators.
fn image(model: &Model<'_>) -> (Memory, usize, Vec<Op>) {
    let choices = operators_of(model, &LISTS).unwrap();
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Search { nodes: 1000, threads: 1 });
    let prepared = host::prepare(model, &ops, Sharing::Overlap, effort, &mut |_| {}).unwrap();
    let mut memory = Memory::new(prepared.image.len());
    memory.bytes()[..prepared.image.len()].copy_from_slice(&prepared.image);
    (memory, prepared.image.len(), ops.into_iter().map(Op::prepared).collect())
}

fn named(name: &str) -> &'static (Case, Vec<u8>) {
    CASES.iter().find(|(case, _)| case.operator_name() == name).unwrap()
}

/// Models with state of every kind, and one without.
fn mixed() -> [&'static (Case, Vec<u8>); 5] {
    ["SVDF", "ASSIGN_VARIABLE", "SOFTMAX", "CALL_ONCE", "UNIDIRECTIONAL_SEQUENCE_LSTM"].map(named)
}

fn add_all_prepared<'a>(
    shared: &mut SharedArena<'a>,
    models: &[Model<'a>],
    images: &[(&'a [u8], &'a [Op])],
) -> Result<Vec<Share>, Error> {
    let all = models.iter().zip(images);
    all.map(|(model, (image, ops))| Ok(shared.add_prepared(model, image, ops)?.share())).collect()
}

#[test]
fn prepared_models_take_turns_with_others() {
    let chosen = mixed();
    let models = models(&chosen);
    let mut images: Vec<_> = models.iter().map(image).collect();
    let images: Vec<(&[u8], &[Op])> =
        images.iter_mut().map(|(memory, len, ops)| (&memory.bytes()[..*len], &ops[..])).collect();
    let mut memory = Memory::new(ARENA_BYTES);
    let mut shared = SharedArena::new(memory.bytes());
    let shares = add_all_prepared(&mut shared, &models, &images).unwrap();
    for share in &shares {
        let Share { persistent, overlay, .. } = *share;
        assert_eq!(Share::prepared(persistent, overlay), *share);
    }
    let exact = Share::sum(&shares);
    let mut shared = SharedArena::new(&mut memory.bytes()[..exact - 1]);
    let error = add_all_prepared(&mut shared, &models, &images).unwrap_err();
    assert_eq!(error, Error::OutOfMemory { needed: exact, available: exact - 1 });

    // Every second one is prepared by the device.
    let mut shared = SharedArena::new(memory.bytes());
    let residents = models.iter().zip(&images).enumerate().map(|(at, (model, (image, ops)))| {
        if at % 2 == 0 {
            shared.add_prepared(model, image, ops).unwrap()
        } else {
            shared.add(model, EVERY).unwrap()
        }
    });
    let residents = residents.collect();
    in_turns(&chosen, residents, shared);
}

#[test]
fn the_overlay_may_have_its_own_memory() {
    let chosen = mixed();
    let models = models(&chosen);
    let mut memory = Memory::new(ARENA_BYTES);
    let mut fast = Memory::new(ARENA_BYTES);
    let mut shared = SharedArena::with_overlay(memory.bytes(), fast.bytes());
    let residents = add_all(&mut shared, &models).unwrap();
    let needed = residents.iter().map(|resident| resident.share().overlay as usize).max().unwrap();
    let needed = needed.next_multiple_of(16);
    in_turns(&chosen, residents, shared);

    let mut shared = SharedArena::with_overlay(memory.bytes(), &mut fast.bytes()[..needed - 1]);
    let error = add_all(&mut shared, &models).unwrap_err();
    assert_eq!(error, Error::OverlayTooSmall { needed, available: needed - 1 });
    let mut shared = SharedArena::with_overlay(memory.bytes(), &mut fast.bytes()[..needed]);
    in_turns(&chosen, add_all(&mut shared, &models).unwrap(), shared);
}

#[test]
fn a_model_that_does_not_fit_leaves_room_for_another() {
    let (small, large) = (named("RELU"), named("UNIDIRECTIONAL_SEQUENCE_LSTM"));
    let models = models(&[small, large]);
    let mut memory = Memory::new(ARENA_BYTES);
    let bytes = shared_arena_bytes(&[(models[0], EVERY)], Options::default()).unwrap();
    let mut shared = SharedArena::new(&mut memory.bytes()[..2 * bytes]);
    let mut residents = vec![shared.add(&models[0], EVERY).unwrap()];
    assert!(matches!(shared.add(&models[1], EVERY), Err(Error::OutOfMemory { .. })));
    residents.push(shared.add(&models[0], EVERY).unwrap());
    in_turns(&[small, small], residents, shared);
}

#[test]
fn an_overlay_of_another_arena_is_refused_if_it_is_too_small() {
    let models = models(&[named("SOFTMAX")]);
    let (mut memory, mut other) = (Memory::new(ARENA_BYTES), Memory::new(16));
    let mut shared = SharedArena::new(memory.bytes());
    let mut resident = shared.add(&models[0], EVERY).unwrap();
    let mut overlay = SharedArena::new(other.bytes()).into_overlay();
    let needed = resident.share().overlay as usize;
    let error = resident.lend(&mut overlay).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::OverlayTooSmall { needed, available: overlay.len() });
    assert!(!overlay.is_empty());
}

#[test]
fn calls_are_limited_for_all_loans() {
    let case = named("WHILE");
    let models = models(&[case]);
    let mut memory = Memory::new(ARENA_BYTES);
    let mut shared = SharedArena::new(memory.bytes());
    let mut resident = shared.add(&models[0], EVERY).unwrap();
    resident.set_max_calls(0);
    let mut overlay = shared.into_overlay();
    let feeds = case.0.feeds();
    for expected in [false, true] {
        let mut interpreter = resident.lend(&mut overlay).unwrap();
        for (index, bytes) in feeds[0].iter().enumerate() {
            interpreter.input_bytes(index).unwrap().copy_from_slice(bytes);
        }
        assert_eq!(interpreter.invoke().is_ok(), expected);
        resident.set_max_calls(1000);
    }
}
