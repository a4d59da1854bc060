//! The larger or smaller of two elements.

use crate::ops::elementwise::{Binary, Stored, binary, binary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::binary::extremum::{Extremum, extremum};
use bantam_kernels::walk::broadcast::Broadcast;
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

/// MAXIMUM: the larger of two elements.
///
/// * Types: `i8`, `i16`, `i32`, `i64`, `f32`
/// * Limits: quantizations are taken to be equal; beyond six dimensions, only shapes that broadcast
///   with six nested loops
/// * Conformance: float32, int16, int32, int64, int8
pub(crate) type Maximum<K> = ExtremumNode<K, true>;

/// MINIMUM: the smaller of two elements.
///
/// * Types: `i8`, `i16`, `i32`, `i64`, `f32`
/// * Limits: quantizations are taken to be equal; beyond six dimensions, only shapes that broadcast
///   with six nested loops
/// * Conformance: float32, int16, int32, int64, int8
pub(crate) type Minimum<K> = ExtremumNode<K, false>;

/// A node that takes the larger elements, or the smaller ones.
pub(crate) struct ExtremumNode<K, const MAXIMUM: bool>(PhantomData<K>);

impl<K: Types, const MAXIMUM: bool> Operator for ExtremumNode<K, MAXIMUM> {
    type Data = Stored<Broadcast>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let operands = Binary::new::<K>(node)?;
        match operands.types::<K>() {
            [T::INT8, T::INT8]
            | [T::INT16, T::INT16]
            | [T::INT32, T::INT32]
            | [T::INT64, T::INT64]
            | [T::FLOAT32, T::FLOAT32] => Ok(Stored::new(&operands.broadcast)),
            _ => Err(operands.type_error(&[T::INT8, T::INT16, T::INT32, T::INT64, T::FLOAT32])),
        }
    }

    fn overlaps(data: &Self::Data, _: T) -> Overlaps {
        binary_overlaps(data.params())
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        eval::<K>(data, if MAXIMUM { Extremum::Maximum } else { Extremum::Minimum }, io)
    }
}

// size: one copy for both operators.
fn eval<K: Types>(
    data: &Stored<Broadcast>,
    which: Extremum,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let plan = data.params()?;
    match K::known(io.element_type()) {
        T::INT8 => run::<i8, i8>(plan, which, io),
        T::INT16 => run::<i16, Le<2>>(plan, which, io),
        T::INT32 => run::<i32, Le<4>>(plan, which, io),
        T::INT64 => run::<i64, Le<8>>(plan, which, io),
        _ => run::<f32, Le<4>>(plan, which, io),
    }
}

fn run<E: PartialOrd + Pod + Default, I: Load<E> + AnyBitPattern>(
    plan: &Broadcast,
    which: Extremum,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    binary(io, plan, &|plan, a: &[I], b: &[I], output: &mut [E]| {
        Ok(extremum(plan, which, a, b, output)?)
    })
}
