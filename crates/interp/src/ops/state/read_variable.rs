//! READ_VARIABLE: what a resource variable holds.
//!
//! * Types: any of fixed size
//! * Limits: some ASSIGN_VARIABLE of the model says how large the variable is, whether it runs or
//!   not
//! * Conformance: bool, float32, int16, int32, int64, int8, uint8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/read_variable.cc`.

use super::variable::Variable;
use crate::io::copy;
use crate::{EvalError, Failed, Io, Operator, Prepare, Reset, Slot};

const HANDLE: usize = 0;
const OUTPUT: usize = 0;

/// READ_VARIABLE.
#[derive(Debug)]
pub(crate) struct ReadVariable;

impl Operator for ReadVariable {
    type Data = Variable;

    const RESOURCES: bool = true;
    const RESET: Option<Reset<Variable>> = Some(Variable::reset);

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Variable, Failed> {
        node.require_operands(1..=1, 1)?;
        let output = node.output(OUTPUT)?;
        Variable::prepare(node, HANDLE, &output)
    }

    fn eval(data: &Variable, io: &mut Io<'_>) -> Result<(), EvalError> {
        // A copy: the variable may change before the output is read.
        let ([output, variable], _) = io.split([Slot::Output(OUTPUT), data.slot()])?;
        copy(output, variable)
    }
}
