//! Comparisons: two operands, and a truth value for each pair of elements.

use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use super::binary::binary;
use crate::usual::{BOOL, F32, I8, I32, I64};
use crate::{Entry, Tensor};

/// The types of values that have an order.
const ORDERED: &[TensorType] = &[I8, I32, I64, F32];
/// Those that are equal or not.
const EQUAL: &[TensorType] = &[I8, I32, I64, F32, BOOL];

pub(super) fn entries() -> Vec<Entry> {
    vec![
        comparison(Op::EQUAL, EQUAL),
        comparison(Op::GREATER, ORDERED),
        comparison(Op::GREATER_EQUAL, ORDERED),
        comparison(Op::LESS, ORDERED),
        comparison(Op::LESS_EQUAL, ORDERED),
        comparison(Op::NOT_EQUAL, EQUAL),
    ]
}

fn comparison(operator: Op, types: &'static [TensorType]) -> Entry {
    binary(operator, types, |a| Tensor::new(BOOL, &a.shape), |_| Options::None)
}
