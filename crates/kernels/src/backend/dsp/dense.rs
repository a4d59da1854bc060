//! Fully connected layers.

use bantam_isa::Factors;

use crate::backend::dsp::scratch::{begin, clamp, factors, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::Dense;
use crate::number::channel_requant::ChannelRequant;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;

/// Units whose factors are computed at a time, where no image has them.
const UNITS: usize = 16;

/// Computes a row of outputs, with factors that are there, or some of them at a time.
#[inline(always)] // size: one caller for each type
pub(super) fn row<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &Dense<T::Sum>,
    input: &[i8],
    output: &mut [T],
) {
    let one;
    let factors: Option<(&[i32], &[u8])> = match *scaling.requant {
        ChannelRequant::Factors(prepared) if prepared.are_plain_and_short() == [true; 2] => {
            Some((prepared.multipliers, prepared.shifts))
        }
        ChannelRequant::Given { multipliers: multiplier @ &[_], shifts: &[shift] }
            if bantam_isa::is_for_any_sum(-i32::from(shift)) =>
        {
            one = [!shift as u8]; // to the right, less one
            Some((multiplier, &one))
        }
        _ => None,
    };
    let zero_points = scaling.quantization;
    let layer =
        bantam_isa::Dense { input, zero_point: zero_points.input_zero_point, weights: filter };
    if let (Some((multipliers, shifts)), Some(bias), 0) =
        (factors, scaling.bias_words(0), dense.offset.low())
        && let Some(output) = T::bytes_mut(output)
    {
        let zero_point = zero_points.output_zero_point as i8;
        let factors = Factors { multipliers, shifts, zero_point, is_short: true };
        if !bantam_isa::THUMB1 && dense.in_pairs {
            bantam_isa::dense_pairs(&layer, bias, &factors, output);
        } else {
            bantam_isa::dense(&layer, bias, &factors, output);
        }
        if zero_points.is_limited() {
            let len = output.len();
            clamp(scaling, output, len, 0..len);
        }
    } else {
        by_units(scaling, &layer, dense.offset.low(), output);
    }
}

/// Computes all outputs, of [`UNITS`] at a time. `offset` belongs to each sum.
#[inline(never)] // stack: nothing of it is there with factors out of an image
fn by_units<T: Quantized>(
    scaling: &Scaling<'_, T>,
    layer: &bantam_isa::Dense<'_>,
    offset: i32,
    output: &mut [T],
) {
    let depth = layer.input.len();
    for (at, output) in output.chunks_mut(UNITS).enumerate() {
        let (multipliers, shifts, sums) = (&mut [0; UNITS], &mut [0; UNITS], &mut [0; UNITS]);
        let (first, Some(sums)) = (UNITS * at, sums.get_mut(..output.len())) else { return };
        begin(scaling, first, sums);
        let is_plain = factors(scaling, first, depth, sums, multipliers, shifts) && offset == 0;
        let weights = layer.weights.rest(first.saturating_mul(depth));
        bantam_isa::dense_sums(&bantam_isa::Dense { weights, ..*layer }, sums);
        if offset != 0 {
            sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(offset));
        }
        let zero_point = scaling.quantization.output_zero_point as i8;
        let factors = Factors { multipliers, shifts, zero_point, is_short: false };
        finish(scaling, first, sums, is_plain.then_some(&factors), output);
    }
}
