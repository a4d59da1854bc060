//! {NAME}: {SUMMARY}
//!
//! * Types: `f32`
//! * Conformance: float32

use crate::ops::elementwise::{Typed, Unary, unary, unary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Io, Operator, Overlaps, Prepare, Refused};
use bantam_kernels::Le;
use bantam_kernels::unary::{snake}::{snake}_f32;
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct {Camel}<K>(PhantomData<K>);

impl<K: Types> Operator for {Camel}<K> {
    type Data = Typed<1>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Refused> {
        let operands = Unary::new::<K>(node)?;
        let types = operands.types::<K>();
        match types {
            [T::FLOAT32, T::FLOAT32] => Ok(Typed::new(types, &())),
            _ => Err(operands.type_error(&[T::FLOAT32])),
        }
    }

    fn overlaps(data: &Self::Data) -> Overlaps {
        unary_overlaps(data)
    }

    fn eval(_: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        unary(io, |input: &[Le<4>], output| {snake}_f32(input, output))
    }
}
