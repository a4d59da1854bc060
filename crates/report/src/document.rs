//! The form of a report as JSON: what all of them say beside their own.

use serde::Serialize;

/// The version of the form of all reports as JSON. It grows when a key goes away or means something
/// else; new keys leave it as it is.
pub const VERSION: u32 = 1;

/// A report with the version of its form: the object of `--json`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Versioned<T> {
    /// The version of the form of all reports.
    version: u32,
    #[serde(flatten)]
    report: T,
}

impl<T> Versioned<T> {
    /// Returns the report with today's version.
    pub const fn new(report: T) -> Self {
        Self { version: VERSION, report }
    }
}

/// A report with the name of the model.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Named<T> {
    /// The model's file, or whatever else the caller calls it.
    pub model: String,
    /// What is said about it.
    #[serde(flatten)]
    pub report: T,
}

/// A report about a file of buffers.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfFile<T> {
    /// The file, or whatever else the caller calls it.
    pub file: String,
    /// What is said about it.
    #[serde(flatten)]
    pub report: T,
}

/// A report with the time that it took.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timed<T> {
    /// What took the time.
    #[serde(flatten)]
    pub report: T,
    /// Seconds, by the clock of the caller.
    pub seconds: f64,
}
