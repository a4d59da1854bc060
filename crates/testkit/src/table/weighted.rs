//! Operators with weights.

use bantam_schema::options::{
    BatchMatmulOptions, Conv2dOptions, DepthwiseConv2dOptions, FullyConnectedOptions,
    TransposeConvOptions,
};
use bantam_schema::{ActivationFunction as Activation, BuiltinOperator as Op, Padding, TensorType};

use crate::params::{join, suffix};
use crate::usual::{F32, I4, I8, I16, I32, I64, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

/// The variant of a node without a bias.
const NO_BIAS: u8 = 1;
/// The variant of a convolution in two groups of channels.
const GROUPS: u8 = 2;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(Op::BATCH_MATMUL, USUAL, batch_matmul)
            .test([
                Params::of(&[2, 3, 5]).others(&[&[2, 5, 4]]),
                Params::of(&[2, 5, 3]).others(&[&[2, 5, 4]]).variant(1),
                Params::of(&[2, 3, 5]).others(&[&[2, 4, 5]]).variant(2),
                Params::of(&[2, 5, 3]).others(&[&[2, 4, 5]]).variant(3),
            ])
            .test([
                Params::of(&[2, 1, 3, 4]).others(&[&[3, 4, 35]]),
                Params::of(&[6, 9]).others(&[&[2, 1, 9, 2]]),
            ])
            .bench_of(&[I8, F32], [Params::of(&[4, 64, 32]).others(&[&[4, 32, 64]])]),
        Entry::new(Op::CONV_2D, USUAL, conv_2d)
            .test([
                image(SMALL, [3, 3], 3),
                image(&[2, 5, 4, 3], [3, 2], 5).stride([2, 1]).valid().activation(Activation::RELU),
                image(&[1, 5, 6, 2], [3, 2], 4).dilation([2, 2]).activation(Activation::RELU6),
                image(&[1, 4, 3, 17], [3, 3], 6).per_tensor(),
                image(&[1, 3, 3, 19], [1, 1], 18).activation(Activation::RELU_N1_TO_1),
                image(SMALL, [2, 2], 2).variant(NO_BIAS),
                image(&[1, 3, 4, 4], [3, 3], 6).variant(GROUPS),
            ])
            .bench([image(&[1, 25, 5, 64], [1, 1], 64), image(&[1, 32, 32, 16], [3, 3], 16)])
            .bench_of(
                &[I8],
                [
                    image(&[1, 48, 48, 8], [1, 1], 16),
                    image(&[1, 3, 3, 256], [1, 1], 256),
                    image(&[1, 32, 32, 16], [3, 3], 32).stride([2, 2]),
                    image(&[1, 96, 96, 3], [3, 3], 8).stride([2, 2]),
                    image(&[1, 49, 10, 1], [10, 4], 64).stride([2, 2]),
                ],
            ),
        Entry::new(Op::CONV_2D, &[I16], |params| Some(with_bias(conv_2d(params)?, I32)))
            .label("bias32")
            .test([image(SMALL, [3, 3], 3)]),
        Entry::new(Op::CONV_2D, &[I8], |params| Some(with_int4(conv_2d(params)?)))
            .label("int4")
            .test([
                image(SMALL, [3, 3], 3),
                image(&[2, 5, 4, 3], [3, 2], 5).stride([2, 1]).valid().activation(Activation::RELU),
                image(&[1, 5, 6, 1], [3, 3], 3).dilation([2, 2]).activation(Activation::RELU6),
                image(&[1, 4, 3, 17], [3, 3], 7).per_tensor(),
                image(&[1, 3, 3, 19], [1, 1], 19).variant(NO_BIAS),
                image(&[1, 3, 4, 6], [3, 3], 6).variant(GROUPS),
            ])
            .bench([image(&[1, 25, 5, 64], [1, 1], 64), image(&[1, 32, 32, 16], [3, 3], 16)]),
        Entry::new(Op::DEPTHWISE_CONV_2D, USUAL, depthwise_conv_2d)
            .test([
                image(SMALL, [3, 3], 2),
                image(&[2, 5, 5, 3], [3, 2], 1).stride([2, 2]).valid().activation(Activation::RELU),
                image(&[1, 5, 6, 3], [3, 2], 1).dilation([2, 2]).activation(Activation::RELU6),
                image(&[1, 4, 3, 19], [3, 3], 1).per_tensor(),
                image(SMALL, [2, 2], 1).variant(NO_BIAS),
            ])
            .bench([image(&[1, 25, 5, 64], [3, 3], 1)])
            .bench_of(
                &[I8],
                [image(&[1, 48, 48, 8], [3, 3], 1), image(&[1, 3, 3, 256], [3, 3], 1)],
            ),
        Entry::new(Op::DEPTHWISE_CONV_2D, &[I8], |params| {
            Some(with_int4(depthwise_conv_2d(params)?))
        })
        .label("int4")
        .test([
            image(SMALL, [3, 3], 2),
            image(&[2, 5, 5, 3], [3, 3], 1).stride([2, 2]).valid().activation(Activation::RELU),
            image(&[1, 5, 6, 3], [3, 2], 3).dilation([2, 2]).activation(Activation::RELU6),
            image(&[1, 4, 3, 19], [3, 3], 1).per_tensor().variant(NO_BIAS),
            image(&[1, 4, 3, 24], [2, 3], 1),
            image(&[1, 4, 3, 1], [3, 3], 16),
        ])
        .bench([image(&[1, 25, 5, 64], [3, 3], 1)]),
        Entry::new(Op::FULLY_CONNECTED, USUAL, fully_connected)
            .test([
                Params::of(&[2, 6]).channels(3),
                Params::of(&[1, 37]).channels(5).per_tensor().activation(Activation::RELU),
                Params::of(&[3, 1, 2, 5]).channels(4).activation(Activation::RELU6),
                Params::of(&[2, 6]).channels(1).variant(NO_BIAS),
            ])
            .bench([Params::of(&[1, 640]).channels(128)])
            .bench_of(
                &[I8],
                [[128, 128], [64, 12]]
                    .map(|[inputs, outputs]| Params::of(&[1, inputs]).channels(outputs)),
            ),
        Entry::new(Op::FULLY_CONNECTED, &[I16], |params| {
            Some(with_bias(fully_connected(params)?, I32))
        })
        .label("bias32")
        .test([Params::of(&[2, 6]).channels(3)]),
        Entry::new(Op::FULLY_CONNECTED, &[I8], |params| {
            Some(with_int4(fully_connected(&params.clone().per_tensor())?))
        })
        .label("int4")
        .test([
            Params::of(&[2, 6]).channels(3),
            Params::of(&[1, 37]).channels(5).activation(Activation::RELU),
            Params::of(&[3, 1, 2, 5]).channels(3).variant(NO_BIAS),
            Params::of(&[1, 131]).channels(9),
        ])
        .bench([Params::of(&[1, 640]).channels(128)]),
        Entry::new(Op::TRANSPOSE_CONV, USUAL, transpose_conv)
            .test([
                image(SMALL, [2, 2], 3).stride([2, 2]),
                image(&[2, 3, 2, 3], [3, 2], 5).stride([2, 1]).valid().activation(Activation::RELU),
                image(&[1, 3, 3, 17], [3, 3], 2).per_tensor().activation(Activation::RELU6),
                image(SMALL, [3, 3], 2).variant(NO_BIAS),
            ])
            .bench([image(&[1, 16, 16, 32], [3, 3], 16).stride([2, 2])])
            .bench_of(&[I8], [image(&[1, 1, 64, 64], [1, 8], 32).stride([4, 4])]),
        Entry::new(Op::TRANSPOSE_CONV, &[I16], |params| {
            Some(with_bias(transpose_conv(params)?, I16))
        })
        .label("bias16")
        .test([image(SMALL, [2, 2], 3).stride([2, 2])]),
    ]
}

