//! What a layer with weights works on.

use crate::walk::rows::Activations;

/// What a layer reads and writes, and memory that is lent to it.
// stack: one reference, so that calls are jumps
#[derive(Debug)]
pub struct Tensors<'t, 'm, T> {
    /// Input and output.
    pub activations: &'t mut Activations<'m, T>,
    /// Memory that makes the layer faster on some cores, and takes the place of some of the stack;
    /// its contents are lost. It may be empty.
    pub lent: &'t mut [i32],
    /// Whether the layer is as fast with [`FEW_SCRATCH_WORDS`](crate::FEW_SCRATCH_WORDS) of memory
    /// as with more.
    pub takes_few_words: bool,
}

impl<'t, 'm, T> Tensors<'t, 'm, T> {
    /// Input and output, and no memory.
    pub fn of(activations: &'t mut Activations<'m, T>) -> Self {
        Self { activations, lent: &mut [], takes_few_words: false }
    }
}
