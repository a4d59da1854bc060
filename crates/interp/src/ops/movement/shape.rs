//! SHAPE: the dimensions of the input.
//!
//! * Types: any, to `i32`
//! * Conformance: bool, float32, int16, int32, int64, int8, uint8

use crate::ops::common::in_place;
use crate::{Cause, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_arena::Slice;
use bantam_schema::TensorType;

pub(crate) struct Shape;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

impl Operator for Shape {
    /// The dimensions.
    type Data = Slice<i32>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Slice<i32>, Failed> {
        node.require_operands(1..=1, 1)?;
        let (shape, output) = (node.input(INPUT)?.shape()?, node.output(OUTPUT)?);
        output.require(TensorType::INT32)?;
        // A scalar has none: the output is empty then.
        if !output.tensor().shape().iter().eq([shape.rank() as i32]) {
            return Err(output.error(Cause::Shape));
        }
        node.persist(shape.rank(), |axis| shape.dim(axis) as i32)
    }

    /// The elements of the input are not read.
    fn overlaps(_data: &Slice<i32>, _: TensorType) -> Overlaps {
        [in_place(INPUT), None]
    }

    fn eval(dims: &Slice<i32>, io: &mut Io<'_>) -> Result<(), EvalError> {
        let dims = io.persistent(*dims)?;
        let (output, _) = io.output::<i32>(OUTPUT)?;
        if output.len() != dims.len() {
            return Err(EvalError::Record);
        }
        output.copy_from_slice(dims);
        Ok(())
    }
}
