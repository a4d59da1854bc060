//! A look at tensors: `run --dump`, inputs as `.npy`, and `compare`.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::common::{command, digits, error_line, example, json, run};

/// A folder of one test, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("taps-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Dumps the tensors of the first picture of the digits.
    fn dump(&self) -> PathBuf {
        let picture = self.0.join("picture.bin");
        fs::write(&picture, &fs::read(example("test_images.bin")).unwrap()[..64]).unwrap();
        let tensors = self.0.join("tensors");
        let run = command(["run", "--json", "--dump"])
            .arg(&tensors)
            .arg("-i")
            .arg(&picture)
            .arg(digits())
            .output()
            .unwrap();
        assert!(run.status.success());
        tensors
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The tensor that a node writes.
fn output_of(node: usize) -> u64 {
    let report = json(command(["inspect", "--json"]).arg(digits()));
    report["subgraphs"][0]["operators"][node]["outputs"][0].as_u64().unwrap()
}

#[test]
fn every_tensor_is_dumped_as_an_array() {
    let folder = Folder::new("dump");
    let tensors = folder.dump();
    let report = json(command(["inspect", "--json"]).arg(digits()));
    let known = report["subgraphs"][0]["tensors"].as_array().unwrap();
    assert_eq!(fs::read_dir(&tensors).unwrap().count(), known.len());
    for (index, tensor) in known.iter().enumerate() {
        let array = fs::read(tensors.join(format!("tensor_{index}.npy"))).unwrap();
        assert!(array.starts_with(b"\x93NUMPY"), "{index}");
        let bytes = tensor["bytes"].as_u64().unwrap() as usize;
        assert!(array.len() > bytes && (array.len() - bytes).is_multiple_of(64), "{index}");
        let head = String::from_utf8_lossy(&array[..array.len() - bytes]).into_owned();
        let code = if tensor["type"] == "int8" { "|i1" } else { "<i4" };
        assert!(head.contains(code), "{index}: {head}");
    }
    // The last node's is the output, which TFLM has computed.
    let answer = fs::read(tensors.join(format!("tensor_{}.npy", output_of(10)))).unwrap();
    assert!(answer.ends_with(&fs::read(example("expected.bin")).unwrap()[..10]));
}

#[test]
fn arrays_are_inputs() {
    let folder = Folder::new("input");
    let tensors = folder.dump();
    let input = json(command(["inspect", "--json"]).arg(digits()))["subgraphs"][0]["inputs"][0]
        .as_u64()
        .unwrap();
    let array = tensors.join(format!("tensor_{input}.npy"));
    let report = json(command(["run", "--json", "-i"]).arg(&array).arg(digits()));
    let expected: Vec<i8> =
        fs::read(example("expected.bin")).unwrap()[..10].iter().map(|&byte| byte as i8).collect();
    assert_eq!(report["outputs"][0]["values"], json!(expected));

    let bias = (0..).map(|index| tensors.join(format!("tensor_{index}.npy")));
    let bias = bias
        .take_while(|path| path.exists())
        .find(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).contains("<i4"));
    let error = error_line(command(["run", "-i"]).arg(bias.unwrap()).arg(digits()));
    assert!(error.contains("the array is int32; int8 is needed for input 0"), "{error}");
}

#[test]
fn the_first_node_that_differs_is_found() {
    let folder = Folder::new("compare");
    let tensors = folder.dump();
    let compare = || {
        let mut command = command(["compare", "--json", "--reference"]);
        command.arg(&tensors).arg(digits());
        command
    };
    let same = json(&mut compare());
    assert_eq!((&same["same"], &same["compared"]), (&json!(true), &json!(11)));

    // An element of the outputs of two nodes: 3 steps, and 1.
    for (node, by) in [(4, 3), (7, 1)] {
        let path = tensors.join(format!("tensor_{}.npy", output_of(node)));
        let mut array = fs::read(&path).unwrap();
        let last = array.last_mut().unwrap();
        *last = if *last as i8 > 0 { *last - by } else { *last + by };
        fs::write(&path, array).unwrap();
    }
    let found = run(&mut compare());
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&report["first"]["node"], &report["first"]["largest"]), (&json!(4), &json!(3.0)));
    assert_eq!(report["differences"].as_array().unwrap().len(), 2);
    let text = run(command(["compare", "--reference"]).arg(&tensors).arg(digits())).stdout;
    assert!(text.contains("the first node that differs: node 4 ("), "{text}");
    assert!(text.contains("largest difference 3 steps of the scale"), "{text}");

    let tolerant = json(compare().args(["--tolerance", "3"]));
    assert_eq!(tolerant["same"], true);
    let some = run(compare().args(["--tolerance", "1"]));
    assert_eq!(some.code, 1);
}

#[test]
fn a_folder_without_tensors_is_no_reference() {
    let folder = Folder::new("none");
    let picture = folder.0.join("picture.bin");
    fs::write(&picture, [0; 64]).unwrap();
    let error = error_line(
        command(["compare", "--reference"]).arg(&folder.0).arg("-i").arg(&picture).arg(digits()),
    );
    assert!(error.contains("tensor_N.npy"), "{error}");
}

#[test]
fn a_reference_without_arrays_says_what_is_looked_for() {
    let folder = Folder::new("nothing");
    let compare = |reference: &Path| {
        error_line(command(["compare"]).arg(digits()).arg("--reference").arg(reference))
    };
    let said = compare(&folder.0);
    assert!(said.contains("tensor_N.npy, such as tensor_24.npy of tensor 24"), "{said}");
    assert!(said.contains("bantam run --dump"), "{said}");
    assert!(compare(&folder.0.join("none")).contains("there is no such folder"));
}

#[test]
fn arrays_that_do_not_suit_the_input_are_explained() {
    let folder = Folder::new("unsuitable");
    let tensors = folder.dump();
    let feed = |tensor: &str| {
        error_line(command(["run"]).arg(digits()).arg("--input").arg(tensors.join(tensor)))
    };
    let said = feed("tensor_6.npy");
    assert!(said.contains("the array is int32; int8 is needed for input 0 \"image\""), "{said}");
    assert!(said.contains("array.astype(np.int8)"), "{said}");
    let said = feed("tensor_24.npy");
    assert!(said.contains("the array is [1, 10], of 10 bytes"), "{said}");
    assert!(said.contains("(int8 [1, 8, 8, 1]) takes 64 bytes"), "{said}");
}

#[test]
fn tensors_of_called_subgraphs_are_dumped() {
    let folder = Folder::new("called");
    let case = bantam_testkit::cases().into_iter().find(|case| case.operator_name() == "WHILE");
    let model = folder.0.join("loop.tflite");
    fs::write(&model, case.unwrap().file()).unwrap();
    let tensors = folder.0.join("tensors");
    let report = json(command(["run", "--json", "--dump"]).arg(&tensors).arg(&model));
    assert_eq!(report["dumped"], fs::read_dir(&tensors).unwrap().count());
    // The condition has run in any case.
    assert!(tensors.join("tensor_0.npy").is_file());
    assert!(tensors.join("subgraph_1_tensor_0.npy").is_file());
}
