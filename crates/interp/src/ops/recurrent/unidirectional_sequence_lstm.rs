//! UNIDIRECTIONAL_SEQUENCE_LSTM: a layer of cells with gates, over all time steps of its input.
//!
//! * Types: `i8` with biases of `i32`, `i16` with biases of `i64`, both with weights of `i8` and a
//!   cell state of `i16`; `f32`
//! * Activations: TANH, which the cell gate must have
//! * Limits: 24 inputs, of which those for peepholes, a projection and a normalization are absent;
//!   all four gates; weights have one scale and a zero point of 0; states are variable tensors; the
//!   scale of the cell state is taken for the nearest power of two where it is activated
//! * Conformance: float32, int16, int8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/unidirectional_sequence_lstm.cc`, `lstm_eval.cc`.

use super::tensors::{dims, refuse_intermediates, require_dims, require_variable, weight_scale};
use crate::ops::common::quantization;
use crate::ops::types::Types;
use crate::{Cause, EvalError, Failed, Io, Operator, Prepare, Reader, Slot, cast_mut};
use bantam_kernels::Le;
use bantam_kernels::number::element::{BiasElement, Quantized};
use bantam_kernels::recurrent::lstm::{self, LstmParams, LstmQuantization, LstmWeights};
use bantam_schema::{ActivationFunction, TensorType};
use bytemuck::{AnyBitPattern, Pod, Zeroable};
use core::marker::PhantomData;

const INPUT: usize = 0;
/// Weights of the input, for each gate.
const WEIGHTS: [usize; 4] = [1, 2, 3, 4];
/// Weights of the hidden values.
const RECURRENT: [usize; 4] = [5, 6, 7, 8];
const BIASES: [usize; 4] = [12, 13, 14, 15];
const HIDDEN: usize = 18;
const CELL: usize = 19;
/// Inputs of variants: peepholes, a projection, a normalization of the gates.
const VARIANTS: [usize; 9] = [9, 10, 11, 16, 17, 20, 21, 22, 23];
const INPUTS: usize = 24;
const OUTPUT: usize = 0;

/// UNIDIRECTIONAL_SEQUENCE_LSTM.
#[derive(Debug)]
pub(crate) struct UnidirectionalSequenceLstm<K>(PhantomData<K>);

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    params: LstmParams,
    /// Zeros for floats.
    quantization: LstmQuantization,
    /// Of floats: the magnitude of a cell, 0 for any.
    clip: f32,
}

const TYPES: &[TensorType] = &[TensorType::INT8, TensorType::INT16, TensorType::FLOAT32];

