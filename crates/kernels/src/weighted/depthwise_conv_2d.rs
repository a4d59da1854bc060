//! Two-dimensional depthwise convolution, quantized and float.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/depthwise_conv.h`
//! (`DepthwiseConvPerChannel`), `lite/kernels/internal/reference/depthwiseconv_float.h`
//! (`DepthwiseConv`), `lite/micro/kernels/depthwise_conv_common.cc`.

use core::ops::Range;

use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::{Backend, DepthwiseWindow};
use crate::error::ParamsError;
use crate::number::element::{Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::rows::{Activations, RowGeometry, RowSizes, Rows};
use crate::walk::shape::Nhwc;
use crate::walk::window::{Sliding, Window, WindowOptions, agree, quotient};
use crate::weighted::kernel::{Filtered, FloatWindowed, Windowed};
use crate::weighted::own::Needs;

/// Geometry of a depthwise convolution: of each channel of images with its own filters.
///
/// With `z` the zero point of the input, `m` the depth multiplier and `M[o]` the factor of output
/// channel `o`, and `x` running over the window of output `(oy, ox)`, without what lies outside the
/// image, it is
///
/// ```text
/// acc               = bias[o] + Σ (input[x, o / m] - z) · filter[x, o]
/// output[oy, ox, o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// with one multiply-accumulate for each output and tap, and without scratch memory. TFLM ignores a
/// zero point of the filter, and with `i16` those of input and output: pass 0.
///
/// # Shapes
///
/// | slice    | dimensions                                  |
/// |----------|---------------------------------------------|
/// | `input`  | `[batches, height, width, channels]`        |
/// | `filter` | `[1, height, width, channels · multiplier]` |
/// | `bias`   | `[channels · multiplier]`, or none          |
/// | `output` | `[batches, height, width, channels · multiplier]` |
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::walk::window::WindowOptions;
/// use bantam_kernels::weighted::depthwise_conv_2d::DepthwiseConv2dParams;
/// use bantam_kernels::weighted::op;
/// use bantam_kernels::Nhwc;
///
/// // Two pixels of two channels, one tap for each channel.
/// let (image, filter) = (Nhwc::new([1, 1, 2, 2])?, Nhwc::new([1, 1, 1, 2])?);
/// let params = DepthwiseConv2dParams::new(image, filter, image, &WindowOptions::default())?;
/// let quantization = LayerQuantization::new::<i8>(1, -1, ActivationRange::full::<i8>())?;
/// let weights = QuantizedWeights {
///     filter: &[3, 5],
///     bias: Some(&[10, 20]),
///     requant: ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] }, // 0.5
/// };
/// let mut output = [0_i8; 4];
/// let input = [3_i8, 5, 7, 9];
/// op::quantized(&params, &quantization, &weights, (&input[..], &mut output[..])).unwrap();
/// // 10 + 3·(3-1) = 16;  16 · 0.5 - 1 = 7.  20 + 5·(5-1) = 40;  40 · 0.5 - 1 = 19.
/// assert_eq!(output, [7, 19, 13, 29]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct DepthwiseConv2dParams(DepthwiseWindow);

impl DepthwiseConv2dParams {
    /// Geometry of a depthwise convolution of `input` `[batches, height, width, channels]` with
    /// `filter` `[1, height, width, channels · multiplier]`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride or dilation outside `1..=65535` or a padding beyond
    /// that, [`ParamsError::ShapeMismatch`] where `output` is not what the window gives or the
    /// channels do not multiply.
    pub fn new(
        input: Nhwc,
        filter: Nhwc,
        output: Nhwc,
        options: &WindowOptions,
    ) -> Result<Self, ParamsError> {
        let mut params = Self(DepthwiseWindow::new(Window::NONE, 1));
        params.slide(&[input, output, filter], options)?;
        Ok(params)
    }

    /// What says how much memory it takes, unless an image has its factors.
    pub fn needs(&self) -> Needs {
        let Self(depthwise) = self;
        let (depth, channels) = (depthwise.area(), depthwise.channels());
        Needs { depth, channels, multiplier: Some(depthwise.multiplier()), has_factors: false }
    }

    /// Whether the window is 3 × 3 without dilation, and each channel has one filter.
    pub fn is_three_by_three(&self) -> bool {
        self.0.is_three_by_three()
    }
}

impl Sliding for DepthwiseConv2dParams {
    fn slide(&mut self, images: &[Nhwc; 3], options: &WindowOptions) -> Result<(), ParamsError> {
        let Self(depthwise) = self;
        depthwise.window_mut().slide(images, options)?;
        let [input, output, filter] = images;
        let (input_channels, output_channels) = (input.channels(), output.channels());
        agree(1_u32, filter.batches())?;
        agree(filter.channels(), output_channels)?;
        let multiplier = quotient(output_channels.into(), input_channels.into());
        depthwise.choose(multiplier as u16);
        agree(u32::from(input_channels) * multiplier.max(1), output_channels)
    }
}

impl RowGeometry for DepthwiseConv2dParams {
    fn sizes(&self) -> RowSizes {
        self.0.window().sizes(self.0.channels())
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        self.0.window().input_rows(row)
    }
}

impl<K: Backend> Filtered<K> for DepthwiseConv2dParams {
    fn channels(&self) -> usize {
        self.0.channels()
    }

    fn depth(&self) -> usize {
        self.0.area()
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> Windowed<T, F, K> for DepthwiseConv2dParams {
    fn row(
        &self,
        layer: &Layer<'_, T, F>,
        scratch: &mut K::Scratch<'_, T, F>,
        row: usize,
        input: &[T],
        output: &mut [T],
    ) {
        K::depthwise(scratch, layer, &self.0, row, input, output);
    }

    fn column(
        &self,
        layer: &Layer<'_, T, F>,
        scratch: &mut K::Scratch<'_, T, F>,
        rows: &mut Rows,
        activations: &mut Activations<'_, T>,
    ) {
        if K::COLUMNS && self.0.has_whole_columns() {
            K::column(scratch, layer, &self.0, self, rows, activations);
        }
    }
}

impl<W: Load<f32>, K: Backend> FloatWindowed<W, K> for DepthwiseConv2dParams {
    fn row(
        &self,
        weights: &FloatWeights<'_, W>,
        _: &mut Option<K::FloatWindows>,
        row: usize,
        input: &[f32],
        output: &mut [f32],
    ) {
        K::float_depthwise(weights, &self.0.row(row), input, output);
    }
}
