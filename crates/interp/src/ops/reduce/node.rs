//! Nodes that reduce some dimensions to one element.

use crate::ops::common::quantization_or_default;
use crate::ops::types::{Types, any_of_size};
use crate::{EvalError, Failed, Io, Operator, Overlap, Overlaps, Prepare};
use bantam_kernels::number::element::Store;
use bantam_kernels::reduce::axes::{QuantizedReduceOp, Reduce, Reduction, SLACK, reduce};
use bantam_kernels::{Le, Quantization};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

const INPUT: usize = 0;
const AXES: usize = 1;
const OUTPUT: usize = 0;

/// What a model states of an operator that reduces.
pub(crate) trait ReduceBinding:
    QuantizedReduceOp + Reduce<i8> + Reduce<i16> + Reduce<f32, Params: Pod> + 'static
{
    /// The types of input 0, and of the output.
    const TYPES: &'static [TensorType];
}

/// A node of `O` for the types `K`.
pub(crate) struct ReduceNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: ReduceBinding> Operator for ReduceNode<K, O> {
    type Data = O::Params;

    /// Whether reduced dimensions are kept shows in the output's shape.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<O::Params, Failed> {
        let Reduced { kind, reduction, input, output } = prepare::<K>(node, O::TYPES)?;
        if kind == TensorType::FLOAT32 {
            return Ok(O::unscaled(reduction));
        }
        node.check(O::params(reduction, input, output))
    }

    fn overlaps(_params: &O::Params, _: TensorType) -> Overlaps {
        OVERLAPS
    }

    fn eval(params: &O::Params, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            TensorType::INT8 => run::<O, i8, i8>(params, io),
            TensorType::INT16 if const { any_of_size(O::TYPES, 2) } => {
                run::<O, i16, Le<2>>(params, io)
            }
            TensorType::FLOAT32 => run::<O, f32, Le<4>>(params, io),
            _ => Err(EvalError::Type),
        }
    }
}

/// The permission of every reduction.
pub(super) const OVERLAPS: Overlaps = [Some(Overlap { input: INPUT, slack: SLACK }), None];

/// What a node reduces.
pub(super) struct Reduced {
    kind: TensorType,
    pub(super) reduction: Reduction,
    input: Quantization,
    output: Quantization,
}

/// Checks the operands of a node. Axes that are not constant are yet to be known.
pub(super) fn prepare<K: Types>(
    node: &Prepare<'_, '_>,
    types: &[TensorType],
) -> Result<Reduced, Failed> {
    node.require_operands(2..=2, 1)?;
    let (input, output, axes) = (node.input(INPUT)?, node.output(OUTPUT)?, node.input(AXES)?);
    let kind = K::of(&input)?;
    input.require_type(types)?;
    output.require_type_of(&input)?;
    axes.require(TensorType::INT32)?;
    let (shape, output_shape) = (input.shape()?, output.shape()?);
    let reduction = if axes.is_constant() {
        Reduction::new(&shape, axes.constant_words()?, &output_shape)
    } else {
        Reduction::open(&shape)
    };
    let reduction = node.check(reduction)?;
    let (input, output) = (quantization_or_default(&input)?, quantization_or_default(&output)?);
    Ok(Reduced { kind, reduction, input, output })
}

pub(super) fn run<O: Reduce<T>, T, I: Store<T> + Pod>(
    params: &O::Params,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let (activations, reader) = io.output_over::<I>(OUTPUT, INPUT)?;
    if !params.as_ref().is_open() {
        return Ok(reduce::<O, T, I>(params, activations)?);
    }
    let reduction = params.as_ref().resolved(reader.input::<Le<4>>(AXES)?);
    let params = O::resolved(params, reduction.map_err(|_| EvalError::Value)?);
    Ok(reduce::<O, T, I>(&params, activations)?)
}
