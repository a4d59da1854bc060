//! ASSIGN_VARIABLE: sets a resource variable.
//!
//! * Types: any of fixed size
//! * Limits: all nodes that use a variable have tensors of as many bytes as the first assignment of
//!   the model; the value may be indices of tables (`COMPRESSION_METADATA`)
//! * Conformance: bool, float32, int16, int32, int64, int8, uint8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/assign_variable.cc`.

use super::variable::Variable;
use crate::io::copy;
use crate::ops::decoded;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Prepare, Reset};
use core::marker::PhantomData;

const HANDLE: usize = 0;
const VALUE: usize = 1;

/// ASSIGN_VARIABLE.
#[derive(Debug)]
pub(crate) struct AssignVariable<K>(PhantomData<K>);

impl<K: Types> Operator for AssignVariable<K> {
    type Data = Variable;

    const RESOURCES: bool = true;
    const RESET: Option<Reset<Variable>> = Some(Variable::reset);

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Variable, Failed> {
        node.require_operands(2..=2, 0)?;
        let value = node.input(VALUE)?;
        if K::TABLES {
            node.decode_lut(VALUE)?;
        }
        Variable::prepare(node, HANDLE, &value)
    }

    fn eval(data: &Variable, io: &mut Io<'_>) -> Result<(), EvalError> {
        if K::TABLES { decoded::decoded(io, &mut |io| assign(data, io)) } else { assign(data, io) }
    }
}

fn assign(data: &Variable, io: &mut Io<'_>) -> Result<(), EvalError> {
    let ([variable], reader) = io.split([data.slot()])?;
    copy(variable, reader.input(VALUE)?)
}
