//! Operators that map each element by itself.

use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::entry::type_name;
use crate::params::join;
use crate::usual::{F32, I8, I16, I32, MAP, ODD, SMALL, U8, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let map = || [Params::of(MAP)];
    vec![
        converting(Op::DEQUANTIZE, &[I8, U8, I16], F32).bench_of(&[I8, I16], map()),
        unary(Op::LOGISTIC, USUAL, Options::None, Tensor::fraction).ulps(2),
        // What C++ makes of floats beyond `i32` depends on the machine.
        converting(Op::QUANTIZE, &[F32, I8, U8, I16, I32], I8).limit(1e5).bench_of(&[F32], map()),
        converting(Op::QUANTIZE, &[F32, I8, I16, I32], I16).limit(1e5).bench_of(&[I8], map()),
        converting(Op::QUANTIZE, &[I8, I16], I32),
        converting(Op::QUANTIZE, &[I8], U8),
        unary(Op::RELU, USUAL, Options::None, Tensor::result),
        unary(Op::RELU6, USUAL, Options::None, Tensor::clone),
        unary(Op::TANH, USUAL, Options::None, Tensor::signed_fraction).ulps(2),
    ]
}

/// One input, and an output of the same shape that `output` makes of it.
fn unary(
    operator: Op,
    types: &'static [TensorType],
    options: Options<'static>,
    output: fn(&Tensor) -> Tensor,
) -> Entry {
    let make = move |params: &Params| {
        let input = params.input.clone();
        Some(Case::new(join(&input.shape), [input.clone()], output(&input), options))
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
