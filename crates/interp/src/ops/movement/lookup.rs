//! Nodes that copy the pieces of an input that an index tensor names.

use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{Activations, EvalError, Failed, Io, Operator, OutputReader, Prepare};
use bantam_kernels::Le;
use bantam_kernels::movement::lookup::{IndexOp, Lookup};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

const INPUT: usize = 0;
const INDICES: usize = 1;
const OUTPUT: usize = 0;

/// What a model states of an [`IndexOp`]: input 0 is looked up with the indices of input 1.
pub(crate) trait IndexBinding: IndexOp + 'static {
    /// The types of input 0, and of the output.
    const TYPES: &'static [TensorType];

    /// The options of a node.
    fn options(node: &Prepare<'_, '_>) -> Result<Self::Options, Failed>;
}

/// A node of `O` for the types `K`.
pub(crate) struct IndexNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: IndexBinding> Operator for IndexNode<K, O> {
    type Data = Lookup;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Lookup, Failed> {
        widths::prepare::<K>(node, 2, O::TYPES)?;
        let (input, indices) = (node.input(INPUT)?, node.input(INDICES)?);
        indices.require(TensorType::INT32)?;
        let (input, indices, output) =
            (input.shape()?, indices.shape()?, node.output(OUTPUT)?.shape()?);
        node.check(O::lookup(&input, &indices, &O::options(node)?, &output))
    }

    fn eval(lookup: &Lookup, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(lookup, const { Sizes::of(O::TYPES) }, io)
    }
}

impl Movement for Lookup {
    fn run<T: Pod>(
        &self,
        reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let (input, output) = activations.apart()?;
        Ok(self.copy(input, reader.input::<Le<4>>(INDICES)?, output)?)
    }
}
