//! TRANSPOSE_CONV against the reference's way of adding one input after the other to all outputs
//! that it reaches.
use bantam_kernels::backend::layer::{FloatWeights, LayerQuantization, QuantizedWeights};
use bantam_kernels::number::element::BiasElement;
use bantam_kernels::number::element::Quantized;
use bantam_kernels::walk::padding::Padding;
use bantam_kernels::walk::rows::{Activations, RowGeometry, Slack};
use bantam_kernels::weighted::op;
use bantam_kernels::weighted::transpose_conv::TransposeConvParams;
use bantam_kernels::{
    ActivationRange, ChannelRequant, Le, LengthMismatch, Nhwc, Operand, ParamsError, Requant, Shape,
};
use proptest::prelude::*;

/// Sizes of a layer, and where its numbers come from.
#[derive(Clone, Copy, Debug)]
struct Layer {
    batches: usize,
    input: [usize; 2],
    /// Beyond what the windows cover, or short of it.
    extra: [isize; 2],
    filter: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
    channels: usize,
    filters: usize,
    bias: bool,
    per_channel: bool,
    seed: u64,
}

fn layer() -> impl Strategy<Value = Layer> {
    let channels = || prop_oneof![3 => 1..7_usize, 1 => 7..40_usize, 1 => Just(500_usize)];
    let sizes = ([1..6_usize, 1..6_usize], [-2..3_isize, -2..3_isize]);
    let window = ([1..5_usize, 1..5_usize], [1..4_usize, 1..4_usize], any::<bool>());
    (
        1..3_usize,
        sizes,
        window,
        channels(),
        1..11_usize,
        (any::<bool>(), any::<bool>(), any::<u64>()),
    )
        .prop_map(|(batches, sizes, window, channels, filters, (bias, per_channel, seed))| {
            let ((input, extra), (filter, stride, same)) = (sizes, window);
            let padding = if same { Padding::Same } else { Padding::Valid };
            Layer {
                batches,
                input,
                extra,
                filter,
                stride,
                padding,
                channels,
                filters,
                bias,
                per_channel,
                seed,
            }
        })
}

fn shape(dims: [usize; 4]) -> Shape {
    Shape::from_dims(dims.into_iter().map(|dim| dim as i32)).unwrap()
}

fn images(shape: &Shape) -> Nhwc {
    shape.try_into().unwrap()
}

impl Layer {
    fn output(&self) -> [usize; 2] {
        [0, 1].map(|i| {
            let exact = match self.padding {
                Padding::Same => self.input[i] * self.stride[i],
                Padding::Valid => (self.input[i] - 1) * self.stride[i] + self.filter[i],
            };
            exact.saturating_add_signed(self.extra[i]).max(1)
        })
    }

    fn shapes(&self) -> [Shape; 3] {
        let ([ih, iw], [kh, kw], [oh, ow]) = (self.input, self.filter, self.output());
        [
            shape([self.batches, ih, iw, self.channels]),
            shape([self.filters, kh, kw, self.channels]),
            shape([self.batches, oh, ow, self.filters]),
        ]
    }

    fn params(&self) -> TransposeConvParams {
        let [input, filter, output] = self.shapes().map(|shape| images(&shape));
        let stride = self.stride.map(|stride| stride as i32);
        TransposeConvParams::new(input, filter, output, self.padding, stride).unwrap()
    }

