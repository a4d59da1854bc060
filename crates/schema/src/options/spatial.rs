//! Convolutions, pools and other operators over height and width.

use super::declare::options;
use crate::{ActivationFunction, MirrorPadMode, Padding, TensorType};

options! { 'a;
    /// Options of `CONV_2D`.
    Conv2dOptions {
        /// The padding of the border.
        padding = 0: Padding = Padding::SAME,
        /// Stride in width.
        stride_w = 1: i32 = 0,
        /// Stride in height.
        stride_h = 2: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 3: ActivationFunction = ActivationFunction::NONE,
        /// Dilation in width.
        dilation_w_factor = 4: i32 = 1,
        /// Dilation in height.
        dilation_h_factor = 5: i32 = 1,
        /// Type of bias and accumulator; `FLOAT32` if it is left to the kernel.
        quantized_bias_type = 6: TensorType = TensorType::FLOAT32,
    }

    /// Options of `CONV_3D` and `CONV_3D_TRANSPOSE`.
    Conv3dOptions {
        /// The padding of the border.
        padding = 0: Padding = Padding::SAME,
        /// Stride in depth.
        stride_d = 1: i32 = 0,
        /// Stride in width.
        stride_w = 2: i32 = 0,
        /// Stride in height.
        stride_h = 3: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 4: ActivationFunction = ActivationFunction::NONE,
        /// Dilation in depth.
        dilation_d_factor = 5: i32 = 1,
        /// Dilation in width.
        dilation_w_factor = 6: i32 = 1,
        /// Dilation in height.
        dilation_h_factor = 7: i32 = 1,
    }

    /// Options of `DEPTHWISE_CONV_2D`.
    DepthwiseConv2dOptions {
        /// The padding of the border.
        padding = 0: Padding = Padding::SAME,
        /// Stride in width.
        stride_w = 1: i32 = 0,
        /// Stride in height.
        stride_h = 2: i32 = 0,
        /// Output channels for each input channel; redundant, the shapes say it too.
        depth_multiplier = 3: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 4: ActivationFunction = ActivationFunction::NONE,
        /// Dilation in width.
        dilation_w_factor = 5: i32 = 1,
        /// Dilation in height.
        dilation_h_factor = 6: i32 = 1,
    }

    /// Options of `TRANSPOSE_CONV`.
    TransposeConvOptions {
        /// The padding of the border.
        padding = 0: Padding = Padding::SAME,
        /// Stride in width.
        stride_w = 1: i32 = 0,
        /// Stride in height.
        stride_h = 2: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 3: ActivationFunction = ActivationFunction::NONE,
        /// Type of bias and accumulator; `FLOAT32` if it is left to the kernel.
        quantized_bias_type = 4: TensorType = TensorType::FLOAT32,
    }

    /// Options of `AVERAGE_POOL_2D`, `MAX_POOL_2D` and `L2_POOL_2D`.
    Pool2dOptions {
        /// The padding of the border.
        padding = 0: Padding = Padding::SAME,
        /// Stride in width.
        stride_w = 1: i32 = 0,
        /// Stride in height.
        stride_h = 2: i32 = 0,
        /// Width of the window.
        filter_width = 3: i32 = 0,
        /// Height of the window.
        filter_height = 4: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 5: ActivationFunction = ActivationFunction::NONE,
    }

    /// Options of `RESIZE_BILINEAR`.
    ResizeBilinearOptions {
        /// Whether the centres of the corner pixels of input and output coincide.
        align_corners = 2: bool = false,
        /// Whether pixel centres lie at halves.
        half_pixel_centers = 3: bool = false,
    }

    /// Options of `RESIZE_NEAREST_NEIGHBOR`.
    ResizeNearestNeighborOptions {
        /// Whether the centres of the corner pixels of input and output coincide.
        align_corners = 0: bool = false,
        /// Whether pixel centres lie at halves.
        half_pixel_centers = 1: bool = false,
    }

    /// Options of `SPACE_TO_DEPTH`.
    SpaceToDepthOptions {
        /// Height and width of the blocks that become channels.
        block_size = 0: i32 = 0,
    }

    /// Options of `DEPTH_TO_SPACE`.
    DepthToSpaceOptions {
        /// Height and width of the blocks that channels become.
        block_size = 0: i32 = 0,
    }

    /// Options of `MIRROR_PAD`.
    MirrorPadOptions {
        /// Whether the border itself is repeated.
        mode = 0: MirrorPadMode = MirrorPadMode::REFLECT,
    }

    /// Options of `LOCAL_RESPONSE_NORMALIZATION`.
    LocalResponseNormalizationOptions {
        /// Channels on either side that count.
        radius = 0: i32 = 0,
        /// The number added to the sum of squares.
        bias = 1: f32 = 0.0,
        /// Factor of the sum of squares.
        alpha = 2: f32 = 0.0,
        /// Exponent.
        beta = 3: f32 = 0.0,
    }
}
