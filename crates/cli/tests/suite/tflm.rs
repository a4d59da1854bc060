//! `bantam plan --for tflm` on a model that is built here: the rules of the metadata, and that
//! Bantam does not fall for it.
use std::fs;
use std::path::PathBuf;

use crate::common::{command, error_line, json, run};
use bantam_schema::options::{
    AddOptions, CallOnceOptions, Conv2dOptions, Pool2dOptions, ReducerOptions,
    ResizeNearestNeighborOptions, SoftmaxOptions, VarHandleOptions,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Model, Options, Padding, TensorType};

const NAME: &str = "OfflineMemoryAllocation";

/// A folder of one test, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tflm-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn int8(name: &str, shape: &[i32]) -> TensorSpec {
    TensorSpec::new(name, TensorType::INT8, shape).quantized(0.05, 3)
}

/// Returns a window over 12 x 12 pixels of 4 channels, one of single pixels, a maximum, a mean
/// (which needs scratch memory), and SOFTMAX.
fn network() -> ModelBuilder {
    let mut builder = ModelBuilder::new();
    builder.description("small").metadata("min_runtime_version", b"1.5.0");
    let mut graph = builder.subgraph("main");
    let filter = |name: &str, shape: [i32; 4]| {
        let len = shape.iter().product::<i32>();
        let values: Vec<i8> = (0..len).map(|i| (i * 37 % 251 - 125) as i8).collect();
        TensorSpec::new(name, TensorType::INT8, &shape).quantized(0.01, 0).data_i8(&values)
    };
    let x = graph.tensor(int8("x", &[1, 12, 12, 4]));
    let windows = graph.tensor(filter("windows", [6, 3, 3, 4]));
    let a = graph.tensor(int8("a", &[1, 12, 12, 6]));
    let points = graph.tensor(filter("points", [6, 1, 1, 6]));
    let b = graph.tensor(int8("b", &[1, 12, 12, 6]));
    let c = graph.tensor(int8("c", &[1, 6, 6, 6]));
    let axes = graph.tensor(TensorSpec::new("axes", TensorType::INT32, &[2]).data_i32(&[1, 2]));
    let d = graph.tensor(int8("d", &[1, 6]));
    let y =
        graph.tensor(TensorSpec::new("y", TensorType::INT8, &[1, 6]).quantized(1.0 / 256.0, -128));
    let conv = Conv2dOptions { stride_w: 1, stride_h: 1, ..Conv2dOptions::default() };
    graph.operator(Op::CONV_2D, &[x, windows, -1], &[a], conv);
    graph.operator(Op::CONV_2D, &[a, points, -1], &[b], conv);
    let pool = Pool2dOptions {
        padding: Padding::VALID,
        stride_w: 2,
        stride_h: 2,
        filter_width: 2,
        filter_height: 2,
        ..Pool2dOptions::default()
    };
    graph.operator(Op::MAX_POOL_2D, &[b], &[c], pool);
    graph.operator(Op::MEAN, &[c, axes], &[d], ReducerOptions { keep_dims: false });
    graph.operator(Op::SOFTMAX, &[d], &[y], SoftmaxOptions { beta: 1.0 });
    graph.inputs(&[x]).outputs(&[y]);
    builder.signature("serve", 0, &[("x", 0)], &[("y", 8)]);
    builder
}

/// The first and the last node of each activation; the input is there before all, the output to the
/// end.
const SPANS: [Option<(i32, i32)>; 9] = [
    Some((-1, 0)),
    None,
    Some((0, 1)),
    None,
    Some((1, 2)),
    Some((2, 3)),
    None,
    Some((3, 4)),
    Some((4, 4)),
];
const BYTES: [i32; 9] = [576, 0, 864, 0, 864, 216, 0, 6, 6];

fn offsets(model: &Model<'_>) -> Vec<i32> {
    let data = model.metadata_by_name(NAME).unwrap();
    let (words, rest) = data.as_chunks::<4>();
    assert!(rest.is_empty());
    let words: Vec<i32> = words.iter().map(|word| i32::from_le_bytes(*word)).collect();
    let tensors = i32::try_from(words.len() - 3).unwrap();
    assert_eq!(words[..3], [1, 1, tensors]);
    words[3..].to_vec()
}

/// Pairs of tensors that are alive together and share bytes.
fn sharing(offsets: &[i32]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for a in 0..9 {
        for b in a + 1..9 {
            let (Some(span_a), Some(span_b)) = (SPANS[a], SPANS[b]) else { continue };
            let together = span_a.0 <= span_b.1 && span_b.0 <= span_a.1;
            let end = (offsets[a] + BYTES[a]).min(offsets[b] + BYTES[b]);
            if together && offsets[a].max(offsets[b]) < end {
                pairs.push((a, b));
            }
        }
    }
    pairs
}

