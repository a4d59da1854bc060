//! VAR_HANDLE: the handle of a resource variable, which nodes of all subgraphs find by its name.
//!
//! * Types: to a resource or a number of 32 bits
//! * Limits: IF and WHILE may hand it to a subgraph, always the same one to the same input
//! * Conformance: bool, float32, int16, int32, int64, int8, uint8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/var_handle.cc`.

use crate::{Cause, EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;

const OUTPUT: usize = 0;

/// VAR_HANDLE.
#[derive(Debug)]
pub(crate) struct VarHandle;

impl Operator for VarHandle {
    /// The number of the variable.
    type Data = u32;

    const RESOURCES: bool = true;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
        node.require_operands(0..=0, 1)?;
        let output = node.output(OUTPUT)?;
        output.require_type(&[TensorType::RESOURCE, TensorType::INT32])?;
        if output.element_len()? != 1 {
            return Err(output.error(Cause::Shape));
        }
        node.resource_id(OUTPUT)
    }

    fn eval(id: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
        // A handle of its own type has no bytes.
        if io.output_bytes(OUTPUT) > 0 {
            io.output::<i32>(OUTPUT)?.0.fill(*id as i32);
        }
        Ok(())
    }
}
