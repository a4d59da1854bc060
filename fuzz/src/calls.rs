//! Sequences of calls of an interpreter.

use bantam_arena::ArenaBytes;
use bantam_interp::{Interpreter, InvokeError, Outcome, ops};
use bantam_schema::Model;
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// What a user does.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Call {
    /// Fills an input.
    Input {
        /// Which one; there may be fewer.
        index: u8,
        /// From what its bytes are made.
        seed: u8,
    },
    /// Runs the model, with all inputs filled.
    Invoke {
        /// From what the inputs are made.
        seed: u8,
    },
    /// The same, looking at all that nodes write, those of called subgraphs, too.
    Watch {
        /// From what the inputs are made.
        seed: u8,
    },
    /// Begins anew.
    Reset,
    /// Reads an output.
    Output {
        /// Which one; there may be fewer.
        index: u8,
    },
    /// Looks for a signature.
    Signature,
    /// Limits the calls of subgraphs.
    MaxCalls(u8),
}

/// Enough for the models that are changed.
const ARENA_BYTES: usize = 64 << 10;
/// More do not show more.
const MAX_CALLS: usize = 32;
/// Elements of all tensors of a model: more would take seconds.
const MAX_ELEMENTS: u64 = 1 << 16;

/// Makes the calls on a model, if the file is one. Answers are those of another interpreter on
/// which only the calls since the last reset are made.
pub fn check_calls(file: &[u8], calls: &[Call]) {
    let Ok(model) = Model::parse(file) else { return };
    let tensors = model.subgraphs().flat_map(|graph| graph.tensors());
    let elements = tensors.map(|tensor| tensor.shape().iter().fold(1_u64, product));
    if elements.fold(0, u64::saturating_add) > MAX_ELEMENTS {
        return;
    }
    let (mut arena, mut other) =
        (ArenaBytes::<ARENA_BYTES>::new(), ArenaBytes::<ARENA_BYTES>::new());
    other.0.fill(0xA5);
    let Ok(mut used) = Interpreter::new(&model, ops::ALL, &mut arena.0) else { return };
    let calls = &calls[..calls.len().min(MAX_CALLS)];
    let last = calls.iter().rposition(|call| matches!(call, Call::Reset));
    let (before, after) = calls.split_at(last.map_or(0, |at| at + 1));
    used.set_max_calls(64);
    for &call in before {
        act(&mut used, call);
    }
    let fresh = Interpreter::new(&model, ops::ALL, &mut other.0);
    let mut fresh = fresh.expect("there was one before");
    for made in [&mut used, &mut fresh] {
        made.set_max_calls(64);
    }
    for &call in after {
        let answers = [&mut used, &mut fresh].map(|made| act(made, call));
        assert_eq!(answers[0], answers[1], "{call:?}");
    }
}

fn product(elements: u64, extent: i32) -> u64 {
    u64::try_from(extent).map_or(elements, |extent| elements.saturating_mul(extent))
}

/// The outputs of an invoke, if it went well to its end.
type Answers = Option<Vec<Vec<u8>>>;

fn act(interpreter: &mut Interpreter<'_>, call: Call) -> Answers {
    match call {
        Call::Input { index, seed } => fill(interpreter, index.into(), seed),
        Call::Invoke { seed } => {
            let run = |interpreter: &mut Interpreter<'_>| interpreter.invoke();
            return invoke(interpreter, seed, run);
        }
        Call::Watch { seed } => {
            let watch = |interpreter: &mut Interpreter<'_>| {
                interpreter.invoke_watched(&mut |event| drop(event.value(0)))
            };
            return invoke(interpreter, seed, watch);
        }
        Call::Reset => interpreter.reset().expect("it was made"),
        Call::Output { index } => drop(interpreter.output_bytes(index.into())),
        Call::Signature => drop(interpreter.signature("serving_default").map(drop)),
        Call::MaxCalls(calls) => interpreter.set_max_calls(calls.into()),
    }
    None
}

fn invoke(
    interpreter: &mut Interpreter<'_>,
    seed: u8,
    run: impl FnOnce(&mut Interpreter<'_>) -> Result<Outcome, InvokeError>,
) -> Answers {
    for index in 0..interpreter.input_len() {
        fill(interpreter, index, seed);
    }
    match run(interpreter) {
        Ok(Outcome::Done) => outputs(interpreter),
        Ok(_) => None,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

fn fill(interpreter: &mut Interpreter<'_>, index: usize, seed: u8) {
    if let Ok(input) = interpreter.input_bytes(index) {
        let pattern = (0_u8..=255).map(|byte| byte.wrapping_mul(37).wrapping_add(seed)).cycle();
        input.iter_mut().zip(pattern).for_each(|(byte, value)| *byte = value);
    }
}

fn outputs(interpreter: &Interpreter<'_>) -> Answers {
    let outputs = 0..interpreter.output_len();
    outputs.map(|index| interpreter.output_bytes(index).ok().map(<[u8]>::to_vec)).collect()
}
