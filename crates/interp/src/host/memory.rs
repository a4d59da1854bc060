//! Memory for the arenas that planning on a host makes.

use crate::{Error, Interpreter, Op, Options};
use bantam_schema::Model;
use std::boxed::Box;
use std::vec;

/// Memory for an arena.
#[derive(Debug)]
pub(super) struct Memory(Box<[u128]>);

impl Memory {
    pub(super) fn new(bytes: usize) -> Self {
        Self(vec![0; bytes.div_ceil(16)].into_boxed_slice())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.0)
    }

    /// As much as the model needs with these options.
    pub(super) fn enough(model: &Model<'_>, ops: &[Op], options: Options) -> Result<Self, Error> {
        let (memory, _) = Self::enough_for(&mut |arena| {
            Ok(Interpreter::with_options(model, ops, arena, options)?.arena_used_bytes())
        })?;
        Ok(memory)
    }

    /// As much as `make` needs, which makes an interpreter and returns its bytes; and that number.
    pub(super) fn enough_for(
        make: &mut dyn FnMut(&mut [u8]) -> Result<usize, Error>,
    ) -> Result<(Self, usize), Error> {
        // Most systems lend memory that is never written to for nothing.
        let mut memory = Self::new(1 << 24);
        loop {
            let available = memory.bytes().len();
            match make(memory.bytes()) {
                // What is needed may be a lower bound, so there is some more.
                Err(Error::OutOfMemory { needed, .. }) if needed > available => {
                    memory = Self::new(needed.saturating_mul(2));
                }
                Err(error) => return Err(error),
                Ok(used) => return Ok((memory, used)),
            }
        }
    }
}
