//! The result of a command or a step.

use std::error::Error;

/// The result of a command or a step: any error ends the program with its text.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
