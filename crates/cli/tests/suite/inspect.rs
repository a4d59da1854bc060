//! `bantam inspect`, and what all commands have in common.
use std::process::Stdio;

use crate::common::{command, digits, error_line, example, json, run};
use serde_json::{Value, json};

#[test]
fn json_tells_the_graph() {
    let report = json(command(["inspect", "--json"]).arg(digits()));
    assert_eq!(report["file_bytes"], 11_056);
    assert_eq!(report["schema_version"], 3);
    let graph = &report["subgraphs"][0];
    let operators = graph["operators"].as_array().unwrap();
    assert_eq!(operators.len(), 11);
    assert_eq!(operators[0]["operator"], "CONV_2D");
    assert_eq!(operators[0]["options"]["padding"], "SAME");
    assert_eq!(operators[0]["options"]["stride_w"], 1);
    assert_eq!(operators[10]["options"], json!({ "beta": 1.0 }));

    let input = &graph["tensors"][graph["inputs"][0].as_u64().unwrap() as usize];
    assert_eq!(input["shape"], json!([1, 8, 8, 1]));
    assert_eq!((&input["type"], &input["bytes"]), (&json!("int8"), &json!(64)));
    assert_eq!(input["constant_bytes"], Value::Null);
    let quantization = json!({ "scales": [1.0 / 256.0], "zero_points": [-128], "dimension": null });
    assert_eq!(input["quantization"], quantization);

    let filter = &graph["tensors"][operators[0]["inputs"][1].as_u64().unwrap() as usize];
    assert_eq!(filter["constant_bytes"], 16 * 9);
    assert_eq!(filter["quantization"]["scales"].as_array().unwrap().len(), 16);
    assert_eq!(filter["quantization"]["dimension"], 0);
}

#[test]
fn text_is_plain_where_it_is_not_a_terminal() {
    let text = run(command(["inspect"]).arg(digits()));
    assert_eq!((text.code, text.stderr.as_str()), (0, ""));
    for part in ["11 of 8 kinds", "DEPTHWISE_CONV_2D", "[1, 8, 8, 1]", "min_runtime_version"] {
        assert!(text.stdout.contains(part), "{part} is not in\n{}", text.stdout);
    }
    assert!(!text.stdout.contains('\u{1b}'));
    assert!(text.stdout.lines().all(|line| line == line.trim_end()));
}

#[test]
fn colour_can_be_forced_and_refused() {
    let forced = run(command(["inspect"]).arg(digits()).env("CLICOLOR_FORCE", "1"));
    assert!(forced.stdout.contains('\u{1b}'));
    let refused = run(command(["inspect"]).arg(digits()).env("NO_COLOR", "1"));
    assert!(!refused.stdout.contains('\u{1b}'));
}

#[test]
fn what_is_no_model_is_one_line() {
    assert!(error_line(command(["inspect"]).arg(example("no.tflite"))).contains("no.tflite"));
    assert!(error_line(command(["inspect"]).arg(example("expected.bin"))).contains("TFL3"));
}

#[test]
fn wrong_usage_is_code_2() {
    for wrong in [&[][..], &["inspect"], &["explain"], &["inspect", "a", "--colour"]] {
        let run = run(command([]).args(wrong));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{wrong:?}");
        assert!(run.stderr.contains("Usage"), "{}", run.stderr);
    }
}

#[test]
fn help_has_examples_and_keys() {
    for name in ["check", "compare", "run", "inspect", "size", "bench"] {
        let help = run(&mut command([name, "--help"]));
        assert_eq!((help.code, help.stderr.as_str()), (0, ""));
        let example = format!("  bantam {name} ");
        for part in ["Examples:", &example, "Keys of --json:"] {
            assert!(help.stdout.contains(part), "{part} is not in\n{}", help.stdout);
        }
    }
}

#[test]
fn closed_pipe_is_no_error() {
    let mut child = command(["inspect", "--json"])
        .arg(digits())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let end = child.wait_with_output().unwrap();
    assert_eq!((end.status.code(), end.stderr.as_slice()), (Some(0), &[][..]));
}

#[test]
fn the_graph_is_drawn_by_others() {
    let digits = digits();
    let path = digits.to_str().unwrap();
    let drawn = |format| run(&mut command(["inspect", path, "--graph", format]));
    let mermaid = drawn("mermaid");
    assert_eq!((mermaid.code, mermaid.stderr.as_str()), (0, ""));
    assert!(mermaid.stdout.starts_with("flowchart TD\n"), "{}", mermaid.stdout);
    // Nodes, with an input and an output, in a chain with one more arrow: ADD has two inputs.
    let nodes = json(&mut command(["inspect", path, "--json"]))["subgraphs"][0]["operators"]
        .as_array()
        .map_or(0, Vec::len);
    let count = |text: &str, part| text.lines().filter(|line| line.contains(part)).count();
    assert_eq!(count(&mermaid.stdout, "-->"), nodes + 2);
    let dot = drawn("dot").stdout;
    assert!(dot.starts_with("digraph model {\n") && dot.ends_with("}\n"), "{dot}");
    assert_eq!(count(&dot, " -> "), nodes + 2);
    assert_eq!(count(&dot, "shape=oval"), 2);
}
