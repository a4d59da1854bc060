//! LOGICAL_NOT: true becomes false.
//!
//! * Types: `bool`
//! * Conformance: bool

use crate::ops::common::in_place;
use crate::ops::elementwise::unary;
use crate::ops::unary::node::one_type;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::unary::logical_not::logical_not;
use bantam_schema::TensorType;

pub(crate) struct LogicalNot;

impl Operator for LogicalNot {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        one_type(node, TensorType::BOOL)
    }

    fn overlaps(_data: &(), _: TensorType) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(_data: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        unary(io, &|input: &[u8], output| Ok(logical_not(input, output)?))
    }
}
