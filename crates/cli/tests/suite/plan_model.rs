//! `bantam plan MODEL`.
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{command, digits, error_line, example, json, run};
use anstream::adapter::strip_str;
use bantam_schema::options::{
    AddOptions, ConcatenationOptions, Pool2dOptions, ResizeNearestNeighborOptions,
};
use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Subgraph, TensorType};
use serde_json::{Value, json};

/// Returns a file of one test.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plan_model");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// Names that mean something elsewhere: in XML, on terminals, and none.
const NAMES: [&str; 4] = ["<image> & \"more\"", "]]>", "wide\u{1b}[31m\u{1}", "\u{ffff}"];

struct Images<'m>(SubgraphBuilder<'m>);

impl Images<'_> {
    fn image(&mut self, name: &str, rows: i32, columns: i32) -> i32 {
        let spec = TensorSpec::new(name, TensorType::INT8, &[1, rows, columns, 2]);
        self.0.tensor(spec.quantized(0.1, 3))
    }

    fn widen(&mut self, from: i32, to: i32, corners: bool) {
        let size = TensorSpec::new("size", TensorType::INT32, &[2]).data_i32(&[16, 16]);
        let size = self.0.tensor(size);
        let options = ResizeNearestNeighborOptions { align_corners: corners, ..Default::default() };
        self.0.operator(B::RESIZE_NEAREST_NEIGHBOR, &[from, size], &[to], options);
    }

    fn pool(&mut self, op: B, from: i32, to: i32) {
        let options = Pool2dOptions {
            filter_height: 4,
            filter_width: 4,
            stride_h: 4,
            stride_w: 4,
            ..Pool2dOptions::default()
        };
        self.0.operator(op, &[from], &[to], options);
    }
}

/// Writes a model with two branches that widen before either shrinks: one after the other needs
/// less.
fn branches(name: &str) -> PathBuf {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, y) = (graph.image(NAMES[0], 4, 4), graph.image("sum", 4, 4));
    let wide = [NAMES[1], NAMES[2]].map(|name| graph.image(name, 16, 16));
    let narrow = [NAMES[3], "narrow"].map(|name| graph.image(name, 4, 4));
    graph.widen(x, wide[0], false);
    graph.widen(x, wide[1], true);
    graph.pool(B::MAX_POOL_2D, wide[0], narrow[0]);
    graph.pool(B::AVERAGE_POOL_2D, wide[1], narrow[1]);
    graph.0.operator(B::ADD, &narrow, &[y], AddOptions::default());
    graph.0.inputs(&[x]).outputs(&[y]);
    let path = file(name);
    fs::write(&path, builder.finish()).unwrap();
    path
}

/// Writes a model with two wide images that are views of a concatenation.
fn parts(name: &str) -> PathBuf {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, y) = (graph.image("x", 4, 4), graph.image("y", 8, 4));
    let wide = ["w1", "w2"].map(|name| graph.image(name, 16, 16));
    let whole = graph.image("whole", 32, 16);
    graph.widen(x, wide[0], false);
    graph.widen(x, wide[1], true);
    let options = ConcatenationOptions { axis: 1, ..ConcatenationOptions::default() };
    graph.0.operator(B::CONCATENATION, &wide, &[whole], options);
    graph.pool(B::MAX_POOL_2D, whole, y);
    graph.0.inputs(&[x]).outputs(&[y]);
    let path = file(name);
    fs::write(&path, builder.finish()).unwrap();
    path
}

