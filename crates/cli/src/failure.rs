//! The failure of a command.

use std::fmt;
use std::io;
use std::path::Path;

use crate::printable::printable;

/// The result of a command.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The failure of a command: one line for the user, or an error of the output.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence that names the file or tensor it is about.
    Message(String),
    /// Why a model cannot run: what it is about, and a line for each reason.
    Faults(String, Vec<String>),
    /// Standard output does not take more.
    Output(io::Error),
}

impl Failure {
    /// Returns an error of this command's own.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// Returns an error about a file.
    pub(crate) fn at(path: &Path, error: impl fmt::Display) -> Self {
        Self::Message(format!("{}: {error}", path.display()))
    }

    /// Returns all reasons why a model cannot run, of which there is one at least.
    pub(crate) fn faults(path: &Path, faults: Vec<String>) -> Self {
        Self::Faults(path.display().to_string(), faults)
    }

    /// Returns whether the reader of standard output went away, as `head` does: no reason to
    /// complain.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(&printable(message)),
            Self::Faults(path, faults) => write_faults(f, path, faults),
            Self::Output(error) => write!(f, "cannot write to standard output: {error}"),
        }
    }
}

/// How many reasons are written; `bantam check` has all of them.
const FAULTS: usize = 20;

/// Writes one reason in a line with the path, several in lines of their own below it.
fn write_faults(f: &mut fmt::Formatter<'_>, path: &str, faults: &[String]) -> fmt::Result {
    f.write_str(&printable(path))?;
    if let [fault] = faults {
        return write!(f, ": {}", printable(fault));
    }
    write!(f, ": {} reasons why it cannot run (`bantam check` groups them)", faults.len())?;
    for fault in faults.iter().take(FAULTS) {
        write!(f, "\n  {}", printable(fault))?;
    }
    match faults.len().saturating_sub(FAULTS) {
        0 => Ok(()),
        rest => write!(f, "\n  … {rest} more"),
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}
