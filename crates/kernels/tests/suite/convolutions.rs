//! CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED against their definitions.
use bantam_kernels::backend::layer::{FloatWeights, LayerQuantization, QuantizedWeights};
use bantam_kernels::number::element::{Accumulator, BiasElement, Quantized};
use bantam_kernels::walk::padding::Padding;
use bantam_kernels::walk::rows::{Activations, Slack};
use bantam_kernels::walk::window::WindowOptions;
use bantam_kernels::weighted::conv_2d::Conv2dParams;
use bantam_kernels::weighted::depthwise_conv_2d::DepthwiseConv2dParams;
use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
use bantam_kernels::weighted::op::{self, FloatOp, QuantizedOp};
use bantam_kernels::{ActivationRange, ChannelRequant, Le, Load, Matrix, Nhwc, Shape};
use proptest::prelude::*;

/// Numbers that look random: proptest shrinks the geometry, not each weight.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> i64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as i64
    }

    fn ints<T: TryFrom<i64>>(&mut self, len: usize, min: i64, max: i64) -> Vec<T> {
        let int = |noise: i64| T::try_from(min + noise % (max - min + 1)).ok().unwrap();
        (0..len).map(|_| int(self.next())).collect()
    }

    /// Numbers around 0; one seed in four has some that are infinite, none, or zeros.
    fn floats(&mut self, len: usize) -> Vec<f32> {
        let odd = self.next() % 4 == 0;
        let number = |noise: i64| match noise % 37 {
            0 if odd => f32::INFINITY,
            1 if odd => f32::NEG_INFINITY,
            2 if odd => f32::NAN,
            3 if odd => -0.0,
            _ => (noise >> 6) as f32 / (1_u32 << 24) as f32 - 1.0,
        };
        (0..len).map(|_| number(self.next())).collect()
    }
}

/// The factors of a layer.
struct Factors {
    multipliers: Vec<i32>,
    shifts: Vec<i8>,
}

impl Factors {
    fn new(noise: &mut Noise, count: usize, shifts: (i64, i64)) -> Self {
        Self {
            multipliers: noise.ints(count, 1 << 30, i32::MAX.into()),
            shifts: noise.ints(count, shifts.0, shifts.1),
        }
    }

    fn as_requant(&self) -> ChannelRequant<'_> {
        ChannelRequant::Given { multipliers: &self.multipliers, shifts: &self.shifts }
    }

    /// `acc` times the factor of `channel`: rounded half up, then half away from zero; see
    /// `quant.rs`.
    fn scale_i32(&self, acc: i32, channel: usize) -> i64 {
        let (multiplier, shift) = self.at(channel);
        let shifted = i128::from(acc.wrapping_shl(shift.max(0) as u32));
        let high = (shifted * i128::from(multiplier) + (1 << 30)).div_euclid(1 << 31);
        let divisor = 1_i128 << (-shift).max(0);
        let (magnitude, sign) = (high.abs(), high.signum());
        (sign * ((2 * magnitude + divisor) / (2 * divisor))) as i64
    }

    /// As [`Self::scale_i32`] for wide accumulators, with 16 bits of the multiplier.
    fn scale_i64(&self, acc: i64, channel: usize) -> i64 {
        let (multiplier, shift) = self.at(channel);
        let reduced = ((i64::from(multiplier) + (1 << 15)) >> 16).min(0x7FFF);
        let divisor = 1_i128 << (15 - shift);
        (i128::from(acc) * i128::from(reduced) + divisor / 2).div_euclid(divisor) as i32 as i64
    }

    fn at(&self, channel: usize) -> (i32, i32) {
        let index = if self.multipliers.len() == 1 { 0 } else { channel };
        (self.multipliers[index], self.shifts[index].into())
    }
}

/// The element and accumulator types of a layer.
trait Types {
    type T: Quantized + Load<Self::T> + TryFrom<i64> + PartialEq + std::fmt::Debug;
    type A: Accumulator + BiasElement + TryFrom<i64>;
    fn scale(factors: &Factors, acc: i64, channel: usize) -> i64;
}