    /// Numbers that look random, from `min` to `max`.
    fn noise<T: TryFrom<i64>>(&self, salt: u64, len: usize, min: i64, max: i64) -> Vec<T> {
        let mut state = self.seed.wrapping_mul(2).wrapping_add(salt);
        let number = |_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            T::try_from(min + (state >> 33) as i64 % (max - min + 1)).ok().unwrap()
        };
        (0..len).map(number).collect()
    }

    /// Calls `add(output, input, weight)` with the indices of each product, in the order of the
    /// reference.
    fn scatter(&self, mut add: impl FnMut(usize, usize, usize)) {
        let ([ih, iw], [kh, kw], [oh, ow]) = (self.input, self.filter, self.output());
        let pad = [0, 1].map(|i| {
            let (output, filter, stride) = (self.output()[i], self.filter[i], self.stride[i]);
            match self.padding {
                Padding::Same => {
                    ((output.div_ceil(stride) - 1) * stride + filter).saturating_sub(output) / 2
                }
                Padding::Valid => 0,
            }
        });
        for (b, iy) in (0..self.batches).flat_map(|b| (0..ih).map(move |y| (b, y))) {
            for (ix, ic) in (0..iw).flat_map(|x| (0..self.channels).map(move |c| (x, c))) {
                for (ky, kx) in (0..kh).flat_map(|y| (0..kw).map(move |x| (y, x))) {
                    for oc in 0..self.filters {
                        let oy = (iy * self.stride[0] + ky).checked_sub(pad[0]).filter(|&y| y < oh);
                        let ox = (ix * self.stride[1] + kx).checked_sub(pad[1]).filter(|&x| x < ow);
                        if let (Some(oy), Some(ox)) = (oy, ox) {
                            add(
                                ((b * oh + oy) * ow + ox) * self.filters + oc,
                                ((b * ih + iy) * iw + ix) * self.channels + ic,
                                ((oc * kh + ky) * kw + kx) * self.channels + ic,
                            );
                        }
                    }
                }
            }
        }
    }

    /// The output with input and output apart; over each other as far as the geometry allows,
    /// forwards and backwards, it must be the same, and any further it must be refused.
    fn everywhere<T: Copy + PartialEq + std::fmt::Debug>(
        &self,
        input: &[T],
        kernel: impl Fn(Activations<'_, T>) -> Result<(), LengthMismatch>,
    ) -> Vec<T> {
        let len = self.shapes()[2].len();
        let mut apart = vec![input[0]; len];
        kernel((input, &mut apart[..]).into()).unwrap();
        let shared = |input_at: usize, output_at: usize| {
            let end = (input_at + input.len()).max(output_at + len);
            let mut memory = vec![input[0]; end];
            memory[input_at..][..input.len()].copy_from_slice(input);
            kernel(Activations::Shared {
                memory: &mut memory,
                input: input_at,
                output: output_at,
            })?;
            Ok::<_, LengthMismatch>(memory[output_at..][..len].to_vec())
        };
        let Slack { below, above } = Slack::of(&self.params());
        assert_eq!(shared(below, 0).as_ref(), Ok(&apart));
        assert_eq!(shared(0, above).as_ref(), Ok(&apart));
        if below > 0 && above > 0 {
            assert!(shared(below - 1, 0).is_err() && shared(0, above - 1).is_err());
        }
        apart
    }

    fn check_quantized<T, B>(&self, (low, high): (i64, i64), scale: impl Fn(Requant, i64) -> i32)
    where
        T: Quantized + TryFrom<i64> + PartialEq + std::fmt::Debug,
        B: BiasElement + TryFrom<i64>,
    {
        let [input_shape, filter_shape, output_shape] = self.shapes();
        let (min, max) = (i64::from(T::MIN), i64::from(T::MAX));
        let wide = T::MAX > 127;
        let [zx, zy] = if wide { [0, 0] } else { [-7, 11] };
        let range = ActivationRange { min: T::MIN / 2, max: T::MAX - 3 };
        let quantization = LayerQuantization::new::<T>(zx, zy, range).unwrap();
        let input: Vec<T> = self.noise(1, input_shape.len(), min, max);
        let filter: Vec<i8> = self.noise(2, filter_shape.len(), -128, 127);
        let bias: Vec<B> = self.noise(3, self.filters, low, high);
        let factors = if self.per_channel { self.filters } else { 1 };
        let multipliers: Vec<i32> = self.noise(4, factors, 1 << 30, i32::MAX.into());
        let shifts: Vec<i8> =
            self.noise(5, factors, -12, if self.seed.is_multiple_of(4) { 1 } else { -5 });
        let requant = ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts };
        let weights =
            QuantizedWeights { filter: &filter, bias: self.bias.then_some(&bias[..]), requant };

        let mut sums = vec![0_i64; output_shape.len()];
        self.scatter(|output, x, w| {
            let x: i64 = input[x].into();
            sums[output] += (x - i64::from(zx)) * i64::from(filter[w]);
        });
        let biases: Vec<i64> = self.noise(3, self.filters, low, high);
        let want: Vec<T> = (0..)
            .zip(sums)
            .map(|(index, sum): (usize, i64)| {
                let channel = index % self.filters;
                let acc = sum + if self.bias { biases[channel] } else { 0 };
                let value = scale(requant.at(channel), acc).saturating_add(zy);
                T::from_clamped(range.clamp(value))
            })
            .collect();
        let got = self.everywhere(&input, |activations| {
            op::quantized::<T, B, _>(&self.params(), &quantization, &weights, activations)
        });
        assert_eq!(got, want);
    }

    fn check_f32(&self) {
        let [input_shape, filter_shape, output_shape] = self.shapes();
        let floats = |salt, len| -> Vec<f32> {
            let numbers: Vec<i32> = self.noise(salt, len, -1 << 24, 1 << 24);
            numbers.into_iter().map(|x| x as f32 / (1 << 23) as f32).collect()
        };
        let (input, filter) = (floats(1, input_shape.len()), floats(2, filter_shape.len()));
        let bias = floats(3, self.filters);
        let range = (-3.0, 2.5);
        let mut want = vec![0.0; output_shape.len()];
        self.scatter(|output, x, w| want[output] += input[x] * filter[w]);
        for (index, sum) in want.iter_mut().enumerate() {
            *sum = (*sum + if self.bias { bias[index % self.filters] } else { 0.0 })
                .max(range.0)
                .min(range.1);
        }
        let bytes = |floats: &[f32]| -> Vec<Le<4>> {
            floats.iter().map(|x| Le::new(x.to_le_bytes())).collect()
        };
        let (filter, bias) = (bytes(&filter), bytes(&bias));
        let bias = self.bias.then_some(&bias[..]);
        let weights = FloatWeights { filter: &filter[..], bias, range };
        let got =
            self.everywhere(&input, |activations| op::f32(&self.params(), &weights, activations));
        let bits = |floats: Vec<f32>| floats.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(got), bits(want));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn sums_of_i8_are_those_of_the_reference(layer in layer()) {
        layer.check_quantized::<i8, i32>((-20_000, 20_000), |factor, acc| factor.apply(acc as i32));
    }

    #[test]
    fn sums_of_i16_are_those_of_the_reference(layer in layer()) {
        layer.check_quantized::<i16, i64>((-1 << 33, 1 << 33), Requant::apply_i64);
        layer.check_quantized::<i16, i16>((-32_768, 32_767), Requant::apply_i64);
    }

    #[test]
    fn sums_of_f32_are_those_of_the_reference_to_the_bit(layer in layer()) {
        layer.check_f32();
    }
}

