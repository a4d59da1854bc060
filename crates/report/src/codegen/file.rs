//! Files that the caller writes where it likes.

use serde::Serialize;

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// Its place in the folder of the project, with `/` between folders.
    pub path: String,
    /// All of it.
    pub contents: Contents,
}

/// The contents of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Contents {
    /// A source or a manifest.
    Text(String),
    /// A model or a prepared image.
    Binary(Vec<u8>),
}

impl Contents {
    /// Returns the bytes to write.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

pub(super) fn text(path: &str, contents: String) -> File {
    File { path: path.to_owned(), contents: Contents::Text(contents) }
}

pub(super) fn binary(path: &str, contents: &[u8]) -> File {
    File { path: path.to_owned(), contents: Contents::Binary(contents.to_owned()) }
}
