//! The node of a comparison.

use crate::ops::elementwise::{Binary, Stored, binary, binary_overlaps};
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::compare::comparisons::{
    Comparison, ComparisonParams, Orderings, compare, compare_quantized,
};
use bantam_kernels::walk::broadcast::{BinaryParams, Broadcast};
use bantam_kernels::{Le, Load};
use bantam_schema::TensorType as T;
use bytemuck::AnyBitPattern;
use core::marker::PhantomData;

/// The types that a comparison takes.
pub(crate) trait CompareBinding: Comparison {
    /// Those of the inputs.
    const TYPES: &[T] = &[T::INT8, T::INT32, T::INT64, T::FLOAT32];
}

/// A node of `C` for elements of `K`.
pub(crate) struct CompareNode<K, C>(PhantomData<(K, C)>);

impl<K: Types, C: CompareBinding> Operator for CompareNode<K, C> {
    type Data = Stored<ComparisonParams>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        prepare::<K>(node, C::TYPES)
    }

    fn overlaps(data: &Self::Data, input: T) -> Overlaps {
        if K::known(input).bits() == T::BOOL.bits() {
            binary_overlaps(data.params())
        } else {
            [None, None]
        }
    }

    fn eval(data: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        eval::<K>(data, C::HOLDS, io)
    }
}

// size: one copy for all comparisons.
fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    accepted: &[T],
) -> Result<Stored<ComparisonParams>, Failed> {
    let operands = Binary::new::<K>(node)?;
    match operands.types::<K>() {
        [T::INT8, T::BOOL] => {
            let params = ComparisonParams::new(operands.broadcast, operands.input_quantizations()?);
            Ok(Stored::new(&node.check(params)?))
        }
        [input, T::BOOL] if accepted.contains(&input) => Ok(Stored::new(&operands.broadcast)),
        _ => Err(operands.type_error(accepted)),
    }
}

// size: one copy for all comparisons.
fn eval<K: Types>(
    data: &Stored<ComparisonParams>,
    holds: Orderings,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    match K::known(io.element_type()) {
        T::INT8 => {
            let params: &ComparisonParams = data.params()?;
            binary(io, params.plan(), &|plan, a: &[i8], b: &[i8], output| {
                Ok(compare_quantized(params, plan, holds, a, b, output)?)
            })
        }
        T::BOOL => run::<u8, u8>(data.params()?, holds, io),
        T::INT32 => run::<i32, Le<4>>(data.params()?, holds, io),
        T::INT64 => run::<i64, Le<8>>(data.params()?, holds, io),
        _ => run::<f32, Le<4>>(data.params()?, holds, io),
    }
}

fn run<E: PartialOrd, I: Load<E> + AnyBitPattern>(
    plan: &Broadcast,
    holds: Orderings,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    binary(io, plan, &|plan, a: &[I], b: &[I], output| {
        Ok(compare::<E, I>(plan, holds, a, b, output)?)
    })
}
