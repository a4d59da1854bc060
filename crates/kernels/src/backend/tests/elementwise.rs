//! Blocks of elements, and pools.

use alloc::vec;
use alloc::vec::Vec;

use crate::backend::Backend;
use crate::backend::elementwise::{BinaryQuantization, Combination, Rescale, Scaled, Terms};
use crate::backend::tests::case::noise;
use crate::number::element::{Load, Quantized, SaturatingFrom};
use crate::number::requant::Requant;

/// A number times a factor by its definition: half up to 31 bits, then half away from zero.
pub(super) fn scaled(x: i64, multiplier: i32, shift: i32) -> i64 {
    let high = ((x << shift.max(0)) * i64::from(multiplier) + (1 << 30)).div_euclid(1 << 31);
    let divisor = 1 << (-shift).max(0);
    (high.abs() + divisor / 2) / divisor * high.signum()
}

/// Numbers of an elementwise operator: factors with shifts within `shifts`, and zero points.
pub(super) fn factors(
    seed: &mut u64,
    shifts: [i64; 2],
) -> ([i32; 3], [i16; 3], BinaryQuantization) {
    let multipliers: Vec<i32> = noise(seed, 3, 1 << 30, i32::MAX.into());
    let shifts: Vec<i16> = noise(seed, 3, shifts[0], shifts[1]);
    let [input1_zero_point, input2_zero_point, output_zero_point] = [-7, 100, 11];
    let (min, max) = (-120, 115);
    let quantization =
        BinaryQuantization { input1_zero_point, input2_zero_point, output_zero_point, min, max };
    (multipliers.try_into().unwrap(), shifts.try_into().unwrap(), quantization)
}

/// Blocks of two operands of `T`: of the same length, or one element for all of the other.
pub(super) fn combined<K: Backend, T>(len: usize, seed: u64)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
{
    let seed = &mut seed.clone();
    let (multipliers, shifts, quantization) = factors(seed, [-9, 0]);
    let terms = Terms { multipliers, shifts, quantization };
    let scaled_by = Scaled { multiplier: multipliers[2], shift: shifts[2], quantization };
    let [a, b] = [(); 2].map(|()| noise::<T>(seed, len, T::MIN.into(), T::MAX.into()));
    let left = if T::MAX > 127 { 15 } else { 20 };
    let factor = |i: usize, x: i64| scaled(x, multipliers[i], shifts[i].into());
    let output = |value: i64| {
        let value = value + i64::from(quantization.output_zero_point);
        T::from_clamped(value.clamp(quantization.min.into(), quantization.max.into()) as i32)
    };
    for (a, b) in [(&a[..], &b[..]), (&a[..], &b[..1]), (&a[..1], &b[..])] {
        let pairs = |result: &dyn Fn(i64, i64) -> i64| -> Vec<T> {
            let pair = |i: usize| {
                let [x, y]: [i64; 2] = [a, b].map(|block| block[i.min(block.len() - 1)].into());
                let zero = [quantization.input1_zero_point, quantization.input2_zero_point];
                output(result(x - i64::from(zero[0]), y - i64::from(zero[1])))
            };
            (0..len).map(pair).collect()
        };
        let mut got = vec![T::default(); len];
        K::combine_terms(&terms, Combination::Sum, a, b, &mut got);
        let common = |x: i64, y: i64| (factor(0, x << left), factor(1, y << left));
        assert_eq!(got, pairs(&|x, y| factor(2, common(x, y).0 + common(x, y).1)));
        K::combine_terms(&terms, Combination::Difference, a, b, &mut got);
        assert_eq!(got, pairs(&|x, y| factor(2, common(x, y).0 - common(x, y).1)));
        K::combine_scaled(&scaled_by, Combination::Product, a, b, &mut got);
        assert_eq!(got, pairs(&|x, y| factor(2, x * y)));
        K::combine_scaled(&scaled_by, Combination::Other(|a, _| a), a, b, &mut got);
        assert_eq!(got, pairs(&|x, _| factor(2, x)));
    }
}

/// A block of elements of `I` as elements of `O`.
pub(super) fn rescaled<K: Backend, I, O>(len: usize, seed: u64, most: i64)
where
    I: Load<I> + Into<i32> + TryFrom<i64>,
    O: SaturatingFrom + TryFrom<i64> + PartialEq + core::fmt::Debug,
{
    let seed = &mut seed.clone();
    let ([multiplier, ..], [shift, ..], _) = factors(seed, [-9, 6]);
    let factor = Requant { multiplier, shift: shift.into() };
    let rescale = Rescale { factor, input_zero_point: -7, output_zero_point: 11 };
    let input = noise::<I>(seed, len, -most, most);
    let mut got = vec![O::default(); len];
    K::rescale(&rescale, &input, &mut got);
    let output = |&x: &I| {
        let value = scaled(i64::from(x.into()) + 7, multiplier, shift.into()) + 11;
        // Beyond the type the nearest of its values, which is at one of its ends.
        O::try_from(value).unwrap_or(O::saturating_from(value.signum() as i32 * i32::MAX))
    };
    assert_eq!(got, input.iter().map(output).collect::<Vec<O>>());
}

/// Sums and largest elements of what lies under a window, channel by channel.
pub(super) fn pooled<K: Backend>([rows, columns]: [usize; 2], channels: usize, seed: u64) {
    let (column, seed) = (channels + 3, &mut seed.clone());
    let steps = [columns * column + 5, column];
    let input: Vec<i8> = noise(seed, rows * steps[0], -128, 127);
    let under = |channel: usize| {
        let taps = (0..rows).flat_map(|y| (0..columns).map(move |x| [y, x]));
        let input = &input;
        taps.map(move |[y, x]| input[y * steps[0] + x * steps[1] + channel])
    };
    if let (4.., Some(sums)) = (channels, K::sums(&input, [rows, columns], steps)) {
        let sum = |channel: usize| under(channel).map(i32::from).sum();
        assert_eq!(sums, core::array::from_fn(sum));
    }
    let mut largest = vec![0; channels];
    let done = K::maxima(&input, [rows, columns], steps, &mut largest);
    for (channel, &largest) in largest.iter().enumerate().take(done) {
        assert_eq!(Some(largest), under(channel).max());
    }
    assert!(done <= channels && largest[done..].iter().all(|&x| x == 0));
}
