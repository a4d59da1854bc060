//! The example's model, against the answers of TensorFlow Lite Micro.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;

use common::{command, digits, error_line, example, json};

#[test]
fn every_held_out_image_gets_the_answer_of_tflm() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("digits");
    let images = example("test_images.bin");
    let steps = (fs::metadata(&images).unwrap().len() / 64).to_string();
    let report = json(
        command(["run", "--json", "--steps", &steps])
            .arg(digits())
            .arg("--input")
            .arg(images)
            .arg("--output-dir")
            .arg(&out),
    );
    assert_eq!(report["steps"].to_string(), steps);
    let scores = fs::read(out.join("output_0.bin")).unwrap();
    assert!(scores == fs::read(example("expected.bin")).unwrap(), "scores differ from TFLM's");
}

#[test]
fn hash_of_bench_is_that_of_tflm() {
    let report = json(command(["bench", "--json", "--seconds", "0"]).arg(digits()));
    // As benches/peers/tflm_bench.py prints it.
    assert_eq!(report["output_hash"], "14663bad1c8b54d5");
    assert_eq!(report["operators"].as_array().unwrap().len(), 11);
}

#[test]
fn arena_is_exact() {
    let arena = json(command(["size", "--json"]).arg(digits()))["arena_bytes"].as_u64().unwrap();
    json(command(["run", "--json", "--arena", &arena.to_string()]).arg(digits()));
    let less = (arena - 1).to_string();
    let error = error_line(command(["run", "--arena", &less]).arg(digits()));
    assert!(error.contains(&format!("needs {arena}")), "{error}");
}
