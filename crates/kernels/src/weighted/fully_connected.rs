//! Fully connected layers, quantized and float.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/fully_connected.h` (`FullyConnected`,
//! `FullyConnectedPerChannel`), `lite/kernels/internal/reference/fully_connected.h` (`FullyConnected`).

use core::ops::Range;

use crate::backend::accumulate::{
    CHANNELS, Finish, LayerQuantization, QuantizedWeights, check_weights,
};
use crate::backend::compact::{self, Layer, SMALL_BLOCK, SMALL_PATCH, with_layer};
use crate::backend::dot::{FILTERS, FloatSums, PATCH, Patch, finish_f32};
use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::element::Accumulator;
use crate::number::element::{Load, Quantized};
use crate::target::VECTORS;
use crate::walk::chunks::{chunks, chunks_mut};
use crate::walk::rows::{Activations, RowGeometry, check_row, for_each_row};
use crate::walk::shape::Matrix;
use crate::walk::window::{agree, quotient};

/// Geometry of a fully connected layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct FullyConnectedParams {
    batches: u32,
    depth: u32,
    units: u32,
    filter_zero_point: i32,
}

impl FullyConnectedParams {
    /// Geometry of a layer with `filter` `[units, depth]` and `output` `[.., units]`.
    ///
    /// How the elements of `input` are spread over its dimensions does not matter: it is read as rows of `depth`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ShapeMismatch`] where the filter has another number of weights than `units · depth`, or the input has
    /// another number of rows than the output.
    pub fn new(input: Matrix, filter: Matrix, output: Matrix) -> Result<Self, ParamsError> {
        let (batches, units, depth) = (output.rows(), output.columns(), filter.columns());
        agree(units, filter.rows())?;
        let rows = quotient(input.len(), depth);
        agree(batches, rows)?;
        agree(rows * depth, input.len())?;
        Ok(Self { batches, depth, units, filter_zero_point: 0 })
    }

    /// The same layer with a filter whose zero point is not 0. TFLM honours it per tensor and ignores it per channel.
    #[must_use]
    pub fn filter_zero_point(self, filter_zero_point: i32) -> Self {
        Self { filter_zero_point, ..self }
    }

    fn batches(&self) -> usize {
        self.batches.max(1) as usize
    }

    fn depth(&self) -> usize {
        self.depth.max(1) as usize
    }

    fn units(&self) -> usize {
        self.units.max(1) as usize
    }

    /// As the other lengths in [`Self::check`] it wraps around for parameters that no memory could hold: what is read and written is checked once more.
    fn filter_len(&self) -> usize {
        self.units().wrapping_mul(self.depth())
    }

    /// `Ok` if input and output are of these lengths.
    fn check(&self, input: usize, output: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Input, self.batches().wrapping_mul(self.depth()), input)?;
        LengthMismatch::check(Operand::Output, self.batches().wrapping_mul(self.units()), output)
    }
}

/// A row of the input gives a row of the output.
impl RowGeometry for FullyConnectedParams {
    fn output_rows(&self) -> usize {
        self.batches()
    }

    fn output_row_len(&self) -> usize {
        self.units()
    }

    fn input_len(&self) -> usize {
        self.batches().saturating_mul(self.depth())
    }

    fn input_row_len(&self) -> usize {
        self.depth()
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        row..row.saturating_add(1)
    }
}

