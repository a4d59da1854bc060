//! Arithmetic, activations, reductions and products of matrices.

use super::declare::options;
use crate::{ActivationFunction, TensorType, Vector, WeightsFormat};

options! { 'a;
    /// Options of `ADD`.
    AddOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// Whether scales of 16-bit tensors are powers of two.
        pot_scale_int16 = 1: bool = true,
    }

    /// Options of `SUB`.
    SubOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// Whether scales of 16-bit tensors are powers of two.
        pot_scale_int16 = 1: bool = true,
    }

    /// Options of `MUL`.
    MulOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
    }

    /// Options of `DIV`.
    DivOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
    }

    /// Options of `FULLY_CONNECTED`.
    FullyConnectedOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// The layout of the filter.
        weights_format = 1: WeightsFormat = WeightsFormat::DEFAULT,
        /// Whether the output has as many dimensions as the input.
        keep_num_dims = 2: bool = false,
        /// Whether float inputs are quantized asymmetrically where the filter is quantized.
        asymmetric_quantize_inputs = 3: bool = false,
        /// Type of bias and accumulator; `FLOAT32` if it is left to the kernel.
        quantized_bias_type = 4: TensorType = TensorType::FLOAT32,
    }

    /// Options of `BATCH_MATMUL`.
    BatchMatmulOptions {
        /// Whether the left operand is transposed.
        adj_x = 0: bool = false,
        /// Whether the right operand is transposed.
        adj_y = 1: bool = false,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 2: bool = false,
    }

    /// Options of `SOFTMAX`.
    SoftmaxOptions {
        /// Factor of the exponent.
        beta = 0: f32 = 0.0,
    }

    /// Options of `L2_NORMALIZATION`.
    L2NormOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
    }

    /// Options of `LEAKY_RELU`.
    LeakyReluOptions {
        /// Slope for negative values.
        alpha = 0: f32 = 0.0,
    }

    /// Options of `GELU`.
    GeluOptions {
        /// Whether the approximation by a hyperbolic tangent is meant.
        approximate = 0: bool = false,
    }

    /// Options of `MEAN`, `SUM`, `REDUCE_MAX`, `REDUCE_MIN`, `REDUCE_ALL` and the like.
    ReducerOptions {
        /// Whether reduced dimensions stay, with size 1.
        keep_dims = 0: bool = false,
    }

    /// Options of `CUMSUM`.
    CumsumOptions {
        /// Whether an element's own value is left out of its sum.
        exclusive = 0: bool = false,
        /// Whether sums run from the last element to the first.
        reverse = 1: bool = false,
    }

    /// Options of `ARG_MAX`.
    ArgMaxOptions {
        /// Type of the indices.
        output_type = 0: TensorType = TensorType::FLOAT32,
    }

    /// Options of `ARG_MIN`.
    ArgMinOptions {
        /// Type of the indices.
        output_type = 0: TensorType = TensorType::FLOAT32,
    }

    /// Options of `CAST`. The types of the tensors say the same.
    CastOptions {
        /// Type of the input.
        in_data_type = 0: TensorType = TensorType::FLOAT32,
        /// Type of the output.
        out_data_type = 1: TensorType = TensorType::FLOAT32,
    }

    /// Options of `FAKE_QUANT`.
    FakeQuantOptions {
        /// Least value.
        min = 0: f32 = 0.0,
        /// Greatest value.
        max = 1: f32 = 0.0,
        /// Width of the integers.
        num_bits = 2: i32 = 0,
        /// Whether the least integer is left out.
        narrow_range = 3: bool = false,
    }

    /// Options of `RANDOM_UNIFORM`, `RANDOM_STANDARD_NORMAL` and `MULTINOMIAL`.
    RandomOptions {
        /// First seed.
        seed = 0: i64 = 0,
        /// Second seed.
        seed2 = 1: i64 = 0,
    }

    /// Options of `BUCKETIZE`.
    BucketizeOptions<'a> {
        /// The values that divide one bucket from the next.
        boundaries = 0: Vector<'a, f32> = Vector::EMPTY,
    }
}
