//! FILL: a tensor of one value.
//!
//! * Types: `i8`, `i32`, `f32`
//! * Limits: dimensions are constant
//! * Conformance: float32, int32, int8

use crate::ops::common::integers;
use crate::{Cause, EvalError, Failed, Io, Operator, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::movement::fill::fill;
use bantam_kernels::walk::shape::MAX_RANK;
use bantam_schema::TensorType;

pub(crate) struct Fill;

const DIMS: usize = 0;
const VALUE: usize = 1;
const OUTPUT: usize = 0;

const TYPES: [TensorType; 3] = [TensorType::FLOAT32, TensorType::INT8, TensorType::INT32];
const DIM_TYPES: [TensorType; 4] =
    [TensorType::INT8, TensorType::INT16, TensorType::INT32, TensorType::INT64];

impl Operator for Fill {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(2..=2, 1)?;
        let (dims, value, output) = (node.input(DIMS)?, node.input(VALUE)?, node.output(OUTPUT)?);
        value.require_type(&TYPES)?;
        output.require_type_of(&value)?;
        let actual = value.rank()?;
        if actual != 0 {
            return Err(value.error(ParamsError::Rank { actual }));
        }
        let shape = output.shape()?;
        let listed = integers::<MAX_RANK>(&dims, &DIM_TYPES, shape.rank())?;
        if listed.iter().zip(shape.dims()).any(|(&dim, &actual)| dim as u32 != actual) {
            return Err(dims.error(Cause::Shape));
        }
        Ok(())
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output::<u8>(OUTPUT)?;
        Ok(fill(reader.input::<u8>(VALUE)?, output)?)
    }
}
