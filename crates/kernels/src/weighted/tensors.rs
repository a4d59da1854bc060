//! What a layer with weights works on.

use crate::walk::rows::Activations;
use crate::weighted::own::Own;

/// What a layer reads and writes, and memory that is lent to it.
// stack: one reference, so that calls are jumps
#[derive(Debug)]
pub struct Tensors<'t, 'm, T> {
    /// Input and output.
    pub activations: &'t mut Activations<'m, T>,
    /// Memory that makes the layer faster on some cores, and takes the place of some of the stack;
    /// its contents are lost. It may be empty.
    pub lent: &'t mut [i32],
    /// How much memory of its own the layer takes, if it is lent less. Without a bias it takes the
    /// [largest](Own::Largest).
    pub own: Own,
}

impl<'t, 'm, T> Tensors<'t, 'm, T> {
    /// Input and output, and no memory.
    pub fn of(activations: &'t mut Activations<'m, T>) -> Self {
        Self { activations, lent: &mut [], own: Own::Largest }
    }
}
