//! `cargo xtask taps`: whether every node of models writes what TensorFlow Lite Micro writes.
//!
//! TFLM's Python package runs each model with a plan that keeps all tensors, and saves them;
//! `bantam compare` does the rest, as a user would.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bantam::Model;
use serde_json::{Value, json};

use crate::ci::corpus;
use crate::outcome::Outcome;
use crate::workspace::Workspace;
use crate::{golden, process};

const SCRIPT: &str = "crates/testkit/taps.py";

/// Inputs for each model: these seeds of a generator.
const SEEDS: [u32; 3] = [1, 2, 3];

/// What the elements of float tensors may differ by: both sides round sums in other orders.
const TOLERANCE: &str = "1e-4";

/// Operators of TFLM that leave elements of their output as they were: those of SignalEnergy lie
/// outside of its first and last index, and nobody reads them.
const UNWRITTEN: [&str; 1] = ["SignalEnergy"];

/// Compares the models that the arguments name, or those of the corpus.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let workspace = Workspace::load()?;
    let models = match arguments {
        [] => public(&workspace)?,
        files => files.iter().map(PathBuf::from).collect(),
    };
    golden::set_up(&workspace)?;
    process::run(process::cargo().args(["build", "--quiet", "--release", "-p", "bantam-cli"]))?;
    let (mut compared, mut refused, mut faults) = (0, 0, Vec::new());
    for model in &models {
        let name = model.parent().and_then(Path::file_name).unwrap_or(model.as_os_str());
        let name = name.to_string_lossy();
        match compare(&workspace, model) {
            Ok(Answer::Refused(reason)) => {
                refused += 1;
                println!("{name}: not compared: {reason}");
            }
            Ok(Answer::Same(tensors)) => {
                compared += tensors;
                println!("{name}: {tensors} tensors are the same");
            }
            Ok(Answer::Differs(first)) => faults.push(format!("{name}: {first}")),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    let len = models.len();
    println!("{len} models, {refused} not compared; {compared} tensors of nodes are the same");
    if compared == 0 || !faults.is_empty() {
        return Err(format!("{} models differ\n{}", faults.len(), faults.join("\n")).into());
    }
    Ok(())
}

/// Returns the public models of the corpus, in the order of their names.
fn public(workspace: &Workspace) -> Outcome<Vec<PathBuf>> {
    let corpus = corpus(&workspace.root).ok_or("no corpus: name models, or BANTAM_CONFORMANCE")?;
    let mut models = Vec::new();
    for entry in fs::read_dir(corpus.join("public/models"))? {
        models.push(entry?.path().join("model.tflite"));
    }
    models.retain(|model| model.exists());
    models.sort();
    Ok(models)
}

enum Answer {
    /// TFLM cannot run it, or keep all its tensors.
    Refused(String),
    /// So many tensors were compared.
    Same(u64),
    Differs(String),
}

fn compare(workspace: &Workspace, path: &Path) -> Outcome<Answer> {
    let folder = workspace.target.join("taps");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let file = fs::read(path)?;
    let model = Model::parse(&file)?;
    let graph = model.subgraph(0).ok_or("no subgraph")?;
    let written: Vec<i32> =
        graph.operators().flat_map(|node| node.outputs().iter().collect::<Vec<_>>()).collect();
    let task = json!({
        "model": path,
        "inputs": graph.inputs().iter().collect::<Vec<_>>(),
        "tensors": written.into_iter().filter(|&tensor| tensor >= 0).collect::<Vec<_>>(),
        "seeds": SEEDS,
        "folder": folder,
    });
    let python = workspace.target.join("peers/bin/python");
    let mut child = Command::new(python)
        .arg(workspace.root.join(SCRIPT))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no standard input")?.write_all(task.to_string().as_bytes())?;
    let done = child.wait_with_output()?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Ok(Answer::Refused(said.lines().last().unwrap_or_default().to_owned()));
    }
    let mut compared = 0;
    for seed in SEEDS {
        let mut command = Command::new(workspace.target.join("release/bantam"));
        command.args(["compare", "--json", "--tolerance", TOLERANCE, "--reference"]);
        let done = command.arg(folder.join(seed.to_string())).arg(path).output()?;
        let report: Value = match serde_json::from_slice(&done.stdout) {
            Ok(report) => report,
            Err(_) => return Err(String::from_utf8_lossy(&done.stderr).trim().into()),
        };
        let differences = report["differences"].as_array().ok_or("no list of differences")?;
        let is_fault = |difference: &&Value| {
            difference["operator"].as_str().is_none_or(|name| !UNWRITTEN.contains(&name))
        };
        if let Some(first) = differences.iter().find(is_fault) {
            return Ok(Answer::Differs(format!("inputs {seed}: {first}")));
        }
        compared += report["compared"].as_u64().unwrap_or(0);
    }
    Ok(Answer::Same(compared))
}
