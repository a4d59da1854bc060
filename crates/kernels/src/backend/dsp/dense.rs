//! Fully connected layers.

use bantam_isa::{Factors, Part, patch_len};

use crate::backend::dsp::scratch::{begin, factors, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::Dense;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;

/// Memory of a row.
struct Memory<'a> {
    multipliers: &'a mut [i32],
    shifts: &'a mut [u8],
    /// One for each unit whose sum is formed at a time.
    sums: &'a mut [i32],
    patch: &'a mut [i32],
}

/// Computes a row of outputs.
#[inline(always)] // size: one caller for each type
pub(super) fn row<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &Dense<T::Sum>,
    input: &[i8],
    output: &mut [T],
) {
    let run = if dense.depth <= 64 { sized::<T, 16, 32> } else { sized::<T, 32, 160> };
    run(scaling, filter, dense, input, output);
}

/// With memory for so many units, and a patch of so many words.
#[inline(never)] // stack: the larger memory is not there for small layers
fn sized<T: Quantized, const UNITS: usize, const PATCH: usize>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &Dense<T::Sum>,
    input: &[i8],
    output: &mut [T],
) {
    let (multipliers, shifts) = (&mut [0; UNITS], &mut [0; UNITS]);
    let (sums, patch) = (&mut [0; UNITS], &mut [0; PATCH]);
    blocks(scaling, filter, dense, input, output, &mut Memory { multipliers, shifts, sums, patch });
}

/// Computes outputs, as many at a time as there is memory for.
#[inline(never)] // size: one copy for all sizes of memory
fn blocks<T: Quantized>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &Dense<T::Sum>,
    input: &[i8],
    output: &mut [T],
    memory: &mut Memory<'_>,
) {
    let Memory { multipliers, shifts, sums, patch } = memory;
    let (depth, zero_point) = (dense.depth, scaling.quantization.input_zero_point);
    let most = bantam_isa::patch_depth(1, patch.len()).max(1);
    let mut first = 0;
    for output in output.chunks_mut(sums.len().max(1)) {
        let Some(sums) = sums.get_mut(..output.len()) else { return };
        begin(scaling, first, sums);
        let is_plain = factors(scaling, first, depth, sums, multipliers, shifts);
        let mut filters = filter.rest(first.saturating_mul(depth));
        for input in input.chunks(most) {
            // A short row stays in the patch.
            if first == 0 || depth > most {
                let last = patch_len(1, input.len());
                patch.get_mut(last.saturating_sub(2)..last).unwrap_or_default().fill(0);
                bantam_isa::gather(patch, [1, 0], 0, input, zero_point);
            }
            bantam_isa::multiply(&Part { patch, len: input.len(), weights: filters, depth }, sums);
            filters = filters.rest(input.len());
        }
        let offset = dense.offset.low();
        if offset != 0 {
            sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(offset));
        }
        let zero_point = scaling.quantization.output_zero_point as i8;
        let factors = Factors { multipliers, shifts, zero_point };
        finish(scaling, first, sums, (is_plain && offset == 0).then_some(&factors), output);
        first += output.len();
    }
}
