//! Makes interpreters on a host: with all operators, and an arena of the right size.

mod memory;

use bantam_interp::{Error as Refusal, Interpreter, Options, Sharing};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;

use crate::Error;

pub use memory::Memory;

/// What most models can do with.
const PLENTY: usize = 1 << 24;

/// Attempts to find the size of the arena. Two are usual: an error tells the size.
const ATTEMPTS: usize = 64;

/// A model that can be run, with every operator that there is.
#[derive(Clone, Copy, Debug)]
pub struct Engine<'m> {
    model: Model<'m>,
    options: Options,
}

impl<'m> Engine<'m> {
    /// Returns an engine for a model whose tensors may share memory so far.
    pub fn new(model: Model<'m>, sharing: Sharing) -> Self {
        let mut options = Options::default();
        options.sharing = sharing;
        Self { model, options }
    }

    /// Returns an arena of exactly the size that the model needs.
    ///
    /// # Errors
    ///
    /// What keeps the model from running, or [`Error::NoMemory`].
    pub fn exact_memory(&self) -> Result<Memory, Error> {
        // Most systems lend memory that is never written to for nothing.
        let mut memory = Memory::new(PLENTY)?;
        for _ in 0..ATTEMPTS {
            let len = memory.as_mut_slice().len();
            let needed = match self.make(&mut memory) {
                Ok(interpreter) => interpreter.arena_used_bytes(),
                Err(Refusal::OutOfMemory { needed, .. }) if needed > len => needed,
                Err(error) => return Err(Error::of(&self.model, &error)),
            };
            if needed == len {
                return Ok(memory);
            }
            memory = Memory::new(needed)?;
        }
        Err(Error::NoSize)
    }

    /// Prepares the model in this memory.
    ///
    /// # Errors
    ///
    /// What keeps the model from running, a small arena too.
    pub fn interpreter<'a>(&self, memory: &'a mut Memory) -> Result<Interpreter<'a>, Error>
    where
        'm: 'a,
    {
        self.make(memory).map_err(|error| Error::of(&self.model, &error))
    }

    fn make<'a>(&self, memory: &'a mut Memory) -> Result<Interpreter<'a>, Refusal>
    where
        'm: 'a,
    {
        let model: Model<'a> = self.model;
        Interpreter::with_options(&model, EVERY, memory.as_mut_slice(), self.options)
    }
}
