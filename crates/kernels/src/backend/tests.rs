//! All backends give what the definitions say, primitive by primitive.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::backend::elementwise::{BinaryQuantization, Combination, Rescale, Scaled, Terms};
use crate::backend::layer::{FloatWeights, Layer, LayerQuantization, QuantizedWeights};
use crate::backend::{
    Backend, Compact, Convolution, Dense, Depthwise, Dsp, FloatWindows, Mve, Portable, Windows,
};
use crate::decode::channels::Channels;
use crate::decode::filter::LutFilter;
use crate::decode::lut::LutParams;
use crate::number::activation::ActivationRange;
use crate::number::channel_factors::ChannelFactors;
use crate::number::channel_requant::ChannelRequant;
use crate::number::clamp::clamp_f32;
use crate::number::element::{Accumulator, BiasElement, Load, Quantized, SaturatingFrom};
use crate::number::requant::Requant;
use crate::number::weights::{FilterElement, Int4Pair};
use crate::walk::padding::Padding;
use crate::walk::shape::Nhwc;
use crate::walk::taps::{RowWindows, Taps};
use crate::walk::window::{Window, WindowOptions};
use proptest::prelude::*;

/// Numbers that look random: proptest shrinks the sizes, not each number.
fn noise<T: TryFrom<i64>>(seed: &mut u64, len: usize, min: i64, max: i64) -> Vec<T> {
    let mut next = || {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        T::try_from(min + (*seed >> 33) as i64 % (max - min + 1)).ok().unwrap()
    };
    (0..len).map(|_| next()).collect()
}

/// One row of images, a window over it, and channels.
#[derive(Clone, Debug)]
struct Case {
    channels: usize,
    multiplier: usize,
    outputs: usize,
    width: usize,
    filter: [usize; 2],
    stride: usize,
    dilation: usize,
    /// Which output row.
    row: usize,
    /// Shifts of the factors: to the left for some channels, or to the right for all.
    shifts: (i8, i8),
    seed: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    let channels = prop_oneof![4 => 1..20_usize, 1 => Just(70), 1 => Just(130)];
    let sizes = (channels, 1..4_usize, 1..45_usize, 1..20_usize);
    let window = ([1..4_usize, 1..5_usize], 1..3_usize, 1..3_usize, 0..3_usize);
    let shifts = prop_oneof![3 => Just((-12, -5)), 1 => Just((-31, 3)), 1 => Just((-8, 0))];
    (sizes, window, shifts, any::<u64>()).prop_map(
        |(
            (channels, multiplier, outputs, width),
            (filter, stride, dilation, row),
            shifts,
            seed,
        )| {
            Case {
                channels,
                multiplier,
                outputs,
                width,
                filter,
                stride,
                dilation,
                row,
                shifts,
                seed,
            }
        },
    )
}

const HEIGHT: usize = 3;

impl Case {
    fn window(&self) -> Window {
        let shape = |height: usize, width: usize, channels: usize| {
            Nhwc::new([1, height, width, channels].map(|size| size as i32)).unwrap()
        };
        let outputs = |size: usize| size.div_ceil(self.stride);
        let image = shape(HEIGHT, self.width, self.channels);
        let output = shape(outputs(HEIGHT), outputs(self.width), 1);
        let filter = shape(self.filter[0], self.filter[1], self.channels);
        let options = WindowOptions {
            padding: Padding::Same,
            stride: [self.stride as i32; 2],
            dilation: [self.dilation as i32; 2],
        };
        let mut window = Window::NONE;
        window.slide(&[image, output, filter], &options).unwrap();
        window
    }

    /// The row that is computed, and the input under it.
    fn row<'i, T>(&self, window: &Window, image: &'i [T]) -> (usize, &'i [T]) {
        let row = self.row % window.output_rows();
        let (rows, len) = (window.input_rows(row), window.input_row_len());
        (row, &image[rows.start * len..rows.end * len])
    }

    fn area(&self) -> usize {
        self.filter[0] * self.filter[1]
    }

    fn image_len(&self) -> usize {
        HEIGHT * self.width * self.channels
    }
}

