//! IF: one of two subgraphs, as a condition says.
//!
//! * Types: a `bool` condition, tensors of any type
//! * Limits: both subgraphs have inputs and outputs of the types and shapes of the node's
//! * Conformance: float32, int32, int8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/if.cc`.

use super::branch::{self, Branches};
use crate::{Cause, EvalError, Failed, Io, Operator, Outcome, Prepare};
use bantam_schema::TensorType;

const CONDITION: usize = 0;

/// IF.
#[derive(Debug)]
pub(crate) struct If;

impl Operator for If {
    type Data = Branches;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| {
            let options = node.if_options()?;
            branch::named(&[options.then_subgraph_index, options.else_subgraph_index], at)
        });

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Branches, Failed> {
        let options = node.options(|op| op.if_options())?;
        let condition = node.input(CONDITION)?;
        condition.require_type(&[TensorType::BOOL])?;
        if condition.element_len()? != 1 {
            return Err(condition.error(Cause::Shape));
        }
        Ok(Branches {
            first: branch::call(node, options.then_subgraph_index, CONDITION + 1, true)?,
            second: branch::call(node, options.else_subgraph_index, CONDITION + 1, true)?,
        })
    }

    fn eval(data: &Branches, io: &mut Io<'_>) -> Result<(), EvalError> {
        let (_, reader) = io.split([])?;
        let holds = reader.input::<u8>(CONDITION)?.first().is_some_and(|&holds| holds != 0);
        let call = if holds { &data.first } else { &data.second };
        let inputs = CONDITION + 1..io.input_len();
        branch::enter(call, io, inputs)?;
        match io.call(call)? {
            Outcome::Done => branch::leave(call, io),
            Outcome::NeedMoreInput => Ok(()),
        }
    }
}
