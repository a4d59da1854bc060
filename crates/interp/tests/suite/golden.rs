//! Outputs of TensorFlow Lite Micro for every operator and type. They are in the repository; `cargo
//! xtask golden` makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use bantam_interp::host::{Effort, Search, lean, operators_of, prepare};
use bantam_interp::{Code, Error, Interpreter, Op, Options, Outcome, Sharing, ops};
use bantam_schema::{Model, TensorType};
use bantam_signal_ops::{self as signal, EVERY, LISTS};
use bantam_testkit::golden::{self, Golden};
use bantam_testkit::{Case, Entry, FAMILIES, Memory, cases, table};

pub(crate) const SHARINGS: [Sharing; 3] = [Sharing::Overlap, Sharing::InPlace, Sharing::Apart];

/// What TFLM computed, by the names of the cases.
fn golden() -> BTreeMap<String, Golden> {
    let read = |family| {
        let path = golden::path(family);
        let text = fs::read_to_string(&path).unwrap_or_default();
        golden::read(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
    };
    let all = FAMILIES.into_iter().flat_map(read);
    all.map(|golden| (golden.name.clone(), golden)).collect()
}

#[test]
fn every_case_has_the_outputs_of_tflm() {
    let mut golden = golden();
    let mut faults = Vec::new();
    for case in cases() {
        let Some(golden) = golden.remove(&case.name) else {
            faults.push(format!("{}: no outputs; `cargo xtask golden` makes them", case.name));
            continue;
        };
        if let Err(fault) = check(&case, &golden) {
            faults.push(format!("{}: {fault}", case.name));
        }
    }
    faults.extend(golden.into_keys().map(|name| format!("{name}: no such case")));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// With each way to share memory, the operators of one type only, and a prepared image.
fn check(case: &Case, golden: &Golden) -> Result<(), String> {
    let file = case.file();
    if golden::fingerprint(case) != golden.fingerprint {
        return Err("model or inputs have changed; `cargo xtask golden` runs it anew".into());
    }
    let model = Model::parse(&file).map_err(|error| error.to_string())?;
    for sharing in SHARINGS {
        let mut options = Options::default();
        options.sharing = sharing;
        let builtin: &[&'static [_]] = &[
            EVERY,
            ops::int8::ALL,
            ops::int4::ALL,
            ops::int8_lut::ALL,
            ops::int16::ALL,
            ops::float32::ALL,
        ];
        let of_signal: &[&'static [_]] =
            &[EVERY, signal::int16::ALL, signal::int32::ALL, signal::float32::ALL];
        for &list in if case.family == "signal" { of_signal } else { builtin } {
            let mut memory = Memory::new(ARENA_BYTES);
            match Interpreter::with_options(&model, list, memory.bytes(), options) {
                // The list is for another type.
                Err(Error::Prepare { .. }) if list.as_ptr() != EVERY.as_ptr() => {}
                Err(error) => return Err(error.to_string()),
                Ok(interpreter) => compare(case, golden, interpreter)
                    .map_err(|fault| format!("{sharing:?}: {fault}"))?,
            }
        }
    }
    let choices = operators_of(&model, &LISTS).map_err(|error| error.to_string())?;
    let list: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
    let effort = Effort::Exact(Search { nodes: 1_000, threads: 1 });
    let prepared = prepare(&model, &list, Sharing::Overlap, effort, &mut |_| {});
    let prepared = prepared.map_err(|error| error.to_string())?;
    let lean = lean(&model, &prepared, &list).map_err(|error| error.to_string())?;
    let lean = lean.map(|lean| (lean.file, lean.prepared.image));
    let list: Vec<Op> = list.into_iter().map(Op::prepared).collect();
    for (file, image) in
        [Some((model.bytes().to_vec(), prepared.image)), lean].into_iter().flatten()
    {
        let [mut file, mut image] = [file, image].map(|bytes| aligned(&bytes));
        let model = Model::parse(file.bytes()).map_err(|error| error.to_string())?;
        let mut memory = Memory::new(ARENA_BYTES);
        let interpreter = Interpreter::from_prepared(&model, image.bytes(), &list, memory.bytes());
        let interpreter = interpreter.map_err(|error| error.to_string())?;
        compare(case, golden, interpreter).map_err(|fault| format!("prepared: {fault}"))?;
    }
    Ok(())
}

/// Bytes at a multiple of 16.
fn aligned(bytes: &[u8]) -> Memory {
    let mut memory = Memory::new(bytes.len());
    memory.bytes().copy_from_slice(bytes);
    memory
}

/// Enough for every case.
const ARENA_BYTES: usize = 64 << 10;

/// Runs all steps.
fn compare(case: &Case, golden: &Golden, mut interpreter: Interpreter<'_>) -> Result<(), String> {
    let feeds = case.feeds();
    assert_eq!(feeds.len(), golden.outputs.len());
    for (step, (inputs, wanted)) in feeds.iter().zip(&golden.outputs).enumerate() {
        for (index, bytes) in inputs.iter().enumerate() {
            interpreter.input_bytes(index).unwrap().copy_from_slice(bytes);
        }
        // The output keeps its value while a buffer fills.
        let outcome = interpreter.invoke().map_err(|error| error.to_string())?;
        assert!(outcome == Outcome::Done || case.operator_name() == "CIRCULAR_BUFFER");
        for (index, (tensor, want)) in case.outputs.iter().zip(wanted).enumerate() {
            let got = interpreter.output_bytes(index).unwrap();
            assert_eq!(got.len(), want.len(), "{}: output {index}", case.name);
            if let Some(fault) = golden::difference(case.exactness, tensor, got, want) {
                return Err(format!("inference {step}, output {index}: {fault}"));
            }
        }
    }
    Ok(())
}

/// Each type that an operator's row in `docs/operators.md` names stands in a model of the table.
#[test]
fn every_operator_and_type_has_a_case() {
    let mut types = BTreeMap::<String, BTreeSet<TensorType>>::new();
    for case in cases() {
        let tensors = case.inputs.iter().chain(&case.outputs).map(|tensor| tensor.tensor_type);
        types.entry(case.operator_name()).or_default().extend(tensors);
    }
    let mut faults = Vec::new();
    for [name, _, _, documented, ..] in crate::registry::rows() {
        let found = types.remove(name).unwrap_or_default();
        for word in documented.split('`').skip(1).step_by(2) {
            let tensor_type = match word {
                "i8" => TensorType::INT8,
                "int4" => TensorType::INT4,
                "u8" => TensorType::UINT8,
                "i16" => TensorType::INT16,
                "i32" => TensorType::INT32,
                "u32" => TensorType::UINT32,
                "i64" => TensorType::INT64,
                "u64" => TensorType::UINT64,
                "bool" => TensorType::BOOL,
                "f32" => TensorType::FLOAT32,
                other => panic!("{name}: `{other}` is no type"),
            };
            if !found.contains(&tensor_type) {
                faults.push(format!("{name} has no case of `{word}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every length of an arena is refused with the exact figure, or with a lower bound if it is much
/// too small; that length is enough.
#[test]
fn arena_sweep_fails_cleanly_until_the_exact_figure() {
    for case in cases() {
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(ARENA_BYTES);
        let needed = Interpreter::new(&model, EVERY, memory.bytes()).unwrap().arena_used_bytes();
        let mut said = 0;
        for bytes in 0..needed {
            let refused = Interpreter::new(&model, EVERY, &mut memory.bytes()[..bytes]);
            let Err(Error::OutOfMemory { needed: more, .. }) = refused else {
                panic!("{}: {bytes} of {needed} bytes: {:?}", case.name, refused.err());
            };
            assert!(said <= more && more <= needed, "{}: {more}, after {said}", case.name);
            said = more;
        }
        assert_eq!(said, needed, "{}: one byte less", case.name);
        Interpreter::new(&model, EVERY, &mut memory.bytes()[..needed]).unwrap();
    }
}

#[test]
fn every_operator_is_in_the_table() {
    let table = table();
    let code = |entry: &Entry| match entry.custom {
        Some(name) => Code::Custom(name),
        None => Code::Builtin(entry.operator),
    };
    let is_in = |wanted| table.iter().any(|entry| code(entry) == wanted);
    let missing: Vec<_> = EVERY.iter().map(|op| op.code()).filter(|&code| !is_in(code)).collect();
    assert!(missing.is_empty(), "no line in crates/testkit/src/table: {missing:?}");
}
