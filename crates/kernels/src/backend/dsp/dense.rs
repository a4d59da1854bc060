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
        let (first, sums) = (UNITS * at, &mut [0; UNITS]);
        let Some(sums) = sums.get_mut(..output.len()) else { return };
        begin(scaling, first, sums);
        let weights = layer.weights.rest(first.saturating_mul(depth));
        bantam_isa::dense_sums(&bantam_isa::Dense { weights, ..*layer }, sums);
        if offset != 0 {
            sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(offset));
        }
        // With an offset nothing is known of the sums.
        let depth = if offset == 0 { depth } else { usize::MAX };
        scale(scaling, [first, depth], sums, output);
    }
}

/// Turns the sums of some units of `depth` weights from `first` on into outputs, with factors that
/// it computes.
#[inline(never)] // stack: what it takes is not there while sums are formed
fn scale<T: Quantized>(
    scaling: &Scaling<'_, T>,
    [first, depth]: [usize; 2],
    sums: &[i32],
    output: &mut [T],
) {
    let (multipliers, shifts) = (&mut [0; UNITS], &mut [0; UNITS]);
    match scaling.prepared() {
        Some(prepared) => prepared.copy_wide(first, multipliers, shifts),
        None => _ = factors(scaling, first, depth, multipliers, shifts),
    }
    let zero_point = scaling.quantization.output_zero_point as i8;
    let factors = Factors { multipliers, shifts, zero_point, is_short: false };
    finish(scaling, sums, &factors, output);
}

// Biases are found in memory with `bytemuck`.
#[cfg(test)]
#[cfg(feature = "bytemuck")]
mod tests {
    use crate::ActivationRange;
    use crate::backend::Dsp;
    use crate::backend::layer::{Layer, LayerQuantization, QuantizedWeights};
    use crate::number::channel_factors::ChannelFactors;
    use crate::number::channel_requant::ChannelRequant;
    use crate::number::element::Le;
    use crate::walk::rows::RowKernel;
    use crate::walk::shape::{Matrix, Shape};
    use crate::weighted::fully_connected::{FullyConnected, FullyConnectedParams};
    use alloc::vec;
    use alloc::vec::Vec;

    fn params(units: usize, depth: usize) -> FullyConnectedParams {
        let matrix = |rows: usize, columns: usize| {
            Matrix::from(&Shape::new(&[rows as i32, columns as i32]).unwrap())
        };
        let (input, filter, output) = (matrix(1, depth), matrix(units, depth), matrix(1, units));
        FullyConnectedParams::new(input, filter, output).unwrap()
    }

    fn outputs(
        params: &FullyConnectedParams,
        filter: &[i8],
        requant: ChannelRequant<'_>,
        (units, depth): (usize, usize),
    ) -> Vec<i8> {
        let range = ActivationRange { min: -100, max: 127 };
        let quantization = LayerQuantization::new::<i8>(0, 3, range).unwrap();
        let bias = |unit: usize| Le::new((unit as i32 * 321 - 999).to_le_bytes());
        let bias: Vec<Le<4>> = (0..units).map(bias).collect();
        let weights = QuantizedWeights { filter, bias: Some(&bias[..]), requant };
        let layer = Layer::<i8>::new(&quantization, &weights);
        let input: Vec<i8> = (0..depth).map(|at| (at * 53 % 256) as u8 as i8).collect();
        let mut output = vec![0; units];
        FullyConnected::<i8, i8, Dsp>::new(params, &layer).unwrap().row(0, &input, &mut output);
        output
    }

    #[test]
    fn pairs_compute_what_filters_do() {
        for (units, depth) in [(8, 4), (16, 12), (24, 40), (8, 512)] {
            let weight = |at: usize| ((at * at * 31 + at * 7) as i8).max(-127);
            let filter: Vec<i8> = (0..units * depth).map(weight).collect();
            let natural = params(units, depth);
            // Words lie at a multiple of four.
            let mut words = vec![0; units * depth / 4];
            let pairs = natural.pairs(&filter).unwrap();
            bantam_isa::bytes_mut(&mut words).iter_mut().zip(pairs).for_each(|(to, w)| *to = w);
            let pairs: &[i8] = bantam_isa::bytes(&words);
            let (multipliers, shifts) = (vec![1_500_000_000; units], vec![6; units]);
            let each = ChannelFactors::new(&multipliers, &shifts, 6).unwrap();
            let one = ChannelRequant::Given { multipliers: &[1_400_000_000], shifts: &[-7] };
            for requant in [ChannelRequant::Factors(each), one] {
                let sizes = (units, depth);
                let found = outputs(&natural.in_pairs(), pairs, requant, sizes);
                assert_eq!(found, outputs(&natural, &filter, requant, sizes), "{sizes:?}");
            }
        }
    }

    #[test]
    fn filters_that_do_not_suit_have_no_pairs() {
        let has = |units: usize, depth: usize, weight: i8| {
            params(units, depth).pairs(&vec![weight; units * depth]).is_some()
        };
        assert!(has(8, 516, 127) && !has(8, 520, 127) && has(8, 520, 126));
        assert!(!has(8, 4, -128) && !has(12, 4, 1) && !has(8, 6, 1));
        assert!(params(8, 4).pairs(&[1; 31]).is_none());
        assert!(params(8, 4).filter_zero_point(1).pairs(&[1; 32]).is_none());
    }
}
