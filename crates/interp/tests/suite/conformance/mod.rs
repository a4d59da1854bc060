//! Bantam against the outputs of TensorFlow Lite Micro.
//!
//! The corpus is named by `BANTAM_CONFORMANCE`; without one the tests say so and pass (except where
//! `CI` is set). `BANTAM_CASES=PREFIX` runs only the cases whose folder starts so, and shows every
//! failure.

pub(crate) mod corpus;
mod planners;
mod prepared;
mod simplified;
mod typed;

use bantam_interp::{Error, Interpreter};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use bantam_testkit::Memory;
use corpus::{Case, Expect};
use planners::Variant;
use std::collections::BTreeMap;
use std::path::Path;

/// Cases that TFLM refuses and Bantam runs, by design.
const BEYOND_TFLM: &[&str] = &[];

/// The exact arena size, by asking an empty arena first, as a user would. Before the last, each
/// answer is a lower bound.
fn required(model: &Model<'_>, variant: Variant) -> Result<usize, Error> {
    let mut bytes = 0;
    for _ in 0..10 {
        match variant.interpreter(model, Memory::new(bytes).bytes()) {
            Ok(interpreter) => return Ok(interpreter.arena_used_bytes()),
            Err(Error::OutOfMemory { needed, .. }) => bytes = needed,
            Err(error) => return Err(error),
        }
    }
    panic!("asking for {bytes} bytes is not enough either");
}

fn has_all_operators(model: &Model<'_>) -> bool {
    let known = |code: bantam_schema::OperatorCode<'_>| {
        EVERY.iter().any(|op| match op.code() {
            bantam_interp::Code::Builtin(builtin) => builtin == code.builtin,
            bantam_interp::Code::Custom(name) => Some(name) == code.custom,
        })
    };
    model.operator_codes().all(known)
}

/// Runs a model over all steps; the outputs of each step follow one another.
fn run(
    model: &Model<'_>,
    variant: Variant,
    folder: &Path,
    steps: usize,
) -> Result<Vec<Vec<u8>>, String> {
    let needed = required(model, variant).map_err(|e| e.to_string())?;
    if let Some(less) = needed.checked_sub(1) {
        let short = variant.interpreter(model, Memory::new(less).bytes()).map(|_| ());
        let error = Error::OutOfMemory { needed, available: less };
        assert_eq!(short, Err(error), "one byte less");
    }
    let mut memory = Memory::new(needed);
    let interpreter = variant.interpreter(model, memory.bytes()).expect("the exact arena must do");
    outputs(interpreter, folder, steps)
}

/// The outputs of all steps.
fn outputs(
    mut interpreter: Interpreter<'_>,
    folder: &Path,
    steps: usize,
) -> Result<Vec<Vec<u8>>, String> {
    let inputs: Vec<Vec<u8>> = (0..interpreter.input_len())
        .map(|i| std::fs::read(folder.join(format!("input_{i}.bin"))).unwrap())
        .collect();
    let mut outputs = vec![Vec::new(); interpreter.output_len()];
    for step in 0..steps {
        for (i, data) in inputs.iter().enumerate() {
            let input = interpreter.input_bytes(i).map_err(|e| e.to_string())?;
            let at = step * input.len();
            input.copy_from_slice(&data[at..at + input.len()]);
        }
        interpreter.invoke().map_err(|e| e.to_string())?;
        for (i, output) in outputs.iter_mut().enumerate() {
            output.extend_from_slice(interpreter.output_bytes(i).map_err(|e| e.to_string())?);
        }
    }
    Ok(outputs)
}

/// `None` if the model needs what does not exist yet.
fn check(root: &Path, case: &Case) -> Option<Result<(), String>> {
    let folder = root.join(&case.case);
    let bytes = std::fs::read(folder.join("model.tflite")).unwrap();
    let model = match Model::parse(&bytes) {
        Ok(model) => model,
        Err(_) if case.expect == Expect::Error => return Some(Ok(())),
        Err(error) => return Some(Err(error.to_string())),
    };
    // Where an unknown operator is the point, refusing it is right.
    let unknown = case.case.starts_with("graph_interface") && case.expect == Expect::Error;
    if !has_all_operators(&model) && !unknown {
        return None;
    }
    let steps = case.steps.max(1);
    let result = run(&model, Variant::DEFAULT, &folder, steps);
    Some(match (case.expect, result) {
        (Expect::Error, Err(_)) => Ok(()),
        (Expect::Error, Ok(_)) if BEYOND_TFLM.contains(&case.case.as_str()) => Ok(()),
        (Expect::Error, Ok(_)) => Err("TFLM refuses this".into()),
        (Expect::Ok, Err(error)) => Err(error),
        (Expect::Ok, Ok(outputs)) => {
            let wanted = outputs.iter().enumerate().try_for_each(|(i, got)| {
                let want = std::fs::read(folder.join(format!("output_{i}.bin"))).unwrap();
                case.compare(i, &model, got, &want)
            });
            wanted
                .and_then(|()| typed::check(&model, case, &outputs, &folder))
                .and_then(|()| planners::check(&model, &outputs, &folder, steps))
                .and_then(|()| prepared::check(&model, &outputs, &folder, steps))
                .and_then(|()| simplified::check(&model, &outputs, &folder, steps))
        }
    })
}

fn check_all(manifest: &str) {
    let Some(root) = bantam_testkit::conformance() else { return };
    let prefix = std::env::var("BANTAM_CASES").unwrap_or_default();
    let mut tally: BTreeMap<(String, String), [usize; 3]> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in corpus::cases(&root.join(manifest)) {
        if !case.case.starts_with(&prefix) {
            continue;
        }
        let kind = match case.expect {
            Expect::Ok => case.dtype.clone(),
            Expect::Error => "refused".into(),
        };
        let [passed, failed, skipped] = tally.entry((case.op.clone(), kind)).or_default();
        match check(&root, &case) {
            None => *skipped += 1,
            Some(Ok(())) => *passed += 1,
            Some(Err(why)) => {
                *failed += 1;
                let note = case.note.as_deref().unwrap_or_default();
                failures.push(format!("{}: {why} {note}", case.case));
            }
        }
    }
    println!("{:<32} {:<28} {:>6} {:>6} {:>7}", "operator", "kind", "passed", "failed", "skipped");
    for ((op, kind), [passed, failed, skipped]) in &tally {
        if *passed + *failed > 0 {
            println!("{op:<32} {kind:<28} {passed:>6} {failed:>6} {skipped:>7}");
        }
    }
    let sum = |i: usize| tally.values().map(|t| t[i]).sum::<usize>();
    println!("{} passed, {} failed, {} skipped: not supported yet", sum(0), sum(1), sum(2));
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn operators_match_tflm() {
    check_all("manifest.jsonl");
}

#[test]
fn models_match_tflm() {
    check_all("models/manifest.jsonl");
}