fn image(shape: &[i32], window: [i32; 2], channels: i32) -> Params {
    Params::of(shape).window(window).channels(channels)
}

/// Filter and bias, if there is one; the filter's output channels are its dimension `dimension`.
fn weights(params: &Params, shape: &[i32], dimension: usize) -> Option<Vec<Tensor>> {
    let activations = params.input.tensor_type;
    let channels = *shape.get(dimension)?;
    let (filter_type, bias_type) = match activations {
        F32 => (F32, F32),
        I16 => (I8, I64),
        _ => (I8, I32),
    };
    let mut filter = Tensor::new(filter_type, shape).noise(100);
    let mut bias = Tensor::new(bias_type, &[channels]).noise(101);
    if let Some(&input) = params.input.scales.first() {
        let count = if params.per_channel { channels } else { 1 };
        let scales: Vec<f32> = (0..count).map(|i| (1 + i % 7) as f32 / 4096.0).collect();
        bias = bias.per_channel(scales.iter().map(|scale| scale * input).collect(), 0);
        filter = filter.per_channel(scales, dimension);
    }
    let mut weights = vec![filter, bias];
    weights.truncate(if params.variant == NO_BIAS { 1 } else { 2 });
    Some(weights)
}

/// The same node with a bias of another type where it was of `i64`.
fn with_bias(mut case: Case, tensor_type: TensorType) -> Case {
    for tensor in case.inputs.iter_mut().filter(|tensor| tensor.tensor_type == I64) {
        *tensor = Tensor { tensor_type, ..tensor.clone() }.noise(101);
    }
    case
}

