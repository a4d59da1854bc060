//! Fully connected layers.

use bantam_isa::{Factors, Part, patch_depth, patch_len};

use crate::backend::dsp::scratch::{begin, clamp, factors, finish};
use crate::backend::layer::Scaling;
use crate::backend::primitives::Dense;
use crate::number::element::{Accumulator, Quantized};
use crate::number::weights::Weights;

/// Units whose factors are computed at a time, where no image has them.
const UNITS: usize = 32;

/// A row: the layer, its inputs, and memory for inputs that are widened.
struct Row<'a, 'l, T: Quantized> {
    scaling: &'a Scaling<'l, T>,
    filter: &'a [i8],
    dense: &'a Dense<T::Sum>,
    input: &'a [i8],
    patch: &'a mut [i32],
    /// Whether the patch has all inputs.
    is_there: bool,
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
    let run = match dense.depth {
        0..=16 => sized::<T, 8>,
        17..=64 => sized::<T, 32>,
        _ => sized::<T, 160>,
    };
    run(scaling, filter, dense, input, output);
}

/// With a patch of so many words.
#[inline(never)] // stack: the larger memory is not there for small layers
fn sized<T: Quantized, const PATCH: usize>(
    scaling: &Scaling<'_, T>,
    filter: &[i8],
    dense: &Dense<T::Sum>,
    input: &[i8],
    output: &mut [T],
) {
    let patch = &mut [0; PATCH];
    all(&mut Row { scaling, filter, dense, input, patch, is_there: false }, output);
}

/// Computes all outputs with factors that are there, or some of them at a time.
#[inline(never)] // size: one copy for all sizes of memory
fn all<T: Quantized>(row: &mut Row<'_, '_, T>, output: &mut [T]) {
    let scaling = row.scaling;
    let zero_point = scaling.quantization.output_zero_point as i8;
    let done = if let Some(prepared) = scaling.prepared() {
        let (multipliers, shifts) = (prepared.multipliers, prepared.shifts);
        prepared.are_plain_and_short() == [true; 2]
            && row.at_once(0, &Factors { multipliers, shifts, zero_point, is_short: true }, output)
    } else if scaling.has_one_factor() {
        let factor = scaling.factor(0);
        let right = factor.shift.wrapping_neg();
        let (multipliers, shifts) = (&[factor.multiplier], &[right.wrapping_sub(1) as u8]);
        bantam_isa::is_for_any_sum(right)
            && row.at_once(0, &Factors { multipliers, shifts, zero_point, is_short: true }, output)
    } else {
        false
    };
    if !done {
        for (at, output) in output.chunks_mut(UNITS).enumerate() {
            row.some(UNITS * at, output);
        }
    }
}

impl<T: Quantized> Row<'_, '_, T> {
    /// Widens inputs `from..from + len`.
    #[inline(never)] // size: one copy for both ways
    fn gather(&mut self, from: usize, len: usize) {
        let last = patch_len(1, len);
        self.patch.get_mut(last.saturating_sub(2)..last).unwrap_or_default().fill(0);
        let input = self.input.get(from..).and_then(|rest| rest.get(..len)).unwrap_or_default();
        let zero_point = self.scaling.quantization.input_zero_point;
        bantam_isa::gather(self.patch, [1, 0], 0, input, zero_point);
    }

    /// Computes outputs from unit `first` on, in one call; false where they do not suit it.
    #[inline(never)] // size: one copy for both ways
    fn at_once(&mut self, first: usize, factors: &Factors<'_>, output: &mut [T]) -> bool {
        let len = self.dense.depth;
        let fits = self.dense.offset.low() == 0 && patch_len(1, len) <= self.patch.len();
        let (Some(bias), Some(output), true) =
            (self.scaling.bias_words(first), T::bytes_mut(output), fits)
        else {
            return false;
        };
        if !self.is_there {
            self.gather(0, len);
            self.is_there = true;
        }
        let weights = self.filter.rest(first.saturating_mul(len));
        let part = Part { patch: self.patch, len, weights, depth: len };
        bantam_isa::dense(&part, bias, factors, output);
        let len = output.len();
        clamp(self.scaling, output, len, 0..len);
        true
    }

    /// Computes at most [`UNITS`] outputs from unit `first` on.
    #[inline(never)] // stack: nothing of it is there with factors out of an image
    fn some(&mut self, first: usize, output: &mut [T]) {
        let (multipliers, shifts, sums) = (&mut [0; UNITS], &mut [0; UNITS], &mut [0; UNITS]);
        let (depth, scaling) = (self.dense.depth, self.scaling);
        let Some(sums) = sums.get_mut(..output.len()) else { return };
        begin(scaling, first, sums);
        let [is_plain, is_short] = factors(scaling, first, depth, sums, multipliers, shifts);
        let zero_point = scaling.quantization.output_zero_point as i8;
        let factors = Factors { multipliers, shifts, zero_point, is_short };
        if is_short && self.at_once(first, &factors, output) {
            return;
        }
        let most = patch_depth(1, self.patch.len()).max(1);
        let filters = self.filter.rest(first.saturating_mul(depth));
        let mut from = 0;
        while from < depth {
            let len = most.min(depth - from);
            self.gather(from, len);
            let weights = filters.rest(from);
            bantam_isa::multiply(&Part { patch: self.patch, len, weights, depth }, sums);
            from += len;
        }
        let offset = self.dense.offset.low();
        if offset != 0 {
            sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(offset));
        }
        finish(scaling, first, sums, (is_plain && offset == 0).then_some(&factors), output);
    }
}
