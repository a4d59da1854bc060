//! Rust: a package that builds at once, alone or for a board.

mod board;
mod ports;

use bantam_interp::host::{self, Choice, Isa};
use bantam_schema::Model;
use bantam_signal_ops::LISTS;

use super::file::{File, binary, text};
use crate::Error;

pub use board::Board;

/// What a package needs to know beside the model.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The board that the package is a program for; without one, it is a library.
    pub board: Option<Board>,
    /// Where cargo takes Bantam from.
    pub bantam: Source,
}

/// Where cargo takes a crate from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// crates.io, once it is published there.
    #[default]
    Registry,
    /// The folder of a clone, as seen from the package's, or absolute.
    Path(String),
    /// The address of a git repository.
    Git(String),
}

/// What all files of a package have in common.
struct Package<'m> {
    model: &'m Model<'m>,
    name: &'m str,
    bantam: &'m Source,
    /// Whether the model has operators of the signal library.
    signal: bool,
}

/// Returns the files of the package.
pub(super) fn files(model: &Model<'_>, name: &str, options: &Options) -> Result<Vec<File>, Error> {
    // What the macro would say later is said now.
    let refused = |error| Error::of(model, &error);
    let choices = host::operators_of(model, &LISTS).map_err(refused)?;
    let signal = choices.iter().any(|choice| choice.path().starts_with("signal::"));
    let package = Package { model, name, bantam: &options.bantam, signal };
    match options.board {
        None => Ok(package.library()),
        Some(board) => {
            fits(model, &choices, board)?;
            Ok(package.firmware(board))
        }
    }
}

/// Checks that the model does not need more memory than the chip has.
fn fits(model: &Model<'_>, choices: &[Choice], board: Board) -> Result<(), Error> {
    let (prepared, lean) = super::prepared::prepare(model, choices, Isa::Any)?;
    let facts = board.facts();
    let read = lean.map_or(model.bytes().len(), |file| file.len());
    let flash = read + prepared.image.len();
    for (what, needed, available) in [
        ("the model and its image take", flash, facts.flash_bytes),
        ("the arena takes", prepared.arena_bytes() as usize, facts.ram_bytes),
    ] {
        if needed > available {
            return Err(Error::TooLarge { what, needed, available, board: facts.chip });
        }
    }
    Ok(())
}

impl Package<'_> {
    /// A library for programs of the user's own.
    fn library(&self) -> Vec<File> {
        let type_name = type_name(self.name);
        let name = self.name;
        let source = format!(
            "//! The model `{name}`, prepared on the host: `{type_name}::new` makes it ready to run.
#![no_std]

bantam::model!(pub {type_name}, \"{name}.tflite\");
"
        );
        vec![
            text("Cargo.toml", self.manifest("model", None, "")),
            text("src/lib.rs", source),
            self.model_file(),
        ]
    }

    /// A program for a board.
    fn firmware(&self, board: Board) -> Vec<File> {
        let facts = board.facts();
        let arguments = |template: &str| template.replace("@ARGUMENTS@", facts.link_arguments);
        let build = if facts.memory.is_empty() {
            arguments(include_str!("templates/build-without-memory.rs.in"))
        } else {
            arguments(include_str!("templates/build.rs.in"))
        };
        let main = facts
            .main
            .replace("@RUN@", &ports::run(self.model, facts.print, facts.array))
            .replace("@TYPE@", &type_name(self.name))
            .replace("@NAME@", self.name)
            .replace("@HAL@", facts.hal);
        let mut files = vec![
            text("Cargo.toml", self.manifest("firmware", Some(facts), PROFILE)),
            text(".cargo/config.toml", configuration(board)),
            text("build.rs", build),
            text("src/main.rs", main),
            self.model_file(),
        ];
        if !facts.memory.is_empty() {
            files.push(text("memory.x", facts.memory.to_owned()));
        }
        files
    }

    fn model_file(&self) -> File {
        binary(&format!("{}.tflite", self.name), self.model.bytes())
    }

    fn manifest(&self, kind: &str, board: Option<&board::Facts>, profile: &str) -> String {
        let dependencies = board.map_or("", |facts| facts.dependencies);
        let defmt = board.is_some_and(|facts| facts.defmt);
        let loops = board.map_or(String::new(), |facts| loops(facts.target));
        let source = match self.bantam {
            Source::Registry => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
            Source::Path(path) => format!("path = {:?}", format!("{path}/crates/bantam")),
            Source::Git(address) => format!("git = {address:?}"),
        };
        let features: Vec<&str> = [(self.signal, "\"signal\""), (defmt, "\"defmt\"")]
            .into_iter()
            .filter_map(|(is_needed, feature)| is_needed.then_some(feature))
            .collect();
        let features = match &features[..] {
            [] => String::new(),
            some => format!(", features = [{}]", some.join(", ")),
        };
        let name = self.name;
        format!(
            "[package]
name = \"{name}-{kind}\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[dependencies]
{loops}bantam = {{ {source}{features} }}
{dependencies}{profile}
# A workspace of its own, wherever the folder lies.
[workspace]
"
        )
    }
}

