//! Rust: a package that builds at once.

use bantam_interp::host;
use bantam_schema::Model;
use bantam_signal_ops::LISTS;

use super::{File, binary, text};
use crate::Error;

/// What a package needs to know beside the model.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Where cargo takes Bantam from.
    pub bantam: Source,
}

/// Where cargo takes a crate from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// crates.io, once it is published there.
    #[default]
    Registry,
    /// A folder with `crates/bantam` in it, as seen from the package's, or absolute.
    Path(String),
    /// The address of a git repository.
    Git(String),
}

/// Returns the files of the package.
pub(super) fn files(model: &Model<'_>, name: &str, options: &Options) -> Result<Vec<File>, Error> {
    // What the macro would say later is said now.
    host::operators_of(model, &LISTS).map_err(|error| Error::of(model, &error))?;
    Ok(vec![
        text("Cargo.toml", manifest(name, &options.bantam)),
        text("src/lib.rs", library(name)),
        binary(&format!("{name}.tflite"), model.bytes()),
    ])
}

/// Returns the name of the type, such as `WakeWord`.
fn type_name(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    words.map(capital).collect()
}

fn manifest(name: &str, bantam: &Source) -> String {
    let source = match bantam {
        Source::Registry => format!("version = \"{}\"", env!("CARGO_PKG_VERSION")),
        Source::Path(path) => format!("path = {:?}", format!("{path}/crates/bantam")),
        Source::Git(address) => format!("git = {address:?}"),
    };
    format!(
        "[package]
name = \"{name}-model\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[dependencies]
bantam = {{ {source}, features = [\"signal\"] }}

[workspace]
"
    )
}

fn library(name: &str) -> String {
    let type_name = type_name(name);
    format!(
        "//! The model `{name}`, prepared on the host: `{type_name}::new` makes it ready to run.
#![no_std]

bantam::model!(
    /// The model, with its operators and the exact size of its arena.
    pub {type_name},
    \"{name}.tflite\"
);
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_capitals() {
        assert_eq!(type_name("wake_word2"), "WakeWord2");
        assert_eq!(type_name("a__b_"), "AB");
    }
}