#[test]
fn rows_between_windows_read_nothing() {
    let dims = [[2, 2, 1, 1], [1, 1, 1, 1], [2, 7, 1, 1]];
    let [input, filter, output] = dims.map(|dims| images(&shape(dims)));
    let params = TransposeConvParams::new(input, filter, output, Padding::Valid, [3, 1]).unwrap();
    let rows: Vec<_> = (0..14).map(|row| params.input_rows(row)).collect();
    let reads: Vec<_> = rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty()).collect();
    assert_eq!(reads, [(0, &(0..1)), (3, &(1..2)), (7, &(2..3)), (10, &(3..4))]);
    let rising = |pair: &[std::ops::Range<usize>]| {
        pair[0].start <= pair[1].start && pair[0].end <= pair[1].end
    };
    assert!(rows.windows(2).all(rising));
}

#[test]
fn slices_of_other_lengths_are_refused() {
    let layer = Layer {
        batches: 1,
        input: [3, 3],
        extra: [0, 0],
        filter: [2, 2],
        stride: [2, 2],
        padding: Padding::Valid,
        channels: 2,
        filters: 3,
        bias: true,
        per_channel: true,
        seed: 0,
    };
    let quantization = LayerQuantization::new::<i8>(0, 0, ActivationRange::full::<i8>()).unwrap();
    let lengths = [18, 24, 3, 3, 108];
    let operands =
        [Operand::Input, Operand::Filter, Operand::Bias, Operand::Requant, Operand::Output];
    for (changed, operand) in operands.into_iter().enumerate() {
        for delta in [-1, 1] {
            let mut lens: [usize; 5] = lengths;
            lens[changed] = lens[changed].saturating_add_signed(delta);
            let [input, filter, bias, requant, output] = lens;
            let (filter, bias) = (vec![0_i8; filter], vec![0_i32; bias]);
            let (multipliers, shifts) = (vec![1 << 30; requant], vec![-1_i8; requant]);
            let requant = ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts };
            let weights = QuantizedWeights { filter: &filter, bias: Some(&bias), requant };
            let mut output = vec![77_i8; output];
            let error = op::quantized::<i8, i32, _>(
                &layer.params(),
                &quantization,
                &weights,
                (&vec![0; input][..], &mut output[..]),
            );
            let (expected, actual) = (lengths[changed], lens[changed]);
            assert_eq!(error, Err(LengthMismatch { operand, expected, actual }));
            assert!(output.iter().all(|&y| y == 77));
        }
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let new = |input, filter, output, stride| {
        let [input, filter, output] = [input, filter, output].map(|dims| images(&shape(dims)));
        TransposeConvParams::new(input, filter, output, Padding::Same, stride)
    };
    let (input, filter, output) = ([1, 2, 2, 3], [4, 3, 3, 3], [1, 4, 4, 4]);
    let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
    assert!(new(input, filter, output, [2, 2]).is_ok());
    assert_eq!(new(input, filter, [2, 4, 4, 4], [2, 2]), mismatch(1, 2));
    assert_eq!(new(input, filter, [1, 4, 4, 3], [2, 2]), mismatch(4, 3));
    assert_eq!(new(input, [4, 3, 3, 2], output, [2, 2]), mismatch(3, 2));
    for odd in [0, -1, 65536] {
        let error = Err(ParamsError::Dimension { value: odd });
        assert_eq!(new(input, filter, output, [2, odd]), error);
    }
}