/// Returns a comment on the features that have loops for the cores of a target.
fn loops(target: &str) -> String {
    let line = |feature: &crate::target::Feature| {
        let crate::target::Feature { name, cores, .. } = feature;
        format!("# The feature \"{name}\" has faster loops for {cores}, and takes more flash.\n")
    };
    crate::target::features(target).iter().map(line).collect()
}

const PROFILE: &str = "
[profile.release]
panic = \"abort\"
opt-level = \"s\"    # smaller than 3
lto = \"fat\"
codegen-units = 1
debug = 2          # for debuggers and defmt: takes no flash
";

/// Returns `.cargo/config.toml`: what `cargo build` builds for, and what `cargo run` starts.
fn configuration(board: Board) -> String {
    let facts = board.facts();
    let environment = if facts.defmt { "\n[env]\nDEFMT_LOG = \"info\"\n" } else { "" };
    format!(
        "# {}.
[build]
target = \"{}\"

[target.{}]
runner = \"{}\"
{environment}",
        facts.chip, facts.target, facts.target, facts.runner
    )
}

/// Returns the name of the type, such as `WakeWord`.
fn type_name(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    words.map(capital).collect()
}

#[cfg(test)]
mod tests {
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Options as Fields, TensorType};

    use super::*;
    use crate::codegen::Contents;

    #[test]
    fn types_have_capitals() {
        assert_eq!(type_name("wake_word2"), "WakeWord2");
        assert_eq!(type_name("a__b_"), "AB");
    }

    fn model(elements: i32) -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y] = ["x", "y"]
            .map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, elements])));
        graph.operator(BuiltinOperator::RELU, &[x], &[y], Fields::None);
        graph.inputs(&[x]).outputs(&[y]);
        builder.finish()
    }

    fn package(elements: i32, board: Board) -> Result<Vec<File>, Error> {
        let file = model(elements);
        let options = Options { board: Some(board), bantam: Source::Path("../bantam".to_owned()) };
        files(&Model::parse(&file).unwrap(), "relu", &options)
    }

    #[test]
    fn no_word_of_a_template_is_left() {
        for board in Board::ALL {
            assert_eq!(Board::named(board.name()), Some(board));
            for file in package(4, board).unwrap() {
                if let Contents::Text(text) = &file.contents {
                    assert!(!text.contains('@'), "{board}: {}:\n{text}", file.path);
                    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_manifest_names_the_feature_with_loops_for_the_chip() {
        for (board, feature) in [
            (Board::CortexM, Some("dsp")),
            (Board::EmbassyRp, Some("thumb1")),
            (Board::EspHal, Some("riscv")),
        ] {
            let files = package(4, board).unwrap();
            let Contents::Text(manifest) = &files[0].contents else { panic!("no text") };
            let named = feature.map(|name| format!("# The feature \"{name}\" has faster loops"));
            let found = manifest.lines().find(|line| line.contains("faster loops"));
            assert_eq!(found.is_some(), feature.is_some(), "{manifest}");
            assert!(found.zip(named).is_none_or(|(line, named)| line.starts_with(&named)));
        }
    }

    #[test]
    fn an_arena_that_no_chip_has_is_refused() {
        let error = package(200_000, Board::EmbassyRp).unwrap_err().to_string();
        let expected = "the arena takes 800,000 bytes, RP2040 has 270,336: a smaller model, or";
        assert!(error.starts_with(expected), "{error}");
        assert!(package(200_000, Board::CortexM).is_ok());
    }
}
