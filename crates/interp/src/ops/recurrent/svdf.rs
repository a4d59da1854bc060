//! SVDF: a layer that looks back over past inputs, factored into features and times.
//!
//! * Types: `i8` with a state and time weights of `i8` or `i16`, `f32`
//! * Activations: RELU, RELU_N1_TO_1, RELU6, TANH and SIGN_BIT of `f32`; not read for `i8`
//! * Limits: the state is a variable tensor; zero points of weights are taken to be 0; the scale of
//!   the bias is that of the state times that of the time weights
//! * Conformance: float32, int8_state16, int8_state8
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/svdf_common.cc`.

use super::tensors::{dims, refuse_intermediates, require_dims, require_variable};
use crate::ops::common::{in_place, quantization};
use crate::ops::types::Types;
use crate::{
    Activations, EvalError, Failed, Io, Operator, Overlaps, Prepare, Reader, Slot, cast_mut,
};
use bantam_kernels::number::element::Quantized;
use bantam_kernels::recurrent::svdf::{SvdfActivation, SvdfParams, SvdfQuantization};
use bantam_kernels::{Le, Load};
use bantam_schema::{ActivationFunction, TensorType};
use bytemuck::{AnyBitPattern, Pod, Zeroable};
use core::marker::PhantomData;

const INPUT: usize = 0;
const FEATURE: usize = 1;
const TIME: usize = 2;
const BIAS: usize = 3;
const STATE: usize = 4;
const OUTPUT: usize = 0;

/// SVDF.
#[derive(Debug)]
pub(crate) struct Svdf<K>(PhantomData<K>);

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    params: SvdfParams,
    /// Zeros for floats.
    quantization: SvdfQuantization,
    /// The fused activation of floats, as the schema numbers it.
    activation: i32,
}

impl<K: Types> Svdf<K> {
    const HAS_FLOATS: bool = matches!(K::ONLY, None | Some(TensorType::FLOAT32));
    const HAS_INTEGERS: bool = matches!(K::ONLY, None | Some(TensorType::INT8));

    fn prepare_integers(node: &Prepare<'_, '_>) -> Result<SvdfQuantization, Failed> {
        let (input, output, state) = (node.input(INPUT)?, node.output(OUTPUT)?, node.input(STATE)?);
        let (feature, time) = (node.input(FEATURE)?, node.input(TIME)?);
        feature.require(TensorType::INT8)?;
        state.require_type(&[TensorType::INT8, TensorType::INT16])?;
        time.require_type_of(&state)?;
        output.require(TensorType::INT8)?;
        let bias = match node.optional_input(BIAS)? {
            Some(bias) => {
                bias.require(TensorType::INT32)?;
                Some(bias.affine()?.0)
            }
            None => None,
        };
        let scales = [feature.affine()?.0, time.affine()?.0];
        let new = match state.tensor_type() {
            TensorType::INT16 => SvdfQuantization::new::<i16>,
            _ => SvdfQuantization::new::<i8>,
        };
        let (input, output) = (quantization(&input)?, quantization(&output)?);
        node.check(new(input, scales, bias, quantization(&state)?, output))
    }
}

impl<K: Types> Operator for Svdf<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(5..=5, 1)?;
        refuse_intermediates(node)?;
        let (input, output, state) = (node.input(INPUT)?, node.output(OUTPUT)?, node.input(STATE)?);
        let input_type = K::among(&input, &[TensorType::INT8, TensorType::FLOAT32])?;
        let options = node.options(|op| op.svdf_options())?;
        let [batches, inputs] = dims(&input)?;
        let (feature, time) = (dims(&node.input(FEATURE)?)?, dims(&node.input(TIME)?)?);
        let params = SvdfParams::new([batches, inputs], feature, time, options.rank);
        let params = node.check(params)?;
        require_variable(&state)?;
        require_dims(&state, [batches, params.state_len()])?;
        require_dims(&output, [batches, params.units()])?;
        if let Some(bias) = node.optional_input(BIAS)? {
            require_dims(&bias, [params.units()])?;
        }
        input.require_aligned()?;
        node.set_element_type(state.tensor_type());
        let mut data = Data { params, quantization: Zeroable::zeroed(), activation: 0 };
        if Self::HAS_FLOATS && input_type == TensorType::FLOAT32 {
            for tensor in [node.input(FEATURE)?, node.input(TIME)?, state, output] {
                tensor.require(TensorType::FLOAT32)?;
            }
            if let Some(bias) = node.optional_input(BIAS)? {
                bias.require(TensorType::FLOAT32)?;
            }
            data.activation = options.fused_activation_function.0.into();
        } else {
            data.quantization = Self::prepare_integers(node)?;
        }
        Ok(data)
    }

    fn overlaps(_data: &Data, _element_type: TensorType) -> Overlaps {
        // The state takes in all of the input before the output is written.
        [in_place(INPUT), None]
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match io.element_type() {
            TensorType::FLOAT32 if Self::HAS_FLOATS => floats(data, io),
            TensorType::INT16 if Self::HAS_INTEGERS => integers::<i16, Le<2>>(data, io),
            TensorType::INT8 if Self::HAS_INTEGERS => integers::<i8, i8>(data, io),
            _ => Err(EvalError::Type),
        }
    }
}

/// The state, and the constants behind it.
type Parts<'s, S> = (&'s mut [S], Reader<'s>);

/// Moves the state on with the input, then computes the output: the two may share memory.
#[inline(always)] // one caller for each type
fn step<T: Pod, S: Pod>(
    data: &Data,
    io: &mut Io<'_>,
    advance: impl FnOnce(&[T], &mut Parts<'_, S>) -> Result<(), EvalError>,
    respond: impl FnOnce(&mut [T], &mut Parts<'_, S>) -> Result<(), EvalError>,
) -> Result<(), EvalError> {
    let slots = [Slot::Output(OUTPUT), Slot::Variable(STATE)];
    let (activations, [_, state], reader) = io.activations::<T, 2>(INPUT, slots)?;
    let parts = &mut (cast_mut(state)?, reader);
    match activations {
        Activations::Apart { input, output } => {
            advance(input, parts)?;
            respond(output, parts)
        }
        Activations::Shared { memory, input, output } => {
            let (input_len, output_len) = (data.params.input_len(), data.params.output_len());
            let behind = memory.get(input..).unwrap_or_default();
            advance(behind.get(..input_len).ok_or(EvalError::Memory)?, parts)?;
            let behind = memory.get_mut(output..).unwrap_or_default();
            respond(behind.get_mut(..output_len).ok_or(EvalError::Memory)?, parts)
        }
    }
}

fn integers<S: Quantized + Pod, W: Load<S> + AnyBitPattern>(
    data: &Data,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let Data { params, quantization, .. } = data;
    step::<i8, S>(
        data,
        io,
        |input, (state, reader)| {
            Ok(params.advance(quantization, (input, reader.input(FEATURE)?), state)?)
        },
        |output, (state, reader)| {
            let constants = (reader.input::<W>(TIME)?, reader.optional::<Le<4>>(BIAS)?);
            Ok(params.respond(quantization, state, constants, output)?)
        },
    )
}

fn floats(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
    let Data { params, activation, .. } = data;
    step::<f32, f32>(
        data,
        io,
        |input, (state, reader)| {
            Ok(params.advance_f32::<Le<4>>((input, reader.input(FEATURE)?), state)?)
        },
        |output, (state, reader)| {
            let constants = (reader.input::<Le<4>>(TIME)?, reader.optional(BIAS)?);
            Ok(params.respond_f32(activation_of(*activation), state, constants, output)?)
        },
    )
}

/// The activation function that the schema numbers so.
fn activation_of(function: i32) -> SvdfActivation {
    match ActivationFunction(function as i8) {
        ActivationFunction::RELU => SvdfActivation::Relu,
        ActivationFunction::RELU_N1_TO_1 => SvdfActivation::ReluN1To1,
        ActivationFunction::RELU6 => SvdfActivation::Relu6,
        ActivationFunction::TANH => SvdfActivation::Tanh,
        ActivationFunction::SIGN_BIT => SvdfActivation::SignBit,
        _ => SvdfActivation::None,
    }
}
