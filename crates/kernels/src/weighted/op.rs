//! Operators with weights: what runs one on tensors, for all of them.
//!
//! An operator is the geometry of a layer, for example
//! [`Conv2dParams`](crate::weighted::conv_2d::Conv2dParams): its page says what it computes.

use crate::backend::Native;
use crate::backend::layer::{FloatWeights, Layer, LayerQuantization, QuantizedWeights};
use crate::error::LengthMismatch;
use crate::number::element::{BiasElement, Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::rows::Activations;
use crate::weighted::kernel::{FloatWindowed, Windowed, run_floats_on, run_on};

pub use crate::weighted::tensors::Tensors;

/// An operator with weights, on quantized activations `T`.
pub trait QuantizedOp<T: Quantized, F: FilterElement = i8> {
    /// Runs it over whole tensors.
    ///
    /// # Errors
    ///
    /// Those of [`quantized`].
    fn run(
        &self,
        layer: &Layer<'_, T, F>,
        tensors: &mut Tensors<'_, '_, T>,
    ) -> Result<(), LengthMismatch>;
}

/// An operator with weights, on floats.
pub trait FloatOp<W: Load<f32>> {
    /// Runs it over whole tensors.
    ///
    /// # Errors
    ///
    /// Those of [`f32()`].
    fn run(
        &self,
        weights: &FloatWeights<'_, W>,
        activations: Activations<'_, f32>,
    ) -> Result<(), LengthMismatch>;
}

impl<T: Quantized, F: FilterElement, O: Windowed<T, F>> QuantizedOp<T, F> for O {
    fn run(
        &self,
        layer: &Layer<'_, T, F>,
        tensors: &mut Tensors<'_, '_, T>,
    ) -> Result<(), LengthMismatch> {
        run_on::<T, F, Native>(self, layer, tensors)
    }
}

impl<W: Load<f32>, O: FloatWindowed<W>> FloatOp<W> for O {
    fn run(
        &self,
        weights: &FloatWeights<'_, W>,
        activations: Activations<'_, f32>,
    ) -> Result<(), LengthMismatch> {
        run_floats_on::<W, Native>(self, weights, activations)
    }
}

/// Runs `operator` on quantized activations with weights of `i8`, of 4 bits
/// ([`Int4Pair`](crate::number::weights::Int4Pair)) or of tables
/// ([`LutFilter`](crate::decode::filter::LutFilter)), per tensor or per channel.
///
/// Sums are `i32` with `i8` activations; with `i16`, 32 or 64 bits as the bias has it
/// ([`BiasElement`]).
///
/// # Rounding
///
/// Bit-exact with TFLM's reference kernel: see [`Requant`](crate::Requant).
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not exactly as long as the operator says, or if input and
/// output are closer to each other than its [`Slack`](crate::walk::rows::Slack): the output is then
/// unspecified. Of other slices nothing is written.
///
/// ```
/// use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::walk::window::WindowOptions;
/// use bantam_kernels::weighted::{conv_2d::Conv2dParams, op};
/// use bantam_kernels::{ActivationRange, ChannelRequant, ChannelScales, Le, Nhwc};
///
/// // An image of one row of three pixels, two filters of one tap.
/// let [image, filter, output] =
///     [[1, 1, 3, 1], [2, 1, 1, 1], [1, 1, 3, 2]].map(|dims| Nhwc::new(dims));
/// let options = WindowOptions::default();
/// let params = Conv2dParams::new(image?, filter?, output?, &options)?;
/// let zero_points = LayerQuantization::new::<i8>(0, 0, ActivationRange::full::<i8>())?;
/// // The scales of input, filter and output, as the model has them.
/// let filter_scales = Le::floats([0.02, 0.04]);
/// let scales = ChannelScales::new(0.5, &filter_scales, 0.1);
/// let weights = QuantizedWeights {
///     filter: &[50, 25],
///     bias: Some(&[0, 100]),
///     requant: ChannelRequant::Scales(scales),
/// };
/// let mut output = [0_i8; 6];
/// op::quantized(&params, &zero_points, &weights, (&[1_i8, 2, 3][..], &mut output[..])).unwrap();
/// assert_eq!(output, [5, 25, 10, 30, 15, 35]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn quantized<'m, T: Quantized, B: BiasElement, F: FilterElement>(
    operator: &dyn QuantizedOp<T, F>,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B, F>,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    operator.run(&Layer::new(quantization, weights), &mut Tensors::of(&mut activations.into()))
}

/// Runs `operator` on floats: as [`quantized`], without zero points and factors, and clamped to the
/// range of the weights.
///
/// # Rounding
///
/// Bit-exact with TFLM's reference kernel, which uses no fused multiply-add: each sum is formed in
/// the reference's order, and the bias comes last. What is not a number stays so.
///
/// # Errors
///
/// Those of [`quantized`].
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::layer::FloatWeights;
/// use bantam_kernels::walk::window::WindowOptions;
/// use bantam_kernels::weighted::conv_2d::Conv2dParams;
/// use bantam_kernels::weighted::op;
/// use bantam_kernels::Nhwc;
///
/// // One row of three pixels, a filter of 1 × 2, padded on the right.
/// let (image, filter) = (Nhwc::new([1, 1, 3, 1])?, Nhwc::new([1, 1, 2, 1])?);
/// let params = Conv2dParams::new(image, filter, image, &WindowOptions::default())?;
/// let weights = FloatWeights { filter: &[1.0, 10.0], bias: Some(&[0.5]), range: (0.0, 35.0) };
/// let mut output = [0.0; 3];
/// op::f32(&params, &weights, (&[1.0, 2.0, 4.0][..], &mut output[..])).unwrap();
/// assert_eq!(output, [21.5, 35.0, 4.5]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn f32<'m, W: Load<f32>>(
    operator: &dyn FloatOp<W>,
    weights: &FloatWeights<'_, W>,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch> {
    operator.run(weights, activations.into())
}