/// Elements of filters, as they are made of weights.
trait Packing: FilterElement {
    const WEIGHTS: [i64; 2];
    fn pack(weights: &[i8]) -> Vec<Self>;
}

impl Packing for i8 {
    const WEIGHTS: [i64; 2] = [-128, 127];
    fn pack(weights: &[i8]) -> Vec<Self> {
        weights.to_vec()
    }
}

impl Packing for Int4Pair {
    const WEIGHTS: [i64; 2] = [-8, 7];
    fn pack(weights: &[i8]) -> Vec<Self> {
        weights.chunks(2).map(|two| Self::new([two[0], *two.get(1).unwrap_or(&-3)])).collect()
    }
}

/// Indices of 7 bits, of a table of all weights that there may be.
impl Packing for LutFilter<'static> {
    const WEIGHTS: [i64; 2] = [-60, 60];
    fn pack(weights: &[i8]) -> Vec<Self> {
        let mut indices = vec![0; (weights.len() * 7).div_ceil(8)];
        for (at, weight) in weights.iter().enumerate() {
            for bit in 0..7 {
                let digit = (weight + 60) as u8 >> (6 - bit) & 1;
                indices[(at * 7 + bit) / 8] |= digit << (7 - (at * 7 + bit) % 8);
            }
        }
        let values: Vec<i8> = (-60..=60).collect();
        let (indices, values) = (Box::leak(indices.into()), Box::leak(values.into()));
        let params = LutParams { bits: 7, stride: 121 };
        vec![Self::new(params, Channels::ONE, indices, values, weights.len()).unwrap()]
    }
}

/// The constants of a quantized layer.
struct Constants<B, F> {
    filter: Vec<i8>,
    packed: Vec<F>,
    bias: Vec<B>,
    multipliers: Vec<i32>,
    shifts: Vec<i8>,
    /// The shifts as an image has them, if the factors come out of one.
    in_image: Option<Vec<u8>>,
    quantization: LayerQuantization,
}

impl<B: BiasElement + TryFrom<i64>, F: Packing> Constants<B, F> {
    fn new<T: Quantized>(case: &Case, seed: &mut u64, filters: usize, depth: usize) -> Self {
        let (low, high) = case.shifts;
        let range = ActivationRange { min: T::MIN + 3, max: T::MAX - 2 };
        let zero_points = if T::MAX > 127 { [0, 0] } else { [-7, 11] };
        let mut multipliers: Vec<i32> = noise(seed, filters, 1 << 30, i32::MAX.into());
        if let Some(dead) = multipliers.get_mut(3) {
            *dead = 0;
        }
        let filter: Vec<i8> = noise(seed, filters * depth, F::WEIGHTS[0], F::WEIGHTS[1]);
        let shifts: Vec<i8> = noise(seed, filters, low.into(), high.into());
        let factors = multipliers.iter().zip(&shifts);
        let factors =
            factors.map(|(&multiplier, &shift)| Requant { multiplier, shift: shift.into() });
        let product = if T::MAX > 127 { 1 << 22 } else { 1 << 15 };
        let bound = (depth as u32).saturating_mul(product).saturating_add(30_000);
        let in_image: Vec<u8> = factors.map(|f| ChannelFactors::shift(f, bound)).collect();
        Self {
            packed: F::pack(&filter),
            filter,
            bias: noise(seed, filters, -30_000, 30_000),
            multipliers,
            shifts,
            in_image: case.seed.is_multiple_of(2).then_some(in_image),
            quantization: LayerQuantization::new::<T>(zero_points[0], zero_points[1], range)
                .unwrap(),
        }
    }

