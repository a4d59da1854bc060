//! {NAME}: {SUMMARY}
//!
//! * Types: `f32`
//! * Conformance: float32

use super::row::{Operands, RowBinding, RowNode, in_place};
use crate::ops::elementwise::Typed;
use crate::{EvalError, Failed, Io, Prepare};
use bantam_kernels::rowwise::{snake}::{self, {Camel}Params};
use bantam_schema::TensorType as T;

pub(crate) type {Camel}<K> = RowNode<K, {snake}::{Camel}, 2>;

impl RowBinding<2> for {snake}::{Camel} {
    const TYPES: &'static [[T; 2]] = &[[T::FLOAT32, T::FLOAT32]];

    fn params(_node: &Prepare<'_, '_>, operands: &Operands<'_>) -> Result<Typed<2>, Failed> {
        Ok(Typed::new(&{Camel}Params::new(operands.depth)))
    }

    fn run(_input_type: T, params: &Typed<2>, io: &mut Io<'_>) -> Result<(), EvalError> {
        in_place::<Self, f32, _>(params, io)
    }
}
