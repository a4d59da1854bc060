//! Operators that map each element by itself.

use bantam_schema::options::LeakyReluOptions;
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::entry::type_name;
use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, MAP, ODD, SMALL, U8, U32, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let map = || [Params::of(MAP)];
    let slope = |alpha| Options::from(LeakyReluOptions { alpha });
    vec![
        unary(Op::ABS, USUAL, Options::None, Tensor::result),
        // What C++ makes of floats that do not fit depends on the machine.
        converting(Op::CAST, CASTS, I8).limit(100.0).bench_of(&[I32], map()),
        converting(Op::CAST, CASTS, I16).limit(1e4),
        converting(Op::CAST, CASTS, I32).limit(1e9).bench_of(&[F32], map()),
        converting(Op::CAST, &[I8, I16, I32, U32, BOOL], U32),
        converting(Op::CAST, CASTS, BOOL),
        converting(Op::CAST, CASTS, F32).bench_of(&[I8], map()),
        unary(Op::CEIL, &[F32], Options::None, Tensor::clone),
        unary(Op::COS, &[F32], Options::None, Tensor::clone).ulps(2),
        converting(Op::DEQUANTIZE, &[I8, U8, I16], F32).bench_of(&[I8, I16], map()),
        unary(Op::ELU, &[I8, F32], Options::None, Tensor::result).ulps(2),
        unary(Op::EXP, &[F32], Options::None, Tensor::clone).ulps(2),
        unary(Op::FLOOR, &[F32], Options::None, Tensor::clone),
        unary(Op::HARD_SWISH, &[I8, F32], Options::None, Tensor::result),
        unary(Op::LEAKY_RELU, USUAL, slope(0.3), Tensor::result),
        unary(Op::LOG, &[F32], Options::None, Tensor::clone).ulps(2),
        unary(Op::LOGICAL_NOT, &[BOOL], Options::None, Tensor::clone),
        unary(Op::LOGISTIC, USUAL, Options::None, Tensor::fraction).ulps(2),
        unary(Op::NEG, &[F32], Options::None, Tensor::clone),
        // What C++ makes of floats beyond `i32` depends on the machine.
        converting(Op::QUANTIZE, &[F32, I8, U8, I16, I32], I8).limit(1e5).bench_of(&[F32], map()),
        converting(Op::QUANTIZE, &[F32, I8, I16, I32], I16).limit(1e5).bench_of(&[I8], map()),
        converting(Op::QUANTIZE, &[I8, I16], I32),
        converting(Op::QUANTIZE, &[I8], U8),
        unary(Op::RELU, USUAL, Options::None, Tensor::result),
        unary(Op::RELU6, USUAL, Options::None, Tensor::clone),
        unary(Op::ROUND, &[F32], Options::None, Tensor::clone),
        unary_of(Op::RSQRT, USUAL, Options::None, Tensor::result, not_negative),
        unary(Op::SIN, &[F32], Options::None, Tensor::clone).ulps(2),
        unary(Op::SQRT, &[F32], Options::None, Tensor::clone),
        unary(Op::SQUARE, &[F32], Options::None, Tensor::clone),
        unary(Op::TANH, USUAL, Options::None, Tensor::signed_fraction).ulps(2),
    ]
}

/// The types that CAST takes.
const CASTS: &[TensorType] = &[I8, I16, I32, U32, BOOL, F32];

/// Integers that stand for no negative numbers.
fn not_negative(tensor: Tensor) -> Tensor {
    match tensor.tensor_type {
        I8 => tensor.quantized(1.0 / 16.0, -128),
        I16 => Tensor { places: Some(i16::MAX.into()), ..tensor },
        _ => tensor,
    }
}

/// One input, and an output of the same shape that `output` makes of it.
fn unary(
    operator: Op,
    types: &'static [TensorType],
    options: Options<'static>,
    output: fn(&Tensor) -> Tensor,
) -> Entry {
    unary_of(operator, types, options, output, |input| input)
}

/// The same with what `operand` makes of the input.
fn unary_of(
    operator: Op,
    types: &'static [TensorType],
    options: Options<'static>,
    output: fn(&Tensor) -> Tensor,
    operand: fn(Tensor) -> Tensor,
) -> Entry {
    let make = move |params: &Params| {
        let input = operand(params.input.clone());
        let output = Tensor { places: None, ..output(&input) };
        Some(Case::new(join(&input.shape), [input], output, options))
    };
    Entry::new(operator, types, make).test([SMALL, ODD].map(Params::of)).bench([Params::of(MAP)])
}

/// One input, and an output of another type or quantization.
fn converting(operator: Op, types: &'static [TensorType], to: TensorType) -> Entry {
    let make = move |params: &Params| {
        let quantized = |tensor: Tensor| match tensor.tensor_type {
            I32 if tensor.scales.is_empty() => tensor.quantized(1.0 / 512.0, 0),
            _ => tensor,
        };
        let input = quantized(params.input.clone());
        let output = quantized(Tensor::other_activation(to, &input.shape));
        Some(Case::new(join(&input.shape), [input], output, Options::None))
    };
    Entry::new(operator, types, make).label(type_name(to)).test([SMALL, ODD].map(Params::of))
}
