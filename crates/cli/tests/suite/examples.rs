//! The models of the examples, against the answers of TensorFlow Lite Micro, and what their pages
//! say of them.
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{command, error_line, examples, json};

/// A folder of `examples` with a model, `NAME.tflite`, and TFLM's answers, `expected.bin`.
struct Example {
    name: &'static str,
    /// The file of inputs, one after another.
    inputs: &'static str,
    operators: usize,
    /// The number of answers, of how many, whose highest score is where `test_labels.bin` says.
    right: Option<(usize, usize)>,
    /// `output_hash` as `benches/peers/tflm_bench.py` prints it.
    hash: &'static str,
}

const EXAMPLES: [Example; 4] = [
    Example {
        name: "digits",
        inputs: "test_images.bin",
        operators: 11,
        right: Some((356, 360)),
        hash: "14663bad1c8b54d5",
    },
    Example {
        name: "shapes",
        inputs: "test_inputs.bin",
        operators: 31,
        right: Some((4, 4)),
        hash: "09e54907b65c9960",
    },
    Example {
        name: "sine",
        inputs: "test_inputs.bin",
        operators: 3,
        right: None,
        hash: "af64624c8602d03e",
    },
    Example {
        name: "wake",
        inputs: "test_inputs.bin",
        operators: 24,
        right: None,
        hash: "159b1437017e0d7a",
    },
];

impl Example {
    fn file(&self, name: &str) -> PathBuf {
        examples().join(self.name).join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap()
    }

    fn model(&self) -> PathBuf {
        self.file(&format!("{}.tflite", self.name))
    }

    fn page(&self) -> String {
        fs::read_to_string(self.file("README.md")).unwrap()
    }

    /// Returns bytes of the model's only input or output: `inputs` or `outputs`.
    fn bytes(&self, end: &str) -> usize {
        let report = json(command(["run", "--json"]).arg(self.model()));
        let tensors = report[end].as_array().unwrap();
        assert_eq!(tensors.len(), 1, "{}: {end}", self.name);
        usize::try_from(tensors[0]["bytes"].as_u64().unwrap()).unwrap()
    }
}

/// Returns a number as the pages write it: a comma before each group of three digits.
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[test]
fn every_answer_is_that_of_tflm() {
    for example in &EXAMPLES {
        let name = example.name;
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let inputs = example.read(example.inputs);
        let (step, answer) = (example.bytes("inputs"), example.bytes("outputs"));
        assert!(inputs.len().is_multiple_of(step), "{name}: {} bytes of inputs", inputs.len());
        let steps = inputs.len() / step;
        let report = json(
            command(["run", "--json", "--steps", &steps.to_string()])
                .arg(example.model())
                .arg("--input")
                .arg(example.file(example.inputs))
                .arg("--output-dir")
                .arg(&out),
        );
        assert_eq!(report["steps"], steps, "{name}");
        let answers = fs::read(out.join("output_0.bin")).unwrap();
        assert_eq!(answers.len(), steps * answer, "{name}");
        assert!(answers == example.read("expected.bin"), "{name}: answers differ from TFLM's");
    }
}

#[test]
fn as_many_answers_are_right_as_the_pages_say() {
    for example in &EXAMPLES {
        let Some((right, of)) = example.right else { continue };
        let (labels, answers) = (example.read("test_labels.bin"), example.read("expected.bin"));
        assert_eq!(labels.len(), of, "{}", example.name);
        let scores = answers.chunks_exact(answers.len() / labels.len());
        let best = |scores: &[u8]| (0..scores.len()).max_by_key(|&i| scores[i].cast_signed());
        let found = scores.zip(&labels).filter(|(s, label)| best(s) == Some(usize::from(**label)));
        assert_eq!(found.count(), right, "{}", example.name);
        assert!(example.page().contains(&format!("{right} of the {of}")), "{}", example.name);
    }
}

#[test]
fn hash_of_bench_is_that_of_tflm() {
    for example in &EXAMPLES {
        let report = json(command(["bench", "--json", "--seconds", "0"]).arg(example.model()));
        assert_eq!(report["output_hash"], example.hash, "{}", example.name);
        let operators = report["operators"].as_array().unwrap().len();
        assert_eq!(operators, example.operators, "{}", example.name);
    }
}

#[test]
fn arena_is_exact_and_as_the_page_says() {
    for example in &EXAMPLES {
        let report = json(command(["size", "--json"]).arg(example.model()));
        let arena = usize::try_from(report["arena_bytes"].as_u64().unwrap()).unwrap();
        json(command(["run", "--json", "--arena", &arena.to_string()]).arg(example.model()));
        let less = (arena - 1).to_string();
        let error = error_line(command(["run", "--arena", &less]).arg(example.model()));
        assert!(error.contains(&format!("needs {arena}")), "{error}");
        let sentence = format!("{} bytes of arena", with_commas(arena));
        assert!(example.page().contains(&sentence), "{}: no \"{sentence}\"", example.name);
    }
}

#[test]
fn files_are_as_long_as_the_pages_say() {
    for example in &EXAMPLES {
        let page = example.page();
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        let mut with_bytes = 0;
        for row in rows {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [_, file, _, bytes, _] = cells[..] else { continue };
            let length = fs::metadata(example.file(file.trim_matches('`'))).unwrap().len();
            if !bytes.is_empty() {
                with_bytes += 1;
                let length = usize::try_from(length).unwrap();
                assert_eq!(bytes, with_commas(length), "{}: {file}", example.name);
            }
        }
        assert!(with_bytes >= 3, "{}: only {with_bytes} files with their bytes", example.name);
    }
}
