//! Operators that combine two tensors element by element; the smaller one is broadcast.

use bantam_schema::options::{AddOptions, DivOptions, MulOptions, SubOptions};
use bantam_schema::{ActivationFunction, BuiltinOperator as Op, Options, TensorType};

use crate::params::{join, suffix};
use crate::usual::{BOOL, F32, I8, I16, I32, I64, MAP, NUMBERS, ODD, SMALL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let result = Tensor::result;
    vec![
        binary(Op::ADD, NUMBERS, result, |fused_activation_function| {
            AddOptions { fused_activation_function, ..AddOptions::default() }.into()
        })
        .bench_of(&[I8], [Params::of(MAP).others(&[&[16]])]),
        Entry::new(Op::ADD_N, &[I8, F32], add_n)
            .test([Params::of(SMALL), Params::of(ODD)])
            .bench([Params::of(MAP)]),
        binary_of(Op::DIV, &[I8, I32, F32], result, integer_divisor, |fused_activation_function| {
            DivOptions { fused_activation_function }.into()
        }),
        binary_of(Op::FLOOR_DIV, &[F32], result, |_, b| divisor(b), |_| Options::None),
        binary(Op::FLOOR_MOD, &[F32], result, |_| Options::None),
        binary(Op::LOGICAL_AND, &[BOOL], result, |_| Options::None),
        binary(Op::LOGICAL_OR, &[BOOL], result, |_| Options::None),
        binary_of(Op::MAXIMUM, EXTREMES, Tensor::clone, alike, |_| Options::None),
        binary_of(Op::MINIMUM, EXTREMES, Tensor::clone, alike, |_| Options::None),
        binary(Op::MUL, NUMBERS, result, |fused_activation_function| {
            MulOptions { fused_activation_function }.into()
        }),
        binary_of(Op::PRELU, &[I8, I16, F32], result, slope, |_| Options::None),
        binary(Op::SQUARED_DIFFERENCE, NUMBERS, result, |_| Options::None),
        binary(Op::SUB, NUMBERS, result, |fused_activation_function| {
            SubOptions { fused_activation_function, ..SubOptions::default() }.into()
        }),
    ]
}

/// Three times the same quantization.
fn add_n(params: &Params) -> Option<Case> {
    let input = &params.input;
    let inputs = [input.clone(), input.clone(), input.clone()];
    Some(Case::new(join(&input.shape), inputs, input.result(), Options::None))
}

/// Slopes of activations of 16 bits are a constant of 8.
fn slope(_: &Tensor, b: Tensor) -> Tensor {
    if b.tensor_type == I16 { Tensor::other_activation(I8, &b.shape).noise(5) } else { b }
}

/// The types of MAXIMUM and MINIMUM.
const EXTREMES: &[TensorType] = &[I8, I16, I32, I64, F32];

/// The second operand with the quantization of the first one.
fn alike(a: &Tensor, b: Tensor) -> Tensor {
    a.shaped(&b.shape)
}

/// A constant without zeros if it is of integers.
fn integer_divisor(_: &Tensor, b: Tensor) -> Tensor {
    if b.tensor_type == F32 { b } else { divisor(b) }
}

/// A constant without zeros.
fn divisor(tensor: Tensor) -> Tensor {
    let zero_point = tensor.zero_points.first().map_or(0, |&zero_point| zero_point as i32);
    let values = (0..tensor.elements_len() as i32).map(|i| (i % 7 + 1) * (1 - i % 2 * 2));
    let bytes = |value: i32| match tensor.tensor_type {
        I8 => vec![(value + zero_point) as u8],
        F32 => (value as f32 / 4.0).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    };
    Tensor { data: Some(values.flat_map(bytes).collect()), ..tensor }
}

/// Two inputs, and an output that `output` makes of the shape to which they broadcast; `options`
/// for a fused activation.
pub(super) fn binary(
    operator: Op,
    types: &'static [TensorType],
    output: fn(&Tensor) -> Tensor,
    options: fn(ActivationFunction) -> Options<'static>,
) -> Entry {
    binary_of(operator, types, output, |_, b| b, options)
}

/// The same with what `operand` makes of the first and the second input in place of the second.
fn binary_of(
    operator: Op,
    types: &'static [TensorType],
    output: fn(&Tensor) -> Tensor,
    operand: fn(&Tensor, Tensor) -> Tensor,
    options: fn(ActivationFunction) -> Options<'static>,
) -> Entry {
    let make = move |params: &Params| {
        let (a, b) = (params.input.clone(), params.others.first()?.clone());
        let shape = broadcast(&a.shape, &b.shape)?;
        let quantized = |tensor: &Tensor| !tensor.scales.is_empty();
        if a.tensor_type != b.tensor_type || a.tensor_type == I32 && quantized(&a) | quantized(&b) {
            return None;
        }
        let b = operand(&a, b);
        let options = options(params.activation);
        let fused =
            if options == Options::None { String::new() } else { suffix(params.activation) };
        let label = [join(&a.shape), join(&b.shape)].join("_") + &fused;
        let output = output(&a.shaped(&shape));
        Some(Case::new(label, [a, b], output, options))
    };
    Entry::new(operator, types, make)
        .test([
            Params::of(SMALL).others(&[SMALL]),
            Params::of(SMALL).others(&[&[1, 1, 1, 2]]).activation(ActivationFunction::RELU),
            Params::of(&[4, 1, 2]).others(&[SMALL]).activation(ActivationFunction::RELU_N1_TO_1),
            Params::of(ODD).others(&[ODD]).activation(ActivationFunction::RELU6),
            Params::of(ODD).others(&[&[]]),
        ])
        .bench([Params::of(MAP).others(&[MAP])])
}

/// The shape to which two shapes broadcast.
fn broadcast(a: &[i32], b: &[i32]) -> Option<Vec<i32>> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[i32], i: usize| {
        (i + shape.len()).checked_sub(rank).and_then(|at| shape.get(at)).map_or(1, |&dim| dim)
    };
    let join = |i| match (dim(a, i), dim(b, i)) {
        (a, b) if a == b => Some(a),
        (1, b) => Some(b),
        (a, 1) => Some(a),
        _ => None,
    };
    (0..rank).map(join).collect()
}