    fn weights(&self) -> QuantizedWeights<'_, B, F> {
        let (multipliers, shifts) = (&self.multipliers[..], &self.shifts[..]);
        let requant = match &self.in_image {
            Some(shifts) => {
                let bits = shifts.iter().fold(0, |bits, shift| bits | shift);
                ChannelRequant::Factors(ChannelFactors::new(multipliers, shifts, bits).unwrap())
            }
            None => ChannelRequant::Given { multipliers, shifts },
        };
        QuantizedWeights { filter: &self.packed, bias: Some(&self.bias), requant }
    }

    /// The output of a channel with this sum of products.
    fn output<T: Quantized>(&self, channel: usize, products: i64) -> T {
        let sum = products + self.bias[channel].value();
        let factor =
            Requant { multiplier: self.multipliers[channel], shift: self.shifts[channel].into() };
        let narrow = T::MAX <= 127 || B::IS_32_BITS;
        let scaled = if narrow { factor.apply(sum as i32) } else { factor.apply_i64(sum) };
        let LayerQuantization { output_zero_point, min, max, .. } = self.quantization;
        let value = scaled.wrapping_add(output_zero_point.into());
        T::from_clamped(value.max(min.into()).min(max.into()))
    }

    /// The product of an input and a weight.
    fn product<T: Quantized>(&self, x: T, w: i8) -> i64 {
        (Into::<i64>::into(x) - i64::from(self.quantization.input_zero_point)) * i64::from(w)
    }
}

/// Windows of a row with the filters of all channels: by definition, several at a time, one by one,
/// and run by run.
fn convolutions<K: Backend, T, B, F: Packing>(case: &Case)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
    B: BiasElement + TryFrom<i64>,
{
    let seed = &mut case.seed.clone();
    let (window, depth, outputs) = (case.window(), case.area() * case.channels, case.outputs);
    let constants = Constants::<B, F>::new::<T>(case, seed, outputs, depth);
    let image: Vec<T> = noise(seed, case.image_len(), T::MIN.into(), T::MAX.into());
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, case.channels);
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..outputs {
            let filter = &constants.filter[channel * depth..][..depth];
            let mut sum = 0;
            windows.taps(at).for_each([0; 2], |from, tap| {
                for k in 0..case.channels {
                    sum += constants.product(input[from + k], filter[tap + k]);
                }
            });
            want.push(constants.output::<T>(channel, sum));
        }
    }

    let weights = constants.weights();
    let layer = Layer::<T, F>::new(&constants.quantization, &weights);
    let mut scratch = K::scratch(&layer, depth);
    // Whether the backend has this way.
    type Compute<'c, S, T> = &'c dyn Fn(&mut S, &mut [T]) -> bool;
    let mut by = |most: usize, compute: Compute<'_, K::Scratch<T, F>, T>| {
        let mut got = vec![T::default(); want.len()];
        for first in (0..outputs).step_by(most) {
            K::select(&mut scratch, &layer, first..outputs.min(first + most), depth);
            if !compute(&mut scratch, &mut got) {
                return;
            }
        }
        assert_eq!(got, want);
    };
    by(K::channels(&layer, depth), &|scratch, got| {
        let row = Convolution { windows: &windows, depth, channel: 0, channels: outputs };
        K::convolve(scratch, &layer, &row, input, got)
    });
    by(K::channels(&layer, depth), &|scratch, got| {
        for (at, pixel) in got.chunks_mut(outputs).enumerate() {
            K::pixel::<T, F, false>(scratch, &layer, depth, &windows.runs(at, 0), input, pixel);
        }
        true
    });
    by(K::channels(&layer, depth), &|scratch, got| {
        for (at, pixel) in got.chunks_mut(outputs).enumerate() {
            K::pixel::<T, F, true>(scratch, &layer, depth, &windows.taps(at), input, pixel);
        }
        true
    });
    by(K::channels(&layer, depth), &|scratch, got| {
        let Some(tile) = K::windows::<T, F>(scratch, depth, windows.len()) else { return false };
        let most = tile.most();
        for (group, pixels) in got.chunks_mut(most * outputs).enumerate() {
            for slot in 0..pixels.len() / outputs {
                tile.gather(slot, &windows.runs(group * most + slot, 0), input);
            }
            tile.multiply(&layer, outputs, pixels);
        }
        true
    });
}

