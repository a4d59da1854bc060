//! `bantam compress`.

use std::fs;
use std::path::Path;

use crate::common::{command, digits, json, run};

#[test]
fn a_compressed_model_is_shorter_and_runs() {
    let digits = digits();
    let digits = digits.to_str().unwrap();
    let small = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small.tflite");
    let small = small.to_str().unwrap();
    let arguments = ["compress", digits, "--max-error", "8", "--output", small, "--json"];
    let report = json(&mut command(arguments));
    let tensors = report["tensors"].as_array().unwrap();
    assert!(!tensors.is_empty(), "{report}");
    assert!(tensors.iter().all(|tensor| tensor["max_error"].as_u64().unwrap() <= 8), "{report}");
    let [before, after] = ["bytes_before", "bytes_after"].map(|key| report[key].as_u64().unwrap());
    assert!(after < before, "{report}");
    assert_eq!(fs::metadata(small).unwrap().len(), after);
    let arena = &json(&mut command(["size", small, "--json"]))["arena_bytes"];
    assert_eq!(report["arena_after"], *arena);
    let list = run(&mut command(["ops", small])).stdout;
    assert!(list.contains("TFLM_DECODE"), "{list}");
    let before = report["arena_before"].to_string();
    let arguments = ["compress", digits, "--max-error", "8", "--max-arena", &before, "--json"];
    assert!(json(&mut command(arguments))["arena_after"].as_u64() <= before.parse().ok());
    let text = run(&mut command(["compress", digits, "--max-error", "8"])).stdout;
    assert!(text.contains("Huffman") && text.contains("an arena of"), "{text}");
}

#[test]
fn without_an_error_nothing_changes_but_the_bytes() {
    let digits = digits();
    let digits = digits.to_str().unwrap();
    let exact = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exact.tflite");
    let exact = exact.to_str().unwrap();
    assert_eq!(run(&mut command(["compress", digits, "-o", exact])).code, 0);
    let results = |model| json(&mut command(["run", model, "--json"]))["outputs"].clone();
    assert_eq!(results(exact), results(digits));
}
