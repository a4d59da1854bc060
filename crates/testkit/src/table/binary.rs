//! Operators that combine two tensors element by element; the smaller one is broadcast.

use bantam_schema::options::{AddOptions, MulOptions, SubOptions};
use bantam_schema::{ActivationFunction, BuiltinOperator as Op, Options, TensorType};

use crate::params::{join, suffix};
use crate::usual::{I8, I32, MAP, NUMBERS, ODD, SMALL};
use crate::{Case, Entry, Params};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        binary(Op::ADD, NUMBERS, |fused_activation_function| {
            AddOptions { fused_activation_function, ..AddOptions::default() }.into()
        })
        .bench_of(&[I8], [Params::of(MAP).others(&[&[16]])]),
        binary(Op::MUL, NUMBERS, |fused_activation_function| {
            MulOptions { fused_activation_function }.into()
        }),
        binary(Op::SUB, NUMBERS, |fused_activation_function| {
            SubOptions { fused_activation_function, ..SubOptions::default() }.into()
        }),
    ]
}

/// Two inputs, and an output of the shape to which they broadcast; `options` for a fused
/// activation.
fn binary(
    operator: Op,
    types: &'static [TensorType],
    options: fn(ActivationFunction) -> Options<'static>,
) -> Entry {
    let make = move |params: &Params| {
        let (a, b) = (params.input.clone(), params.others.first()?.clone());
        let shape = broadcast(&a.shape, &b.shape)?;
        let quantized = |tensor: &crate::Tensor| !tensor.scales.is_empty();
        if a.tensor_type != b.tensor_type || a.tensor_type == I32 && quantized(&a) | quantized(&b) {
            return None;
        }
        let output = a.result().shaped(&shape);
        let label = [join(&a.shape), join(&b.shape)].join("_") + &suffix(params.activation);
        Some(Case::new(label, [a, b], output, options(params.activation)))
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