/// Checks the rules of every plan: offsets of activations only, aligned, inside of the head.
fn check_rules(offsets: &[i32], head: i32) {
    assert_eq!(offsets.len(), 9);
    for ((offset, span), bytes) in offsets.iter().zip(SPANS).zip(BYTES) {
        if span.is_none() {
            assert_eq!(*offset, -1);
        } else {
            assert!(*offset >= 0 && offset % 16 == 0 && offset + bytes <= head, "{offsets:?}");
        }
    }
}

#[test]
fn outputs_lie_over_inputs_for_the_reference_kernels() {
    let folder = Folder::new("over");
    let source = network().finish();
    let model = folder.file("model.tflite", &source);
    let copy = folder.0.join("copy.tflite");
    let report =
        json(command(["plan", "--for", "tflm", "--json"]).arg(&model).arg("-o").arg(&copy));
    let head = i32::try_from(report["head_bytes"].as_u64().unwrap()).unwrap();
    assert_eq!(report["runtime"], "tflm");
    assert_eq!((&report["planned"], &report["proven"]), (&true.into(), &true.into()));
    assert_eq!(report["lower_bound_bytes"], report["head_bytes"]);
    // `a` and `b` at once in TFLM; with the plan, the input above what has been written of `a`,
    // which is above `b`.
    assert_eq!((report["tflm_head_bytes"].as_u64(), head), (Some(1728), 944));

    let bytes = fs::read(&copy).unwrap();
    let parsed = Model::parse(&bytes).unwrap();
    let offsets = offsets(&parsed);
    check_rules(&offsets, head);
    // Only an output may share bytes with the input that it is computed from, and the report says
    // so.
    let listed = report["overlaps"].as_array().unwrap();
    let pairs = sharing(&offsets);
    assert_eq!(pairs.len(), listed.len());
    for ((input, output), entry) in pairs.iter().zip(listed) {
        let names = ["x", "", "a", "", "b", "c", "", "d", "y"];
        let node = SPANS[*output].unwrap().0;
        assert_eq!(SPANS[*input].unwrap().1, node, "{input} is read later than by node {node}");
        assert_eq!(
            (&entry["input"], &entry["output"]),
            (&names[*input].into(), &names[*output].into())
        );
        assert_eq!(entry["node"], node);
        let end = (offsets[*input] + BYTES[*input]).min(offsets[*output] + BYTES[*output]);
        assert_eq!(entry["bytes"], end - offsets[*input].max(offsets[*output]));
    }
    // MEAN fills its output with zeros before it reads.
    assert!(listed.iter().all(|entry| entry["operator"] != "MEAN"));
    // Pixel 142 of 6 channels is written before pixel 130 of 4 is read again, above and to the left
    // of pixel 143.
    assert!(offsets[0] - offsets[2] >= 143 * 6 - 130 * 4, "{offsets:?}");

    let text = run(command(["plan", "--for", "tflm"]).arg(&model));
    for part in
        ["1,728 bytes in TFLM", "944 bytes with the plan; no plan is smaller", "MAX_POOL_2D"]
    {
        assert!(text.stdout.contains(part), "{part} is not in\n{}", text.stdout);
    }
}

#[test]
fn nothing_overlaps_for_other_kernels() {
    let folder = Folder::new("apart");
    let model = folder.file("model.tflite", &network().finish());
    let copy = folder.0.join("copy.tflite");
    let report = json(
        command(["plan", "--for", "tflm-disjoint", "--json"]).arg(&model).arg("-o").arg(&copy),
    );
    // `a` and `b` do not fit into less, which is what TFLM needs: nothing to plan.
    assert_eq!((&report["head_bytes"], &report["planned"]), (&1728.into(), &false.into()));
    assert_eq!(report["overlaps"].as_array().unwrap().len(), 0);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&model).unwrap());

    // A plan that is worse than TFLM's own is replaced.
    let apart: Vec<i32> =
        (0..9).map(|i| if SPANS[i].is_some() { 1024 * i as i32 } else { -1 }).collect();
    let words = [1, 1, 9].iter().chain(&apart).flat_map(|word: &i32| word.to_le_bytes());
    let mut builder = network();
    builder.metadata(NAME, &words.collect::<Vec<_>>());
    let model = folder.file("wasteful.tflite", &builder.finish());
    let report = json(
        command(["plan", "--for", "tflm-disjoint", "--json"]).arg(&model).arg("-o").arg(&copy),
    );
    assert_eq!((&report["tflm_head_bytes"], &report["head_bytes"]), (&8208.into(), &1728.into()));
    let bytes = fs::read(&copy).unwrap();
    let parsed = Model::parse(&bytes).unwrap();
    assert_eq!(parsed.metadata().filter(|entry| entry.name == Some(NAME)).count(), 1);
    check_rules(&offsets(&parsed), 1728);
    assert_eq!(sharing(&offsets(&parsed)), []);
}

