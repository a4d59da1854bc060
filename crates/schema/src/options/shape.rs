//! Operators that move, select and join elements.

use super::declare::options;
use crate::{ActivationFunction, TensorType, Vector};

options! { 'a;
    /// Options of `RESHAPE`.
    ReshapeOptions<'a> {
        /// The shape of the output, with at most one −1; a second input takes precedence.
        new_shape = 0: Vector<'a, i32> = Vector::EMPTY,
    }

    /// Options of `SQUEEZE`.
    SqueezeOptions<'a> {
        /// Dimensions to drop; all of size 1 if empty.
        squeeze_dims = 0: Vector<'a, i32> = Vector::EMPTY,
    }

    /// Options of `CONCATENATION`.
    ConcatenationOptions {
        /// Dimension along which the inputs are joined; negative counts from the end.
        axis = 0: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 1: ActivationFunction = ActivationFunction::NONE,
    }

    /// Options of `SPLIT`.
    SplitOptions {
        /// Number of outputs.
        num_splits = 0: i32 = 0,
    }

    /// Options of `SPLIT_V`.
    SplitVOptions {
        /// Number of outputs.
        num_splits = 0: i32 = 0,
    }

    /// Options of `PACK`.
    PackOptions {
        /// Number of inputs.
        values_count = 0: i32 = 0,
        /// Position of the new dimension; negative counts from the end.
        axis = 1: i32 = 0,
    }

    /// Options of `UNPACK`.
    UnpackOptions {
        /// Number of outputs.
        num = 0: i32 = 0,
        /// Position of the dimension that is taken apart; negative counts from the end.
        axis = 1: i32 = 0,
    }

    /// Options of `STRIDED_SLICE`. Bit `i` of a mask belongs to entry `i` of begin and end.
    StridedSliceOptions {
        /// Where begin is ignored.
        begin_mask = 0: i32 = 0,
        /// Where end is ignored.
        end_mask = 1: i32 = 0,
        /// Where the entry stands for all dimensions that have none.
        ellipsis_mask = 2: i32 = 0,
        /// Where the entry adds a dimension.
        new_axis_mask = 3: i32 = 0,
        /// Where the dimension is dropped.
        shrink_axis_mask = 4: i32 = 0,
        /// Whether end counts from begin.
        offset = 5: bool = false,
    }

    /// Options of `GATHER`.
    GatherOptions {
        /// Dimension that is indexed; negative counts from the end.
        axis = 0: i32 = 0,
        /// Number of leading dimensions that parameters and indices share.
        batch_dims = 1: i32 = 0,
    }

    /// Options of `SHAPE`.
    ShapeOptions {
        /// Type of the output; `FLOAT32`, the schema's default, means `INT32`.
        out_type = 0: TensorType = TensorType::FLOAT32,
    }

    /// Options of `SPARSE_TO_DENSE`.
    SparseToDenseOptions {
        /// Whether indices are checked.
        validate_indices = 0: bool = false,
    }

    /// Options of `ONE_HOT`.
    OneHotOptions {
        /// Position of the new dimension; negative counts from the end.
        axis = 0: i32 = 0,
    }

    /// Options of `UNIQUE`.
    UniqueOptions {
        /// Type of the indices.
        idx_out_type = 0: TensorType = TensorType::INT32,
    }

    /// Options of `REVERSE_SEQUENCE`.
    ReverseSequenceOptions {
        /// Dimension that is reversed.
        seq_dim = 0: i32 = 0,
        /// Dimension of the batch.
        batch_dim = 1: i32 = 0,
    }
}
