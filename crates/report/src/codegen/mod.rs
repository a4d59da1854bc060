//! Projects and sources around a model, as files that the caller writes where it likes.

pub mod c;
mod file;
pub mod library;
mod prepared;
pub mod rust;

use bantam_schema::Model;

use crate::Error;

pub use file::{Contents, File};

/// The language of the code, and what it needs to know beside the model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Language {
    /// A header and a source for C and C++.
    C(c::Options),
    /// A package for cargo.
    Rust(rust::Options),
}

/// Writes the code that runs a model. `name` is what its files, types and functions are called by,
/// as in `wake.tflite` and `Wake`: lower-case letters, digits and underscores, a letter first.
///
/// # Errors
///
/// [`Error::Name`], and what keeps the model from running.
pub fn codegen(model: &Model<'_>, name: &str, language: &Language) -> Result<Vec<File>, Error> {
    let is_lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_lowercase())
        || !name.as_bytes().iter().all(is_lower)
    {
        return Err(Error::Name(name.to_owned()));
    }
    match language {
        Language::C(options) => c::files(model, name, options),
        Language::Rust(options) => rust::files(model, name, options),
    }
}

/// Returns a name for [`codegen`] that is close to the name of a file: `wake_word` for
/// `Wake-Word.v2`.
pub fn name_of(file_stem: &str) -> String {
    let stem = file_stem.split('.').next().unwrap_or_default();
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = stem.chars().map(letter).collect();
    let name = name.trim_matches('_');
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name.to_owned()
    } else {
        format!("model_{name}").trim_end_matches('_').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_names_of_types() {
        for (stem, name) in [
            ("wake", "wake"),
            ("Wake-Word.v2", "wake_word"),
            ("2nd", "model_2nd"),
            ("__x", "x"),
            ("", "model"),
            ("größe", "gr__e"),
        ] {
            assert_eq!(name_of(stem), name, "{stem}");
        }
    }
}
