//! One error for all that a program does with a model.

use bantam_interp::{InvokeError, PortError};
use core::fmt;

/// What can go wrong from the file to the answer, so that `?` works all the way.
///
/// The functions of the library give the errors that are in it: a program that handles each where
/// it arises does not link this one.
///
/// ```
/// use bantam::{ArenaBytes, Interpreter, Model, ops};
///
/// fn main() -> Result<(), bantam::Error> {
///     let model = Model::parse(bantam::include_model!("../models/sine.tflite"))?;
///     let mut arena = ArenaBytes::<4096>::new();
///     let mut interpreter = Interpreter::new(&model, ops::ALL, &mut arena)?;
///     interpreter.input::<i8>(0)?.fill(0);
///     interpreter.invoke()?;
///     println!("{:?}", interpreter.output::<i8>(0)?);
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The file is no model.
    Model(bantam_schema::Error),
    /// No interpreter could be made of the model.
    Interpreter(bantam_interp::Error),
    /// An inference, or a reset, failed.
    Invoke(InvokeError),
    /// An input or output is not there, or is of another type.
    Port(PortError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(error) => error.fmt(f),
            Self::Interpreter(error) => error.fmt(f),
            Self::Invoke(error) => error.fmt(f),
            Self::Port(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(match self {
            Self::Model(error) => error,
            Self::Interpreter(error) => error,
            Self::Invoke(error) => error,
            Self::Port(error) => error,
        })
    }
}

impl From<bantam_schema::Error> for Error {
    fn from(error: bantam_schema::Error) -> Self {
        Self::Model(error)
    }
}

impl From<bantam_interp::Error> for Error {
    fn from(error: bantam_interp::Error) -> Self {
        Self::Interpreter(error)
    }
}

impl From<InvokeError> for Error {
    fn from(error: InvokeError) -> Self {
        Self::Invoke(error)
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}