/// The same node with weights of 4 bits.
fn with_int4(mut case: Case) -> Case {
    if let Some(filter) = case.inputs.get_mut(1) {
        *filter = Tensor { tensor_type: I4, ..filter.clone() }.noise(102);
    }
    case
}

/// Name of a node with a window: all that its tests and benchmarks tell apart.
fn label(params: &Params) -> String {
    let Params { input, window, channels, stride, .. } = params;
    let mut label = format!("{}_{}x{channels}_s{}", join(&input.shape), join(window), stride[0]);
    for (differs, what) in [
        (params.padding == Padding::VALID, "_valid"),
        (params.dilation != [1, 1], "_dilated"),
        (!params.per_channel, "_per_tensor"),
        (params.variant == NO_BIAS, "_no_bias"),
        (params.variant == GROUPS, "_groups"),
    ] {
        label += if differs { what } else { "" };
    }
    label + &suffix(params.activation)
}

fn conv_2d(params: &Params) -> Option<Case> {
    let [_, _, depth] = params.image()?;
    let [height, width] = params.windows()?;
    let ([rows, columns], channels) = (params.window, params.channels);
    let depth = if params.variant == GROUPS { depth / 2 } else { depth };
    if depth == 0 || params.variant == GROUPS && (channels % 2 != 0 || params.image()?[2] % 2 != 0)
    {
        return None;
    }
    let options = Conv2dOptions {
        padding: params.padding,
        stride_w: params.stride[1],
        stride_h: params.stride[0],
        fused_activation_function: params.activation,
        dilation_w_factor: params.dilation[1],
        dilation_h_factor: params.dilation[0],
        ..Conv2dOptions::default()
    };
    let weights = weights(params, &[channels, rows, columns, depth], 0)?;
    let inputs = [params.input.clone()].into_iter().chain(weights);
    let output = params.image_of([height, width, channels]).result();
    let work = [params.batches(), height, width, channels, rows, columns, depth];
    Some(Case::new(label(params), inputs, output, options).work(&work))
}

/// `channels` is the multiplier of depths.
fn depthwise_conv_2d(params: &Params) -> Option<Case> {
    let [_, _, depth] = params.image()?;
    let [height, width] = params.windows()?;
    let ([rows, columns], channels) = (params.window, depth * params.channels);
    let options = DepthwiseConv2dOptions {
        padding: params.padding,
        stride_w: params.stride[1],
        stride_h: params.stride[0],
        depth_multiplier: params.channels,
        fused_activation_function: params.activation,
        dilation_w_factor: params.dilation[1],
        dilation_h_factor: params.dilation[0],
    };
    let weights = weights(params, &[1, rows, columns, channels], 3)?;
    let inputs = [params.input.clone()].into_iter().chain(weights);
    let output = params.image_of([height, width, channels]).result();
    let work = [params.batches(), height, width, channels, rows, columns];
    Some(Case::new(label(params), inputs, output, options).work(&work))
}

