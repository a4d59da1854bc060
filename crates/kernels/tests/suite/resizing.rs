//! RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR against the formulas of the reference.
use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
use bantam_kernels::resize::resize_bilinear::{BilinearRows, resize_bilinear};
use bantam_kernels::resize::resize_nearest_neighbor::{NearestRows, resize_nearest_neighbor};
use bantam_kernels::walk::rows::{Activations, RowGeometry, Slack};
use bantam_kernels::{LengthMismatch, Nhwc, Operand, ParamsError, Shape};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Images {
    batches: usize,
    input: [usize; 2],
    output: [usize; 2],
    channels: usize,
    options: ResizeOptions,
}

impl Images {
    fn shape(&self, [height, width]: [usize; 2]) -> Shape {
        let dims = [self.batches, height, width, self.channels];
        Shape::from_dims(dims.into_iter().map(|dim| dim as i32)).unwrap()
    }

    fn params(&self) -> ResizeParams {
        let [input, output] =
            [self.input, self.output].map(|size| Nhwc::try_from(&self.shape(size)).unwrap());
        ResizeParams::new(input, output, self.options).unwrap()
    }

    fn input_len(&self) -> usize {
        self.shape(self.input).len()
    }

    /// The output, element by element: `f(input, y, x)`, where `input(y, x)` is of the same image
    /// and channel.
    fn map<T: Copy>(
        &self,
        input: &[T],
        f: impl Fn(&dyn Fn(usize, usize) -> T, usize, usize) -> T,
    ) -> Vec<T> {
        let ([ih, iw], [oh, ow], c) = (self.input, self.output, self.channels);
        let element = |index: usize| {
            let (channel, x, y) = (index % c, index / c % ow, index / c / ow % oh);
            let batch = index / c / ow / oh;
            f(&|y, x| input[((batch * ih + y) * iw + x) * c + channel], y, x)
        };
        (0..self.shape(self.output).len()).map(element).collect()
    }
}

/// As the reference has it, not with both options: then it would read beyond the input.
fn bilinear_images() -> impl Strategy<Value = Images> {
    images().prop_map(|images| {
        let ResizeOptions { align_corners, half_pixel_centers } = images.options;
        let half_pixel_centers = half_pixel_centers && !align_corners;
        Images { options: ResizeOptions { align_corners, half_pixel_centers }, ..images }
    })
}

fn images() -> impl Strategy<Value = Images> {
    let dim = || prop_oneof![4 => 1..9_usize, 1 => 9..70_usize];
    let options = (any::<bool>(), any::<bool>());
    (1..3_usize, [dim(), dim()], [dim(), dim()], 1..6_usize, options).prop_map(
        |(batches, input, output, channels, (align_corners, half_pixel_centers))| Images {
            batches,
            input,
            output,
            channels,
            options: ResizeOptions { align_corners, half_pixel_centers },
        },
    )
}

/// The output with input and output apart; over each other as far as `geometry` allows, forwards
/// and backwards, it must be the same, and any further it must be refused.
fn everywhere<T: Copy + PartialEq + std::fmt::Debug>(
    geometry: &impl RowGeometry,
    input: &[T],
    kernel: impl Fn(Activations<'_, T>) -> Result<(), LengthMismatch>,
) -> Vec<T> {
    let len = geometry.sizes().output_rows * geometry.sizes().output_row_len;
    let mut apart = vec![input[0]; len];
    kernel((input, &mut apart[..]).into()).unwrap();
    let shared = |input_at: usize, output_at: usize| {
        let end = (input_at + input.len()).max(output_at + len);
        let mut memory = vec![input[0]; end];
        memory[input_at..][..input.len()].copy_from_slice(input);
        kernel(Activations::Shared { memory: &mut memory, input: input_at, output: output_at })?;
        Ok::<_, LengthMismatch>(memory[output_at..][..len].to_vec())
    };
    let Slack { below, above } = Slack::of(geometry);
    assert_eq!(shared(below, 0).as_ref(), Ok(&apart));
    assert_eq!(shared(0, above).as_ref(), Ok(&apart));
    if below > 0 && above > 0 {
        assert!(shared(below - 1, 0).is_err() && shared(0, above - 1).is_err());
    }
    apart
}

/// TFLM 90b983c2b, `GetNearestNeighbor`, with floats.
fn nearest(i: usize, input: usize, output: usize, options: ResizeOptions) -> usize {
    let scale = if options.align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    };
    let at = (i as f32 + if options.half_pixel_centers { 0.5 } else { 0.0 }) * scale;
    let at = if options.align_corners { at.round() } else { at.floor() };
    (at as usize).min(input - 1)
}