fn dense<K: Backend, T, B, F: Packing>(case: &Case)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
    B: BiasElement + TryFrom<i64>,
{
    let seed = &mut case.seed.clone();
    let (depth, units) = (case.area() * case.channels, case.outputs);
    let constants = Constants::<B, F>::new::<T>(case, seed, units, depth);
    let input: Vec<T> = noise(seed, depth, T::MIN.into(), T::MAX.into());
    let (offset, rest) = (case.row as i32 * 1000, if T::MAX > 127 { 5 } else { 0 });
    let want: Vec<T> = (0..units)
        .map(|unit| {
            let filter = &constants.filter[unit * depth..][..depth];
            let products = input.iter().zip(filter).map(|(&x, &w)| constants.product(x, w));
            let lacking: i64 = filter.iter().map(|&w| i64::from(w) * i64::from(rest)).sum();
            constants.output(unit, products.sum::<i64>() - lacking + i64::from(offset))
        })
        .collect();
    let weights = constants.weights();
    let layer = Layer::<T, F>::new(&constants.quantization, &weights);
    let mut got = vec![T::default(); units];
    let dense = Dense { depth, offset: T::Sum::of(offset), rest, in_pairs: false };
    K::dense(&layer, &dense, &input, &mut got);
    assert_eq!(got, want);
}

fn depthwise<K: Backend, T, B, F: Packing>(case: &Case)
where
    T: Quantized + TryFrom<i64> + PartialEq + core::fmt::Debug + Default,
    B: BiasElement + TryFrom<i64>,
{
    let seed = &mut case.seed.clone();
    let (window, channels) = (case.window(), case.channels * case.multiplier);
    let constants = Constants::<B, F>::new::<T>(case, seed, channels, case.area());
    let image: Vec<T> = noise(seed, case.image_len(), T::MIN.into(), T::MAX.into());
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, channels);
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..channels {
            let mut sum = 0;
            windows.taps(at).for_each([channel / case.multiplier, channel], |from, tap| {
                sum += constants.product(input[from], constants.filter[tap]);
            });
            want.push(constants.output::<T>(channel, sum));
        }
    }
    let weights = constants.weights();
    let layer = Layer::<T, F>::new(&constants.quantization, &weights);
    let mut scratch = K::scratch(&layer, case.area());
    let depthwise = Depthwise { windows, channels, multiplier: case.multiplier, area: case.area() };
    let mut got = vec![T::default(); want.len()];
    K::depthwise(&mut scratch, &layer, &depthwise, input, &mut got);
    assert_eq!(got, want);
}

/// The bits of numbers; all that are not numbers are the same.
fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }).collect()
}

fn floats(seed: &mut u64, len: usize, odd: bool) -> Vec<f32> {
    let number = |x: i32| match x.rem_euclid(41) {
        0 if odd => f32::INFINITY,
        1 if odd => f32::NAN,
        2 if odd => -0.0,
        _ => x as f32 / (1 << 23) as f32,
    };
    noise::<i32>(seed, len, -1 << 24, 1 << 24).into_iter().map(number).collect()
}

fn float_convolutions<K: Backend>(case: &Case) {
    let seed = &mut case.seed.clone();
    let (window, depth, outputs) = (case.window(), case.area() * case.channels, case.outputs);
    // Infinite weights are not for several windows: see `FloatLayerKernel`.
    let (filter, bias) = (floats(seed, outputs * depth, false), floats(seed, outputs, true));
    let image = floats(seed, case.image_len(), case.row == 1);
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, case.channels);
    let weights = FloatWeights { filter: &filter[..], bias: Some(&bias[..]), range: (-3.0, 5.0) };
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..outputs {
            let mut sum = 0.0;
            windows.taps(at).for_each([0, channel * depth], |from, tap| {
                for k in 0..case.channels {
                    sum += input[from + k] * filter[tap + k];
                }
            });
            let mut output = [0.0];
            weights.finish(channel, &[sum], &mut output);
            want.extend(output);
        }
    }
    let mut got = vec![7.0; want.len()];
    for (at, pixel) in got.chunks_mut(outputs).enumerate() {
        K::float_pixel(&weights, 0..outputs, depth, &windows.runs(at, 0), input, pixel);
    }
    assert_eq!(bits(&got), bits(&want));
    if let Some(mut tile) = K::float_windows(depth, windows.len()) {
        let most = tile.most();
        for (group, pixels) in got.chunks_mut(most * outputs).enumerate() {
            pixels.fill(7.0);
            for slot in 0..pixels.len() / outputs {
                tile.gather(slot, &windows.runs(group * most + slot, 0), input);
            }
            tile.multiply(&weights, 0..outputs, outputs, pixels);
        }
        assert_eq!(bits(&got), bits(&want));
    }
}