/// The first of the others is multiplied with if it fits. Variant 1 reads the input transposed, 2
/// the other one, 3 both.
fn batch_matmul(params: &Params) -> Option<Case> {
    let (input, other) = (&params.input, params.others.first()?);
    let [adj_x, adj_y] = [1, 2].map(|bit| params.variant & bit != 0);
    let split = |shape: &[i32], transposed: bool| {
        let at = shape.len().checked_sub(2).filter(|&at| at <= 3)?;
        let (rows, columns) = (shape[at], shape[at + 1]);
        let matrix = if transposed { [columns, rows] } else { [rows, columns] };
        Some((shape[..at].to_vec(), matrix))
    };
    let (a, [rows, depth]) = split(&input.shape, adj_x)?;
    let (b, [other_depth, columns]) = split(&other.shape, adj_y)?;
    let rank = a.len().max(b.len());
    let dim = |batch: &[i32], i: usize| (i + batch.len()).checked_sub(rank).map_or(1, |i| batch[i]);
    let fits = |i: usize| dim(&a, i) == dim(&b, i) || [dim(&a, i), dim(&b, i)].contains(&1);
    if depth != other_depth || input.tensor_type != other.tensor_type || !(0..rank).all(fits) {
        return None;
    }
    let mut shape: Vec<i32> = (0..rank).map(|i| dim(&a, i).max(dim(&b, i))).collect();
    shape.extend([rows, columns]);
    let work = [&shape[..], &[depth]].concat();
    let marks = [if adj_x { "_x" } else { "" }, if adj_y { "_y" } else { "" }].concat();
    let label = format!("{}_{}{marks}", join(&input.shape), join(&other.shape));
    let options = BatchMatmulOptions { adj_x, adj_y, ..BatchMatmulOptions::default() };
    let inputs = [input.clone(), other.clone()];
    Some(Case::new(label, inputs, input.shaped(&shape).result(), options).work(&work))
}

/// All dimensions but the innermost are rows.
fn fully_connected(params: &Params) -> Option<Case> {
    let (&depth, rows) = params.input.shape.split_last()?;
    let shape: Vec<i32> = rows.iter().copied().chain([params.channels]).collect();
    let options = FullyConnectedOptions {
        fused_activation_function: params.activation,
        keep_num_dims: shape.len() != 2,
        ..FullyConnectedOptions::default()
    };
    let weights = weights(params, &[params.channels, depth], 0)?;
    let inputs = [params.input.clone()].into_iter().chain(weights);
    let output = params.input.shaped(&shape).result();
    let work = [rows, &[depth, params.channels]].concat();
    Some(Case::new(label(params), inputs, output, options).work(&work))
}

fn transpose_conv(params: &Params) -> Option<Case> {
    let [height, width, depth] = params.image()?;
    let ([rows, columns], channels) = (params.window, params.channels);
    let len = |dim: i32, i: usize| match params.padding {
        Padding::SAME => dim * params.stride[i],
        _ => (dim - 1) * params.stride[i] + params.window[i],
    };
    let options = TransposeConvOptions {
        padding: params.padding,
        stride_w: params.stride[1],
        stride_h: params.stride[0],
        fused_activation_function: params.activation,
        ..TransposeConvOptions::default()
    };
    let output = params.image_of([len(height, 0), len(width, 1), channels]).result();
    let mut weights = weights(params, &[channels, rows, columns, depth], 0)?.into_iter();
    let inputs = [Tensor::integers(&output.shape), weights.next()?, params.input.clone()];
    let work = [params.batches(), height, width, depth, rows, columns, channels];
    Some(Case::new(label(params), inputs.into_iter().chain(weights), output, options).work(&work))
}
