//! WHILE: a subgraph again and again, as long as another says so.
//!
//! * Types: tensors of any type
//! * Limits: tensors have the same types and shapes in the node and both subgraphs; each round
//!   takes two of the calls that `Options::max_calls` permits
//! * Conformance: float32, int32, int8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/while.cc`, whose loops may go on for ever.

use super::branch::{self, Branches};
use crate::io::copy;
use crate::{Call, EvalError, Failed, Io, Operator, Outcome, Prepare};

/// WHILE: the first subgraph is the condition, the second the body.
#[derive(Debug)]
pub(crate) struct While;

impl Operator for While {
    type Data = Branches;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| {
            let options = node.while_options()?;
            branch::named(&[options.cond_subgraph_index, options.body_subgraph_index], at)
        });

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Branches, Failed> {
        let options = node.options(|op| op.while_options())?;
        let condition = options.cond_subgraph_index;
        let inputs = node.input_len();
        node.require_operands(inputs..=inputs, inputs)?;
        let first = branch::call(node, condition, 0, false)?;
        node.require_callee_flag(condition as u32)?;
        Ok(Branches { first, second: branch::call(node, options.body_subgraph_index, 0, true)? })
    }

    fn eval(data: &Branches, io: &mut Io<'_>) -> Result<(), EvalError> {
        let Branches { first: condition, second: body } = data;
        // The node's outputs carry the tensors from round to round.
        for at in 0..io.output_len() {
            let (output, reader) = io.output::<u8>(at)?;
            copy(output, reader.input(at)?)?;
        }
        loop {
            enter(condition, io)?;
            if io.call(condition)? == Outcome::NeedMoreInput {
                return Ok(());
            }
            if io.callee_result(condition, 0)?.first().is_none_or(|&holds| holds == 0) {
                return Ok(());
            }
            enter(body, io)?;
            if io.call(body)? == Outcome::NeedMoreInput {
                return Ok(());
            }
            branch::leave(body, io)?;
        }
    }
}

/// Copies the outputs of the node to the inputs of a subgraph.
fn enter(call: &Call, io: &mut Io<'_>) -> Result<(), EvalError> {
    for at in 0..io.output_len() {
        let (input, reader) = io.callee_input(call, at)?;
        copy(input, reader.output_bytes(at)?)?;
    }
    Ok(())
}
