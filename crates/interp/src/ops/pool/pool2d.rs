//! Nodes of pools.

use crate::ops::common::{activation, padding, row_overlap};
use crate::ops::types::Types;
use crate::{Activations, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::ActivationRange;
use bantam_kernels::pool::pool2d::{
    Pool2dParams, PoolOp, PoolWindow, check_same_quantization, pool_2d,
};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// A [`PoolOp`], for the types that it is implemented for.
pub(crate) trait PoolBinding: 'static {
    /// Runs a node of elements of this type.
    fn run(
        element_type: TensorType,
        params: &Pool2dParams,
        io: &mut Io<'_>,
    ) -> Result<(), EvalError>;
}

/// A pool of `i8`, `i16` and `f32`.
pub(crate) struct AnyType<O>(PhantomData<O>);

impl<O: PoolOp<i8> + PoolOp<i16> + PoolOp<f32> + 'static> PoolBinding for AnyType<O> {
    #[inline(always)] // what is for other types than the constant one is dropped
    fn run(
        element_type: TensorType,
        params: &Pool2dParams,
        io: &mut Io<'_>,
    ) -> Result<(), EvalError> {
        match element_type {
            TensorType::INT8 => pool_2d::<O, i8>(params, activations(io)?)?,
            TensorType::INT16 => pool_2d::<O, i16>(params, activations(io)?)?,
            TensorType::FLOAT32 => pool_2d::<O, f32>(params, activations(io)?)?,
            _ => return Err(EvalError::Type),
        }
        Ok(())
    }
}

/// A pool of `f32`.
pub(crate) struct FloatOnly<O>(PhantomData<O>);

impl<O: PoolOp<f32> + 'static> PoolBinding for FloatOnly<O> {
    fn run(_: TensorType, params: &Pool2dParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        Ok(pool_2d::<O, f32>(params, activations(io)?)?)
    }
}

/// A node of `B` for the types `K`.
pub(crate) struct PoolNode<K, B>(PhantomData<(K, B)>);

impl<K: Types, B: PoolBinding> Operator for PoolNode<K, B> {
    type Data = Pool2dParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Pool2dParams, Failed> {
        let mut params = Pool2dParams::zeroed();
        prepare::<K>(node, &mut params)?;
        Ok(params)
    }

    fn overlaps(params: &Pool2dParams, _: TensorType) -> Overlaps {
        row_overlap(INPUT, params)
    }

    fn eval(params: &Pool2dParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        B::run(K::known(io.element_type()), params, io)
    }
}

// size: one copy for all pools.
#[inline(never)]
fn prepare<K: Types>(node: &Prepare<'_, '_>, params: &mut Pool2dParams) -> Result<(), Failed> {
    node.require_operands(1..=1, 1)?;
    let options = node.options(|op| op.pool_2d_options())?;
    let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
    let kind = K::among(&input, &[TensorType::FLOAT32, TensorType::INT8, TensorType::INT16])?;
    input.require_aligned()?;
    output.require_type_of(&input)?;
    let window = PoolWindow {
        filter_height: options.filter_height,
        filter_width: options.filter_width,
        stride_height: options.stride_h,
        stride_width: options.stride_w,
        padding: padding(node, options.padding)?,
    };
    let activation = activation(options.fused_activation_function);
    let range = if kind == TensorType::FLOAT32 {
        Pool2dParams::float_range(activation)
    } else {
        let (from, to) = (input.affine_or_default()?, output.affine_or_default()?);
        output.check(check_same_quantization(from, to))?;
        let range = if kind == TensorType::INT8 {
            ActivationRange::new::<i8>
        } else {
            ActivationRange::new::<i16>
        };
        node.check(range(activation, to.0, to.1))?
    };
    node.check(params.slide([input.nhwc()?, output.nhwc()?], &window, range))
}

/// The only input and the only output.
fn activations<'s, T: Pod>(io: &'s mut Io<'_>) -> Result<Activations<'s, T>, EvalError> {
    io.activation(OUTPUT, INPUT)
}
