//! Running what may be a model: every step ends, with an answer or an error. What can be run gives
//! the same answers in an arena of exactly the length it says, and with the model at an odd
//! address.

use bantam_interp::plan::Greedy;
use bantam_interp::{
    Cause, Error, Interpreter, InvokeError, OfflinePlan, Options, Outcome, PlanFault, Sharing,
};
use bantam_schema::{Model, Subgraph, Tensor};
use bantam_signal_ops::EVERY;

const ARENA_BYTES: usize = 64 << 10;
/// How much memory an error may ask for and get.
const MAX_NEEDED: usize = 1 << 20;
/// Elements of output times elements of input, over all nodes: more is allowed, but would take
/// seconds.
const MAX_WORK: u64 = 1 << 27;
/// Subgraphs of a file that nobody has checked.
const MAX_SUBGRAPHS: usize = 64;
/// Calls of subgraphs in an inference, for the same reason.
const MAX_CALLS: u32 = 64;

/// Runs the model, and panics where something is wrong with the interpreter. Whatever is wrong with
/// the model is an error.
pub fn run_model(bytes: &[u8]) {
    let Ok(model) = Model::parse(bytes) else { return };
    if model.subgraphs().map(|graph| work(&graph)).fold(0, u64::saturating_add) > MAX_WORK {
        return;
    }
    let mut arena = aligned(ARENA_BYTES);
    match Interpreter::new(&model, EVERY, as_bytes(&mut arena)) {
        Ok(mut interpreter) => {
            let used = interpreter.arena_used_bytes();
            assert!(used <= ARENA_BYTES);
            let answers = run(&mut interpreter);
            exact(bytes, used, &answers);
        }
        Err(Error::OutOfMemory { needed, available }) => {
            assert!(needed > available);
            if needed <= MAX_NEEDED {
                enough(&model, needed);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Runs what may be a model without checking it first. Nothing can be said about what is wrong with
/// one; a sound one gives the same answers.
pub fn run_unchecked(bytes: &[u8]) {
    let Some(model) = Model::unchecked(bytes) else { return };
    let all = model.subgraphs().take(MAX_SUBGRAPHS);
    if all.map(|graph| work(&graph)).fold(0, u64::saturating_add) > MAX_WORK {
        return;
    }
    let answers = |model: &Model<'_>| {
        let mut arena = aligned(ARENA_BYTES);
        let arena = as_bytes(&mut arena);
        let sharing = Sharing::default();
        let made = Interpreter::with_planner(model, EVERY, arena, sharing, &mut Greedy);
        made.map(|mut interpreter| run(&mut interpreter))
    };
    let found = answers(&model);
    if let Ok(model) = Model::parse(bytes) {
        assert_eq!(found, answers(&model));
    }
}

/// Runs a model that carries plans, with each way to treat them: the answers are those of a plan
/// that is made online.
pub fn run_plans(bytes: &[u8]) {
    let model = Model::parse(bytes).expect("it was made here");
    let answers = |choice: OfflinePlan, bytes: usize| {
        let mut options = Options::default();
        options.offline_plan = choice;
        let mut arena = aligned(bytes);
        let arena = &mut as_bytes(&mut arena)[..bytes];
        arena.fill(0xA5);
        let mut interpreter = Interpreter::with_options(&model, EVERY, arena, options)?;
        Ok((interpreter.arena_used_bytes(), run(&mut interpreter)))
    };
    let (_, expected) = answers(OfflinePlan::Ignore, ARENA_BYTES).expect("it can be planned");
    assert!(expected.is_some());
    for choice in [OfflinePlan::IfValid, OfflinePlan::Require] {
        let mut made = answers(choice, ARENA_BYTES);
        // A plan may ask for much more than is needed, and get it.
        if let Err(Error::OutOfMemory { needed, available }) = made {
            assert!(needed > available);
            if needed > MAX_NEEDED {
                continue;
            }
            made = answers(choice, needed);
            assert!(made.as_ref().is_ok_and(|(used, _)| *used == needed));
        }
        match made {
            Ok((_, answers)) => assert_eq!(answers, expected, "{choice:?}"),
            Err(Error::InvalidPlan(fault)) => {
                // Only what is for TFLM and malformed is an error where it need not be used.
                assert!(choice == OfflinePlan::Require || fault == PlanFault::Tflm);
                assert!(!fault.to_string().is_empty());
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// The arena that is said to be enough is enough, unless it was so small that only a lower bound
/// was known.
fn enough(model: &Model<'_>, needed: usize) {
    let mut arena = aligned(needed);
    match Interpreter::new(model, EVERY, &mut as_bytes(&mut arena)[..needed]) {
        Ok(interpreter) => assert_eq!(interpreter.arena_used_bytes(), needed),
        Err(Error::OutOfMemory { needed: more, .. }) => assert!(more > needed),
        Err(_) => {}
    }
}

fn exact(model: &[u8], used: usize, answers: &Answers) {
    let mut moved = aligned(model.len() + 1);
    let moved = &mut as_bytes(&mut moved)[1..=model.len()];
    moved.copy_from_slice(model);
    let model = Model::parse(moved).expect("the same bytes");
    let mut arena = aligned(used);
    let arena = &mut as_bytes(&mut arena)[..used];
    if let Err(Error::Prepare { error, .. }) = Interpreter::new(&model, EVERY, arena) {
        // A constant in the place of an activation has to be aligned, and is not any more.
        assert_eq!(error.cause, Cause::Unaligned, "{error}");
        return;
    }
    if let Some(less) = used.checked_sub(1) {
        let refused = Interpreter::new(&model, EVERY, &mut arena[..less]);
        assert!(matches!(refused, Err(Error::OutOfMemory { .. })));
    }
    let mut interpreter = Interpreter::new(&model, EVERY, arena).expect("as much as it used");
    assert_eq!(run(&mut interpreter), *answers);
    interpreter.reset().expect("it was made");
    let watch = |interpreter: &mut Interpreter<'_>| {
        interpreter.invoke_watched(&mut |event| drop(event.value(0)))
    };
    assert_eq!(run_with(&mut interpreter, watch), *answers);
}

/// The outputs, or that there is an error.
type Answers = Option<Vec<Vec<u8>>>;

fn run(interpreter: &mut Interpreter<'_>) -> Answers {
    run_with(interpreter, |interpreter: &mut Interpreter<'_>| interpreter.invoke())
}

fn run_with(
    interpreter: &mut Interpreter<'_>,
    invoke: impl FnOnce(&mut Interpreter<'_>) -> Result<Outcome, InvokeError>,
) -> Answers {
    interpreter.set_max_calls(MAX_CALLS);
    for index in 0..interpreter.input_len() {
        if let Ok(input) = interpreter.input_bytes(index) {
            let pattern = (0_u8..=255).map(|byte| byte.wrapping_mul(37)).cycle();
            input.iter_mut().zip(pattern).for_each(|(byte, value)| *byte = value);
        }
    }
    invoke(interpreter).ok()?;
    let outputs = 0..interpreter.output_len();
    outputs.map(|index| interpreter.output_bytes(index).ok().map(<[u8]>::to_vec)).collect()
}

fn work(graph: &Subgraph<'_>) -> u64 {
    let elements = |index: i32| {
        let tensor = u32::try_from(index).ok().and_then(|index| graph.tensor(index));
        tensor.map_or(1, |tensor| elements(&tensor))
    };
    let node = |operator: bantam_schema::Operator<'_>| {
        let outputs = operator.outputs().iter().map(elements).max().unwrap_or(1);
        let inputs = operator.inputs().iter().map(elements).max().unwrap_or(1);
        outputs.saturating_mul(inputs)
    };
    graph.operators().map(node).fold(0, u64::saturating_add)
}

fn elements(tensor: &Tensor<'_>) -> u64 {
    tensor.shape().iter().fold(1, |all, extent| {
        u64::try_from(extent).map_or(all, |extent| extent.saturating_mul(all))
    })
}

/// Memory that begins at a multiple of 16.
fn aligned(len: usize) -> Vec<u128> {
    vec![0; len.div_ceil(16)]
}

fn as_bytes(memory: &mut [u128]) -> &mut [u8] {
    bytemuck::cast_slice_mut(memory)
}