/// Multiplies each row of a quantized input with a filter of `i8`, per tensor or per channel.
///
/// For row `b` and unit `o`, with `zx` and `zw` the zero points of input and filter and `M[o]` the factor of the unit:
///
/// ```text
/// acc          = bias[o] + Σ_d (input[b][d] - zx) · (filter[o][d] - zw)
/// output[b][o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// `A` is the accumulator: `i32` with `i8` activations; with `i16`, `i32` or `i64` as the bias has it.
///
/// # Shapes
///
/// | slice    | dimensions         |
/// |----------|--------------------|
/// | `input`  | `[batches, depth]` |
/// | `filter` | `[units, depth]`   |
/// | `bias`   | `[units]`, or none |
/// | `output` | `[batches, units]` |
///
/// # Rounding
///
/// Bit-exact with TFLM's reference kernel: see [`Requant`](crate::Requant).
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not exactly as long as the table says. Nothing is written.
///
/// # Cost
///
/// `batches · units · depth` multiply-accumulates; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/fully_connected.h`, `FullyConnected` and
/// `FullyConnectedPerChannel`.
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::accumulate::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::weighted::fully_connected::{FullyConnectedParams, fully_connected};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::{Matrix, Shape};
///
/// let (row, unit) = (Matrix::from(&Shape::new(&[1, 2])?), Matrix::from(&Shape::new(&[1, 1])?));
/// let params = FullyConnectedParams::new(row, row, unit)?;
/// let quantization = LayerQuantization::new::<i8>(1, -1, ActivationRange::full::<i8>())?;
/// let weights = QuantizedWeights {
///     filter: &[2, 4],
///     bias: Some(&[10]),
///     requant: ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] }, // 0.5
/// };
/// let mut output = [0_i8];
/// fully_connected(&params, &quantization, &weights, (&[3_i8, 5][..], &mut output[..])).unwrap();
/// // 10 + 2·(3-1) + 4·(5-1) = 30;  30 · 0.5 = 15;  15 + (-1) = 14
/// assert_eq!(output, [14]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
pub fn fully_connected<'m, A, T, B>(
    params: &FullyConnectedParams,
    quantization: &LayerQuantization,
    weights: &QuantizedWeights<'_, B>,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch>
where
    A: Accumulator,
    T: Quantized,
    B: Load<A>,
{
    let (depth, units) = (params.depth(), params.units());
    // An `i16` less its zero point may need more than 16 bits: it is multiplied as it is.
    let zero_point = if T::MAX > i8::MAX.into() { 0 } else { quantization.input_zero_point };
    let rest = i32::from(quantization.input_zero_point) - i32::from(zero_point);
    if !VECTORS {
        let quantization = LayerQuantization { input_zero_point: zero_point, ..*quantization };
        return with_layer::<T, A, B, _>(&quantization, weights, |layer| {
            compact_rows(params, layer, rest, activations.into())
        });
    }
    weights.check(params.filter_len(), units)?;
    let finish = Finish::new(weights, quantization);
    let mut patch = Patch::new(zero_point);
    for_each_row(params, activations.into(), |row, input, output| {
        check_row(params, row, input.len(), output.len())?;
        // Σ (x - zx) · (w - zw) = Σ (x - zx) · w - zw · Σ (x - zx)
        let mut offset = A::of(0);
        if params.filter_zero_point != 0 {
            for x in input {
                let x: i32 = x.load().into();
                let x = x - i32::from(quantization.input_zero_point);
                offset = offset.plus_product(params.filter_zero_point.wrapping_neg(), x);
            }
        }
        if depth <= PATCH {
            patch.set(0, input);
        }
        for (chunk, output) in output.chunks_mut(CHANNELS).enumerate() {
            let first = chunk * CHANNELS;
            let mut sums = [offset; CHANNELS];
            let filter = weights.filter.get(first * depth..).unwrap_or(&[]);
            if depth <= PATCH {
                patch.dot(depth, filter, depth, &mut sums);
            } else {
                patch.dot_long(input, filter, depth, &mut sums);
            }
            if rest != 0 {
                for (acc, row) in sums.iter_mut().zip(filter.chunks_exact(depth)) {
                    *acc = row.iter().fold(*acc, |acc, &w| acc.plus_product(-rest, w.into()));
                }
            }
            finish.channels(first, &sums, output);
        }
        Ok(())
    })
}

/// Computes all rows of the output on a core without vector registers; `rest` is what the layer's zero point lacks.
#[inline(never)]
fn compact_rows<T: Quantized>(
    params: &FullyConnectedParams,
    layer: &Layer<'_, T::Sum>,
    rest: i32,
    activations: Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    layer.check(params.filter_len(), params.units())?;
    match activations {
        Activations::Apart { input, output } => {
            params.check(input.len(), output.len())?;
            let outputs = chunks_mut(output, params.units());
            for (input, output) in chunks(input, params.depth()).zip(outputs) {
                compact_row(params, layer, rest, input, output);
            }
            Ok(())
        }
        shared => for_each_row(params, shared, |_, input, output| {
            compact_row(params, layer, rest, input, output);
            Ok(())
        }),
    }
}

