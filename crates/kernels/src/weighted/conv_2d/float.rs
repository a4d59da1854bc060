//! CONV_2D on floats.

use super::{Conv2dParams, compact};
use crate::backend::accumulate::{CHANNELS, check_weights};
use crate::backend::dot::{FILTERS, FLOAT_PANEL, FLOAT_PATCH, FloatPanel, FloatSums, finish_f32};
use crate::error::LengthMismatch;
use crate::number::element::Load;
use crate::target::VECTORS;
use crate::walk::chunks::part;
use crate::walk::rows::{Activations, check_row, for_each_row};
use crate::walk::window::size;

/// Convolves float images with a float filter.
///
/// As [`conv_2d`](super::conv_2d), without zero points and factors: `output = clamp(bias[o] + Σ input[x] · filter[o][x], range)`, where
/// `range` is that of the fused activation ([`Activation::range_f32`](crate::number::activation::Activation::range_f32)).
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
/// One multiply-accumulate for each output and each weight of its channel; no scratch.
///
/// # Source
///
/// TFLM 90b983c2b, `lite/kernels/internal/reference/conv.h`, `Conv`.
pub fn conv_2d_f32<'m, W, B>(
    params: &Conv2dParams,
    range: (f32, f32),
    filter: &[W],
    bias: Option<&[B]>,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch>
where
    W: Load<f32>,
    B: Load<f32>,
{
    check_weights(params.filter_len(), params.output_channels.into(), filter, bias)?;
    for_each_row(params, activations.into(), |row, rows, line| {
        if !VECTORS {
            compact::row_f32(params, range, row, rows, filter, bias, line);
            return Ok(());
        }
        conv_2d_f32_row(params, range, row, filter, bias, rows, line)
    })
}

/// Computes one row of the output: see [`conv_2d_f32`] and [`conv_2d_row`](super::conv_2d_row).
///
/// # Errors
///
/// As [`conv_2d_row`](super::conv_2d_row).
pub fn conv_2d_f32_row<W, B>(
    params: &Conv2dParams,
    range: (f32, f32),
    row: usize,
    filter: &[W],
    bias: Option<&[B]>,
    rows: &[f32],
    output: &mut [f32],
) -> Result<(), LengthMismatch>
where
    W: Load<f32>,
    B: Load<f32>,
{
    check_row(params, row, rows.len(), output.len())?;
    check_weights(params.filter_len(), params.output_channels.into(), filter, bias)?;
    if VECTORS {
        compute_f32(params, range, row, rows, filter, bias, output);
    } else {
        compact::row_f32(params, range, row, rows, filter, bias, output);
    }
    Ok(())
}

#[inline(never)]
fn compute_f32<I, W, B>(
    params: &Conv2dParams,
    range: (f32, f32),
    row: usize,
    input: &[I],
    filter: &[W],
    bias: Option<&[B]>,
    output: &mut [f32],
) where
    I: Load<f32>,
    W: Load<f32>,
    B: Load<f32>,
{
    let (depth, group_len) = (params.depth(), params.group_len());
    if depth <= FLOAT_PANEL && params.window.x.output() >= CHANNELS {
        let block = if group_len > CHANNELS {
            compute_panels::<I, W, B, { 2 * CHANNELS }>
        } else {
            compute_panels::<I, W, B, CHANNELS>
        };
        return block(params, range, row, input, filter, bias, output);
    }
    let rows = params.window.row_span(row);
    let mut patch = [0.0; FLOAT_PATCH];
    for (ox, pixel) in output.chunks_exact_mut(size(params.output_channels)).enumerate() {
        let window = [rows, params.window.x.span(ox)];
        let gathered =
            depth <= FLOAT_PATCH && rows.taps * window[1].taps == params.window.filter_area();
        for (group, pixel) in pixel.chunks_mut(group_len).enumerate() {
            let channel = group * size(params.filter_channels);
            if gathered {
                params.runs(window, channel, |from, tap, len| {
                    let slots = patch.get_mut(tap..).unwrap_or(&mut []);
                    for (slot, x) in slots.iter_mut().zip(part(input, from, len)) {
                        *slot = x.load();
                    }
                });
            }
            for (block, block_output) in pixel.chunks_mut(FILTERS).enumerate() {
                let first = group * group_len + block * FILTERS;
                let filter = filter.get(first * depth..).unwrap_or(&[]);
                let mut sums = FloatSums::new();
                if gathered {
                    sums.add(patch.get(..depth).unwrap_or(&[]), filter, depth);
                } else {
                    params.runs(window, channel, |from, tap, len| {
                        let filter = filter.get(tap..).unwrap_or(&[]);
                        sums.add(part(input, from, len), filter, depth);
                    });
                }
                finish_f32(&sums.finish(), bias, first, range, block_output);
            }
        }
    }
}

/// [`compute_f32`], `N` channels at a time.
#[inline(never)]
fn compute_panels<I, W, B, const N: usize>(
    params: &Conv2dParams,
    range: (f32, f32),
    row: usize,
    input: &[I],
    filter: &[W],
    bias: Option<&[B]>,
    output: &mut [f32],
) where
    I: Load<f32>,
    W: Load<f32>,
    B: Load<f32>,
{
    let (depth, group_len) = (params.depth(), params.group_len());
    let channels = size(params.output_channels);
    let rows = params.window.row_span(row);
    let mut panel = FloatPanel::<N>::new();
    for group in 0..channels.div_ceil(group_len) {
        let end = ((group + 1) * group_len).min(channels);
        for first in (group * group_len..end).step_by(N) {
            panel.set(filter.get(first * depth..).unwrap_or(&[]), depth);
            for (ox, pixel) in output.chunks_exact_mut(channels).enumerate() {
                let window = [rows, params.window.x.span(ox)];
                let mut sums = [0.0; N];
                params.runs(window, group * size(params.filter_channels), |from, tap, len| {
                    panel.add(part(input, from, len), tap, &mut sums);
                });
                let output = pixel.get_mut(first..end.min(first + N)).unwrap_or(&mut []);
                finish_f32(&sums, bias, first, range, output);
            }
        }
    }
}
