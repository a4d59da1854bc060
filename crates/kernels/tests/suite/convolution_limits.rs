//! CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED with what does not fit.
use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
use bantam_kernels::walk::window::WindowOptions;
use bantam_kernels::weighted::conv_2d::Conv2dParams;
use bantam_kernels::weighted::depthwise_conv_2d::DepthwiseConv2dParams;
use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
use bantam_kernels::weighted::op;
use bantam_kernels::{
    ActivationRange, ChannelRequant, LengthMismatch, Matrix, Nhwc, Operand, ParamsError, Shape,
};

#[test]
fn conv_2d_refuses_slices_of_other_lengths() {
    let [input, filter, output] =
        [[1, 3, 3, 2], [3, 2, 2, 2], [1, 3, 3, 3]].map(|dims| Nhwc::new(dims).unwrap());
    let params = Conv2dParams::new(input, filter, output, &WindowOptions::default()).unwrap();
    let quantization = LayerQuantization::new::<i8>(0, 0, ActivationRange::full::<i8>()).unwrap();
    let lengths = [18, 24, 3, 3, 27];
    let operands =
        [Operand::Input, Operand::Filter, Operand::Bias, Operand::Requant, Operand::Output];
    for (changed, operand) in operands.into_iter().enumerate() {
        for delta in [-1, 1] {
            let mut lens = lengths;
            lens[changed] = (lens[changed] as i32 + delta) as usize;
            let [input, filter, bias, requant, output] = lens;
            let (filter, bias) = (vec![0_i8; filter], vec![0_i32; bias]);
            let (multipliers, shifts) = (vec![1 << 30; requant], vec![-1_i8; requant]);
            let weights = QuantizedWeights {
                filter: &filter,
                bias: Some(&bias),
                requant: ChannelRequant::Given { multipliers: &multipliers, shifts: &shifts },
            };
            let mut output = vec![77_i8; output];
            let error = op::quantized::<i8, i32, _>(
                &params,
                &quantization,
                &weights,
                (&vec![0; input][..], &mut output[..]),
            )
            .unwrap_err();
            let expected = lengths[changed];
            assert_eq!(error, LengthMismatch { operand, expected, actual: lens[changed] });
            assert!(output.iter().all(|&y| y == 77));
        }
    }
}

#[test]
fn params_refuse_shapes_that_do_not_fit() {
    let images = |dims| Nhwc::new(dims).unwrap();
    let options = WindowOptions::default();
    let (input, filter, output) = ([1, 4, 4, 6], [4, 3, 3, 3], [1, 4, 4, 4]);
    let new = |input, filter, output| {
        Conv2dParams::new(images(input), images(filter), images(output), &options)
    };
    assert!(new(input, filter, output).is_ok());
    let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
    // Rows of the output; channels that do not divide; filters that do not divide; batches.
    assert_eq!(new(input, filter, [1, 3, 4, 4]), mismatch(4, 3));
    assert_eq!(new(input, [4, 3, 3, 4], output), mismatch(4, 6));
    assert_eq!(new(input, [5, 3, 3, 3], [1, 4, 4, 5]), mismatch(4, 5));
    assert_eq!(new(input, filter, [2, 4, 4, 4]), mismatch(1, 2));
    let [input, filter, output] = [input, filter, output].map(images);
    for odd in [0, -1, 65536, i32::MIN] {
        let error = Err(ParamsError::Dimension { value: odd });
        let stride = WindowOptions { stride: [1, odd], ..options };
        assert_eq!(Conv2dParams::new(input, filter, output, &stride), error);
        let dilation = WindowOptions { dilation: [odd, 1], ..options };
        assert_eq!(Conv2dParams::new(input, filter, output, &dilation), error);
    }
    let new = |filter, output| {
        DepthwiseConv2dParams::new(input, images(filter), images(output), &options)
    };
    assert!(new([1, 3, 3, 12], [1, 4, 4, 12]).is_ok());
    assert_eq!(new([1, 3, 3, 13], [1, 4, 4, 13]).unwrap_err(), {
        ParamsError::ShapeMismatch { expected: 12, actual: 13 }
    });
    let matrix = |dims: &[i32]| Matrix::from(&Shape::new(dims).unwrap());
    let new = |input, filter, output| {
        FullyConnectedParams::new(matrix(input), matrix(filter), matrix(output))
    };
    assert!(new(&[2, 3, 4], &[5, 4], &[6, 5]).is_ok());
    assert_eq!(
        new(&[2, 3, 4], &[5, 4], &[5, 5]),
        Err(ParamsError::ShapeMismatch { expected: 5, actual: 6 })
    );
    assert_eq!(
        new(&[2, 3], &[5, 4], &[1, 5]),
        Err(ParamsError::ShapeMismatch { expected: 4, actual: 6 })
    );
}

#[test]
fn quantization_refuses_what_the_type_cannot_hold() {
    let full = ActivationRange::full::<i8>();
    let new = LayerQuantization::new::<i8>;
    assert_eq!(new(128, 0, full), Err(ParamsError::ZeroPoint { value: 128 }));
    assert_eq!(new(0, -129, full), Err(ParamsError::ZeroPoint { value: -129 }));
    assert_eq!(new(0, 0, ActivationRange { min: 0, max: 128 }), Err(ParamsError::Activation));
}

/// Parameters may come from a file: whatever their bytes are, a kernel returns.
#[cfg(feature = "bytemuck")]
mod any_bytes {
    use super::*;
    use bantam_kernels::SCRATCH_WORDS;
    use bantam_kernels::backend::layer::{FloatWeights, Layer};
    use bantam_kernels::backend::{Backend, Native};
    use bantam_kernels::walk::rows::RowKernel;
    use bantam_kernels::weighted::kernel::{LayerKernel, Windowed};
    use proptest::prelude::*;