struct I8;
struct I16Acc32;
struct I16Acc64;

impl Types for I8 {
    type T = i8;
    type A = i32;
    fn scale(factors: &Factors, acc: i64, channel: usize) -> i64 {
        factors.scale_i32(acc as i32, channel)
    }
}
impl Types for I16Acc32 {
    type T = i16;
    type A = i32;
    fn scale(factors: &Factors, acc: i64, channel: usize) -> i64 {
        factors.scale_i32(acc as i32, channel)
    }
}
impl Types for I16Acc64 {
    type T = i16;
    type A = i64;
    fn scale(factors: &Factors, acc: i64, channel: usize) -> i64 {
        factors.scale_i64(acc, channel)
    }
}

/// A layer's sizes, and where its numbers come from.
#[derive(Clone, Copy, Debug)]
struct Layer {
    batches: usize,
    image: [usize; 2],
    window: [usize; 2],
    options: WindowOptions,
    groups: usize,
    /// Input channels of a group.
    channels: usize,
    /// Output channels of a group.
    filters: usize,
    seed: u64,
    bias: bool,
    per_channel: bool,
    zero_points: (i32, i32),
    /// The clamping range, in parts of 256 of the type's.
    range: (i32, i32),
}

fn images(shape: &Shape) -> Nhwc {
    shape.try_into().unwrap()
}

impl Layer {
    fn output(&self) -> [usize; 2] {
        [0, 1].map(|i| {
            let reach = (self.window[i] as u32 - 1) * self.options.dilation[i] as u32 + 1;
            let stride = self.options.stride[i] as u32;
            self.options.padding.output_len(self.image[i] as u32, reach, stride) as usize
        })
    }

    /// Row of the input under tap `k` of output `o`, if it lies within the image.
    fn position(&self, axis: usize, o: usize, k: usize) -> Option<usize> {
        let [stride, dilation] =
            [self.options.stride[axis], self.options.dilation[axis]].map(|n| n as usize);
        let image = self.image[axis];
        let reach = (self.window[axis] - 1) * dilation + 1;
        let covered = (self.output()[axis] - 1) * stride + reach;
        let pad = match self.options.padding {
            Padding::Same => covered.saturating_sub(image) / 2,
            Padding::Valid => 0,
        };
        (o * stride + k * dilation).checked_sub(pad).filter(|&i| i < image)
    }

    fn in_channels(&self) -> usize {
        self.groups * self.channels
    }

    fn out_channels(&self) -> usize {
        self.groups * self.filters
    }

    fn shape(dims: &[usize]) -> Shape {
        Shape::from_dims(dims.iter().map(|&dim| dim as i32)).unwrap()
    }

    fn input_shape(&self) -> Shape {
        Self::shape(&[self.batches, self.image[0], self.image[1], self.in_channels()])
    }

    fn output_shape(&self) -> Shape {
        let [h, w] = self.output();
        Self::shape(&[self.batches, h, w, self.out_channels()])
    }

    fn conv(&self) -> (Shape, Conv2dParams) {
        let [h, w] = self.window;
        let filter = Self::shape(&[self.out_channels(), h, w, self.channels]);
        let (input, output) = (self.input_shape(), self.output_shape());
        let [input, taps, output] = [&input, &filter, &output].map(images);
        let params = Conv2dParams::new(input, taps, output, &self.options);
        (filter, params.unwrap())
    }

    fn depthwise(&self) -> (Shape, DepthwiseConv2dParams) {
        let [h, w] = self.window;
        let filter = Self::shape(&[1, h, w, self.out_channels()]);
        let (input, output) = (self.input_shape(), self.output_shape());
        let [input, taps, output] = [&input, &filter, &output].map(images);
        let params = DepthwiseConv2dParams::new(input, taps, output, &self.options);
        (filter, params.unwrap())
    }

