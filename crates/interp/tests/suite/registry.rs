//! No operator without its row in `docs/operators.md` and without outputs of TensorFlow Lite Micro
//! to compare with.
//!
//! That there is a benchmark too is tested in `bantam-testkit`.

use bantam_interp::{Code, ops};
use bantam_signal_ops::{self as signal, EVERY};

use crate::conformance::corpus::{self, Expect};
use std::collections::{BTreeMap, BTreeSet};

const TABLE: &str = include_str!("../../../../docs/operators.md");

/// The rows: name, code, result, types, fused activations, limits, kinds in the conformance corpus.
pub(crate) fn rows() -> Vec<[&'static str; 7]> {
    let cells = |line: &'static str| -> Vec<&str> {
        let cells = line.strip_prefix("| ").unwrap().strip_suffix(" |").unwrap();
        cells.split(" | ").map(str::trim).collect()
    };
    let lines = TABLE.lines().skip_while(|line| !line.starts_with("|--")).skip(1);
    lines.map(|line| cells(line).try_into().expect(line)).collect()
}

#[test]
fn every_operator_has_a_row_with_its_code() {
    let row = |code: Code| match code {
        Code::Builtin(builtin) => (builtin.to_string(), builtin.0.to_string()),
        Code::Custom(name) => (name.into(), String::new()),
    };
    let expected: Vec<_> = EVERY.iter().map(|op| row(op.code())).collect();
    let rows: Vec<_> =
        rows().iter().map(|[name, code, ..]| (name.to_string(), code.to_string())).collect();
    assert_eq!(rows, expected, "`cargo xtask operators` writes the table");
}

/// Generators name a constant of a list by its code, so the lists have the same codes in the same
/// order.
#[test]
fn lists_for_one_type_have_all_operators() {
    let of = |list: &[bantam_interp::Op]| -> Vec<_> {
        list.iter().map(|op| (op.code(), op.data_bytes())).collect()
    };
    for list in bantam_interp::host::LISTS {
        assert_eq!(of(list.ops), of(ops::ALL), "{}", list.path);
    }
    for list in [signal::int16::ALL, signal::int32::ALL, signal::float32::ALL] {
        assert_eq!(of(list), of(signal::ALL));
    }
    assert_eq!(ops::int8::CONV_2D.code(), ops::CONV_2D.code());
}

#[test]
fn every_operator_is_compared_with_what_its_row_says() {
    let Some(root) = bantam_testkit::conformance() else { return };
    let mut kinds = BTreeMap::<String, BTreeSet<String>>::new();
    for case in corpus::cases(&root.join("manifest.jsonl")) {
        if case.expect == Expect::Ok {
            kinds.entry(case.op).or_default().insert(case.dtype);
        }
    }
    let mut faults = Vec::new();
    for [name, .., documented] in rows() {
        // The corpus has names of its own for custom operators.
        let corpus = match name {
            "BasicClassifier" => "BASIC_CLASSIFIER".to_owned(),
            "TFLite_Detection_PostProcess" => "DETECTION_POSTPROCESS".to_owned(),
            "TFLM_DECODE" => "DECODE".to_owned(),
            name if name.starts_with("Signal") => {
                // A word begins where a capital follows a small letter: SIGNAL_FFT_AUTO_SCALE.
                let mut words = String::new();
                for letter in name.chars() {
                    if letter.is_uppercase() && words.ends_with(char::is_lowercase) {
                        words.push('_');
                    }
                    words.push(letter);
                }
                words.to_uppercase()
            }
            name => name.to_owned(),
        };
        let corpus = kinds.remove(&corpus).unwrap_or_default();
        let documented: BTreeSet<String> = documented.split(", ").map(Into::into).collect();
        if corpus.is_empty() {
            faults.push(format!("{name}: the corpus has no case"));
        } else if corpus != documented {
            let differ: Vec<_> = corpus.symmetric_difference(&documented).collect();
            faults.push(format!("{name}: header and corpus differ in {differ:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
