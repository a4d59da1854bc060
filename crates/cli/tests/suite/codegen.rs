//! `bantam codegen`: the files that it writes. `cargo xtask boards` builds those of Rust,
//! `cargo xtask ci c` those of C.
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::common::{broken, command, digits, error_line, json, run};

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

fn command_for(out: &PathBuf, clone: &PathBuf) -> Command {
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

/// Returns `bantam codegen` of digits, or of another model.
fn codegen(language: &str, model: &PathBuf, out: &PathBuf) -> Command {
    let mut codegen = command(["codegen", "--lang", language]);
    codegen.arg(model).arg("--out").arg(out);
    codegen
}

/// Returns the names of what is in a folder.
fn names(folder: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_header_and_a_source_are_written_again_as_a_whole() {
    let out = folder("Wake-Word");
    let first = run(&mut codegen("c", &digits(), &out));
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    let name = "codegen_wake_word";
    let files = [format!("{name}.c"), format!("{name}.h")];
    assert!(first.stdout.lines().all(|line| line.contains(name)), "{}", first.stdout);
    assert_eq!((first.stdout.lines().count(), names(&out)), (2, files.to_vec()));
    let [source, header] = files.map(|file| out.join(file));
    let old = fs::read_to_string(&header).unwrap();
    assert!(old.contains("#define CODEGEN_WAKE_WORD_ARENA_BYTES 2976\n"), "{old}");

    let report = json(codegen("c", &digits(), &out).args(["--prepared", "--json"]));
    assert_eq!((&report["name"], report["files"].as_array().unwrap().len()), (&name.into(), 2));
    assert!(fs::read_to_string(&source).unwrap().contains("bantam_init_prepared("));
    let prepared = json(command(["prepare", "--json"]).arg(digits()));
    let line = format!("#define CODEGEN_WAKE_WORD_ARENA_BYTES {}\n", prepared["arena_bytes"]);
    assert!(fs::read_to_string(&header).unwrap().contains(&line), "{line}");

    // The source cannot be replaced: the header keeps its contents, and no draft is left.
    fs::remove_file(&source).unwrap();
    fs::create_dir(&source).unwrap();
    let before = fs::read(&header).unwrap();
    let error = error_line(&mut codegen("c", &digits(), &out));
    assert!(error.contains(&*source.to_string_lossy()), "{error}");
    assert_eq!((fs::read(&header).unwrap(), names(&out).len()), (before, 2));
    fs::remove_dir_all(out).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let file = folder("file");
    fs::write(&file, "no folder").unwrap();
    for language in ["c", "rust"] {
        let out = file.join("net");
        let error = error_line(&mut codegen(language, &digits(), &out));
        assert!(error.contains(&*out.to_string_lossy()), "{error}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "no folder");
    fs::remove_file(file).unwrap();
}

#[test]
fn a_model_that_cannot_run_gives_the_reasons_of_check() {
    let (out, model) = (folder("broken"), folder("broken.tflite"));
    fs::write(&model, broken()).unwrap();
    let report = run(command(["check", "--json"]).arg(&model));
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let reason = |at: usize, key: &str| report["faults"][at][key].as_str().unwrap().to_owned();
    for arguments in [&["c"][..], &["c", "--prepared"], &["rust"]] {
        let failed = run(codegen(arguments[0], &model, &out).args(&arguments[1..]));
        assert_eq!((failed.code, failed.stdout.as_str()), (1, ""), "{arguments:?}");
        for part in [0, 1].iter().flat_map(|&at| [reason(at, "reason"), reason(at, "advice")]) {
            assert!(failed.stderr.contains(&part), "{part} is not in {}", failed.stderr);
        }
    }
    assert!(!out.exists());
    fs::remove_file(model).unwrap();
}
