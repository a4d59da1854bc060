//! The corpus's graphs with several subgraphs, with operators of a test in the place of IF and
//! WHILE: their outputs are those of TensorFlow Lite Micro. Cases whose other operators do not
//! exist yet are left out, and counted.

use crate::conformance::corpus::{self, Case, Expect};
use bantam_arena::ArenaBytes;
use bantam_interp::{
    Call, Error, EvalError, Failed, Interpreter, Io, Op, Operator, Prepare, Slice, ops,
};
use bantam_schema::{BuiltinOperator, Model};
use bytemuck::{Pod, Zeroable};
use std::collections::BTreeMap;
use std::path::Path;

/// Runs one of two subgraphs, as its first input says.
struct If;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Two {
    first: Call,
    second: Call,
}

impl Operator for If {
    type Data = Two;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| {
            let options = node.if_options()?;
            let both = [options.then_subgraph_index, options.else_subgraph_index];
            both.get(at).and_then(|&index| index.try_into().ok())
        });

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Two, Failed> {
        let options = node.options(|op| op.if_options())?;
        let both = [options.then_subgraph_index, options.else_subgraph_index].map(|i| i as u32);
        for index in both {
            for at in 1..node.input_len() {
                node.require_callee_input(index, at - 1, &node.input(at)?)?;
            }
            for at in 0..node.output_len() {
                node.require_callee_output(index, at, &node.output(at)?)?;
            }
        }
        Ok(Two { first: node.call(both[0])?, second: node.call(both[1])? })
    }

    fn eval(data: &Two, io: &mut Io<'_>) -> Result<(), EvalError> {
        let holds = io.output::<u8>(0)?.1.input::<u8>(0)?[0] != 0;
        let call = if holds { &data.first } else { &data.second };
        for at in 1..io.input_len() {
            io.copy_to_callee(call, at - 1, at)?;
        }
        io.call(call)?;
        (0..io.output_len()).try_for_each(|at| io.copy_from_callee(call, at, at))
    }
}

/// Runs the second of two subgraphs as long as the first says so.
struct While;

impl Operator for While {
    type Data = Two;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| {
            let options = node.while_options()?;
            let both = [options.cond_subgraph_index, options.body_subgraph_index];
            both.get(at).and_then(|&index| index.try_into().ok())
        });

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Two, Failed> {
        let options = node.options(|op| op.while_options())?;
        let (condition, body) = (options.cond_subgraph_index, options.body_subgraph_index);
        for at in 0..node.input_len() {
            node.require_callee_input(condition as u32, at, &node.input(at)?)?;
            node.require_callee_input(body as u32, at, &node.input(at)?)?;
            node.require_callee_output(body as u32, at, &node.output(at)?)?;
        }
        Ok(Two { first: node.call(condition as u32)?, second: node.call(body as u32)? })
    }

    fn eval(data: &Two, io: &mut Io<'_>) -> Result<(), EvalError> {
        let len = io.output_len();
        for at in 0..len {
            let (output, reader) = io.output::<u8>(at)?;
            output.copy_from_slice(reader.input(at)?);
        }
        let carry = |io: &mut Io<'_>, call: &Call| {
            (0..len).try_for_each(|at| {
                let (input, reader) = io.callee_input(call, at)?;
                input.copy_from_slice(reader.output_bytes(at)?);
                Ok::<(), EvalError>(())
            })
        };
        loop {
            carry(io, &data.first)?;
            io.call(&data.first)?;
            if io.callee_result(&data.first, 0)?[0] == 0 {
                return Ok(());
            }
            carry(io, &data.second)?;
            io.call(&data.second)?;
            (0..len).try_for_each(|at| io.copy_from_callee(&data.second, at, at))?;
        }
    }
}

/// Whether each element of the first input is less than that of the second, or its only one.
struct Less;

impl Operator for Less {
    /// Zero points of the inputs, which have one scale.
    type Data = Slice<i32>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Slice<i32>, Failed> {
        let mut zeros = [0; 2];
        for (at, zero) in zeros.iter_mut().enumerate() {
            *zero = node.input(at)?.optional_affine()?.map_or(0, |(_, zero)| zero);
        }
        node.persist(2, |at| zeros[at])
    }

