//! Operators on the innermost dimension as a whole.

use bantam_schema::options::{L2NormOptions, SoftmaxOptions};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{F32, I8, I16, ODD, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let softmax = Options::from(SoftmaxOptions { beta: 1.0 });
    let wide = |input: &Tensor| Tensor::new(I16, &input.shape).quantized(1.0 / 65536.0, -32768);
    let steps = |input: &Tensor| match input.tensor_type {
        I8 => Tensor::new(I8, &input.shape).quantized(1.0 / 128.0, 0),
        _ => input.clone(),
    };
    let logarithms = |input: &Tensor| match input.tensor_type {
        I8 => Tensor::new(I8, &input.shape).quantized(1.0 / 16.0, 127),
        _ => input.clone(),
    };
    let rows = || [Params::of(&[1, 1000])];
    vec![
        rowwise(Op::L2_NORMALIZATION, &[I8, F32], L2NormOptions::default().into(), steps)
            .bench(rows()),
        rowwise(Op::LOG_SOFTMAX, &[I8, F32], Options::None, logarithms).ulps(4).bench(rows()),
        rowwise(Op::SOFTMAX, USUAL, softmax, Tensor::fraction)
            .ulps(4)
            .bench([&[1, 12], &[1, 1000]].map(|shape| Params::of(shape))),
        rowwise(Op::SOFTMAX, &[I8], softmax, wide).label("i16"),
    ]
}

/// One input, and an output of the same shape that `output` makes of it.
fn rowwise(
    operator: Op,
    types: &'static [TensorType],
    options: Options<'static>,
    output: fn(&Tensor) -> Tensor,
) -> Entry {
    let make = move |params: &Params| {
        let input = params.input.clone();
        let most = if operator == Op::L2_NORMALIZATION { 4 } else { usize::MAX };
        if input.shape.is_empty() || input.shape.len() > most {
            return None;
        }
        Some(Case::new(join(&input.shape), [input.clone()], output(&input), options))
    };
    Entry::new(operator, types, make).test([SMALL, ODD, &[1, 13]].map(Params::of))
}