    /// Calls `f(output index, output channel, products)` for each output, where `products` are the
    /// indices of inputs and weights to multiply.
    fn for_each(&self, depthwise: bool, mut f: impl FnMut(usize, usize, &[(usize, usize)])) {
        let [oh, ow] = self.output();
        let ([ih, iw], [kh, kw]) = (self.image, self.window);
        let (in_c, out_c) = (self.in_channels(), self.out_channels());
        let mut index = 0;
        for b in 0..self.batches {
            for (oy, ox) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
                for oc in 0..out_c {
                    let mut products = vec![];
                    for (ky, kx) in (0..kh).flat_map(|y| (0..kw).map(move |x| (y, x))) {
                        let (Some(y), Some(x)) =
                            (self.position(0, oy, ky), self.position(1, ox, kx))
                        else {
                            continue;
                        };
                        for c in 0..self.channels {
                            let ic = oc / self.filters * self.channels + c;
                            let x = ((b * ih + y) * iw + x) * in_c + ic;
                            let w = if depthwise {
                                (ky * kw + kx) * out_c + oc
                            } else {
                                ((oc * kh + ky) * kw + kx) * self.channels + c
                            };
                            products.push((x, w));
                        }
                    }
                    f(index, oc, &products);
                    index += 1;
                }
            }
        }
    }

    /// Runs a layer as a whole and row by row, and compares both with the definition.
    fn check_quantized<Y: Types>(&self, depthwise: bool) {
        let mut noise = Noise(self.seed);
        let (min, max) = (i64::from(Y::T::MIN), i64::from(Y::T::MAX));
        let part = |p: i32| (min + (max - min) * i64::from(p) / 256) as i32;
        let wide = Y::T::MAX > 127;
        // As TFLM demands, zero points are 0 with 16 bits.
        let [zx, zy] = if wide { [0, 0] } else { [self.zero_points.0, self.zero_points.1] };
        let range = ActivationRange { min: part(self.range.0), max: part(self.range.1) };
        let (input_shape, output_shape) = (self.input_shape(), self.output_shape());
        let filter_shape = if depthwise { self.depthwise().0 } else { self.conv().0 };
        let input: Vec<Y::T> = noise.ints(input_shape.len(), min, max);
        let filter: Vec<i8> = noise.ints(filter_shape.len(), -128, 127);
        let bias: Vec<Y::A> = noise.ints(self.out_channels(), -20_000, 20_000);
        let factors = Factors::new(
            &mut noise,
            if self.per_channel { self.out_channels() } else { 1 },
            if self.seed.is_multiple_of(4) { (-31, 7) } else { (-12, -5) },
        );
        let weights = QuantizedWeights {
            filter: &filter,
            bias: self.bias.then_some(&bias[..]),
            requant: factors.as_requant(),
        };
        let quantization = LayerQuantization::new::<Y::T>(zx, zy, range).unwrap();

        let mut want = vec![Y::T::from_clamped(0); output_shape.len()];
        self.for_each(depthwise, |index, oc, products| {
            let product = |&(x, w): &(usize, usize)| {
                (Into::<i64>::into(input[x]) - i64::from(zx)) * i64::from(filter[w])
            };
            let bias = if self.bias { requantizable(bias[oc]) } else { 0 };
            let acc = bias + products.iter().map(product).sum::<i64>();
            let value = Y::scale(&factors, acc, oc) + i64::from(zy);
            want[index] = Y::T::from_clamped(range.clamp(value.clamp(-40_000, 40_000) as i32));
        });

        let mut got = vec![Y::T::from_clamped(1); output_shape.len()];
        let apart = (&input[..], &mut got[..]);
        let (operator, slack): (Box<dyn QuantizedOp<Y::T>>, _) = if depthwise {
            let params = self.depthwise().1;
            (Box::new(params), Slack::of(&params))
        } else {
            let params = self.conv().1;
            (Box::new(params), Slack::of(&params))
        };
        let run = |activations: Activations<'_, Y::T>| {
            op::quantized::<Y::T, Y::A, _>(&*operator, &quantization, &weights, activations)
                .unwrap();
        };
        run(apart.into());
        let overlapped = overlapped(slack, &input, want.len(), run);
        assert_eq!(got, want);
        assert_eq!(overlapped, [want.clone(), want]);
    }

    fn check_f32(&self, depthwise: bool) {
        let mut noise = Noise(self.seed);
        let (input_shape, output_shape) = (self.input_shape(), self.output_shape());
        let filter_shape = if depthwise { self.depthwise().0 } else { self.conv().0 };
        let input = noise.floats(input_shape.len());
        let filter = noise.floats(filter_shape.len());
        let bytes = |floats: &[f32]| -> Vec<Le<4>> {
            floats.iter().map(|w| Le::new(w.to_le_bytes())).collect()
        };
        let bias = noise.floats(self.out_channels());
        let (filter_bytes, bias_bytes) = (bytes(&filter), bytes(&bias));
        let bias_slice = self.bias.then_some(&bias_bytes[..]);
        let range = (self.range.0 as f32 / 128.0 - 1.5, self.range.1 as f32 / 128.0 - 0.5);

        // In the order of the reference, and clamped as it does: what is not a number stays so.
        let mut want = vec![0.0; output_shape.len()];
        self.for_each(depthwise, |index, oc, products| {
            let bias = if self.bias { bias[oc] } else { 0.0 };
            let sum = products.iter().fold(0.0, |sum, &(x, w)| sum + input[x] * filter[w]);
            want[index] = reference_clamp(sum + bias, range);
        });
        let weights = FloatWeights { filter: &filter_bytes[..], bias: bias_slice, range };

        let mut got = vec![f32::NAN; output_shape.len()];
        let apart = (&input[..], &mut got[..]);
        let (operator, slack): (Box<dyn FloatOp<Le<4>>>, _) = if depthwise {
            let params = self.depthwise().1;
            (Box::new(params), Slack::of(&params))
        } else {
            let params = self.conv().1;
            (Box::new(params), Slack::of(&params))
        };
        let run = |activations: Activations<'_, f32>| {
            op::f32(&*operator, &weights, activations).unwrap();
        };
        run(apart.into());
        let overlapped = overlapped(slack, &input, want.len(), run);
        for got in [&got, &overlapped[0], &overlapped[1]] {
            assert_eq!(bits(got), bits(&want));
        }
    }
}

