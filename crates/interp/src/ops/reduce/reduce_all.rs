//! REDUCE_ALL: whether all elements are true, over any axes.
//!
//! * Types: `bool`
//! * Limits: as MEAN
//! * Conformance: bool

use super::node::{OVERLAPS, Reduced, prepare, run};
use crate::ops::types::Any;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::reduce::all;
use bantam_kernels::reduce::axes::Reduction;
use bantam_schema::TensorType;

pub(crate) struct ReduceAll;

impl Operator for ReduceAll {
    type Data = Reduction;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Reduction, Failed> {
        let Reduced { reduction, .. } = prepare::<Any>(node, &[TensorType::BOOL])?;
        Ok(reduction)
    }

    fn overlaps(_reduction: &Reduction, _: TensorType) -> Overlaps {
        OVERLAPS
    }

    fn eval(reduction: &Reduction, io: &mut Io<'_>) -> Result<(), EvalError> {
        run::<all::ReduceAll, u8, u8>(reduction, io)
    }
}
