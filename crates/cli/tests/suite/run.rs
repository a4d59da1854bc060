//! `bantam run`, `size` and `bench` on a model that copies its inputs.
use std::fs;
use std::path::PathBuf;

use crate::common::{command, error_line, json, run};
use bantam_schema::options::Pool2dOptions;
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
use serde_json::json;

/// A folder of one test, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Returns a model with two inputs, int8 `[2, 3]` and float `[2]`, that only reshapes both.
    fn model(&self) -> PathBuf {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let a = TensorSpec::new("a", TensorType::INT8, &[2, 3]).quantized(0.5, 1);
        let flat_a = TensorSpec::new("flat_a", TensorType::INT8, &[6]).quantized(0.5, 1);
        let b = TensorSpec::new("b", TensorType::FLOAT32, &[2]);
        let column_b = TensorSpec::new("column_b", TensorType::FLOAT32, &[2, 1]);
        let [a, flat_a, b, column_b] = [a, flat_a, b, column_b].map(|spec| graph.tensor(spec));
        for (from, to) in [(a, flat_a), (b, column_b)] {
            graph.operator(BuiltinOperator::RESHAPE, &[from], &[to], Options::None);
        }
        graph.inputs(&[a, b]).outputs(&[flat_a, column_b]);
        self.file("model.tflite", &builder.finish())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn each_step_takes_the_next_tensor_and_writes_one() {
    let folder = Folder::new("steps");
    let bytes: Vec<u8> = (0..12).collect();
    let reals = floats(&[0.5, -1.0, 2.0, 0.25]);
    let out = folder.0.join("new/folder");
    let report = json(
        command(["run", "--json", "--steps", "2"])
            .arg(folder.model())
            .arg("-i")
            .arg(folder.file("a.bin", &bytes))
            .arg("-i")
            .arg(folder.file("b.bin", &reals))
            .arg("-o")
            .arg(&out),
    );
    assert_eq!(fs::read(out.join("output_0.bin")).unwrap(), bytes);
    assert_eq!(fs::read(out.join("output_1.bin")).unwrap(), reals);
    assert_eq!(report["steps"], 2);
    assert_eq!(report["outputs"][0]["values"], json!([6, 7, 8, 9, 10, 11]));
    assert_eq!(report["outputs"][1]["values"], json!([2.0, 0.25]));
    assert_eq!(report["outputs"][1]["shape"], json!([2, 1]));
    assert_eq!(report["inputs"][0]["bytes"], 6);
    assert_eq!(report["arena_bytes"], report["arena_used_bytes"]);
}

#[test]
fn without_inputs_everything_is_zero() {
    let folder = Folder::new("zeros");
    let model = folder.model();
    let report = json(command(["run", "--json"]).arg(&model));
    assert_eq!(report["outputs"][0]["values"], json!([0, 0, 0, 0, 0, 0]));
    assert_eq!(report["inputs"][0]["file"], json!(null));

    let text = run(command(["run"]).arg(&model));
    // Zero points are 1, scales 0.5.
    for part in ["zeros", "0, 0, 0, 0, 0, 0", "real: -0.5, -0.5", "all of them needed"] {
        assert!(text.stdout.contains(part), "{part} is not in\n{}", text.stdout);
    }
}

#[test]
fn files_must_fit_inputs_and_steps() {
    let folder = Folder::new("fit");
    let model = folder.model();
    let a = folder.file("a.bin", &[0; 7]);
    let b = folder.file("b.bin", &[0; 8]);
    let one = error_line(command(["run", "-i"]).arg(&a).arg(&model));
    assert!(one.contains("--input is given 1 times; needed is one for input 0"), "{one}");
    let long = error_line(command(["run", "-i"]).arg(&a).arg("-i").arg(&b).arg(&model));
    assert!(
        long.contains("a.bin: the file has 7 bytes; input 0 \"a\" (int8 [2, 3]) takes 6"),
        "{long}"
    );
    let missing = error_line(command(["run", "-i", "no.bin", "-i", "no.bin"]).arg(&model));
    assert!(missing.contains("no.bin"), "{missing}");
}

#[test]
fn size_is_exact() {
    let folder = Folder::new("size");
    let model = folder.model();
    let report = json(command(["size", "--json"]).arg(&model));
    let arena = report["arena_bytes"].as_u64().unwrap();
    let parts = ["overlay_bytes", "persistent_bytes", "temporary_bytes"];
    assert_eq!(parts.iter().map(|part| report[part].as_u64().unwrap()).sum::<u64>(), arena);
    let by_category = report["persistent"].as_object().unwrap().values();
    assert_eq!(
        by_category.map(|bytes| bytes.as_u64().unwrap()).sum::<u64>(),
        report["persistent_bytes"].as_u64().unwrap()
    );

    let text = run(command(["size"]).arg(&model));
    assert!(text.stdout.ends_with(&format!("const ARENA_BYTES: usize = {arena};\n")));

    let enough = json(command(["run", "--json", "--arena", &arena.to_string()]).arg(&model));
    assert_eq!(enough["arena_used_bytes"], arena);
    let less = (arena - 1).to_string();
    let error = error_line(command(["run", "--arena", &less]).arg(&model));
    assert!(error.contains(&format!("needs {arena}")), "{error}");
}

#[test]
fn bench_measures_nodes_and_whole() {
    let folder = Folder::new("bench");
    let model = folder.model();
    let report = json(command(["bench", "--json", "--seconds", "0"]).arg(&model));
    assert!(report["invoke_us"].as_f64().unwrap() > 0.0);
    assert!(report["invoke_min_us"].as_f64() <= report["invoke_us"].as_f64());
    assert_eq!(report["operators"].as_array().unwrap().len(), 2);
    assert_eq!(report["operators"][1]["operator"], "RESHAPE");
    // The model copies its inputs: what benches/peers/tflm_bench.py makes for such tensors.
    assert_eq!(report["output_hash"], "fe3e887488f8d6af");

    let text = run(command(["bench", "--seconds", "0"]).arg(&model));
    for part in ["us per inference", "bytes of arena", "RESHAPE", "100.0 %"] {
        assert!(text.stdout.contains(part), "{part} is not in\n{}", text.stdout);
    }
}

/// Elementwise nodes, which may write where they read, and a pool, which may do so but for one of
/// its rows.
fn chain(folder: &Folder) -> PathBuf {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut image = |rows: i32| {
        let spec = TensorSpec::new("image", TensorType::INT8, &[1, rows, 8, 4]);
        graph.tensor(spec.quantized(0.5, 1))
    };
    let (x, a, b, y) = (image(16), image(16), image(16), image(8));
    for (from, to) in [(x, a), (a, b)] {
        graph.operator(BuiltinOperator::RELU, &[from], &[to], Options::None);
    }
    let pool = Pool2dOptions {
        stride_w: 1,
        stride_h: 2,
        filter_width: 1,
        filter_height: 2,
        ..Pool2dOptions::default()
    };
    graph.operator(BuiltinOperator::MAX_POOL_2D, &[b], &[y], pool);
    graph.inputs(&[x]).outputs(&[y]);
    folder.file("chain.tflite", &builder.finish())
}

#[test]
fn sharing_decides_the_memory_and_nothing_else() {
    let folder = Folder::new("sharing");
    let model = chain(&folder);
    let input: Vec<u8> = (0..512_u32).map(|i| (i * 37) as u8).collect();
    let input = folder.file("input.bin", &input);
    let mut outputs = Vec::new();
    let with = |name: &str, sharing: &str| {
        let mut command = command([name, "--json", "--sharing", sharing]);
        command.arg(&model);
        command
    };
    for (sharing, overlay) in [("apart", 1024), ("in-place", 768), ("overlap", 544)] {
        let size = json(&mut with("size", sharing));
        assert_eq!(size["overlay_bytes"], overlay, "{sharing}");
        let run = json(with("run", sharing).arg("-i").arg(&input));
        let bench = json(with("bench", sharing).args(["--seconds", "0"]));
        assert_eq!(run["arena_bytes"], size["arena_bytes"], "{sharing}");
        assert_eq!(bench["arena_bytes"], size["arena_bytes"], "{sharing}");
        outputs.push((run["outputs"][0]["values"].clone(), bench["output_hash"].clone()));
        if sharing == "overlap" {
            let usual = json(command(["size", "--json"]).arg(&model));
            assert_eq!(usual["arena_bytes"], size["arena_bytes"]);
        }
    }
    assert!(outputs.iter().all(|other| *other == outputs[0]), "{outputs:?}");
    let wrong = run(command(["bench", "--sharing", "everything"]).arg(&model));
    assert_eq!(wrong.code, 2);
    for word in ["overlap", "in-place", "apart"] {
        assert!(wrong.stderr.contains(word), "{}", wrong.stderr);
    }
}

#[test]
fn unknown_operators_are_named() {
    let folder = Folder::new("unknown");
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1]));
    let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1]));
    graph.operator(BuiltinOperator::STABLEHLO_SORT, &[x], &[y], Options::None);
    graph.inputs(&[x]).outputs(&[y]);
    let model = folder.file("model.tflite", &builder.finish());
    for name in ["run", "size", "bench"] {
        let error = error_line(command([name]).arg(&model));
        assert!(error.contains("node 0 (STABLEHLO_SORT): "), "{error}");
    }
}