#[test]
fn the_rest_of_the_model_stays() {
    let folder = Folder::new("rest");
    let source = network().finish();
    let model = folder.file("model.tflite", &source);
    let copy = folder.0.join("copy.tflite");
    json(command(["plan", "--for", "tflm", "--json"]).arg(&model).arg("-o").arg(&copy));
    let bytes = fs::read(&copy).unwrap();
    let (before, after) = (Model::parse(&source).unwrap(), Model::parse(&bytes).unwrap());
    assert_eq!(after.description(), Some("small"));
    assert_eq!(after.metadata_by_name("min_runtime_version"), Some(&b"1.5.0"[..]));
    assert_eq!(after.signatures().count(), 1);
    assert_eq!(after.buffer_len(), before.buffer_len() + 1);
    for (old, new) in before.buffers().zip(after.buffers()) {
        assert_eq!(old.data(), new.data());
    }
    // TFLM reads constants and the plan where they lie.
    assert!(after.buffers().filter(|b| !b.data().is_empty()).all(|b| b.data_offset() % 16 == 0));
    let (old, new) = (before.subgraph(0).unwrap(), after.subgraph(0).unwrap());
    assert_eq!((format!("{old:?}"), new.tensor_len()), (format!("{new:?}"), 9));
    for (old, new) in old.operators().zip(new.operators()) {
        assert_eq!(format!("{old:?}"), format!("{new:?}"));
    }
}

#[test]
fn bantam_plans_by_itself_and_computes_the_same() {
    let folder = Folder::new("bantam");
    let model = folder.file("model.tflite", &network().finish());
    let copy = folder.0.join("copy.tflite");
    json(command(["plan", "--for", "tflm", "--json"]).arg(&model).arg("-o").arg(&copy));
    let image: Vec<u8> = (0..576_u32).map(|i| (i * i % 253) as u8).collect();
    let input = folder.file("x.bin", &image);
    let [before, after] =
        [&model, &copy].map(|file| json(command(["run", "--json", "-i"]).arg(&input).arg(file)));
    assert_eq!(before["outputs"][0]["values"], after["outputs"][0]["values"]);
    assert!(before["outputs"][0]["values"].as_array().unwrap().iter().any(|v| v != -128));
    // The distances are those of TFLM's loops, which are closer than Bantam's rows allow.
    assert_eq!(before["arena_bytes"], after["arena_bytes"]);
}

#[test]
fn what_cannot_be_planned_is_named() {
    let folder = Folder::new("refused");
    let mut circle = network();
    circle.edit_subgraph(0).unwrap().operator(
        Op::CALL_ONCE,
        &[],
        &[],
        CallOnceOptions { init_subgraph_index: 0 },
    );
    let model = folder.file("circle.tflite", &circle.finish());
    let error = error_line(command(["plan", "--for", "tflm"]).arg(&model));
    assert!(error.contains("circle.tflite: subgraphs call each other in a circle"), "{error}");

    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let [x, y] = ["x", "y"].map(|name| graph.tensor(int8(name, &[4])));
    graph.custom("ethos-u", &[x], &[y], &[]);
    graph.inputs(&[x]).outputs(&[y]);
    let model = folder.file("custom.tflite", &builder.finish());
    let error = error_line(command(["plan", "--for", "tflm-disjoint"]).arg(&model));
    assert!(error.contains("the scratch memory of ethos-u is not known"), "{error}");

    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::STRING, &[1]));
    let y = graph.tensor(int8("y", &[1]));
    graph.operator(Op::CAST, &[x], &[y], Options::None);
    graph.inputs(&[x]).outputs(&[y]);
    let model = folder.file("text.tflite", &builder.finish());
    let error = error_line(command(["plan", "--for", "tflm"]).arg(&model));
    assert!(error.contains("the size of tensor 0 is not known"), "{error}");
}

/// Returns a chain whose tensors have 48, 32, 16 and 64 bytes. TFLM puts the last and the first at
/// 0, the second at 48, and the third above all: 96 bytes where 80 are enough.
fn chain() -> ModelBuilder {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let mut last = graph.tensor(int8("t3", &[1, 1, 3, 16]));
    let first = last;
    for width in [2, 1, 4] {
        let size = TensorSpec::new("size", TensorType::INT32, &[2]).data_i32(&[1, width]);
        let size = graph.tensor(size);
        let next = graph.tensor(int8(&format!("t{width}"), &[1, 1, width, 16]));
        let options = ResizeNearestNeighborOptions::default();
        graph.operator(Op::RESIZE_NEAREST_NEIGHBOR, &[last, size], &[next], options);
        last = next;
    }
    graph.inputs(&[first]).outputs(&[last]);
    builder
}

