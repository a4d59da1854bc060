//! HARD_SWISH: `x · clamp(x + 3, 0, 6) / 6`.
//!
//! * Types: `i8`, `f32`
//! * Limits: the input's scale is less than 128 times the output's
//! * Conformance: float32, int8

use crate::ops::common::in_place;
use crate::ops::elementwise::{Stored, Unary, unary};
use crate::ops::types::Types;
use crate::ops::unary::node::{bytes, params};
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::Le;
use bantam_kernels::unary::{hard_swish, op};
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct HardSwish<K>(PhantomData<K>);

impl<K: Types> Operator for HardSwish<K> {
    type Data = Stored<hard_swish::HardSwishParams>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Unary::new::<K>(node)?;
        match operands.types::<K>() {
            [T::INT8, T::INT8] => {
                Ok(Stored::new(&params::<hard_swish::HardSwish, i8>(node, &operands)?))
            }
            [T::FLOAT32, T::FLOAT32] => Ok(Stored::new(&())),
            _ => Err(operands.type_error(&[T::INT8, T::FLOAT32])),
        }
    }

    fn overlaps(_data: &Self::Data, _: T) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => bytes::<hard_swish::HardSwish>(data.params()?, io),
            _ => unary(io, &|input: &[Le<4>], output| {
                Ok(op::f32::<hard_swish::HardSwish, _>(input, output)?)
            }),
        }
    }
}
