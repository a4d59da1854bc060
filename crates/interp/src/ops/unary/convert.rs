//! Operators between two types: which pairs of types a list of operators links.

use crate::ops::types::Types;
use crate::{EvalError, Io};
use bantam_schema::TensorType;

/// The types of input and output, and what converts, from data `D` of the node.
pub(crate) type Conversion<D> =
    (TensorType, TensorType, fn(&D, &mut Io<'_>) -> Result<(), EvalError>);

/// The conversions that a list has. An operator of `bantam::ops` has them all, one of
/// `bantam::ops::int8` those at the ends of models of `i8`.
pub(crate) trait Conversions<D: 'static>: Types {
    const LIST: &[Conversion<D>];

    /// The conversion between two types, if it is there.
    fn find(input: TensorType, output: TensorType) -> Option<&'static Conversion<D>> {
        Self::LIST.iter().find(|(from, to, _)| (*from, *to) == (input, output))
    }
}
