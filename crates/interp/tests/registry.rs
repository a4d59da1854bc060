//! No operator without its row in `docs/operators.md` and without outputs of TensorFlow Lite Micro to compare with.
//!
//! That there is a benchmark too is tested beside the benchmarks, in `benches/src/lib.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "conformance/corpus.rs"]
#[allow(dead_code, reason = "only the manifest is read here")]
mod corpus;

use bantam_interp::{Code, ops};
use corpus::{Expect, LATER};
use std::collections::{BTreeMap, BTreeSet};

const TABLE: &str = include_str!("../../../docs/operators.md");

/// The rows: name, code, result, types, fused activations, limits, kinds in the conformance corpus.
fn rows() -> Vec<[&'static str; 7]> {
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
    let expected: Vec<_> = ops::ALL.iter().map(|op| row(op.code())).collect();
    let rows: Vec<_> =
        rows().iter().map(|[name, code, ..]| (name.to_string(), code.to_string())).collect();
    assert_eq!(rows, expected, "`cargo xtask operators` writes the table");
}

/// Generators name a constant of a list by its code, so the lists have the same codes in the same order.
#[test]
fn lists_for_one_type_have_all_operators() {
    for list in [ops::int8::ALL, ops::int16::ALL, ops::float32::ALL] {
        let of = |list: &[bantam_interp::Op]| -> Vec<_> {
            list.iter().map(|op| (op.code(), op.data_bytes())).collect()
        };
        assert_eq!(of(list), of(ops::ALL));
    }
    assert_eq!(ops::int8::CONV_2D.code(), ops::CONV_2D.code());
}

/// The rows of the table of prepared data in `docs/memory.md`.
#[test]
fn the_prepared_data_of_every_operator_is_documented() {
    let page = include_str!("../../../docs/memory.md");
    let table = page.split("| operator | bytes |\n|---|--:|\n").nth(1).expect("a table");
    let rows: String = table.split_inclusive('\n').take_while(|row| row.starts_with('|')).collect();
    let row = |op: &bantam_interp::Op| match op.code() {
        Code::Builtin(builtin) => format!("| {builtin} | {} |\n", op.data_bytes()),
        Code::Custom(name) => format!("| {name} | {} |\n", op.data_bytes()),
    };
    let expected: String = ops::ALL.iter().map(row).collect();
    assert!(rows == expected, "docs/memory.md should have these rows:\n{expected}");
}

#[test]
fn every_operator_is_compared_with_what_its_row_says() {
    let Some(root) = corpus::root() else { return };
    let mut kinds = BTreeMap::<String, BTreeSet<String>>::new();
    for case in corpus::cases(&root.join("manifest.jsonl")) {
        if case.expect == Expect::Ok && !LATER.contains(&case.dtype.as_str()) {
            kinds.entry(case.op).or_default().insert(case.dtype);
        }
    }
    let mut faults = Vec::new();
    for [name, .., documented] in rows() {
        let corpus = kinds.remove(name).unwrap_or_default();
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