impl<K: Types> Operator for UnidirectionalSequenceLstm<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(INPUTS..=INPUTS, 1)?;
        refuse_intermediates(node)?;
        let options = node.options(|op| op.unidirectional_sequence_lstm_options())?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        let (hidden, cell) = (node.input(HIDDEN)?, node.input(CELL)?);
        let input_type = K::among(&input, TYPES)?;
        if options.fused_activation_function != ActivationFunction::TANH {
            return Err(node.error(Cause::FusedActivation));
        }
        for variant in VARIANTS {
            if let Some(tensor) = node.optional_input(variant)? {
                return Err(tensor.error(Cause::Unsupported(
                    "an LSTM with peepholes, a projection or a normalization",
                )));
            }
        }
        let [first, second, inputs] = dims(&input)?;
        let units = dims::<2>(&node.input(RECURRENT[0])?)?[0];
        let params = LstmParams::new([first, second, inputs], units, options.time_major);
        require_dims(&output, [first, second, units])?;
        for state in [hidden, cell] {
            require_variable(&state)?;
            if state.element_len()? != params.state_len() as usize {
                return Err(state.error(Cause::Shape));
            }
        }
        input.require_aligned()?;
        hidden.require(input_type)?;
        output.require(input_type)?;
        let [weight_type, bias_type, cell_type] = match input_type {
            TensorType::INT8 => [TensorType::INT8, TensorType::INT32, TensorType::INT16],
            TensorType::INT16 => [TensorType::INT8, TensorType::INT64, TensorType::INT16],
            _ => [TensorType::FLOAT32; 3],
        };
        cell.require(cell_type)?;
        for (indices, columns) in [(WEIGHTS, inputs), (RECURRENT, units)] {
            for index in indices {
                let weights = node.input(index)?;
                weights.require(weight_type)?;
                require_dims(&weights, [units, columns])?;
            }
        }
        for index in BIASES {
            let bias = node.input(index)?;
            bias.require(bias_type)?;
            require_dims(&bias, [units])?;
        }
        let clip = options.cell_clip;
        let mut data = Data { params, quantization: Zeroable::zeroed(), clip };
        if input_type != TensorType::FLOAT32 {
            let mut scales = [[0.0; 2]; 4];
            for ((scales, weights), recurrent) in scales.iter_mut().zip(WEIGHTS).zip(RECURRENT) {
                let [weights, recurrent] = [node.input(weights)?, node.input(recurrent)?];
                *scales = [weight_scale(&weights)?, weight_scale(&recurrent)?];
            }
            let new = match input_type {
                TensorType::INT16 => LstmQuantization::new::<i16>,
                _ => LstmQuantization::new::<i8>,
            };
            let (input, hidden) = (quantization(&input)?, quantization(&hidden)?);
            let cell = quantization(&cell)?;
            data.quantization = node.check(new(input, hidden, cell, scales, clip))?;
        }
        Ok(data)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            TensorType::INT8 => integers::<i8, Le<4>>(data, io),
            TensorType::INT16 => integers::<i16, Le<8>>(data, io),
            TensorType::FLOAT32 => floats(data, io),
            _ => Err(EvalError::Type),
        }
    }
}

/// What a layer writes: output, hidden values, cells.
const WRITTEN: [Slot; 3] = [Slot::Output(OUTPUT), Slot::Variable(HIDDEN), Slot::Variable(CELL)];

fn integers<T: Quantized + Pod, B: BiasElement + AnyBitPattern + Default>(
    data: &Data,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let mut layer = Operands::default();
    operands::<T, i16, i8, B>(io, &mut layer)?;
    let (params, quantization) = (&data.params, &data.quantization);
    Ok(lstm::quantized(params, quantization, &layer.weights, layer.activations, layer.state)?)
}

fn floats(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
    let mut layer = Operands::default();
    operands::<f32, f32, Le<4>, Le<4>>(io, &mut layer)?;
    Ok(lstm::f32(&data.params, data.clip, &layer.weights, layer.activations, layer.state)?)
}

/// What a layer reads and writes.
#[derive(Default)]
struct Operands<'s, T, C, W, B> {
    weights: LstmWeights<'s, W, B>,
    /// The input and the output.
    activations: (&'s [T], &'s mut [T]),
    /// Hidden values and cells.
    state: (&'s mut [T], &'s mut [C]),
}

#[inline(never)] // stack: what it takes is free again when the layer runs
fn operands<'s, T: Pod, C: Pod, W: AnyBitPattern, B: AnyBitPattern>(
    io: &'s mut Io<'_>,
    operands: &mut Operands<'s, T, C, W, B>,
) -> Result<(), EvalError> {
    let ([output, hidden, cell], reader) = io.split(WRITTEN)?;
    operands.activations = (reader.input(INPUT)?, cast_mut(output)?);
    operands.state = (cast_mut(hidden)?, cast_mut(cell)?);
    let LstmWeights { input, recurrent, bias } = &mut operands.weights;
    each(&reader, WEIGHTS, input)?;
    each(&reader, RECURRENT, recurrent)?;
    each(&reader, BIASES, bias)
}

fn each<'s, T: AnyBitPattern>(
    reader: &Reader<'s>,
    inputs: [usize; 4],
    operands: &mut [&'s [T]; 4],
) -> Result<(), EvalError> {
    for (slot, input) in operands.iter_mut().zip(inputs) {
        *slot = reader.input(input)?;
    }
    Ok(())
}
