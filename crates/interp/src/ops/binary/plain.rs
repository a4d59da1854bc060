//! The node of an operator that takes two elements as they are.

use crate::ops::elementwise::{Binary, binary, binary_overlaps};
use crate::ops::types::Any;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::Load;
use bantam_kernels::binary::plain::{self, PlainOp};
use bantam_kernels::walk::broadcast::Broadcast;
use bantam_schema::TensorType;
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

/// The type that a plain operator takes, in the model and in memory.
pub(crate) trait PlainBinding: PlainOp<Element: Pod + Default> {
    /// The type of the tensors.
    const TYPE: TensorType;
    /// What an element is read as.
    type Bytes: Load<Self::Element> + AnyBitPattern;
}

/// A node of `O`.
pub(crate) struct PlainNode<O>(PhantomData<O>);

impl<O: PlainBinding> Operator for PlainNode<O> {
    type Data = Broadcast;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Broadcast, Failed> {
        let operands = Binary::new::<Any>(node)?;
        let [a, _] = &operands.inputs;
        a.require_type(&[O::TYPE])?;
        operands.output.require_type(&[O::TYPE])?;
        Ok(operands.broadcast)
    }

    fn overlaps(plan: &Broadcast, _: TensorType) -> Overlaps {
        binary_overlaps(Ok(plan))
    }

    fn eval(plan: &Broadcast, io: &mut Io<'_>) -> Result<(), EvalError> {
        binary(io, plan, &|plan, a: &[O::Bytes], b: &[O::Bytes], output| {
            if plain::accepts::<O, _>(b) {
                Ok(plain::plain::<O, _>(plan, a, b, output)?)
            } else {
                Err(EvalError::Value)
            }
        })
    }
}