#[test]
fn a_plan_for_all_kernels_stands_beside_bantams_own() {
    let folder = Folder::new("beside");
    let model = folder.file("model.tflite", &chain().finish());
    let planned = folder.0.join("planned.tflite");
    let report = json(command(["plan", "--json"]).arg(&model).arg("-o").arg(&planned));

    let file = fs::read(&planned).unwrap();
    let written = Model::parse(&file).unwrap();
    assert!(written.metadata_by_name("BantamMemoryPlan").is_some());
    let offsets = offsets(&written);
    let activations = [0, 2, 4, 6].map(|tensor: usize| offsets[tensor]);
    assert!(
        activations.iter().zip([48, 32, 16, 64]).all(|(&at, bytes)| at >= 0 && at + bytes <= 80)
    );
    assert_eq!(neighbours(&activations, &[48, 32, 16, 64]), [], "{offsets:?}");
    let size = json(command(["size", "--json"]).arg(&planned));
    assert_eq!(size["overlay_bytes"], report["overlay_bytes"]);
}

/// Neighbours of a chain that share bytes.
fn neighbours(offsets: &[i32], bytes: &[i32]) -> Vec<(usize, usize)> {
    let end = |at: usize| offsets[at] + bytes[at];
    let meet = |&(a, b): &(usize, usize)| offsets[a] < end(b) && offsets[b] < end(a);
    (1..offsets.len()).map(|at| (at - 1, at)).filter(meet).collect()
}

/// An initialization costs nothing: its tensors are dead when the large ones live.
#[test]
fn models_with_an_initialization_are_planned() {
    let folder = Folder::new("initialized");
    let plan = |name: &str, builder: &ModelBuilder| {
        let model = folder.file(name, &builder.finish());
        let output = folder.0.join(format!("planned-{name}"));
        let mut command = command(["plan", "--for", "tflm", "--json", "--output"]);
        let report = json(command.arg(&output).arg(&model));
        (report["head_bytes"].as_u64().unwrap(), fs::read(output).unwrap())
    };
    let (before, _) = plan("alone.tflite", &network());
    let mut builder = network();
    let mut init = builder.subgraph("init");
    let handle = init.tensor(TensorSpec::new("handle", TensorType::RESOURCE, &[1]));
    let [value, double] = ["value", "double"].map(|name| init.tensor(int8(name, &[4])));
    init.set_data(1, &[1, 2, 3, 4]);
    let options = VarHandleOptions { container: Some(""), shared_name: Some("a") };
    init.operator(Op::VAR_HANDLE, &[], &[handle], options);
    init.operator(Op::ADD, &[value, value], &[double], AddOptions::default());
    init.operator(Op::ASSIGN_VARIABLE, &[handle, double], &[], Options::None);
    let mut graph = builder.edit_subgraph(0).unwrap();
    let options = CallOnceOptions { init_subgraph_index: 1 };
    graph.operator(Op::CALL_ONCE, &[], &[], options);
    let (after, file) = plan("with.tflite", &builder);
    assert_eq!(before, after);
    // An offset for each tensor of both subgraphs; the handle and the constant have none.
    let offsets = offsets(&Model::parse(&file).unwrap());
    assert_eq!(offsets.len(), SPANS.len() + 3);
    assert_eq!(offsets[SPANS.len()..][..2], [-1, -1]);
    assert!(offsets[SPANS.len() + 2] >= 0);
}

/// Frames of subgraphs take no more than TFLM's plan, which has the tensors of all subgraphs in one
/// memory.
#[test]
fn control_flow_takes_no_more_than_in_tflm() {
    let folder = Folder::new("control");
    let control = [Op::CALL_ONCE, Op::IF, Op::WHILE];
    let cases = bantam_testkit::cases();
    let cases: Vec<_> = cases.iter().filter(|case| control.contains(&case.operator)).collect();
    assert!(cases.len() > 10);
    for case in cases {
        let model = folder.file("model.tflite", &case.file());
        let ours = json(command(["size", "--json"]).arg(&model));
        let theirs = json(command(["plan", "--for", "tflm", "--json"]).arg(&model));
        let [ours, theirs] =
            [&ours["overlay_bytes"], &theirs["tflm_head_bytes"]].map(|n| n.as_u64().unwrap());
        assert!(ours <= theirs, "{}: {ours} bytes, {theirs} in TFLM", case.name);
    }
}
