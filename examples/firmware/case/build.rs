//! Writes `case.rs`: the model that the environment names, what it needs, and what it is to answer.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `BANTAM_FIRMWARE_MODEL` | the model | the digits example |
//! | `BANTAM_FIRMWARE_INPUTS` | sets of its inputs, one after the other | the digits' images |
//! | `BANTAM_FIRMWARE_EXPECTED` | a set of outputs for each set of inputs | TensorFlow Lite Micro's answers |
//! | `BANTAM_FIRMWARE_OPS` | operators to link: `model` (those it uses), `all`, or constants of `bantam::ops` with commas between | `model` |
//! | `BANTAM_FIRMWARE_MODE` | `interpreted` | `interpreted` |

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bantam::schema::BuiltinOperator;
use bantam::{Interpreter, Model, ops};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The example that runs where nothing is named, from this crate's folder.
const DEFAULT: &str = "../../digits";

fn main() -> Outcome {
    let default = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(DEFAULT).canonicalize()?;
    let model = file("MODEL", default.join("digits.tflite"))?;
    let inputs = file("INPUTS", default.join("test_images.bin"))?;
    let expected = file("EXPECTED", default.join("expected.bin"))?;

    let mut text = String::new();
    for (name, about, path) in [
        ("MODEL", "The model's file.", &model),
        ("INPUTS", "Sets of inputs, one after the other.", &inputs),
        ("EXPECTED", "The outputs for each of them.", &expected),
    ] {
        let len = fs::metadata(path)?.len();
        writeln!(
            text,
            "/// {about}\n#[cfg_attr(target_os = \"none\", unsafe(link_section = \".rodata.case\"))]\n\
             pub static {name}: Aligned<[u8; {len}]> = Aligned(*include_bytes!({path:?}));"
        )?;
    }
    let bytes = fs::read(&model)?;
    let parsed = Model::parse(&bytes).map_err(|error| format!("{}: {error}", model.display()))?;
    let mode = variable("MODE").unwrap_or_else(|| "interpreted".to_owned());
    if mode != "interpreted" {
        return Err(format!("no mode `{mode}`").into());
    }
    writeln!(text, "/// How the model is run.\npub const MODE: &str = {mode:?};")?;
    let arena_bytes = arena_bytes(&parsed)?;
    writeln!(text, "/// The arena that the host says is enough.")?;
    writeln!(text, "pub const ARENA_BYTES: usize = {arena_bytes};")?;
    let operators = operators(&parsed)?;
    writeln!(text, "/// The operators to link.\npub static OPS: &[Op] = {operators};")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("case.rs"), text)?;
    Ok(())
}

/// The value of `BANTAM_FIRMWARE_name`, if it has one.
fn variable(name: &str) -> Option<String> {
    let name = format!("BANTAM_FIRMWARE_{name}");
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn file(name: &str, default: PathBuf) -> Outcome<PathBuf> {
    let path = variable(name).map_or(default, PathBuf::from);
    println!("cargo::rerun-if-changed={}", path.display());
    path.canonicalize().map_err(|error| format!("{}: {error}", path.display()).into())
}

/// What the library says on this machine: the same as on any other.
fn arena_bytes(model: &Model<'_>) -> Outcome<usize> {
    let mut bytes = 0;
    loop {
        match Interpreter::new(model, ops::ALL, &mut vec![0; bytes]) {
            Ok(interpreter) => return Ok(interpreter.arena_used_bytes()),
            // A few bytes more, since a vector may begin anywhere.
            Err(bantam::Error::OutOfMemory { needed, .. }) => bytes = needed + 16,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The list of operators as the text of an expression.
fn operators(model: &Model<'_>) -> Outcome<String> {
    let names: BTreeSet<String> = match variable("OPS").as_deref() {
        Some("all") => return Ok("ops::ALL".to_owned()),
        None | Some("model") => used(model)?,
        Some(list) => list.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    let list: Vec<String> = names.iter().map(|name| format!("ops::{name}")).collect();
    Ok(format!("&[{}]", list.join(", ")))
}

fn used(model: &Model<'_>) -> Outcome<BTreeSet<String>> {
    let graph = model.subgraph(0).ok_or("the model has no graph")?;
    let mut names = BTreeSet::new();
    for index in 0..graph.operator_len() {
        let code = graph.operator(index).ok_or("an operator is missing")?.code();
        if code.builtin == BuiltinOperator::CUSTOM {
            return Err("custom operators are code of your own: write a firmware for them".into());
        }
        names.insert(code.builtin.to_string());
    }
    Ok(names)
}
