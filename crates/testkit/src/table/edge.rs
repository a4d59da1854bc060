//! What converters write at the edges: scales of 0 and next to it, and operators without options.

use bantam_schema::{BuiltinOperator as Op, Options};

use crate::{Case, Entry};

/// Operators whose factors take scales of 0.
const FACTORS: &[Op] = &[
    Op::ABS,
    Op::CONV_2D,
    Op::DEPTHWISE_CONV_2D,
    Op::DEQUANTIZE,
    Op::FULLY_CONNECTED,
    Op::MEAN,
    Op::MUL,
    Op::QUANTIZE,
    Op::RELU,
    Op::TRANSPOSE_CONV,
];

/// Operators with a filter, which is their second input.
const FILTERS: &[Op] =
    &[Op::CONV_2D, Op::DEPTHWISE_CONV_2D, Op::FULLY_CONNECTED, Op::TRANSPOSE_CONV];

/// Operators whose options have defaults that make sense.
const DEFAULTS: &[Op] = &[
    Op::CONCATENATION,
    Op::FULLY_CONNECTED,
    Op::L2_NORMALIZATION,
    Op::RESIZE_BILINEAR,
    Op::RESIZE_NEAREST_NEIGHBOR,
    Op::SQUEEZE,
    Op::STRIDED_SLICE,
];

/// The cases of all operators in the lists.
pub(super) fn cases(table: &[Entry]) -> Vec<Case> {
    let of = |list: &'static [Op]| table.iter().filter(|entry| list.contains(&entry.operator));
    let mut cases = Vec::new();
    for entry in of(FACTORS) {
        cases.extend(entry.changed("scale_0", |case| set_scale(case, activation(case), 0.0)));
        cases.extend(entry.changed("scale_1e-40", |case| set_scale(case, activation(case), 1e-40)));
    }
    for entry in of(FILTERS) {
        cases.extend(entry.changed("filter_0", |case| set_scale(case, 1, 0.0)));
        cases.extend(entry.changed("filter_1e-40", |case| set_scale(case, 1, 1e-40)));
    }
    for entry in of(DEFAULTS) {
        cases.extend(entry.changed("no_options", without_options));
    }
    cases
}

/// The input that is an activation.
fn activation(case: &Case) -> usize {
    if case.operator == Op::TRANSPOSE_CONV { 2 } else { 0 }
}

/// Sets the first scale of an input, if it has any.
fn set_scale(case: &mut Case, input: usize, scale: f32) -> bool {
    let place = case.inputs.get_mut(input).and_then(|tensor| tensor.scales.first_mut());
    place.map(|place| *place = scale).is_some()
}

/// Drops the options. Without them tensors are joined along the first dimension.
fn without_options(case: &mut Case) -> bool {
    case.options = Options::None;
    if case.operator == Op::CONCATENATION
        && let Some(first) = case.inputs.first().cloned()
    {
        let mut shape = first.shape.clone();
        shape[0] *= 2;
        case.outputs = vec![first.shaped(&shape)];
        case.inputs = vec![first.clone(), first];
    }
    true
}
