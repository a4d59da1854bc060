//! Errors, with the text of the command `bantam`.

use std::fmt::Display;

use bantam_report::Error as Failure;
use bantam_schema::Model;
use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// A `ValueError` with this text.
pub(crate) fn value(text: impl Display) -> PyErr {
    PyValueError::new_err(text.to_string())
}

/// Why a model cannot be prepared: every node at fault.
pub(crate) fn of_model(name: &str, model: &Model<'_>, error: &bantam_interp::Error) -> String {
    format!("{name}: {}", Failure::of(model, error))
}