/// TFLM 90b983c2b, `ComputeInterpolationValuesInteger`, but for positions that would lie beyond the
/// input.
fn fixed(i: usize, input: usize, output: usize, options: ResizeOptions) -> (i64, i64, i64) {
    let (i, input, output) = (i as i64, input as i64, output as i64);
    let scale = if options.align_corners && output > 1 {
        (1024 * (input - 1) + (output - 1) / 2) / (output - 1)
    } else {
        (1024 * input + output / 2) / output
    };
    let at = if options.half_pixel_centers { i * scale + scale / 2 - 512 } else { i * scale };
    (at, (at / 1024).max(0).min(input - 1), ((at + 1023) / 1024).min(input - 1))
}

/// TFLM 90b983c2b, `ComputeInterpolationValues`.
fn float(i: usize, input: usize, output: usize, options: ResizeOptions) -> (f32, usize, usize) {
    let scale = if options.align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    };
    let i = i as f32;
    let at = if options.half_pixel_centers { (i + 0.5) * scale - 0.5 } else { i * scale };
    (at, at.floor().max(0.0) as usize, (at.ceil() as usize).min(input - 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nearest_neighbors_are_those_of_the_reference(images in images()) {
        let params = images.params();
        let input: Vec<u32> = (0..images.input_len() as u32).collect();
        let got = everywhere(&NearestRows::new(&params), &input, |activations| {
            resize_nearest_neighbor(&params, activations)
        });
        let Images { input: [ih, iw], output: [oh, ow], options, .. } = images;
        let want = images.map(&input, |input, y, x| {
            input(nearest(y, ih, oh, options), nearest(x, iw, ow, options))
        });
        prop_assert_eq!(got, want);
    }

    #[test]
    fn bilinear_means_are_those_of_the_reference(images in bilinear_images(), seed: u64) {
        let params = images.params();
        let noise = |i: usize| (seed.wrapping_add(i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as i8;
        let input: Vec<i8> = (0..images.input_len()).map(noise).collect();
        let got = everywhere(&BilinearRows::<i8>::new(&params), &input, |activations| {
            resize_bilinear(&params, activations)
        });
        let Images { input: [ih, iw], output: [oh, ow], options, .. } = images;
        let want = images.map(&input, |input, y, x| {
            let ((y, y0, y1), (x, x0, x1)) = (fixed(y, ih, oh, options), fixed(x, iw, ow, options));
            let at = |y: i64, x: i64| i64::from(input(y as usize, x as usize));
            let (fy, fx) = (y - 1024 * y0, x - 1024 * x0);
            let sum = at(y0, x0) * (1024 - fy) * (1024 - fx)
                + at(y1, x0) * fy * (1024 - fx)
                + at(y0, x1) * (1024 - fy) * fx
                + at(y1, x1) * fy * fx;
            ((sum + if sum > 0 { 1 << 19 } else { -(1 << 19) }) / (1 << 20)) as i8
        });
        prop_assert_eq!(got, want);
    }

    #[test]
    fn float_means_are_those_of_the_reference_to_the_bit(images in bilinear_images(), seed: u64) {
        let params = images.params();
        let noise = |i: usize| (seed.wrapping_add(i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) as f32 / 1e9 - 1.0;
        let input: Vec<f32> = (0..images.input_len()).map(noise).collect();
        let got = everywhere(&BilinearRows::<f32>::new(&params), &input, |activations| {
            resize_bilinear(&params, activations)
        });
        let Images { input: [ih, iw], output: [oh, ow], options, .. } = images;
        let want = images.map(&input, |at, y, x| {
            let ((y, y0, y1), (x, x0, x1)) = (float(y, ih, oh, options), float(x, iw, ow, options));
            let (fy, fx) = (y - y0 as f32, x - x0 as f32);
            at(y0, x0) * (1.0 - fy) * (1.0 - fx)
                + at(y1, x0) * fy * (1.0 - fx)
                + at(y0, x1) * (1.0 - fy) * fx
                + at(y1, x1) * fy * fx
                + 0.0
        });
        let bits = |floats: Vec<f32>| floats.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        prop_assert_eq!(bits(got), bits(want));
    }

    /// One row of one channel, which may be long: where single precision rounds.
    #[test]
    fn nearest_neighbors_of_long_rows_are_those_of_the_reference(
        [input, output] in [1..65_536_usize, 1..65_536_usize],
        align_corners: bool,
        half_pixel_centers: bool,
    ) {
        let options = ResizeOptions { align_corners, half_pixel_centers };
        let images = Images { batches: 1, input: [1, input], output: [1, output], channels: 1, options };
        let row: Vec<u16> = (0..input as u16).collect();
        let mut got = vec![0; output];
        resize_nearest_neighbor(&images.params(), (&row[..], &mut got[..])).unwrap();
        for (i, got) in got.into_iter().enumerate() {
            prop_assert_eq!(usize::from(got), nearest(i, input, output, options));
        }
    }
}

#[test]
fn rows_that_round_to_the_same_one_are_read_once() {
    // Twice the size: every row of the input is read by two of the output, and means by up to
    // three.
    let options = ResizeOptions::default();
    let images = Images { batches: 1, input: [3, 4], output: [6, 8], channels: 2, options };
    let params = images.params();
    let rows = NearestRows::new(&params);
    assert_eq!((0..6).map(|y| rows.input_rows(y).start).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2]);
    let rows = BilinearRows::<i8>::new(&params);
    let ranges: Vec<_> = (0..6).map(|y| rows.input_rows(y)).collect();
    assert_eq!(ranges, [0..1, 0..2, 1..2, 1..3, 2..3, 2..3]);
    let rows = BilinearRows::<f32>::new(&params);
    assert_eq!((0..6).map(|y| rows.input_rows(y)).collect::<Vec<_>>(), ranges);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let new = |input: [i32; 4], output: [i32; 4]| {
        let [input, output] = [input, output].map(|dims| Nhwc::new(dims).unwrap());
        ResizeParams::new(input, output, ResizeOptions::default())
    };
    let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
    assert_eq!(new([1, 2, 2, 3], [2, 4, 4, 3]), mismatch(1, 2));
    assert_eq!(new([1, 2, 2, 3], [1, 4, 4, 2]), mismatch(3, 2));
}

#[test]
fn wrong_lengths_are_refused() {
    let options = ResizeOptions::default();
    let images = Images { batches: 1, input: [2, 2], output: [3, 3], channels: 2, options };
    let params = images.params();
    for (input, output, operand, expected) in
        [(7, 18, Operand::Input, 8), (8, 19, Operand::Output, 18)]
    {
        let actual = if operand == Operand::Input { input } else { output };
        let error = Err(LengthMismatch { operand, expected, actual });
        let (x, mut y) = (vec![1_i8; input], vec![7; output]);
        assert_eq!(resize_nearest_neighbor(&params, (&x[..], &mut y[..])), error);
        assert_eq!(resize_bilinear(&params, (&x[..], &mut y[..])), error);
        assert!(y.iter().all(|&y| y == 7));
        let (x, mut y) = (vec![1.0_f32; input], vec![7.0; output]);
        assert_eq!(resize_bilinear(&params, (&x[..], &mut y[..])), error);
    }
}

/// Weights of 0 do not hide what is no number: `0 · inf` is NaN, as in the reference's formula.
#[test]
fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;
    const TINY: f32 = f32::from_bits(1);
    let options = ResizeOptions::default();
    let images = Images { batches: 1, input: [1, 2], output: [1, 4], channels: 1, options };
    let params = images.params();
    for (input, want) in [
        ([NAN, 1.0], [NAN, NAN, 1.0, 1.0]),
        ([1.0, NAN], [1.0, NAN, NAN, NAN]),
        ([INF, 1.0], [NAN, NAN, 1.0, 1.0]),
        ([-INF, INF], [NAN; 4]),
        ([f32::MAX, f32::MAX], [f32::MAX; 4]),
        ([f32::MAX, f32::MIN], [f32::MAX, 0.0, f32::MIN, f32::MIN]),
        ([-0.0, -0.0], [0.0; 4]),
        ([TINY, TINY], [TINY, 0.0, TINY, 0.0]),
    ] {
        let mut got = [0.0; 4];
        resize_bilinear(&params, (&input[..], &mut got[..])).unwrap();
        for (got, want) in got.into_iter().zip(want) {
            let same = got.to_bits() == f32::to_bits(want) || got.is_nan() && want.is_nan();
            assert!(same, "{input:?}: {got} {want}");
        }
    }
}

/// Parameters may come from a file: whatever their bytes are, a kernel returns.
#[cfg(feature = "bytemuck")]
mod any_bytes {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn kernels_return(
            words in prop::array::uniform8(prop_oneof![6 => 0..5_u16, 1 => any::<u16>()]),
            len in 0..300_usize,
        ) {
            let params: ResizeParams = bytemuck::cast(words);
            let rows = BilinearRows::<i8>::new(&params);
            let wanted = [rows.sizes().input_len(), params.output_len()];
            for [input, output] in [wanted.map(|len| len.min(1 << 16)), [len, len]] {
                let (x, mut y) = (vec![1_i8; input], vec![0; output]);
                let _ = resize_nearest_neighbor(&params, (&x[..], &mut y[..]));
                let _ = resize_bilinear(&params, (&x[..], &mut y[..]));
                let (x, mut y) = (vec![1.0_f32; input], vec![0.0; output]);
                let _ = resize_bilinear(&params, (&x[..], &mut y[..]));
            }
            for row in [0, 1, len, usize::MAX] {
                let _ = NearestRows::new(&params).input_rows(row);
                let _ = BilinearRows::<f32>::new(&params).input_rows(row);
                let _ = rows.input_rows(row);
            }
        }
    }
}
