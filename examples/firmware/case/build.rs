//! Writes `case.rs`: the model that the environment names, its needs, and the expected answers.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `BANTAM_FIRMWARE_MODEL` | the model | the digits example |
//! | `BANTAM_FIRMWARE_INPUTS` | sets of its inputs, one after the other | the digits' images |
//! | `BANTAM_FIRMWARE_EXPECTED` | a set of outputs for each set of inputs | TensorFlow Lite Micro's answers |
//! | `BANTAM_FIRMWARE_OPS` | operators to link: `model` (those it uses, of its types), `all`, `none` (to see the size of the rest), `only:NAME` (one operator, whatever the model uses, to see its size), or constants of `bantam::ops` with commas between | `model` |
//! | `BANTAM_FIRMWARE_MODE` | `interpreted`: the device checks, prepares and plans; `unchecked`: it does not check, and plans with `plan::Greedy`; `prepared`: this script does it all; `nothing`: there is no interpreter, to see the size of the rest | `interpreted` |

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bantam::{Interpreter, Model, OfflinePlan, Op, Sharing, ops};
use bantam_interp::Code;
use bantam_interp::host::{self, Choice, Effort, Isa, Prepared, Search};
use bantam_interp::plan::{Carried, Greedy, Planner, Standard};
use bantam_signal_ops::LISTS;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The example that runs where nothing is named, from this crate's folder.
const DEFAULT: &str = "../../digits";

fn main() -> Outcome {
    let default = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(DEFAULT).canonicalize()?;
    let model = file("MODEL", default.join("digits.tflite"))?;
    let inputs = file("INPUTS", default.join("test_images.bin"))?;
    let expected = file("EXPECTED", default.join("expected.bin"))?;

    let mut text = String::new();
    let bytes = fs::read(&model)?;
    let parsed = Model::parse(&bytes).map_err(|error| format!("{}: {error}", model.display()))?;
    let choices = operators(&parsed)?;
    let ops: Vec<Op> = choices.iter().map(|choice| choice.op).collect();
    println!("cargo::rustc-check-cfg=cfg(interpreted, unchecked, prepared, nothing)");
    let mode = variable("MODE").unwrap_or_else(|| "interpreted".to_owned());
    println!("cargo::rustc-cfg={mode}");
    let (out, mut shown) = (PathBuf::from(env::var("OUT_DIR")?), model.clone());
    let mut shown_for_dsp = None;
    let (arena_bytes, suffix) = match mode.as_str() {
        "interpreted" => {
            let (choice, planner) = (OfflinePlan::default(), Standard::default());
            (arena_bytes(&parsed, &ops, &mut Carried { choice, planner })?, "")
        }
        "unchecked" => (arena_bytes(&parsed, &ops, &mut Greedy)?, ""),
        "nothing" => (16, ""),
        "prepared" => {
            let (lean, any) = prepared(&parsed, &ops, Isa::Any)?;
            write_image(&mut text, "IMAGE_FOR_ANY", &any.image)?;
            // What the feature asks for, the target may not have.
            let choice = if env::var_os("CARGO_FEATURE_DSP").is_some() {
                let (for_dsp, packed) = prepared(&parsed, &ops, Isa::Dsp)?;
                write_image(&mut text, "IMAGE_FOR_DSP", &packed.image)?;
                if let Some(for_dsp) = for_dsp {
                    let path = out.join("lean-for-dsp.tflite");
                    fs::write(&path, for_dsp)?;
                    shown_for_dsp = Some(path);
                }
                "if bantam::kernels::PACKED_FILTERS { &IMAGE_FOR_DSP.0 } else { &IMAGE_FOR_ANY.0 }"
            } else {
                "&IMAGE_FOR_ANY.0"
            };
            writeln!(text, "/// What was prepared.\npub const IMAGE: &[u8] = {choice};")?;
            if let Some(lean) = lean {
                shown = out.join("lean.tflite");
                fs::write(&shown, lean)?;
            }
            let prepared = any;
            (prepared.arena_bytes() as usize, ".prepared()")
        }
        other => return Err(format!("no mode `{other}`").into()),
    };
    for (name, about, path) in [
        ("MODEL", "The model's file, or what a prepared one reads of it.", &shown),
        ("INPUTS", "Sets of inputs, one after the other.", &inputs),
        ("EXPECTED", "The outputs for each of them.", &expected),
    ] {
        let len = fs::metadata(path)?.len();
        let mut bytes = format!("*include_bytes!({path:?})");
        if let (Some(path), "MODEL") = (&shown_for_dsp, name) {
            // Of the same length: some constants have another order.
            let packed = format!("*include_bytes!({path:?})");
            bytes = format!("if bantam::kernels::PACKED_FILTERS {{ {packed} }} else {{ {bytes} }}");
        }
        writeln!(
            text,
            "/// {about}\n#[cfg_attr(target_os = \"none\", unsafe(link_section = \".rodata.case\"))]\n\
             pub static {name}: Aligned<[u8; {len}]> = Aligned({bytes});"
        )?;
    }
    writeln!(text, "/// How the model is run.\npub const MODE: &str = {mode:?};")?;
    writeln!(text, "/// The arena that the host says is enough.")?;
    writeln!(text, "pub const ARENA_BYTES: usize = {arena_bytes};")?;
    let ops = variable("OPS");
    let one = match ops.as_deref().and_then(|ops| ops.strip_prefix("only:")) {
        Some(name) => Some([named(name)?]),
        None => None,
    };
    let linked: &[Choice] = match (&one, ops.as_deref()) {
        (Some(one), _) => one,
        (None, Some("none")) => &[],
        (None, _) => &choices,
    };
    let list: Vec<String> =
        linked.iter().map(|choice| format!("{}{suffix}", choice.path())).collect();
    let list = list.join(", ");
    writeln!(text, "/// The operators to link.\npub static OPS: &[Op] = &[{list}];")?;
    fs::write(out.join("case.rs"), text)?;
    Ok(())
}

