//! The failure of a command.

use std::fmt;

use bantam_report::Error;
use bantam_report::text::printable;
use std::io;
use std::path::Path;

/// The result of a command.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The failure of a command: for the user, or an error of the output.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence that names the file or tensor it is about.
    Message(String),
    /// Why there is no report about the file.
    Report(String, Error),
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

    /// Returns why there is no report about a file.
    pub(crate) fn report(path: &Path, error: Error) -> Self {
        match error {
            // Not the model's fault.
            Error::NoMemory { .. } => Self::Message(error.to_string()),
            error => Self::Report(path.display().to_string(), error),
        }
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
            Self::Report(path, error) => write!(f, "{}: {error}", printable(path)),
            Self::Output(error) => write!(f, "cannot write to standard output: {error}"),
        }
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