    const SIZES: [usize; 4] = [0, 1, 6, 64];

    /// Bytes of which most are small, as 16-bit numbers.
    fn bytes(len: usize) -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![6 => 0..4_u16, 1 => 0..70_u16, 1 => any::<u16>()];
        prop::collection::vec(word, len / 2)
            .prop_map(|words| words.into_iter().flat_map(u16::to_le_bytes).collect())
    }

    fn read<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> T {
        bytemuck::pod_read_unaligned(bytes)
    }

    /// Computes any row out of any slices.
    fn any_row(
        operator: &dyn Windowed<i8>,
        layer: &Layer<'_, i8>,
        row: usize,
        input: &[i8],
        output: &mut [i8],
    ) {
        let mut memory = [0; SCRATCH_WORDS];
        let mut scratch = Native::scratch(layer, operator.depth(), &mut memory);
        if let Ok(mut kernel) = LayerKernel::<i8>::new(operator, layer, &mut scratch) {
            let len = output.len() / operator.sizes().output_rows.max(1);
            kernel.row(row, input, &mut output[..len]);
        }
    }

    #[test]
    fn windows_without_weights_are_refused() {
        let conv: Conv2dParams = read(&[0; size_of::<Conv2dParams>()]);
        let quantization =
            LayerQuantization::new::<i8>(0, 0, ActivationRange::full::<i8>()).unwrap();
        let requant = ChannelRequant::Given { multipliers: &[], shifts: &[] };
        let weights = QuantizedWeights { filter: &[0_i8; 0], bias: None::<&[i32]>, requant };
        let slices: (&[i8], &mut [i8]) = (&[], &mut []);
        let result = op::quantized::<i8, i32, _>(&conv, &quantization, &weights, slices);
        let none = LengthMismatch { operand: Operand::Filter, expected: 1, actual: 0 };
        assert_eq!(result, Err(none));
    }

    /// Without vectors a case takes longer, and the other tests run such kernels, too.
    const CASES: u32 = if cfg!(bantam_compact) { 300 } else { 2000 };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn kernels_return(
            conv in bytes(size_of::<Conv2dParams>()),
            depthwise in bytes(size_of::<DepthwiseConv2dParams>()),
            dense in bytes(size_of::<FullyConnectedParams>()),
            quantization in bytes(size_of::<LayerQuantization>()),
            multiplier: i32,
            shift: i8,
            oy in prop_oneof![0..4_usize, any::<usize>()],
        ) {
            let conv: Conv2dParams = read(&conv);
            let depthwise: DepthwiseConv2dParams = read(&depthwise);
            let dense: FullyConnectedParams = read(&dense);
            let quantization: LayerQuantization = read(&quantization);
            let requant = ChannelRequant::Given { multipliers: &[multiplier], shifts: &[shift] };
            // Lengths as the parameters want them (if that is not too much), and any others. The
            // most steps are those of an output and a filter of the longest length.
            let wanted = |len: usize| if len <= 1 << 12 { len } else { 5 };
            let lens = |kernel: &dyn Fn(usize, usize, usize) -> Result<(), LengthMismatch>| {
                let mut lens = [0, 0, 0];
                for _ in 0..4 {
                    match kernel(lens[0], lens[1], lens[2]) {
                        Ok(()) => break,
                        Err(LengthMismatch { operand, expected, .. }) => match operand {
                            Operand::Input => lens[0] = wanted(expected),
                            Operand::Filter => lens[1] = wanted(expected),
                            _ => lens[2] = wanted(expected),
                        },
                    }
                }
            };
            lens(&|input, filter, output| {
                let (x, w, mut y) = (vec![1; input], vec![2; filter], vec![0; output]);
                let weights = QuantizedWeights { filter: &w, bias: None::<&[i32]>, requant };
                any_row(&conv, &Layer::new(&quantization, &weights), oy, &x, &mut y);
                op::quantized::<i8, i32, _>(&conv, &quantization, &weights, (&x[..], &mut y[..]))
            });
            lens(&|input, filter, output| {
                let (x, w, mut y) = (vec![1; input], vec![2; filter], vec![0; output]);
                let weights = QuantizedWeights { filter: &w, bias: None::<&[i32]>, requant };
                any_row(&depthwise, &Layer::new(&quantization, &weights), oy, &x, &mut y);
                op::quantized::<i8, i32, _>(&depthwise, &quantization, &weights, (&x[..], &mut y[..]))
            });
            lens(&|input, filter, output| {
                let (x, w, mut y) = (vec![1; input], vec![2; filter], vec![0; output]);
                let weights = QuantizedWeights { filter: &w, bias: None::<&[i64]>, requant };
                op::quantized::<i16, _, _>(&dense, &quantization, &weights, (&x[..], &mut y[..]))
            });
            lens(&|input, filter, output| {
                let (x, w, mut y) = (vec![1.0; input], vec![2.0; filter], vec![0.0; output]);
                let range = (0.0, 6.0);
                op::f32(&conv, &FloatWeights { filter: &w[..], bias: None, range }, (&x[..], &mut y[..]))
            });
            lens(&|input, filter, output| {
                let (x, w, mut y) = (vec![1.0; input], vec![2.0; filter], vec![0.0; output]);
                let range = (0.0, 6.0);
                op::f32(&depthwise, &FloatWeights { filter: &w[..], bias: None, range }, (&x[..], &mut y[..]))
            });
            for len in SIZES {
                let (x, w, mut y) = (vec![1.0; len], vec![2.0; len], vec![0.0; len]);
                let _ = op::f32(&dense, &FloatWeights { filter: &w[..], bias: None, range: (0.0, 6.0) }, (&x[..], &mut y[..]));
            }
        }
    }
}