#[test]
fn signatures_name_inputs_and_outputs() {
    let folder = Folder::new("signature");
    let plain = fs::read(folder.model()).unwrap();
    let mut builder = ModelBuilder::from_model(&Model::parse(&plain).unwrap()).unwrap();
    builder.signature("serve", 0, &[("numbers", 2), ("pixels", 0)], &[("column", 3)]);
    let model = folder.file("signed.tflite", &builder.finish());
    let pixels = folder.file("pixels.bin", &[1, 2, 3, 4, 5, 6]);
    let numbers = folder.file("numbers.bin", &floats(&[0.5, -1.0]));
    let named = |name: &str, file: &PathBuf| format!("{name}={}", file.display());
    let run = |key: &str, inputs: &[String]| {
        let mut command = command(["run", "--json", "--signature", key]);
        for input in inputs {
            command.arg("--input").arg(input);
        }
        command.arg(&model);
        command
    };
    // In the order of the signature, which is not that of the model.
    let report = json(&mut run("serve", &[named("numbers", &numbers), named("pixels", &pixels)]));
    assert_eq!(report["inputs"][0]["name"], json!("pixels"));
    assert_eq!(report["outputs"][0]["values"], json!([1, 2, 3, 4, 5, 6]));
    assert_eq!(report["outputs"][0]["name"], json!("flat_a"));
    assert_eq!(report["outputs"][1]["name"], json!("column"));
    assert_eq!(report["outputs"][1]["values"], json!([0.5, -1.0]));

    let error = error_line(&mut run("train", &[]));
    assert!(error.contains("signature train: no such signature"), "{error}");
    let error = error_line(&mut run("serve", &[named("image", &pixels)]));
    assert!(error.contains("an input of the signature: pixels, numbers"), "{error}");
}
