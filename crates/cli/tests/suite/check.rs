//! `bantam check`, and the same reasons in the errors of other commands.
use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::common::{broken, command, digits, error_line, example, json, run};

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("check-{name}"));
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_model_that_runs_is_good() {
    let report = json(command(["check", "--json"]).arg(digits()));
    assert_eq!((&report["runs"], &report["nodes"]), (&json!(true), &json!(11)));
    let text = run(command(["check"]).arg(digits()));
    assert!(text.stdout.contains("all 11 nodes can run"), "{}", text.stdout);
}

#[test]
fn every_node_that_cannot_run_is_listed_by_kind() {
    let model = file("broken.tflite", &broken());
    let found = run(command(["check", "--json"]).arg(&model));
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&report["refused"], &report["nodes"]), (&json!(3), &json!(4)));
    assert_eq!(report["faults"][0]["nodes"], json!([0, 2]));
    assert_eq!(report["faults"][0]["inputs"], json!(["FLOAT32"]));
    assert_eq!(report["faults"][1]["nodes"], json!([3]));
    let text = run(command(["check"]).arg(&model));
    assert_eq!((text.code, text.stderr.as_str()), (1, ""));
    let parts = [
        "3 of 4 nodes cannot run",
        "nodes 0, 2  STABLEHLO_SORT version 1",
        "what to do: ",
        "an_operator_of_our_own_with_a_name_of_many_letters",
    ];
    for part in parts {
        assert!(text.stdout.contains(part), "{part} is not in\n{}", text.stdout);
    }
}

#[test]
fn other_commands_give_the_same_reasons() {
    let model = file("commands.tflite", &broken());
    for name in ["run", "size", "bench", "plan", "prepare"] {
        let failed = run(command([name]).arg(&model));
        assert_eq!((failed.code, failed.stdout.as_str()), (1, ""), "{name}");
        let lines: Vec<&str> = failed.stderr.lines().collect();
        assert_eq!(lines.len(), 4, "{}", failed.stderr);
        assert!(lines[0].contains("3 reasons why it cannot run"), "{}", failed.stderr);
        assert!(lines[1].contains("node 0 (STABLEHLO_SORT): "), "{}", failed.stderr);
        assert!(!failed.stderr.contains("add ops::"), "{}", failed.stderr);
    }
}

#[test]
fn inspect_marks_what_cannot_run() {
    let model = file("inspect.tflite", &broken());
    let report = json(command(["inspect", "--json"]).arg(&model));
    let operators = &report["subgraphs"][0]["operators"];
    assert!(operators[0]["refused"].as_str().unwrap().contains("microcontrollers"));
    assert_eq!(operators[1]["refused"], json!(null));
    let sort = report["operator_codes"].as_array().unwrap().iter();
    let sort = sort.filter(|code| code["operator"] == "STABLEHLO_SORT").collect::<Vec<_>>();
    assert_eq!((sort.len(), &sort[0]["nodes"], &sort[0]["refused"]), (1, &json!(2), &json!(2)));
    let text = run(command(["inspect"]).arg(&model)).stdout;
    assert!(text.contains("2 cannot run") && text.contains("`bantam check`"), "{text}");
}

#[test]
fn json_has_no_characters_that_terminals_obey() {
    let model = file("escaped.tflite", &broken());
    let found = run(command(["inspect", "--json"]).arg(&model));
    assert!(!found.stdout.contains('\u{202e}') && found.stdout.contains("\\u202e"));
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(report["subgraphs"][0]["tensors"][2]["name"], "b\u{202e}");
}

#[test]
fn files_that_are_no_models_are_recognised() {
    let array = b"alignas(16) const unsigned char model[] = { 0x1c, 0x00, 0x00 };";
    for (name, bytes, word) in [
        ("empty", &b""[..], "the file is empty"),
        ("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs"),
        ("npy", b"\x93NUMPY\x01\0v\0{'descr'", "NumPy"),
        ("array.cc", array, "C array"),
        ("model.task", b"PK\x03\x04\x14\0\0\0", "unzip"),
        ("page.html", b"<!DOCTYPE html><html>", "web page"),
        ("cut.tflite", &fs::read(digits()).unwrap()[..5000], "cut short"),
    ] {
        let path = file(name, bytes);
        for command_name in ["check", "inspect", "size"] {
            let error = error_line(command([command_name]).arg(&path));
            assert!(error.contains(word), "{word}: {error}");
        }
    }
    let labels = error_line(command(["check"]).arg(example("")));
    assert!(labels.contains("this is a folder"), "{labels}");
}

#[cfg(unix)]
#[test]
fn what_never_ends_is_not_read() {
    let error = error_line(&mut command(["size", "/dev/zero"]));
    assert!(error.contains("device or a pipe"), "{error}");
    let pipe = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check-fifo");
    let _ = fs::remove_file(&pipe);
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let error = error_line(command(["size"]).arg(&pipe));
    assert!(error.contains("device or a pipe"), "{error}");
    fs::remove_file(pipe).unwrap();
}
