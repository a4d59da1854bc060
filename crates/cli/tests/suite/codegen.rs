//! `bantam codegen --lang rust`: the files of a package; `cargo xtask boards` builds them.
use std::fs;
use std::path::PathBuf;

use crate::common::{command, digits, error_line, json, run};

/// Returns the path of a folder that is not there.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("codegen-{name}"));
    let _ = fs::remove_dir_all(&path);
    path
}

#[test]
fn a_project_is_written_once() {
    let out = folder("once");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut write = command(["codegen", "--lang", "rust", "--board", "cortex-m", "--json"]);
    write.arg(digits()).arg("--bantam-path").arg(&root).arg("--out").arg(&out);
    write.args(["--name", "digits"]);
    let report = json(&mut write);
    assert_eq!(report["files"].as_array().unwrap().len(), 6);
    assert_eq!(fs::read(out.join("digits.tflite")).unwrap(), fs::read(digits()).unwrap());
    let manifest = fs::read_to_string(out.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("crates/bantam\" }"), "{manifest}");

    fs::write(out.join("src/main.rs"), "// edited").unwrap();
    let error = error_line(&mut command_for(&out, &root));
    assert!(error.contains("there is a package already"), "{error}");
    assert_eq!(fs::read_to_string(out.join("src/main.rs")).unwrap(), "// edited");
    fs::remove_dir_all(out).unwrap();
}

fn command_for(out: &PathBuf, clone: &PathBuf) -> std::process::Command {
    let mut again = command(["codegen", "--lang", "rust", "--board", "embassy-rp"]);
    again.arg(digits()).arg("--bantam-path").arg(clone).arg("--out").arg(out);
    again
}

#[test]
fn wrong_requests_are_refused() {
    let out = folder("refused");
    let error = error_line(&mut command_for(&out, &out));
    assert!(error.contains("codegen-refused"), "{error}");
    let examples = digits().parent().unwrap().to_path_buf();
    let error = error_line(&mut command_for(&out, &examples));
    assert!(error.contains("this is no clone of Bantam"), "{error}");
    for arguments in [
        ["codegen", "--lang", "rust", "--board", "abacus"],
        ["codegen", "--lang", "c", "--board", "cortex-m"],
        ["codegen", "--lang", "c", "--bantam-git", "https://example.org"],
    ] {
        let run = run(command(arguments).arg(digits()).arg("--out").arg(&out));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
    assert!(!out.exists());
}