/// The outputs with input and output as far over each other as `geometry` allows: forwards, and
/// backwards.
fn overlapped<T: Copy>(
    Slack { below, above }: Slack,
    input: &[T],
    outputs: usize,
    run: impl Fn(Activations<'_, T>),
) -> [Vec<T>; 2] {
    [(below, 0), (0, above)].map(|(input_at, output_at)| {
        let len = (input_at + input.len()).max(output_at + outputs);
        let mut memory = vec![input[0]; len];
        memory[input_at..][..input.len()].copy_from_slice(input);
        run(Activations::Shared { memory: &mut memory, input: input_at, output: output_at });
        memory[output_at..][..outputs].to_vec()
    })
}

/// An accumulator as the number it holds: exact factors leave it as it is.
fn requantizable<A: Accumulator + std::fmt::Debug>(acc: A) -> i64 {
    format!("{acc:?}").parse().unwrap()
}

/// The reference's way to clamp: see TFLM 90b983c2b, `lite/kernels/internal/common.h`,
/// `ActivationFunctionWithMinMax`.
fn reference_clamp(x: f32, (min, max): (f32, f32)) -> f32 {
    let x = if x < min { min } else { x };
    if max < x { max } else { x }
}

/// The bits of numbers; all that are not numbers are the same.
fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }).collect()
}

prop_compose! {
    fn layer(channels: impl Strategy<Value = usize>, groups: impl Strategy<Value = usize>)(
        batches in 1..3_usize,
        image in [1..9_usize, 1..9_usize],
        window in [1..5_usize, 1..5_usize],
        stride in [1..4_i32, 1..4_i32],
        dilation in [prop_oneof![3 => Just(1), 1 => 2..4_i32], prop_oneof![3 => Just(1), 1 => 2..4_i32]],
        same in any::<bool>(),
        groups in groups,
        channels in channels,
        filters in 1..10_usize,
        seed: u64,
        bias: bool,
        per_channel: bool,
        zero_points in (-128..128_i32, -128..128_i32),
        range in prop_oneof![Just((0, 256)), (0..128_i32, 128..257_i32)],
    ) -> Layer {
        let fits = (0..2).all(|i| (window[i] as i32 - 1) * dilation[i] < image[i] as i32);
        let padding = if same || !fits { Padding::Same } else { Padding::Valid };
        let options = WindowOptions { padding, stride, dilation };
        Layer {
            batches, image, window, options, groups, channels, filters, seed, bias, per_channel,
            zero_points, range,
        }
    }
}

