//! BROADCAST_ARGS: the shape that two shapes broadcast to.
//!
//! * Types: `i32`, `i64`
//! * Limits: shapes that do not broadcast are an error of the inference
//! * Conformance: int32, int64

use crate::{Cause, EvalError, Failed, Io, Operator, Prepare, cast_mut};
use bantam_kernels::movement::fill::broadcast_args;
use bantam_kernels::{Le, ParamsError};
use bantam_schema::TensorType;
use bytemuck::Pod;

pub(crate) struct BroadcastArgs;

const OUTPUT: usize = 0;

impl Operator for BroadcastArgs {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(2..=2, 1)?;
        let (a, b, output) = (node.input(0)?, node.input(1)?, node.output(OUTPUT)?);
        a.require_type(&[TensorType::INT32, TensorType::INT64])?;
        b.require_type_of(&a)?;
        output.require_type_of(&a)?;
        for shape in [&a, &b, &output] {
            let actual = shape.rank()?;
            if actual != 1 {
                return Err(shape.error(ParamsError::Rank { actual }));
            }
        }
        if output.element_len()? != a.element_len()?.max(b.element_len()?) {
            return Err(output.error(Cause::Shape));
        }
        Ok(())
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        match io.element_type() {
            TensorType::INT32 => run(Le::new(1_i32.to_le_bytes()), io),
            TensorType::INT64 => run(Le::new(1_i64.to_le_bytes()), io),
            _ => Err(EvalError::Type),
        }
    }
}

fn run<T: Pod + PartialEq>(one: T, io: &mut Io<'_>) -> Result<(), EvalError> {
    let (output, reader) = io.output::<u8>(OUTPUT)?;
    let shapes = (reader.input(0)?, reader.input(1)?);
    broadcast_args::<T>(one, shapes.0, shapes.1, cast_mut(output)?).map_err(|_| EvalError::Value)
}
