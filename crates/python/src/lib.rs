//! The native half of the Python package `bantam_tflite`: models, interpreters, plans.
//!
//! Users see the other half, which is Python (`python/bantam_tflite`). Long work runs without the
//! GIL.
#![forbid(unsafe_code)]

mod failure;
mod interpreter;
mod model;
mod planner;
mod tensor;
mod work;

use pyo3::prelude::*;

/// The native half of `bantam_tflite`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::interpreter::Interpreter;
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::planner::solve;

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}

/// Reads a sharing by its name in the command.
fn sharing(name: &str) -> PyResult<bantam_interp::Sharing> {
    match name {
        "overlap" => Ok(bantam_interp::Sharing::Overlap),
        "in-place" => Ok(bantam_interp::Sharing::InPlace),
        "apart" => Ok(bantam_interp::Sharing::Apart),
        _ => Err(failure::value(format!(
            "sharing is \"overlap\", \"in-place\" or \"apart\", not \"{name}\""
        ))),
    }
}