    fn eval(data: &Slice<i32>, io: &mut Io<'_>) -> Result<(), EvalError> {
        use bantam_schema::TensorType as T;
        let (element_type, zeros) = (io.element_type(), io.persistent(*data)?);
        let (output, reader) = io.output::<u8>(0)?;
        let element = |index: usize, at: usize| -> Result<f64, EvalError> {
            let bytes = reader.input::<u8>(index)?;
            let four = |bytes: &[u8]| -> [u8; 4] {
                let at = 4 * at.min(bytes.len() / 4 - 1);
                bytes[at..at + 4].try_into().unwrap()
            };
            Ok(match element_type {
                T::FLOAT32 => f32::from_le_bytes(four(bytes)).into(),
                T::INT32 => i32::from_le_bytes(four(bytes)).into(),
                _ => (i32::from(bytes[at.min(bytes.len() - 1)] as i8) - zeros[index]).into(),
            })
        };
        for (at, slot) in output.iter_mut().enumerate() {
            *slot = (element(0, at)? < element(1, at)?).into();
        }
        Ok(())
    }
}

/// Runs a case; `None` if an operator is missing.
fn check(folder: &Path, case: &Case, ops: &[Op]) -> Option<Result<(), String>> {
    let file = std::fs::read(folder.join("model.tflite")).unwrap();
    let model = match Model::parse(&file) {
        Ok(model) => model,
        Err(error) => {
            return Some(if case.expect == Expect::Error {
                Ok(())
            } else {
                Err(error.to_string())
            });
        }
    };
    let mut arena = Box::new(ArenaBytes::<65536>::new());
    let mut interpreter = match Interpreter::new(&model, ops, &mut arena.0) {
        Ok(interpreter) => interpreter,
        Err(Error::MissingOperator { .. }) => return None,
        Err(error) => {
            return Some(if case.expect == Expect::Error {
                Ok(())
            } else {
                Err(error.to_string())
            });
        }
    };
    // The operators of this test do not count the inputs of what they call, as TFLM's do.
    if case.expect == Expect::Error {
        return None;
    }
    for step in 0..case.steps.max(1) {
        for at in 0..interpreter.input_len() {
            let data = std::fs::read(folder.join(format!("input_{at}.bin"))).unwrap();
            let input = interpreter.input_bytes(at).unwrap();
            let begin = step * input.len();
            input.copy_from_slice(&data[begin..begin + input.len()]);
        }
        if let Err(error) = interpreter.invoke() {
            return Some(Err(error.to_string()));
        }
        for at in 0..interpreter.output_len() {
            let want = std::fs::read(folder.join(format!("output_{at}.bin"))).unwrap();
            let got = interpreter.output_bytes(at).unwrap();
            let begin = step * got.len();
            if let Err(why) = case.compare(at, &model, got, &want[begin..begin + got.len()]) {
                return Some(Err(why));
            }
        }
    }
    Some(Ok(()))
}

#[test]
fn graphs_with_several_subgraphs_match_tflm() {
    let Some(root) = bantam_testkit::conformance() else { return };
    let mut list = ops::ALL.to_vec();
    let known = |code| ops::ALL.iter().any(|op| op.code() == bantam_interp::Code::Builtin(code));
    let own = [
        Op::builtin::<If>(BuiltinOperator::IF),
        Op::builtin::<While>(BuiltinOperator::WHILE),
        Op::builtin::<Less>(BuiltinOperator::LESS),
    ];
    assert!(!known(BuiltinOperator::IF) && !known(BuiltinOperator::WHILE), "test the real ones");
    list.splice(0..0, own);
    let (mut tally, mut failures) = (BTreeMap::<String, [usize; 2]>::new(), Vec::new());
    for case in corpus::cases(&root.join("manifest.jsonl")) {
        if !["IF", "WHILE", "CALL_ONCE"].contains(&case.op.as_str()) {
            continue;
        }
        let [ran, left_out] = tally.entry(case.op.clone()).or_default();
        match check(&root.join(&case.case), &case, &list) {
            None => *left_out += 1,
            Some(result) => {
                *ran += 1;
                failures.extend(result.err().map(|why| format!("{}: {why}", case.case)));
            }
        }
    }
    println!("ran, left out: {tally:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(["IF", "WHILE"].iter().all(|op| tally[*op][0] > 0), "{tally:?}");
}
