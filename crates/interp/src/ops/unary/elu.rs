//! ELU: `exp(x) - 1` in place of what is negative.
//!
//! * Types: `i8`, `f32`
//! * Conformance: float32, int8

use crate::ops::common::in_place;
use crate::ops::elementwise::{Unary, unary};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_arena::Slice;
use bantam_kernels::Le;
use bantam_kernels::unary::elu::{self, TABLE_LEN, Table};
use bantam_kernels::unary::op;
use bantam_schema::TensorType as T;
use core::marker::PhantomData;

pub(crate) struct Elu<K>(PhantomData<K>);

impl<K: Types> Operator for Elu<K> {
    /// The results for all values of `i8`.
    type Data = Slice<i8>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Slice<i8>, Failed> {
        let operands = Unary::new::<K>(node)?;
        match operands.types::<K>() {
            [T::INT8, T::INT8] => {
                let [input, output] = operands.quantizations()?;
                let table = node.check(Table::new(input, output))?;
                node.persist(TABLE_LEN, |x| table.entry(x as u8 as i8))
            }
            [T::FLOAT32, T::FLOAT32] => Ok(Slice::EMPTY),
            _ => Err(operands.type_error(&[T::INT8, T::FLOAT32])),
        }
    }

    fn overlaps(_table: &Slice<i8>, _: T) -> Overlaps {
        [in_place(0), None]
    }

    fn eval(table: &Slice<i8>, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => {
                let table = io.persistent(*table)?;
                unary(io, &|input, output| Ok(elu::look_up(table, input, output)?))
            }
            _ => unary(io, &|input: &[Le<4>], output| Ok(op::f32::<elu::Elu, _>(input, output)?)),
        }
    }
}
