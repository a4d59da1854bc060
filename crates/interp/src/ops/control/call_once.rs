//! CALL_ONCE: a subgraph in the first inference, and in the first after a reset.
//!
//! * Types: none
//! * Limits: the subgraph has neither inputs nor outputs
//! * Conformance: float32, int16, int32, int8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/call_once.cc`, which does not run it again after a
//! reset.

use super::branch;
use crate::{Call, EvalError, Extra, Failed, Io, Operator, Outcome, Prepare, Slot};
use bytemuck::{Pod, Zeroable};

/// CALL_ONCE.
#[derive(Debug)]
pub(crate) struct CallOnce;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    call: Call,
    /// A byte: whether the subgraph has run.
    done: Extra,
}

impl Operator for CallOnce {
    type Data = Data;

    const CALLS: Option<fn(&bantam_schema::Operator<'_>, usize) -> Option<u32>> =
        Some(|node, at| branch::named(&[node.call_once_options()?.init_subgraph_index], at));

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(0..=0, 0)?;
        let options = node.options(|op| op.call_once_options())?;
        let call = branch::call(node, options.init_subgraph_index, 0, true)?;
        Ok(Data { call, done: node.state(1)? })
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([done], _) = io.split([Slot::Extra(data.done)])?;
        if done.first().is_some_and(|&done| done != 0) {
            return Ok(());
        }
        if io.call(&data.call)? == Outcome::Done {
            let ([done], _) = io.split([Slot::Extra(data.done)])?;
            done.fill(1);
        }
        Ok(())
    }
}
