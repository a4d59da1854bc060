//! Kernels that write element after element, each from one element of each input.
//!
//! SOFTMAX and its like read a row once or twice before they write its first element. The last pass
//! reads each element before it writes it, and no element after it has been overwritten. So the
//! distance is the same as for a kernel that reads each element once.

use bantam_schema::BuiltinOperator as Code;

use super::step::{Copying, MAX_RANK, Operands, Step, distance, position};

/// Operators that compute each element from the one at the same place. CAST is not among them: it
/// is a `std::transform`, which may go over the elements in any order.
pub(super) const UNARY: &[Code] = &[
    Code::ABS,
    Code::CEIL,
    Code::COS,
    Code::DEQUANTIZE,
    Code::ELU,
    Code::EXP,
    Code::EXPAND_DIMS,
    Code::FLOOR,
    Code::HARD_SWISH,
    Code::L2_NORMALIZATION,
    Code::LEAKY_RELU,
    Code::LOG,
    Code::LOGICAL_NOT,
    Code::LOGISTIC,
    Code::LOG_SOFTMAX,
    Code::NEG,
    Code::QUANTIZE,
    Code::RELU,
    Code::RELU6,
    Code::ROUND,
    Code::RSQRT,
    Code::SIN,
    Code::SOFTMAX,
    Code::SQRT,
    Code::SQUARE,
    Code::TANH,
];

/// Operators of two inputs, either of which may be repeated along any dimension.
pub(super) const BINARY: &[Code] = &[
    Code::ADD,
    Code::DIV,
    Code::EQUAL,
    Code::FLOOR_DIV,
    Code::FLOOR_MOD,
    Code::GREATER,
    Code::GREATER_EQUAL,
    Code::LESS,
    Code::LESS_EQUAL,
    Code::LOGICAL_AND,
    Code::LOGICAL_OR,
    Code::MAXIMUM,
    Code::MINIMUM,
    Code::MUL,
    Code::NOT_EQUAL,
    Code::PRELU,
    Code::SQUARED_DIFFERENCE,
    Code::SUB,
];

pub(super) fn unary(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    let len = operands.budget.take(output.len())?;
    (input.len() == len).then(|| each(len, input.element_bytes(), output.element_bytes()))
}

/// Returns the distance of `len` elements, each made from the one with the same number.
pub(super) fn each(len: u64, input_bytes: u64, output_bytes: u64) -> u64 {
    let step = |i: u64| Step { reads: Some(i * input_bytes), written: (i + 1) * output_bytes };
    distance((0..len).map(step), Copying::Elements)
}

pub(super) fn binary(operands: Operands<'_, '_>) -> Option<u64> {
    let (input, output) = (operands.input, operands.output);
    operands.budget.take(output.len())?;
    let bytes = (input.element_bytes(), output.element_bytes());
    if input.dims == output.dims {
        return Some(each(output.len(), bytes.0, bytes.1));
    }
    broadcast(&input.dims, &output.dims, bytes)
}

/// Elements from an input that is repeated where its size is 1 and the output's is not.
///
/// TFLM reads an input that is repeated along the innermost dimension once for all of it. Here it
/// counts as read for each element, so the distance may be larger than necessary.
pub(super) fn broadcast(
    input: &[u64],
    output: &[u64],
    (input_bytes, output_bytes): (u64, u64),
) -> Option<u64> {
    if output.len() > MAX_RANK || input.len() > output.len() {
        return None;
    }
    // The step in the input for each dimension of the output.
    let mut strides = [0; MAX_RANK];
    let mut stride = 1;
    let slots = strides.iter_mut().take(output.len()).rev().zip(output.iter().rev());
    for ((slot, &size), own) in slots.zip(input.iter().rev().chain(std::iter::repeat(&1))) {
        match *own {
            own if own == size => *slot = stride,
            1 => {}
            _ => return None,
        }
        stride *= own;
    }
    let len = output.iter().product();
    let step = |i: u64| {
        let source: u64 = position(i, output).iter().zip(&strides).map(|(at, by)| at * by).sum();
        Step { reads: Some(source * input_bytes), written: (i + 1) * output_bytes }
    };
    Some(distance((0..len).map(step), Copying::Elements))
}
