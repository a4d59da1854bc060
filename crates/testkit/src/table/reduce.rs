//! Operators that make one element of many along some dimensions.

use bantam_schema::options::ReducerOptions;
use bantam_schema::{BuiltinOperator as Op, TensorType};

use crate::params::join;
use crate::usual::{I8, ODD, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    vec![reduce(Op::MEAN, USUAL, Tensor::result)]
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