/// One pixel with the filters of all units: sums that are infinite, no numbers, or zeros of either
/// sign, any remainder of depth and units.
fn float_dense<K: Backend>(case: &Case) {
    let seed = &mut case.seed.clone();
    let (depth, units) = (case.area() * case.channels, case.outputs);
    let filter = floats(seed, units * depth, case.row == 2);
    let (input, bias) = (floats(seed, depth, case.row == 1), floats(seed, units, case.row != 0));
    let bias = (case.multiplier > 1).then_some(&bias[..]);
    let range = if case.stride == 1 { (-3.0, 5.0) } else { (f32::NEG_INFINITY, f32::INFINITY) };
    let want: Vec<f32> = (0..units)
        .map(|unit| {
            let mut sum = 0.0;
            for k in 0..depth {
                sum += input[k] * filter[unit * depth + k];
            }
            clamp_f32(sum + bias.map_or(0.0, |bias| bias[unit]), range.0, range.1)
        })
        .collect();
    let weights = FloatWeights { filter: &filter[..], bias, range };
    let mut got = vec![7.0; units];
    K::float_pixel(&weights, 0..units, depth, &Taps::one_run(depth), &input, &mut got);
    assert_eq!(bits(&got), bits(&want));
}

fn float_depthwise<K: Backend>(case: &Case) {
    let seed = &mut case.seed.clone();
    let (window, channels) = (case.window(), case.channels * case.multiplier);
    let (filter, bias) =
        (floats(seed, channels * case.area(), case.row == 2), floats(seed, channels, true));
    let image = floats(seed, case.image_len(), case.row == 1);
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, channels);
    let weights = FloatWeights { filter: &filter[..], bias: Some(&bias[..]), range: (-3.0, 5.0) };
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..channels {
            let mut sum = 0.0;
            windows.taps(at).for_each([channel / case.multiplier, channel], |from, tap| {
                sum += input[from] * filter[tap];
            });
            let mut output = [0.0];
            weights.finish(channel, &[sum], &mut output);
            want.extend(output);
        }
    }
    let depthwise = Depthwise { windows, channels, multiplier: case.multiplier, area: case.area() };
    let mut got = vec![7.0; want.len()];
    K::float_depthwise(&weights, &depthwise, input, &mut got);
    assert_eq!(bits(&got), bits(&want));
}

/// A number times a factor by its definition: half up to 31 bits, then half away from zero.
fn scaled(x: i64, multiplier: i32, shift: i32) -> i64 {
    let high = ((x << shift.max(0)) * i64::from(multiplier) + (1 << 30)).div_euclid(1 << 31);
    let divisor = 1 << (-shift).max(0);
    (high.abs() + divisor / 2) / divisor * high.signum()
}

/// Numbers of an elementwise operator: factors with shifts within `shifts`, and zero points.
fn factors(seed: &mut u64, shifts: [i64; 2]) -> ([i32; 3], [i16; 3], BinaryQuantization) {
    let multipliers: Vec<i32> = noise(seed, 3, 1 << 30, i32::MAX.into());
    let shifts: Vec<i16> = noise(seed, 3, shifts[0], shifts[1]);
    let [input1_zero_point, input2_zero_point, output_zero_point] = [-7, 100, 11];
    let (min, max) = (-120, 115);
    let quantization =
        BinaryQuantization { input1_zero_point, input2_zero_point, output_zero_point, min, max };
    (multipliers.try_into().unwrap(), shifts.try_into().unwrap(), quantization)
}