/// Computes one row of the output.
#[inline(never)]
fn compact_row<T: Quantized>(
    params: &FullyConnectedParams,
    layer: &Layer<'_, T::Sum>,
    rest: i32,
    input: &[T],
    output: &mut [T],
) {
    let depth = params.depth();
    let inputs = &mut [0; SMALL_PATCH];
    let mut patch = compact::Patch::new(inputs, layer.quantization.input_zero_point);
    // A short row stays in the patch.
    let short = depth <= SMALL_PATCH;
    if short {
        patch.set(0, input);
    }
    let mut offset = T::Sum::of(0);
    if params.filter_zero_point != 0 {
        let zero_point = rest + i32::from(layer.quantization.input_zero_point);
        for x in input {
            let x: i32 = x.load().into();
            offset = offset.plus_product(params.filter_zero_point.wrapping_neg(), x - zero_point);
        }
    }
    let mut filters = layer.filter;
    for (block, output) in output.chunks_mut(SMALL_BLOCK).enumerate() {
        let first = block * SMALL_BLOCK;
        let groups = &mut [[T::Sum::of(0); compact::FILTERS]; SMALL_BLOCK / compact::FILTERS];
        let groups = groups.get_mut(..output.len().div_ceil(compact::FILTERS)).unwrap_or(&mut []);
        layer.begin(first, groups.as_flattened_mut());
        patch.dot(filters, depth, groups, |patch| {
            if !short {
                patch.set(0, input);
            }
        });
        let sums = groups.as_flattened_mut();
        if params.filter_zero_point != 0 {
            for sum in &mut *sums {
                *sum = sum.plus(offset);
            }
        }
        // An `i16` less its zero point may need more than 16 bits, an `i8` does not.
        if T::MAX > i8::MAX.into() && rest != 0 {
            for (sum, filter) in sums.iter_mut().zip(chunks(filters, depth)) {
                *sum = filter.iter().fold(*sum, |sum, &w| sum.plus_product(-rest, w.into()));
            }
        }
        layer.finish(first, sums, output);
        filters = filters.get(SMALL_BLOCK * depth..).unwrap_or(&[]);
    }
}

/// Multiplies each row of a float input with a float filter.
///
/// `output[b][o] = clamp(bias[o] + Σ_d input[b][d] · filter[o][d], range)`, where `range` is that of the fused activation
/// ([`Activation::range_f32`](crate::number::activation::Activation::range_f32)).
///
/// # Rounding
///
/// Sums may be formed in another order than TFLM forms them in, so that the last bits can differ.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not exactly as long as its shape says. Nothing is written.
///
/// # Cost
///
/// `batches · units · depth` multiply-accumulates; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/fully_connected.h`, `FullyConnected`.
pub fn fully_connected_f32<'m, W, B>(
    params: &FullyConnectedParams,
    range: (f32, f32),
    filter: &[W],
    bias: Option<&[B]>,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch>
where
    W: Load<f32>,
    B: Load<f32>,
{
    let (depth, units) = (params.depth(), params.units());
    check_weights(params.filter_len(), units, filter, bias)?;
    for_each_row(params, activations.into(), |row, input, output| {
        check_row(params, row, input.len(), output.len())?;
        if !VECTORS {
            for ((o, output), weights) in output.iter_mut().enumerate().zip(chunks(filter, depth)) {
                let sum = compact::plus_dot_f32(0.0, input, weights);
                *output = compact::finish_f32(sum, bias, o, range);
            }
            return Ok(());
        }
        for (block, output) in output.chunks_mut(FILTERS).enumerate() {
            let first = block * FILTERS;
            let mut sums = FloatSums::new();
            sums.add(input, filter.get(first * depth..).unwrap_or(&[]), depth);
            finish_f32(&sums.finish(), bias, first, range, output);
        }
        Ok(())
    })
}
