//! Layers that keep a state from one inference to the next.

use bantam_schema::options::{SvdfOptions, UnidirectionalSequenceLstmOptions};
use bantam_schema::write::{ModelBuilder, OperatorSpec};
use bantam_schema::{ActivationFunction, BuiltinOperator as Op, TensorType};

use crate::params::{join, suffix};
use crate::usual::{F32, I8, I16, I32, I64, USUAL};
use crate::{Case, Entry, Params, Tensor};

/// The variant of an SVDF whose state has 16 bits, or of an LSTM whose first dimension is time.
const OTHER: u8 = 1;

pub(super) fn entries() -> Vec<Entry> {
    let of = |shape: &[i32], units: i32| Params::of(shape).channels(units);
    let layers = || [of(&[1, 5], 3), of(&[2, 9], 4).window([2, 3])];
    let measured = || [of(&[1, 40], 128).window([1, 8])];
    let tanh = of(&[1, 5], 3).activation(ActivationFunction::TANH);
    vec![
        Entry::new(Op::SVDF, &[I8, F32], svdf).test(layers()).bench(measured()),
        Entry::new(Op::SVDF, &[F32], svdf).label("tanh").limit(1.0).ulps(4).test([tanh]),
        Entry::new(Op::SVDF, &[I8], svdf)
            .label("i16")
            .test(layers().map(|params| params.variant(OTHER)))
            .bench(measured().map(|params| params.variant(OTHER))),
        Entry::new(Op::UNIDIRECTIONAL_SEQUENCE_LSTM, USUAL, lstm)
            .limit(1.0)
            .ulps(64)
            .test([of(&[1, 4, 3], 2), of(&[2, 3, 5], 4), of(&[3, 2, 2], 3).variant(OTHER)])
            .bench([of(&[1, 10, 40], 32)]),
    ]
}

/// Weights without a pattern.
fn weights(tensor_type: TensorType, shape: &[i32], seed: u32) -> Tensor {
    let tensor = Tensor::new(tensor_type, shape);
    let tensor = match tensor_type {
        I8 => tensor.quantized(1.0 / 128.0, 0),
        I16 => tensor.quantized(1.0 / 32768.0, 0),
        _ => tensor,
    };
    tensor.noise(seed)
}

/// `channels` units of `window[0]` filters each, which look back over `window[1]` inputs and one.
fn svdf(params: &Params) -> Option<Case> {
    let [batches, inputs] = *params.input.shape else { return None };
    let [rank, back] = params.window;
    let (filters, memory) = (params.channels * rank, back + 1);
    let is_wide = params.variant == OTHER;
    let state_type = match params.input.tensor_type {
        I8 if is_wide => I16,
        other => other,
    };
    let time = weights(state_type, &[filters, memory], 3);
    let state = Tensor::new(state_type, &[batches, filters * memory]);
    let state = match state_type {
        I8 => state.quantized(1.0 / 8.0, 3),
        I16 => state.quantized(1.0 / 2048.0, 0),
        _ => state,
    };
    let bias = match params.input.tensor_type {
        I8 => Tensor::new(I32, &[params.channels])
            .quantized(state.scales[0] * time.scales[0], 0)
            .noise(5),
        _ => weights(F32, &[params.channels], 5),
    };
    let inputs = [
        params.input.clone(),
        weights(params.input.tensor_type, &[filters, inputs], 2),
        time,
        bias,
        Tensor { variable: true, ..state },
    ];
    let output = Tensor::other_activation(params.input.tensor_type, &[batches, params.channels]);
    let options = SvdfOptions {
        rank,
        fused_activation_function: params.activation,
        ..SvdfOptions::default()
    };
    let label = format!(
        "{}_{}x{rank}x{memory}{}",
        join(&params.input.shape),
        params.channels,
        suffix(params.activation)
    );
    let work = [batches, filters, inputs[1].shape[1] + memory];
    Some(Case::new(label, inputs, output, options).work(&work))
}

/// `channels` units. The inputs are those that are there.
fn lstm(params: &Params) -> Option<Case> {
    let [first, second, inputs] = *params.input.shape else { return None };
    let (kind, units) = (params.input.tensor_type, params.channels);
    let time_major = params.variant == OTHER;
    let batches = if time_major { second } else { first };
    let weight_type = if kind == F32 { F32 } else { I8 };
    let bias_scale = params.input.scales.first().map_or(0.0, |scale| scale / 128.0);
    let bias = |seed: u32| {
        let bias_type = match kind {
            I8 => I32,
            I16 => I64,
            _ => return weights(F32, &[units], seed),
        };
        Tensor::new(bias_type, &[units]).quantized(bias_scale, 0).noise(seed)
    };
    let hidden = Tensor::activation(kind, &[batches, units]).signed_fraction();
    let cell = match kind {
        F32 => Tensor::new(F32, &[batches, units]),
        _ => Tensor::new(I16, &[batches, units]).quantized(1.0 / 2048.0, 0),
    };
    let output = hidden.shaped(&[first, second, units]);
    let mut tensors = vec![params.input.clone()];
    tensors.extend((0..4).map(|gate| weights(weight_type, &[units, inputs], 2 + gate)));
    tensors.extend((0..4).map(|gate| weights(weight_type, &[units, units], 6 + gate)));
    tensors.extend((0..4).map(|gate| bias(10 + gate)));
    tensors.extend([hidden, cell].map(|state| Tensor { variable: true, ..state }));
    let options = UnidirectionalSequenceLstmOptions {
        fused_activation_function: ActivationFunction::TANH,
        cell_clip: if units > 2 { 1.5 } else { 0.0 },
        time_major,
        ..UnidirectionalSequenceLstmOptions::default()
    };
    let mark = if time_major { "_time" } else { "" };
    let label = format!("{}_{units}{mark}", join(&params.input.shape));
    let work = [4, first * second, units, inputs + units];
    Some(Case::new(label, tensors, output, options).work(&work).around(write_lstm))
}

/// Writes an LSTM with all of its 24 inputs, of which 9 are absent.
fn write_lstm(case: &Case, model: &mut ModelBuilder) {
    const PLACES: [usize; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19];
    let graph = &mut model.subgraph("main");
    let mut inputs = [-1; 24];
    for (place, tensor) in PLACES.into_iter().zip(&case.inputs) {
        inputs[place] = graph.tensor(tensor.spec());
    }
    let outputs: Vec<i32> = case.outputs.iter().map(|each| graph.tensor(each.spec())).collect();
    graph.add(OperatorSpec::new(case.operator, &inputs, &outputs).options(case.options));
    graph.inputs(&inputs[..1]).outputs(&outputs);
}