/// Returns what is prepared, with the file for it if that is not the model.
fn prepared(model: &Model<'_>, ops: &[Op], isa: Isa) -> Outcome<(Option<Vec<u8>>, Prepared)> {
    let effort = Effort::Exact(Search { nodes: 2_000_000, threads: 1 });
    let prepared = host::prepare_for(model, ops, Sharing::default(), effort, isa, &mut |_| {})?;
    // A module for a browser is measured with the whole file.
    let is_device = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none");
    let lean = if is_device { host::lean(model, &prepared, ops)? } else { None };
    Ok(match lean {
        Some(lean) => (Some(lean.file), lean.prepared),
        None => (None, prepared),
    })
}

/// Writes a static with an image.
fn write_image(text: &mut String, name: &str, image: &[u8]) -> Outcome {
    let len = image.len();
    writeln!(text, "static {name}: Aligned<[u8; {len}]> = Aligned({image:?});")?;
    Ok(())
}

/// Returns the value of `BANTAM_FIRMWARE_name`, if it has one.
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

/// Returns the arena of the library on this machine: the same as on any other.
fn arena_bytes(model: &Model<'_>, ops: &[Op], planner: &mut dyn Planner) -> Outcome<usize> {
    let mut bytes = 0;
    loop {
        let mut arena = vec![0; bytes];
        match Interpreter::with_planner(model, ops, &mut arena, Sharing::default(), planner) {
            Ok(interpreter) => return Ok(interpreter.arena_used_bytes()),
            // A few bytes more, since a vector may begin anywhere.
            Err(bantam::interp::Error::OutOfMemory { needed, .. }) => bytes = needed + 16,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Returns the operators to link.
fn operators(model: &Model<'_>) -> Outcome<Vec<Choice>> {
    match variable("OPS").as_deref() {
        None | Some("model" | "none") => Ok(host::operators_of(model, &LISTS)?),
        Some(ops) if ops.starts_with("only:") => Ok(host::operators_of(model, &LISTS)?),
        Some("all") => ops::ALL.iter().map(|op| named(&name_of(op))).collect(),
        Some(list) => list.split(',').map(|name| named(name.trim())).collect(),
    }
}

fn named(name: &str) -> Outcome<Choice> {
    Choice::named_of(name, &LISTS).ok_or_else(|| format!("no operator bantam::{name}").into())
}

fn name_of(op: &Op) -> String {
    match op.code() {
        Code::Builtin(builtin) => builtin.to_string(),
        Code::Custom(name) => name.to_owned(),
    }
}
