//! Errors, with the text of the command `bantam`.

use std::fmt::Display;

use bantam_interp::{Error, host};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// A `ValueError` with this text.
pub(crate) fn value(text: impl Display) -> PyErr {
    PyValueError::new_err(text.to_string())
}

/// Why a model cannot be prepared: every node at fault, as `bantam check` tells it.
pub(crate) fn of_model(name: &str, model: &Model<'_>, error: &Error) -> String {
    let faults = host::explain(model, EVERY, error);
    match &faults[..] {
        [fault] => format!("{name}: {fault}"),
        faults => {
            let lines: String = faults.iter().map(|fault| format!("\n  {fault}")).collect();
            format!("{name}: {} reasons why it cannot run{lines}", faults.len())
        }
    }
}