/// Blocks of two operands of `T`: of the same length, or one element for all of the other.
fn combined<K: Backend, T>(len: usize, seed: u64)
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
fn rescaled<K: Backend, I, O>(len: usize, seed: u64, most: i64)
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

/// A test of each primitive for each backend and all types.
macro_rules! backends {
    ($($name:ident: $backend:ty),*) => {$(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn windows_are_multiplied(case in cases()) {
                    convolutions::<$backend, i8, i32, i8>(&case);
                    convolutions::<$backend, i8, i32, Int4Pair>(&case);
                    convolutions::<$backend, i8, i32, LutFilter<'static>>(&case);
                    convolutions::<$backend, i16, i64, i8>(&case);
                    convolutions::<$backend, i16, i32, i8>(&case);
                }

                #[test]
                fn one_pixel_has_many_filters(case in cases()) {
                    dense::<$backend, i8, i32, i8>(&case);
                    dense::<$backend, i8, i32, Int4Pair>(&case);
                    dense::<$backend, i8, i32, LutFilter<'static>>(&case);
                    dense::<$backend, i16, i64, i8>(&case);
                    dense::<$backend, i16, i32, i8>(&case);
                }

                #[test]
                fn rows_are_depthwise(case in cases()) {
                    depthwise::<$backend, i8, i32, i8>(&case);
                    depthwise::<$backend, i8, i32, Int4Pair>(&case);
                    depthwise::<$backend, i8, i32, LutFilter<'static>>(&case);
                    depthwise::<$backend, i16, i64, i8>(&case);
                    depthwise::<$backend, i16, i32, i8>(&case);
                }

                #[test]
                fn floats_keep_their_order(case in cases()) {
                    float_convolutions::<$backend>(&case);
                    float_dense::<$backend>(&case);
                    float_depthwise::<$backend>(&case);
                }

                #[test]
                fn blocks_are_combined_and_rescaled(len in 1..70_usize, seed: u64) {
                    combined::<$backend, i8>(len, seed);
                    combined::<$backend, i16>(len, seed);
                    rescaled::<$backend, i8, i8>(len, seed, 127);
                    rescaled::<$backend, i16, i8>(len, seed, 32_767);
                    rescaled::<$backend, i8, i16>(len, seed, 127);
                    rescaled::<$backend, i32, i8>(len, seed, 1 << 20);
                    rescaled::<$backend, i32, i16>(len, seed, 1 << 24);
                }
            }
        }
    )*};
}
backends!(compact: Compact, portable: Portable, dsp: Dsp, mve: Mve);

/// Otherwise the tests above would compare pixels with themselves.
#[cfg(feature = "bytemuck")]
fn computes_rows_unless_factors_are_above_one<K: Backend>() {
    let case = |shifts| Case {
        channels: 5,
        multiplier: 1,
        outputs: 3,
        width: 6,
        filter: [1, 1],
        stride: 1,
        dilation: 1,
        row: 0,
        shifts,
        seed: 1,
    };
    for (shifts, expected) in [((-31, -1), true), ((0, 3), false)] {
        let case = case(shifts);
        let constants = Constants::<i32, i8>::new::<i8>(&case, &mut 1, 3, 5);
        let (window, weights) = (case.window(), constants.weights());
        let layer = Layer::<i8>::new(&constants.quantization, &weights);
        let mut scratch = K::scratch(&layer, 5);
        K::select(&mut scratch, &layer, 0..3, 5);
        let windows = RowWindows::new(&window, 0, 5);
        let row = Convolution { windows: &windows, depth: 5, channel: 0, channels: 3 };
        let computed = K::convolve(&mut scratch, &layer, &row, &[1; 30], &mut [0; 18]);
        assert_eq!(computed, expected);
    }
}

#[cfg(feature = "bytemuck")]
#[test]
fn dsp_computes_rows_unless_factors_are_above_one() {
    computes_rows_unless_factors_are_above_one::<Dsp>();
}

#[cfg(feature = "bytemuck")]
#[test]
fn mve_computes_rows_unless_factors_are_above_one() {
    computes_rows_unless_factors_are_above_one::<Mve>();
}
