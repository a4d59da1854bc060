//! Why there is no report.

use std::fmt;

use bantam_interp::host::{self, Fault, PlanError};
use bantam_interp::{InvokeError, PortError};
use bantam_planner::Violation;
use bantam_planner::csv::CsvError;
use bantam_schema::Model;
use bantam_schema::write::CopyError;
use bantam_signal_ops::EVERY;

use crate::text::{grouped, printable};

/// Why there is no report. Its text is harmless for terminals, whatever the model's names are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no model: what they are, and what to do.
    NotAModel(String),
    /// All reasons why the model cannot run, of which there is one at least.
    CannotRun(Vec<Fault>),
    /// The system has no memory for an arena of so many bytes.
    NoMemory {
        /// The bytes of the arena.
        bytes: usize,
    },
    /// No size of the arena is enough.
    NoSize,
    /// The model cannot be planned, or not written anew with its plan.
    Plan(PlanError),
    /// A file of buffers is wrong.
    Csv(CsvError),
    /// Buffers cannot be planned.
    Planner(bantam_planner::Error),
    /// A plan of buffers did not stand the check.
    Placement(Violation),
    /// TensorFlow Lite Micro gets no plan.
    Tflm(bantam_tflm_plan::Refusal),
    /// An inference failed.
    Invoke(InvokeError),
    /// An input or output cannot be used.
    Port {
        /// `input` or `output`.
        port: &'static str,
        /// Its place among them.
        index: usize,
        /// What is wrong with it.
        error: PortError,
    },
    /// The model cannot be written anew without loss.
    Copy(CopyError),
    /// A chip has less memory than the model needs.
    TooLarge {
        /// What takes so much, as the beginning of a sentence.
        what: &'static str,
        /// Bytes that it takes.
        needed: usize,
        /// Bytes that the chip has.
        available: usize,
        /// The chip.
        board: &'static str,
    },
    /// A name that programs cannot have: lower-case letters, digits and underscores are needed, a
    /// letter first.
    Name(String),
}

impl Error {
    /// Returns all that keeps the model from running, where the interpreter gave `error`.
    pub fn of(model: &Model<'_>, error: &bantam_interp::Error) -> Self {
        Self::CannotRun(host::explain(model, EVERY, error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModel(what) => {
                write!(f, "no TensorFlow Lite model: {}", printable(what))
            }
            Self::CannotRun(faults) => write_faults(f, faults),
            Self::NoMemory { bytes } => write!(f, "no memory for an arena of {bytes} bytes"),
            Self::NoSize => f.write_str("no size of the arena is enough"),
            Self::Plan(error) => f.write_str(&printable(&error.to_string())),
            Self::Csv(error) => f.write_str(&printable(&error.to_string())),
            Self::Planner(error) => error.fmt(f),
            Self::Placement(violation) => violation.fmt(f),
            Self::Tflm(refusal) => f.write_str(&printable(&refusal.to_string())),
            Self::Invoke(error) => f.write_str(&printable(&error.to_string())),
            Self::Port { port, index, error } => {
                write!(f, "{port} {index}: {}", printable(&error.to_string()))
            }
            Self::Copy(error) => f.write_str(&printable(&error.to_string())),
            Self::TooLarge { what, needed, available, board } => write!(
                f,
                "{what} {} bytes, {board} has {}: a smaller model, or another chip is needed",
                grouped(*needed),
                grouped(*available)
            ),
            Self::Name(name) => write!(
                f,
                "the name \"{}\" does not do: lower-case letters, digits and underscores are \
                 needed, a letter first",
                printable(name)
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<bantam_planner::Error> for Error {
    fn from(error: bantam_planner::Error) -> Self {
        Self::Planner(error)
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl From<InvokeError> for Error {
    fn from(error: InvokeError) -> Self {
        Self::Invoke(error)
    }
}

impl From<CopyError> for Error {
    fn from(error: CopyError) -> Self {
        Self::Copy(error)
    }
}

/// How many reasons are written; `bantam check` has all of them.
const FAULTS: usize = 20;

/// Writes one reason in a line, several in lines of their own.
fn write_faults(f: &mut fmt::Formatter<'_>, faults: &[Fault]) -> fmt::Result {
    let text = |fault: &Fault| printable(&fault.to_string());
    if let [fault] = faults {
        return f.write_str(&text(fault));
    }
    write!(f, "{} reasons why it cannot run (`bantam check` groups them)", faults.len())?;
    for fault in faults.iter().take(FAULTS) {
        write!(f, "\n  {}", text(fault))?;
    }
    match faults.len().saturating_sub(FAULTS) {
        0 => Ok(()),
        rest => write!(f, "\n  … {rest} more"),
    }
}
