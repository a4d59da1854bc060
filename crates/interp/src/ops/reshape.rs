//! RESHAPE: the same elements under another shape.
//!
//! * Types: any
//! * Limits: the shape operand is not read
//! * Conformance: bool, float16, float32, int16, int32, int64, int8, uint32, uint8

use super::common::in_place;
use crate::{Cause, EvalError, Io, Operator, Overlaps, Prepare, PrepareError, Slot};
use bantam_kernels::reshape::reshape;

pub(crate) struct Reshape;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

impl Operator for Reshape {
    type Data = ();

    /// The shape operand is not read: as in TFLM, the output's own shape says it all.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), PrepareError> {
        node.expect_operands(1..=2, 1)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        output.expect_type(&[input.tensor_type()])?;
        if input.element_len()? == output.element_len()? {
            Ok(())
        } else {
            Err(output.error(Cause::Shape))
        }
    }

    fn overlaps(_data: &()) -> Overlaps {
        [in_place(INPUT), None]
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (activations, _, _) = io.activations::<u8, 1>(INPUT, [Slot::Output(OUTPUT)])?;
        Ok(reshape(activations)?)
    }
}