fn plan(model: &Path) -> Command {
    let mut command = command(["plan"]);
    command.arg(model);
    command
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn span(buffer: &Value) -> Range<u64> {
    let offset = number(&buffer["offset"]);
    offset..offset + number(&buffer["bytes"])
}

fn shared(a: &Value, b: &Value) -> u64 {
    let (a, b) = (span(a), span(b));
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

fn is_live(buffer: &Value, step: u64) -> bool {
    (number(&buffer["first"])..=number(&buffer["last"])).contains(&step)
}

/// Returns the bytes that a step has in use, each counted once.
fn bytes_during(buffers: &[Value], step: u64) -> u64 {
    let mut spans: Vec<Range<u64>> =
        buffers.iter().filter(|buffer| is_live(buffer, step)).map(span).collect();
    spans.sort_by_key(|span| span.start);
    let mut reach = 0;
    spans.iter().fold(0, |sum, span| {
        let start = span.start.max(reach);
        reach = reach.max(span.end);
        sum + span.end.saturating_sub(start)
    })
}

/// Returns the first and last step of a tensor, out of the graph: inputs are there from step 0,
/// node `i` runs in step `i + 1`.
fn lifetime(graph: &Subgraph<'_>, tensor: i32) -> (u64, u64) {
    let steps = || (1_u64..).zip(graph.operators());
    let written = steps().find(|(_, node)| node.outputs().iter().any(|t| t == tensor));
    let read = steps().filter(|(_, node)| node.inputs().iter().any(|t| t == tensor)).last();
    let is_input = graph.inputs().iter().any(|t| t == tensor);
    let is_output = graph.outputs().iter().any(|t| t == tensor);
    let first = if is_input { 0 } else { written.unwrap().0 };
    let last = if is_output { graph.operator_len().into() } else { read.unwrap().0 };
    (first, last)
}

/// Everything that `--json` says agrees with the model, with the model that is written, and with
/// itself.
fn check(model: &Path, output: &Path) -> Value {
    let report = json(plan(model).arg("--json").arg("-o").arg(output));
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let expected = [
        "version",
        "model",
        "overlay_bytes",
        "lower_bound_bytes",
        "proven",
        "arena_bytes",
        "nodes",
        "reordered",
        "steps",
        "peak_step",
        "buffers",
        "seconds",
    ];
    assert_eq!(keys, expected);
    assert_eq!(report["model"], json!(model.display().to_string()));

    let (given, written) = (fs::read(model).unwrap(), fs::read(output).unwrap());
    let given = Model::parse(&given).unwrap().subgraph(0).unwrap();
    let written = Model::parse(&written).unwrap().subgraph(0).unwrap();
    let steps = list(&report["steps"]);
    assert_eq!(steps.len(), given.operator_len() as usize + 1);
    assert_eq!((&steps[0]["operator"], &steps[0]["source"]), (&json!(null), &json!(null)));
    let mut sources = Vec::new();
    for (step, node) in steps[1..].iter().zip(written.operators()) {
        let source = number(&step["source"]);
        let original = given.operator(source as u32).unwrap();
        assert_eq!(step["operator"], original.code().builtin.to_string());
        // The written model has its nodes in this order.
        assert_eq!(node.outputs().get(0), original.outputs().get(0));
        sources.push(source);
    }
    assert_eq!(report["reordered"], !sources.is_sorted());
    sources.sort_unstable();
    assert!(sources.iter().copied().eq(0..sources.len() as u64), "{sources:?}");

    let buffers = list(&report["buffers"]);
    let planned = |tensor: &bantam_schema::Tensor<'_>| tensor.data().is_none();
    assert_eq!(buffers.len(), given.tensors().filter(planned).count());
    let bases: Vec<u64> = buffers.iter().filter_map(|it| it["base"].as_u64()).collect();
    for (index, buffer) in (0_u64..).zip(buffers) {
        let tensor = given.tensor(number(&buffer["tensor"]) as u32).unwrap();
        assert_eq!(buffer["name"], json!(tensor.name().unwrap()));
        assert_eq!(buffer["type"], tensor.tensor_type().to_string().to_lowercase());
        let shape: Vec<i32> = tensor.shape().iter().collect();
        assert_eq!(buffer["shape"], json!(shape));
        assert_eq!(number(&buffer["bytes"]), shape.iter().product::<i32>() as u64);
        let alone = buffer["base"].is_null();
        assert!(!alone || number(&buffer["offset"]).is_multiple_of(16));
        let (first, last) = lifetime(&written, number(&buffer["tensor"]) as i32);
        let said = (number(&buffer["first"]), number(&buffer["last"]));
        if bases.contains(&index) {
            // It is there for as long as any of its parts.
            assert!(said.0 <= first && said.1 >= last, "{buffer}");
        } else {
            assert_eq!(said, (first, last), "{buffer}");
        }
        check_sharing(buffers, index as usize);
    }

    let highest = buffers.iter().map(|buffer| span(buffer).end).max().unwrap();
    assert_eq!(number(&report["overlay_bytes"]), highest.next_multiple_of(16));
    assert!(report["lower_bound_bytes"].as_u64() <= report["overlay_bytes"].as_u64());
    assert_eq!(report["proven"], report["lower_bound_bytes"] == report["overlay_bytes"]);
    let in_use: Vec<u64> = steps.iter().map(|step| number(&step["bytes"])).collect();
    let expected: Vec<u64> =
        (0..steps.len() as u64).map(|step| bytes_during(buffers, step)).collect();
    assert_eq!(in_use, expected);
    let most = in_use.iter().max().unwrap();
    let first = in_use.iter().position(|bytes| bytes == most).unwrap();
    assert_eq!(number(&report["peak_step"]), first as u64);
    report
}

/// Two buffers that are live at a time and share bytes say so.
fn check_sharing(buffers: &[Value], index: usize) {
    let buffer = &buffers[index];
    for (at, other) in buffers.iter().enumerate().take(index) {
        let met =
            is_live(buffer, number(&other["first"])) || is_live(other, number(&buffer["first"]));
        let related = |a: &Value, b: usize| a["over"] == json!(b) || a["base"] == json!(b);
        let is_said = related(buffer, at) || related(other, index);
        assert!(!met || shared(buffer, other) == 0 || is_said, "{buffer} {other}");
    }
    match buffer["over"].as_u64() {
        Some(input) => {
            let input = &buffers[input as usize];
            assert_eq!(number(&buffer["shared_bytes"]), shared(buffer, input));
            assert!(shared(buffer, input) > 0);
            assert_eq!(input["last"], buffer["first"]);
        }
        None => {
            assert_eq!((&buffer["shared_bytes"], &buffer["backwards"]), (&json!(0), &json!(false)));
        }
    }
    if let Some(whole) = buffer["base"].as_u64() {
        assert_eq!(shared(buffer, &buffers[whole as usize]), number(&buffer["bytes"]));
    }
}

/// What the model that was written needs and answers, against the report and the model that was
/// given.
fn check_written(model: &Path, output: &Path, report: &Value, input: &Path, steps: &str) {
    let size = json(command(["size", "--json"]).arg(output));
    assert_eq!(size["arena_bytes"], report["arena_bytes"]);
    assert_eq!(size["overlay_bytes"], report["overlay_bytes"]);
    let outputs = |model: &Path| {
        let out = file(&format!("{}.out", model.file_name().unwrap().to_string_lossy()));
        json(
            command(["run", "--json", "--steps", steps])
                .arg(model)
                .arg("-i")
                .arg(input)
                .arg("-o")
                .arg(&out),
        );
        fs::read(out.join("output_0.bin")).unwrap()
    };
    assert_eq!(outputs(output), outputs(model));
    let metadata = &json(command(["inspect", "--json"]).arg(output))["metadata"];
    assert!(list(metadata).iter().any(|entry| entry["name"] == "BantamMemoryPlan"), "{metadata}");
    let again = error_line(
        command(["run", "--arena", &(number(&size["arena_bytes"]) - 1).to_string()]).arg(output),
    );
    assert!(again.contains(&format!("needs {}", size["arena_bytes"])), "{again}");
}

#[test]
fn digits_are_planned_and_written() {
    let (model, output) = (digits(), file("digits.tflite"));
    let report = check(&model, &output);
    assert_eq!(report["reordered"], false);
    let images = file("images.bin");
    fs::write(&images, &fs::read(example("test_images.bin")).unwrap()[..5 * 64]).unwrap();
    check_written(&model, &output, &report, &images, "5");
}

#[test]
fn branches_are_put_into_another_order() {
    let (model, output) = (branches("branches.tflite"), file("branches_planned.tflite"));
    let report = check(&model, &output);
    assert_eq!(report["reordered"], true);
    let buffers = list(&report["buffers"]);
    assert!(buffers.iter().any(|buffer| buffer["backwards"] == true));
    let before = json(command(["size", "--json"]).arg(&model));
    assert!(number(&before["overlay_bytes"]) > number(&report["overlay_bytes"]));
    let input = file("branches.bin");
    fs::write(&input, (0..64).map(|i| i * 91 % 251).map(|i: u32| i as u8).collect::<Vec<_>>())
        .unwrap();
    check_written(&model, &output, &report, &input, "2");
}

#[test]
fn parts_name_the_whole_that_they_lie_in() {
    let (model, output) = (parts("parts.tflite"), file("parts_planned.tflite"));
    let report = check(&model, &output);
    let buffers = list(&report["buffers"]);
    let part = |name: &str| buffers.iter().find(|buffer| buffer["name"] == name).unwrap();
    let whole = number(&part("w1")["base"]) as usize;
    assert_eq!(buffers[whole]["name"], "whole");
    assert_eq!(part("w1")["offset"], buffers[whole]["offset"]);
    assert_eq!(number(&part("w2")["offset"]), number(&part("w1")["offset"]) + 512);
    let input = file("parts.bin");
    fs::write(&input, [7; 32]).unwrap();
    check_written(&model, &output, &report, &input, "1");

    let svg = file("parts.svg");
    run(plan(&model).arg("--svg").arg(&svg));
    let text = run(&mut plan(&model)).stdout;
    assert!(fs::read_to_string(&svg).unwrap().contains("view of whole"));
    let letter = (b'a' + whole as u8) as char;
    assert!(text.contains(&format!("view of {letter}")), "{text}");
}

/// Returns a name as it may stand in XML and on terminals.
fn escaped(name: &str) -> String {
    name.replace('\u{1b}', "\\u{1b}").replace('\u{1}', "\\u{1}").replace('\u{ffff}', "\u{fffd}")
}

#[test]
fn pictures_have_a_title_for_each_buffer() {
    let model = branches("<a&b>.tflite");
    let picture = file("branches.svg");
    let report = json(plan(&model).arg("--json").arg("--svg").arg(&picture));
    let text = fs::read_to_string(&picture).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    assert_eq!(root.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
    assert!(root.attribute("viewBox").is_some());

    let content = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().trim().to_owned();
    let named = |name: &'static str| {
        document.descendants().filter(move |node| node.has_tag_name(name)).map(content)
    };
    let titles: Vec<String> = named("title").collect();
    let buffers = list(&report["buffers"]);
    assert_eq!(titles.len(), buffers.len());
    for buffer in buffers {
        let shape: Vec<String> = list(&buffer["shape"]).iter().map(Value::to_string).collect();
        let lines = [
            escaped(buffer["name"].as_str().unwrap()),
            format!("int8 [{}]", shape.join(", ")),
            format!("{} bytes at {} to {}", buffer["bytes"], span(buffer).start, span(buffer).end),
            format!("steps {} to {}", buffer["first"], buffer["last"]),
        ];
        let title = titles.iter().find(|title| title.starts_with(&lines.join("\n")));
        let title = title.unwrap_or_else(|| panic!("{lines:?} is not among {titles:?}"));
        let over = buffer["over"].as_u64().map(|input| &buffers[input as usize]["name"]);
        match over {
            Some(name) => {
                let way = if buffer["backwards"] == true { "backwards" } else { "forwards" };
                let name = escaped(name.as_str().unwrap());
                let line = format!("over {name} by {} bytes, {way}", buffer["shared_bytes"]);
                assert!(title.ends_with(&line), "{title:?} does not end with {line:?}");
            }
            None => assert!(!title.contains("over"), "{title:?}"),
        }
    }
    // Title, operators below their steps, and the peak.
    let texts: Vec<String> = named("text").collect();
    let peak = format!(
        "most in use: {} B",
        report["steps"][number(&report["peak_step"]) as usize]["bytes"]
    );
    for expected in ["<a&b>.tflite", "inputs", "RESIZE_NEAREST_NEIGHBOR 0", "ADD 4", &peak] {
        assert!(texts.iter().any(|text| text == expected), "{expected} is not among {texts:?}");
    }
    // Stripes where two share bytes, and once each in the legend.
    for (fill, backwards) in [("url(#forwards)", false), ("url(#backwards)", true)] {
        let stripes = document.descendants().filter(|node| node.attribute("fill") == Some(fill));
        let is_shared =
            |buffer: &&Value| !buffer["over"].is_null() && buffer["backwards"] == backwards;
        let shared = buffers.iter().filter(is_shared).count();
        assert_eq!(stripes.count(), shared + usize::from(shared > 0), "{fill}");
    }
}

#[test]
fn techniques_get_better_one_after_the_other() {
    for model in [digits(), branches("techniques.tflite"), parts("techniques_parts.tflite")] {
        let report = json(plan(&model).args(["--json", "--compare"]));
        let techniques = list(&report["techniques"]);
        let names: Vec<&str> =
            techniques.iter().map(|technique| technique["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["greedy", "exact", "in_place", "device", "overlap", "reordered"]);
        let bytes = |name: &str| {
            let at = names.iter().position(|other| *other == name).unwrap();
            number(&techniques[at]["overlay_bytes"])
        };
        let order = ["greedy", "exact", "in_place", "overlap", "reordered"].map(bytes);
        assert!(order.is_sorted_by(|before, after| before >= after), "{order:?}");
        assert!(bytes("device") >= bytes("overlap"));
        assert_eq!(bytes("reordered"), number(&report["overlay_bytes"]));
        for technique in techniques {
            let [overlay, bound] =
                ["overlay_bytes", "lower_bound_bytes"].map(|key| &technique[key]);
            assert!(number(bound) <= number(overlay));
            assert_eq!(technique["proven"], json!(bound == overlay));
        }
        let text = run(plan(&model).arg("--compare")).stdout;
        let at = |name: &str| text.find(&format!("\n  {} ", name.replace('_', " "))).unwrap();
        assert!(names.iter().map(|name| at(name)).is_sorted(), "{text}");
    }
    let report = json(plan(&branches("techniques.tflite")).args(["--json", "--compare"]));
    let bytes = |at: usize| number(&report["techniques"][at]["overlay_bytes"]);
    // Overlap and order are worth something here.
    assert!(bytes(1) > bytes(4) && bytes(4) > bytes(5), "{report}");
}

#[test]
fn text_has_a_chart_and_what_is_live_at_the_peak() {
    let model = branches("text.tflite");
    let report = json(plan(&model).arg("--json"));
    let plain = run(&mut plan(&model)).stdout;
    let coloured = run(plan(&model).env("CLICOLOR_FORCE", "1")).stdout;
    let without_time =
        |text: &str| text.rsplit_once("\n").unwrap().0.rsplit_once('\n').unwrap().0.to_owned();
    assert_ne!(without_time(&coloured), without_time(&plain));
    assert_eq!(without_time(&strip_str(&coloured).to_string()), without_time(&plain));
    assert!(!plain.contains('\u{1b}'));

    let lines: Vec<&str> = plain.lines().collect();
    let (overlay, peak_step) = (number(&report["overlay_bytes"]), number(&report["peak_step"]));
    let heading = "6 buffers in 560 bytes; no plan is smaller; operators in another order";
    assert_eq!(lines[1], heading);
    // The chart stands between two empty lines, below it the mark of the peak and the steps.
    let start = lines.iter().position(|line| line.is_empty()).unwrap() + 1;
    let end = start + lines[start..].iter().position(|line| line.is_empty()).unwrap();
    let [chart @ .., marks, scale] = &lines[start..end] else { panic!("{plain}") };
    let margin = 2 + overlay.to_string().len() + 1;
    let steps = list(&report["steps"]).len();
    let width = (chart[0].chars().count() - margin) / steps;
    assert!((2..=20).contains(&chart.len()) && width >= 2, "{plain}");
    assert!(chart[0].starts_with(&format!("  {overlay} ")), "{plain}");
    assert_eq!(marks.chars().position(|c| c == '^'), Some(margin + width * peak_step as usize));
    assert!(scale.trim_start().starts_with('0') && scale.ends_with("step"));
    let letter = |index: usize| char::from(b'a' + index as u8);
    let column = |step: usize| -> String {
        let cells =
            |line: &&str| line.chars().skip(margin + step * width).take(width).collect::<String>();
        chart.iter().map(cells).collect()
    };
    let buffers = list(&report["buffers"]);
    for step in 0..steps {
        for (index, buffer) in buffers.iter().enumerate() {
            // A small buffer under a large one may be hidden.
            let shown = column(step).contains(letter(index));
            let live = is_live(buffer, step as u64);
            assert!(live || !shown, "{} in step {step}\n{plain}", letter(index));
            assert!(
                shown || !live || number(&buffer["bytes"]) < 512,
                "{} in step {step}\n{plain}",
                letter(index)
            );
        }
    }

    // The table has the buffers that are live at the peak, the highest first.
    let title = format!(
        "most in use: {} bytes in step {peak_step}: node ",
        report["steps"][peak_step as usize]["bytes"]
    );
    assert!(lines[end + 1].starts_with(&title), "{plain}");
    let mut live: Vec<usize> =
        (0..buffers.len()).filter(|&at| is_live(&buffers[at], peak_step)).collect();
    live.sort_by_key(|&at| std::cmp::Reverse(number(&buffers[at]["offset"])));
    let rows: Vec<&str> = lines[end + 3..].iter().take(live.len()).copied().collect();
    for (row, at) in rows.iter().zip(live) {
        let buffer = &buffers[at];
        let words: Vec<&str> = row.split_whitespace().collect();
        let expected =
            [letter(at).to_string(), buffer["offset"].to_string(), buffer["bytes"].to_string()];
        assert_eq!(words[..3], expected, "{plain}");
        let shape: Vec<String> = list(&buffer["shape"]).iter().map(Value::to_string).collect();
        assert!(row.contains(&format!("[{}]", shape.join(", "))), "{plain}");
    }
    assert!(lines.last().unwrap().ends_with(" s"));
}

#[test]
fn wrong_use_is_told_apart_from_failure() {
    let model = digits();
    let model = model.to_str().unwrap();
    for arguments in [
        &["--csv", "buffers.csv", "--compare"][..],
        &["--csv", "buffers.csv", "--for", "tflm"],
        &["--csv", "buffers.csv", model],
        &[model, "--alignment", "32"],
        &[model, "--region", "sram=1024"],
        &[model, "--for", "tflm", "--svg", "map.svg"],
        &[model, "--for", "tflm-disjoint", "--compare"],
        &[model, "--threads", "0"],
        &[],
    ] {
        let wrong = run(command(["plan"]).args(arguments));
        assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(wrong.stderr.starts_with("error: "), "{}", wrong.stderr);
    }
    let missing = error_line(&mut command(["plan", "missing.tflite"]));
    assert!(missing.contains("missing.tflite"), "{missing}");
    let nowhere = error_line(&mut command(["plan", model, "--svg", "no/such/folder/map.svg"]));
    assert!(nowhere.contains("no/such/folder/map.svg"), "{nowhere}");
}
