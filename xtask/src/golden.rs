//! `cargo xtask golden`: what TensorFlow Lite Micro computes for the cases of `bantam-testkit`, in
//! `crates/testkit/golden`.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bantam_testkit::golden::{self, Golden, Tensors};
use bantam_testkit::{Case, FAMILIES, cases};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

const SCRIPT: &str = "crates/testkit/golden.py";

/// Bytes that all golden files together may have.
const MAX_BYTES: usize = 1 << 20;

/// Writes the golden files; with `--check`, only compares them with what TensorFlow Lite Micro
/// computes now.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("`golden` takes nothing but `--check`".into()),
    };
    let workspace = Workspace::load()?;
    let files = files(&workspace)?;
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    if bytes > MAX_BYTES {
        return Err(format!("golden files of {bytes} bytes; {MAX_BYTES} are allowed").into());
    }
    for (family, text) in files {
        let path = golden::path(family);
        if check {
            let known = golden::read(&fs::read_to_string(&path).unwrap_or_default())?;
            compare(family, &known, &golden::read(&text)?)?;
        } else {
            fs::create_dir_all(path.parent().unwrap_or(&workspace.root))?;
            fs::write(&path, text)?;
        }
    }
    println!("{bytes} bytes");
    Ok(())
}

/// An error if TFLM computes something else now. Another C library is no difference.
fn compare(family: &str, known: &[Golden], now: &[Golden]) -> Outcome {
    let fault = |what: &str| format!("{family}: {what}; `cargo xtask golden` writes it");
    let names = |golden: &[Golden]| -> Vec<_> {
        golden.iter().map(|golden| (golden.name.clone(), golden.fingerprint)).collect()
    };
    if names(known) != names(now) {
        return Err(fault("the cases have changed").into());
    }
    for (known, now) in known.iter().zip(now) {
        let case = cases().into_iter().find(|case| case.name == known.name);
        let case = case.ok_or_else(|| fault(&known.name))?;
        for (known, now) in known.outputs.iter().zip(&now.outputs) {
            let pairs = case.outputs.iter().zip(known).zip(now);
            let mut differences = pairs.filter_map(|((tensor, known), now)| {
                golden::difference(case.exactness, tensor, known, now)
            });
            if let Some(difference) = differences.next() {
                return Err(fault(&format!("{}: {difference}", case.name)).into());
            }
        }
    }
    Ok(())
}

/// An error if the environment of [`files`] cannot be made here.
pub(crate) fn set_up(workspace: &Workspace) -> Outcome {
    let peers = workspace.root.join("benches/peers");
    let folder = workspace.target.join("peers");
    process::run(Command::new("sh").arg(peers.join("setup.sh")).arg(folder))
}

/// The text of each family's file.
fn files(workspace: &Workspace) -> Outcome<Vec<(&'static str, String)>> {
    set_up(workspace)?;
    let cases = cases();
    let python = workspace.target.join("peers/bin/python");
    let answers = ask(&python, &workspace.root.join(SCRIPT), &cases)?;
    if answers.len() != cases.len() {
        return Err("TFLM did not run all models".into());
    }
    let mut golden = Vec::new();
    let mut faults = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        match outputs(answer) {
            Some(outputs) => golden.push((case.family, Golden::new(case, outputs))),
            None => faults.push(format!("{}: {}", case.name, answer["error"])),
        }
    }
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    let text = |family| {
        let of = golden.iter().filter(|(other, _)| *other == family);
        (family, golden::write(&of.map(|(_, golden)| golden.clone()).collect::<Vec<_>>()))
    };
    Ok(FAMILIES.into_iter().map(text).collect())
}

/// Runs all cases in one process of TFLM: an answer each.
fn ask(python: &Path, script: &Path, cases: &[Case]) -> Outcome<Vec<Value>> {
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut lines = String::new();
    for case in cases {
        let digits = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let digits = |tensors: &Tensors| tensors.iter().map(digits).collect::<Vec<String>>();
        let line = json!({
            "name": case.name,
            "model": digits(&vec![case.file()]).concat(),
            "steps": case.feeds().iter().map(digits).collect::<Vec<_>>(),
            "outputs": case.outputs.len(),
        });
        lines += &format!("{line}\n");
    }
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let done = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer of cases failed")??;
    if !done.status.success() {
        return Err(format!("{} ended with {}", script.display(), done.status).into());
    }
    let text = String::from_utf8(done.stdout)?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The outputs of each step.
fn outputs(answer: &Value) -> Option<Vec<Tensors>> {
    let tensor = |tensor: &Value| golden::bytes(tensor.as_str()?);
    let step = |step: &Value| step.as_array()?.iter().map(tensor).collect();
    answer["outputs"].as_array()?.iter().map(step).collect()
}
