//! Operators that make one element of many along some dimensions.

use bantam_schema::options::{ArgMaxOptions, ArgMinOptions, ReducerOptions};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{F32, I8, ODD, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let position = Options::from(ArgMaxOptions { output_type: TensorType::INT32 });
    let lowest = Options::from(ArgMinOptions { output_type: TensorType::INT32 });
    vec![
        arg(Op::ARG_MAX, position),
        arg(Op::ARG_MIN, lowest),
        reduce(Op::MEAN, USUAL, Tensor::result),
        reduce(Op::REDUCE_MAX, &[I8, F32], Tensor::clone),
        reduce(Op::REDUCE_MIN, &[I8, F32], Tensor::clone),
        reduce(Op::SUM, USUAL, Tensor::result),
    ]
}

/// Variant 0 reduces rows and columns and drops these dimensions, 1 keeps them; 2 reduces along
/// `axis` and keeps the dimension.
fn reduce(operator: Op, types: &'static [TensorType], output: fn(&Tensor) -> Tensor) -> Entry {
    let make = move |params: &Params| {
        let (dimensions, keep_dims) = match params.variant {
            0 | 1 => (vec![1, 2], params.variant == 1),
            _ => (vec![params.dimension()?], true),
        };
        let input = params.input.clone();
        if dimensions.iter().any(|&dimension| dimension >= input.shape.len()) {
            return None;
        }
        let axes: Vec<i32> = dimensions.iter().map(|&dimension| dimension as i32).collect();
        let shape = input.shape.iter().enumerate();
        let shape: Vec<i32> = shape
            .filter_map(|(i, &dim)| match dimensions.contains(&i) {
                true => keep_dims.then_some(1),
                false => Some(dim),
            })
            .collect();
        let label = format!("{}_{}", join(&input.shape), join(&shape));
        let output = output(&input).shaped(&shape);
        let inputs = [input, Tensor::integers(&axes)];
        Some(Case::new(label, inputs, output, ReducerOptions { keep_dims }))
    };
    Entry::new(operator, types, make)
        .test([
            Params::of(SMALL),
            Params::of(ODD).variant(1),
            Params::of(ODD).variant(2),
            Params::of(&[5, 2, 3]).variant(2).axis(0),
        ])
        .bench([Params::of(&[1, 8, 8, 64])])
        .bench_of(&[I8], [Params::of(&[128, 128]).variant(2)])
}

/// The position of an element along `axis`.
fn arg(operator: Op, options: Options<'static>) -> Entry {
    let make = move |params: &Params| {
        let shape = params.without_axis()?;
        let label = format!("{}_{}", join(&params.input.shape), join(&shape));
        let inputs = [params.input.clone(), Tensor::integers(&[params.axis])];
        Some(Case::new(label, inputs, Tensor::new(TensorType::INT32, &shape), options))
    };
    Entry::new(operator, &[I8, F32], make)
        .test([Params::of(SMALL).axis(1), Params::of(ODD)])
        .bench([Params::of(&[64, 128])])
}
