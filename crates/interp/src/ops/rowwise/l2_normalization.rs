//! L2_NORMALIZATION: the innermost dimension divided by the root of the sum of its squares.
//!
//! * Types: `i8`, `f32`
//! * Limits: at most four dimensions; the output of `i8` is in steps of 1/128, whatever its
//!   quantization
//! * Conformance: float32, int8

use super::row::{Operands, RowBinding, RowNode, in_place};
use crate::ops::common::quantization_or_default;
use crate::ops::elementwise::Typed;
use crate::{Cause, EvalError, Failed, Io, Prepare};
use bantam_kernels::ParamsError;
use bantam_kernels::rowwise::l2_normalization::{self, L2NormalizationParams};
use bantam_schema::{ActivationFunction, TensorType as T};

pub(crate) type L2Normalization<K> = RowNode<K, l2_normalization::L2Normalization, 2>;

impl RowBinding<2> for l2_normalization::L2Normalization {
    const TYPES: &'static [[T; 2]] = &[[T::INT8, T::INT8], [T::FLOAT32, T::FLOAT32]];

    fn params(node: &Prepare<'_, '_>, operands: &Operands<'_>) -> Result<Typed<2>, Failed> {
        let options = node.operator().l2_norm_options().unwrap_or_default();
        if options.fused_activation_function != ActivationFunction::NONE {
            return Err(node.error(Cause::FusedActivation));
        }
        let actual = operands.input.rank()?;
        if actual > 4 {
            return Err(operands.input.error(ParamsError::Rank { actual }));
        }
        let zero_point = quantization_or_default(&operands.input)?.zero_point;
        let params = L2NormalizationParams::new(operands.depth, zero_point);
        Ok(Typed::new(&params))
    }

    fn run(input_type: T, params: &Typed<2>, io: &mut Io<'_>) -> Result<(), EvalError> {
        match input_type {
            T::INT8 => in_place::<Self, i8, _>(params, io),
            _ => in_place::<Self, f32, _>(params, io),
        }
    }
}
