//! Makes interpreters for the commands: with all operators, and an arena of the right size.

use std::path::Path;

use bantam_interp::{Error, InvokeError, Options, PortError};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;

use crate::args::Planning;
use crate::check;
use crate::failure::{Failure, Result};
use crate::memory::Memory;

pub(crate) use bantam_interp::{Interpreter, Outcome};

/// What most models can do with.
const PLENTY: usize = 1 << 24;

/// Attempts to find the size of the arena. Two are usual: an error tells the size.
const ATTEMPTS: usize = 64;

/// A model that can be run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine<'m> {
    path: &'m Path,
    model: Model<'m>,
    options: Options,
}

impl<'m> Engine<'m> {
    pub(crate) fn new(path: &'m Path, model: Model<'m>, planning: Planning) -> Self {
        let mut options = Options::default();
        options.sharing = planning.sharing.into();
        Self { path, model, options }
    }

    /// Returns an arena of exactly the size that the model needs.
    pub(crate) fn exact_memory(&self) -> Result<Memory> {
        // Most systems lend memory that is never written to for nothing.
        let mut memory = Memory::new(PLENTY)?;
        for _ in 0..ATTEMPTS {
            let len = memory.as_mut_slice().len();
            let needed = match self.make(&mut memory) {
                Ok(interpreter) => interpreter.arena_used_bytes(),
                Err(Error::OutOfMemory { needed, .. }) if needed > len => needed,
                Err(error) => return Err(self.failure(&error)),
            };
            if needed == len {
                return Ok(memory);
            }
            memory = Memory::new(needed)?;
        }
        Err(Failure::at(self.path, "no size of the arena is enough"))
    }

    /// Prepares the model in this memory.
    pub(crate) fn interpreter<'a>(&self, memory: &'a mut Memory) -> Result<Interpreter<'a>>
    where
        'm: 'a,
    {
        self.make(memory).map_err(|error| self.failure(&error))
    }

    fn make<'a>(&self, memory: &'a mut Memory) -> Result<Interpreter<'a>, Error>
    where
        'm: 'a,
    {
        let model: Model<'a> = self.model;
        Interpreter::with_options(&model, EVERY, memory.as_mut_slice(), self.options)
    }

    /// Returns the reason why an arena of the user's size does not do: it is too small, or the
    /// model has another fault.
    pub(crate) fn too_small(&self, len: usize) -> Failure {
        match self.exact_memory() {
            Ok(mut exact) => Failure::at(
                self.path,
                format!(
                    "an arena of {len} bytes is too small, the model needs {}",
                    exact.as_mut_slice().len()
                ),
            ),
            Err(failure) => failure,
        }
    }

    /// Returns an error with all that keeps the model from running.
    fn failure(&self, error: &Error) -> Failure {
        check::failure(self.path, &self.model, error)
    }

    /// Returns the failure of a run.
    pub(crate) fn invoke_failure(&self, error: InvokeError) -> Failure {
        Failure::at(self.path, error)
    }

    /// Returns the failure of access to an input or output.
    pub(crate) fn port_failure(&self, port: &str, index: usize, error: PortError) -> Failure {
        Failure::at(self.path, format!("{port} {index}: {error}"))
    }
}