/// Parameters may come from a file: whatever their bytes are, a kernel returns.
#[cfg(feature = "bytemuck")]
mod any_bytes {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn kernels_return(
            words in prop::collection::vec(
                prop_oneof![6 => 0..4_u16, 1 => 0..70_u16, 1 => any::<u16>()],
                size_of::<TransposeConvParams>() / 2,
            ),
            multiplier: i32,
            shift: i8,
        ) {
            let params: TransposeConvParams = bytemuck::pod_read_unaligned(bytemuck::cast_slice(&words));
            let quantization = LayerQuantization::new::<i8>(3, -2, ActivationRange::full::<i8>()).unwrap();
            let requant = ChannelRequant::Given { multipliers: &[multiplier], shifts: &[shift] };
            let mut lens = [0_usize; 3];
            for _ in 0..4 {
                let [input, filter, output] = lens;
                let (x, w, mut y) = (vec![1; input], vec![2; filter], vec![0; output]);
                let weights = QuantizedWeights { filter: &w, bias: None::<&[i32]>, requant };
                let result = op::quantized::<i8, i32, _>(&params, &quantization, &weights, (&x[..], &mut y[..]));
                let (x, w, mut y) = (vec![1.0; input], vec![2.0; filter], vec![0.0; output]);
                let float = op::f32(&params, &FloatWeights { filter: &w[..], bias: None, range: (0.0, 6.0) }, (&x[..], &mut y[..]));
                prop_assert_eq!(result, float);
                let Err(LengthMismatch { operand, expected, .. }) = result else { break };
                let len = if expected <= 1 << 16 { expected } else { 5 };
                match operand {
                    Operand::Input => lens[0] = len,
                    Operand::Filter => lens[1] = len,
                    _ => lens[2] = len,
                }
            }
            for row in [0, 1, 1000, usize::MAX] {
                let _ = params.input_rows(row);
            }
        }
    }
}