/// Channel counts on both sides of the steps in which kernels work.
fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![1..9_usize, 15..18_usize, 30..34_usize, Just(64_usize), Just(100_usize)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn conv_2d_i8_is_the_definition(layer in layer(channels(), 1..3_usize)) {
        layer.check_quantized::<I8>(false);
    }

    #[test]
    fn conv_2d_i16_is_the_definition(layer in layer(channels(), 1..3_usize)) {
        layer.check_quantized::<I16Acc32>(false);
        layer.check_quantized::<I16Acc64>(false);
    }

    #[test]
    fn conv_2d_f32_is_close_to_the_definition(layer in layer(channels(), 1..3_usize)) {
        layer.check_f32(false);
    }

    #[test]
    fn depthwise_conv_2d_i8_is_the_definition(layer in layer(Just(1), channels())) {
        layer.check_quantized::<I8>(true);
        Layer { filters: 1, ..layer }.check_quantized::<I8>(true);
    }

    #[test]
    fn depthwise_conv_2d_i16_is_the_definition(layer in layer(Just(1), channels())) {
        layer.check_quantized::<I16Acc32>(true);
        layer.check_quantized::<I16Acc64>(true);
        Layer { filters: 1, ..layer }.check_quantized::<I16Acc64>(true);
    }

    #[test]
    fn depthwise_conv_2d_f32_is_close_to_the_definition(layer in layer(Just(1), channels())) {
        layer.check_f32(true);
        Layer { filters: 1, ..layer }.check_f32(true);
    }

    #[test]
    fn fully_connected_is_the_definition(
        batches in 1..4_usize,
        depth in 1..200_usize,
        units in 1..40_usize,
        seed: u64,
        bias: bool,
        per_channel: bool,
        (zx, zy, zw) in (-128..128_i32, -128..128_i32, prop_oneof![Just(0), -128..128_i32]),
    ) {
        let sizes = (batches, depth, units);
        check_fully_connected::<I8>(sizes, seed, bias, per_channel, (zx, zy, zw));
        check_fully_connected::<I16Acc32>(sizes, seed, bias, per_channel, (zx * 256, zy * 256, zw));
        check_fully_connected::<I16Acc64>(sizes, seed, bias, per_channel, (zx * 256, zy * 256, zw));
        check_fully_connected_f32(sizes, seed, bias);
    }
}

/// Whatever the sizes, a row may come as close to the next one that is to be read as to touch it,
/// and no closer.
#[test]
fn fully_connected_rows_may_touch_and_not_overlap() {
    for (depth, units) in [(4, 4), (5, 2), (2, 5), (1, 1)] {
        let batches = 3;
        let matrix = |dims: &[usize]| Matrix::from(&Layer::shape(dims));
        let params = FullyConnectedParams::new(
            matrix(&[batches, depth]),
            matrix(&[units, depth]),
            matrix(&[batches, units]),
        )
        .unwrap();
        let Slack { below, above } = Slack::of(&params);
        let rises = (batches - 1) * units.saturating_sub(depth);
        let falls = (batches - 1) * depth.saturating_sub(units);
        assert_eq!((below, above), (units + rises, depth + falls));
        let filter = vec![1.0; units * depth];
        let run = |input: usize, output: usize| {
            let end = (input + batches * depth).max(output + batches * units);
            let mut memory = vec![0.0; end];
            let activations = Activations::Shared { memory: &mut memory, input, output };
            op::f32(
                &params,
                &FloatWeights { filter: &filter[..], bias: None, range: (-1.0, 1.0) },
                activations,
            )
        };
        assert!(run(below, 0).is_ok() && run(0, above).is_ok());
        assert!(run(below - 1, 0).is_err() && run(0, above - 1).is_err());
    }
}

