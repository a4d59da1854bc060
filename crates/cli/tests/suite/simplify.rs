//! `bantam simplify`, and sizes that a model leaves open.

use std::fs;
use std::path::Path;

use crate::common::{command, digits, json, run};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Options, TensorType};

/// A model that reshapes its input to its own shape, with an open first size; its path.
fn open(name: &str) -> String {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[-1, 3]));
    let shape = graph.tensor(TensorSpec::new("shape", TensorType::INT32, &[2]));
    let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[-1, 3]));
    graph.operator(BuiltinOperator::SHAPE, &[x], &[shape], Options::None);
    graph.operator(BuiltinOperator::RESHAPE, &[x, shape], &[y], Options::None);
    graph.inputs(&[x]).outputs(&[y]);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, builder.finish()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_simplified_model_needs_fewer_operators() {
    let model = open("open.tflite");
    let simple = model.replace("open", "simple");
    let report = json(&mut command(["simplify", &model, "--batch", "2", "-o", &simple, "--json"]));
    assert_eq!(report["folded"], serde_json::json!([{ "index": 0, "operator": "SHAPE" }]));
    assert_eq!((&report["nodes"], &report["unread"]), (&2.into(), &serde_json::json!([])));
    assert_eq!(report["bytes_after"], fs::metadata(&simple).unwrap().len());
    let list = run(&mut command(["ops", &simple])).stdout;
    assert!(list.contains("RESHAPE]") && !list.contains(", "), "{list}");
    let shape = &json(&mut command(["run", &simple, "--json"]))["outputs"][0]["shape"];
    assert_eq!(*shape, serde_json::json!([2, 3]));
}

#[test]
fn text_names_what_is_not_needed() {
    let text = run(&mut command(["simplify", &open("text.tflite"), "--batch", "1"])).stdout;
    assert!(text.contains("SHAPE") && text.contains("1 of 2 nodes are not needed"), "{text}");
    let text = run(&mut command(["simplify", digits().to_str().unwrap()])).stdout;
    assert!(text.contains("0 of "), "{text}");
}

#[test]
fn open_sizes_are_set_by_an_option() {
    let model = open("sizes.tflite");
    for name in ["run", "size", "ops", "bench"] {
        let refused = run(&mut command([name, &model]));
        assert_eq!(refused.code, 1, "{name}");
        assert!(name == "ops" || refused.stderr.contains("--batch 1"), "{}", refused.stderr);
        assert_eq!(run(&mut command([name, &model, "--batch", "1"])).code, 0, "{name}");
    }
}
