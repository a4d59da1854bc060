//! Factors computed where they are needed give what factors computed beforehand give, in every
//! kernel with weights.
use bantam_kernels::backend::layer::{Layer, LayerQuantization, QuantizedWeights};
use bantam_kernels::backend::{Backend, Native};
use bantam_kernels::number::activation::ActivationRange;
use bantam_kernels::walk::padding::Padding;
use bantam_kernels::walk::rows::{RowGeometry, RowKernel};
use bantam_kernels::walk::window::WindowOptions;
use bantam_kernels::weighted::conv_2d::Conv2dParams;
use bantam_kernels::weighted::depthwise_conv_2d::DepthwiseConv2dParams;
use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
use bantam_kernels::weighted::kernel::{LayerKernel, Windowed};
use bantam_kernels::weighted::op;
use bantam_kernels::weighted::transpose_conv::TransposeConvParams;
use bantam_kernels::{
    ChannelRequant, ChannelScales, Le, Matrix, Nhwc, Requant, SCRATCH_WORDS, Shape,
};
use proptest::prelude::*;

/// A layer's constants.
#[derive(Clone, Debug)]
struct Constants {
    filter: Vec<i8>,
    bias: Option<Vec<i32>>,
    scales: Vec<Le<4>>,
    input: f32,
    output: f32,
}

impl Constants {
    /// Runs `kernel` with both kinds of factors; what it writes must be the same.
    fn compare(&self, kernel: impl Fn(&QuantizedWeights<'_, i32>) -> Vec<i8>) {
        let scales = ChannelScales::new(self.input, &self.scales, self.output);
        let factors: Vec<Requant> = (0..self.scales.len()).map(|c| scales.at(c)).collect();
        let multipliers: Vec<i32> = factors.iter().map(|factor| factor.multiplier).collect();
        let shifts: Vec<i8> = factors.iter().map(|factor| factor.shift as i8).collect();
        let given = ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts };
        let run = |requant| {
            kernel(&QuantizedWeights { filter: &self.filter, bias: self.bias.as_deref(), requant })
        };
        assert_eq!(run(ChannelRequant::Scales(scales)), run(given));
    }
}

fn constants(filter_len: usize, channels: usize) -> impl Strategy<Value = Constants> {
    (
        prop::collection::vec(any::<i8>(), filter_len),
        prop::option::of(prop::collection::vec(-2_000..2_000, channels)),
        // Most layers only shrink; one scale above a half is enough for the other way.
        (
            prop::collection::vec(0.001_f32..0.03, channels),
            prop::option::weighted(0.3, 0..channels),
        ),
    )
        .prop_map(|(filter, bias, (mut scales, large))| {
            if let Some(large) = large {
                scales[large] = 5.0;
            }
            let scales = scales.iter().map(|scale| Le::new(scale.to_le_bytes())).collect();
            Constants { filter, bias, scales, input: 0.043, output: 0.31 }
        })
}

fn quantization() -> LayerQuantization {
    LayerQuantization::new::<i8>(-3, 7, ActivationRange::full::<i8>()).unwrap()
}

fn noise(len: usize) -> Vec<i8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as i8).collect()
}

/// Rows that somebody else drives, in any order, give what the whole gives.
fn by_rows(
    operator: &dyn Windowed<i8>,
    weights: &QuantizedWeights<'_, i32>,
    input: &[i8],
    whole: &[i8],
) {
    let (quantization, mut rows) = (quantization(), vec![0; whole.len()]);
    let layer = Layer::new(&quantization, weights);
    let mut memory = [0; SCRATCH_WORDS];
    let mut scratch = Native::scratch(&layer, operator.depth(), &mut memory);
    let mut kernel = LayerKernel::<i8>::new(operator, &layer, &mut scratch).unwrap();
    let (row_in, row_out) = (operator.sizes().input_row_len, operator.sizes().output_row_len);
    for (row, line) in rows.chunks_mut(row_out).enumerate().rev() {
        let span = operator.input_rows(row);
        kernel.row(row, &input[span.start * row_in..span.end * row_in], line);
    }
    assert_eq!(rows, whole);
}

/// Height and width of a 3 × 3 filter's image, and channels; with the constants of both
/// convolutions.
fn case() -> impl Strategy<Value = ([u32; 3], Constants, Constants)> {
    (1_u32..6, 1_u32..7, 1_u32..35).prop_flat_map(|(height, width, channels)| {
        let n = channels as usize;
        let size = Just([height, width, channels]);
        (size, constants(9 * 2 * n, n), constants(9 * n, n))
    })
}

proptest! {
    #[test]
    fn convolutions_agree(([height, width, channels], conv, depthwise) in case()) {
        let shape = |dims: [u32; 4]| Nhwc::new(dims.map(|dim| dim as i32)).unwrap();
        let options = WindowOptions { padding: Padding::Same, ..WindowOptions::default() };
        let output = shape([1, height, width, channels]);

        let image = shape([1, height, width, 2]);
        let filter = shape([channels, 3, 3, 2]);
        let params = Conv2dParams::new(image, filter, output, &options).unwrap();
        let input = noise(params.sizes().input_len());
        let len = (height * width * channels) as usize;
        conv.compare(|weights| {
            let mut whole = vec![0; len];
            let activations = (&input[..], &mut whole[..]);
            op::quantized::<i8, i32, _>(&params, &quantization(), weights, activations).unwrap();
            by_rows(&params, weights, &input, &whole);
            whole
        });

        let image = output;
        let filter = shape([1, 3, 3, channels]);
        let params = DepthwiseConv2dParams::new(image, filter, image, &options).unwrap();
        let input = noise(params.sizes().input_len());
        depthwise.compare(|weights| {
            let mut whole = vec![0; len];
            let activations = (&input[..], &mut whole[..]);
            op::quantized::<i8, i32, _>(&params, &quantization(), weights, activations).unwrap();
            by_rows(&params, weights, &input, &whole);
            whole
        });
    }

    #[test]
    fn transposed_convolutions_agree(([height, width, channels], constants, _) in case()) {
        let shape = |dims: [u32; 4]| Nhwc::new(dims.map(|dim| dim as i32)).unwrap();
        let output = shape([1, 2 * height, 2 * width, channels]);
        let image = shape([1, height, width, 2]);
        let filter = shape([channels, 3, 3, 2]);
        let params = TransposeConvParams::new(image, filter, output, Padding::Same, [2, 2]).unwrap();
        let input = noise(params.sizes().input_len());
        constants.compare(|weights| {
            let mut whole = vec![0; (4 * height * width * channels) as usize];
            let activations = (&input[..], &mut whole[..]);
            op::quantized::<i8, i32, _>(&params, &quantization(), weights, activations).unwrap();
            by_rows(&params, weights, &input, &whole);
            whole
        });
    }

    #[test]
    fn fully_connected_agrees(constants in (1_usize..20).prop_flat_map(|units| constants(12 * units, units))) {
        let units = constants.scales.len();
        let matrix = |dims: &[i32]| Matrix::from(&Shape::new(dims).unwrap());
        let params = FullyConnectedParams::new(
            matrix(&[2, 12]),
            matrix(&[units as i32, 12]),
            matrix(&[2, units as i32]),
        ).unwrap();
        let input = noise(24);
        constants.compare(|weights| {
            let mut output = vec![0; 2 * units];
            let activations = (&input[..], &mut output[..]);
            op::quantized::<i8, i32, _>(&params, &quantization(), weights, activations).unwrap();
            output
        });
    }
}