fn check_fully_connected<Y: Types>(
    (batches, depth, units): (usize, usize, usize),
    seed: u64,
    bias: bool,
    per_channel: bool,
    (zx, zy, zw): (i32, i32, i32),
) {
    let mut noise = Noise(seed);
    let (min, max) = (i64::from(Y::T::MIN), i64::from(Y::T::MAX));
    let input: Vec<Y::T> = noise.ints(batches * depth, min, max);
    let filter: Vec<i8> = noise.ints(units * depth, -128, 127);
    let biases: Vec<Y::A> = noise.ints(units, -20_000, 20_000);
    let factors = Factors::new(&mut noise, if per_channel { units } else { 1 }, (-12, -5));
    let weights = QuantizedWeights {
        filter: &filter,
        bias: bias.then_some(&biases[..]),
        requant: factors.as_requant(),
    };
    let range = ActivationRange::full::<Y::T>();
    let quantization = LayerQuantization::new::<Y::T>(zx, zy, range).unwrap();
    let matrix = |dims: &[usize]| Matrix::from(&Layer::shape(dims));
    let params = FullyConnectedParams::new(
        matrix(&[batches, 1, depth]),
        matrix(&[units, depth]),
        matrix(&[batches, units]),
    )
    .unwrap()
    .filter_zero_point(zw);
    let mut got = vec![Y::T::from_clamped(1); batches * units];
    let run = |activations: Activations<'_, Y::T>| {
        op::quantized::<Y::T, Y::A, _>(&params, &quantization, &weights, activations).unwrap();
    };
    run((&input[..], &mut got[..]).into());
    assert_eq!(overlapped(Slack::of(&params), &input, got.len(), run), [got.clone(), got.clone()]);
    for (index, got) in got.into_iter().enumerate() {
        let (b, o) = (index / units, index % units);
        let product = |d: usize| {
            let x: i64 = input[b * depth + d].into();
            (x - i64::from(zx)) * (i64::from(filter[o * depth + d]) - i64::from(zw))
        };
        let bias = if bias { requantizable(biases[o]) } else { 0 };
        let acc = bias + (0..depth).map(product).sum::<i64>();
        let value = Y::scale(&factors, acc, o) + i64::from(zy);
        let want = Y::T::from_clamped(range.clamp(value.clamp(-100_000, 100_000) as i32));
        assert_eq!(got, want);
    }
}

fn check_fully_connected_f32(
    (batches, depth, units): (usize, usize, usize),
    seed: u64,
    bias: bool,
) {
    let mut noise = Noise(seed);
    let input = noise.floats(batches * depth);
    let filter = noise.floats(units * depth);
    let biases = noise.floats(units);
    let matrix = |dims: &[usize]| Matrix::from(&Layer::shape(dims));
    let params = FullyConnectedParams::new(
        matrix(&[batches, depth]),
        matrix(&[units, depth]),
        matrix(&[batches, units]),
    )
    .unwrap();
    let mut got = vec![f32::NAN; batches * units];
    let bias_slice = bias.then_some(&biases[..]);
    let run = |activations: Activations<'_, f32>| {
        let weights = FloatWeights { filter: &filter[..], bias: bias_slice, range: (-1.0, 6.0) };
        op::f32(&params, &weights, activations).unwrap();
    };
    run((&input[..], &mut got[..]).into());
    let overlapped = overlapped(Slack::of(&params), &input, got.len(), run);
    let want: Vec<f32> = (0..batches * units)
        .map(|index| {
            let (b, o) = (index / units, index % units);
            let product = |sum: f32, d: usize| sum + input[b * depth + d] * filter[o * depth + d];
            let bias = if bias { biases[o] } else { 0.0 };
            reference_clamp((0..depth).fold(0.0, product) + bias, (-1.0, 6.0))
        })
        .collect();
    for got in [&got, &overlapped[0], &overlapped[1]] {
        assert_eq!(bits(got), bits(&want));
    }
}
