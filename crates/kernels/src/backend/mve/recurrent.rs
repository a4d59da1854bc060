//! Recurrent layers.

use bantam_isa::mve::{self, Activation, Cells, Dense, Factor, Gate, Responses, Source, UNITS};

use crate::backend::mve::scratch::plain;
use crate::number::element::BiasElement;
use crate::number::requant::Requant;
use crate::number::weights::Weights;
use crate::recurrent::lstm_constants::{CELL, FORGET, LstmQuantization, LstmWeights};
use crate::recurrent::svdf_constants::SvdfQuantization;
use crate::unary::sigmoid_table::SIGMOID;

fn factor(Requant { multiplier, shift }: Requant) -> Factor {
    Factor { multiplier, shift }
}

/// One step of an LSTM; false, and nothing is done, if biases have not 32 bits.
#[inline(never)] // stack: apart from what runs the steps
pub(super) fn lstm_step<B: BiasElement>(
    quantization: &LstmQuantization,
    weights: &LstmWeights<'_, i8, B>,
    inputs: [&[i8]; 2],
    cells: &mut [i16],
    hidden: &mut [i8],
) -> bool {
    if B::words(&[]).is_none() {
        return false;
    }
    let zero_points = [quantization.input_zero_point, quantization.hidden_zero_point];
    let way = if zero_points.contains(&i8::MAX.into()) { any_gate } else { gate };
    let blocks = hidden.chunks_mut(UNITS).zip(cells.chunks_mut(UNITS));
    for (block, (hidden, cells)) in blocks.enumerate() {
        let mut gates = [[0; UNITS]; 4];
        for (at, slots) in gates.iter_mut().enumerate() {
            let units = [block * UNITS, hidden.len()];
            way(quantization, weights, at, units, inputs, slots);
        }
        update(quantization, &gates, cells, hidden);
    }
    true
}

/// A gate of a block of units: from the first on, so many.
#[inline(never)] // stack: apart from the gates
fn gate<B: BiasElement>(
    quantization: &LstmQuantization,
    weights: &LstmWeights<'_, i8, B>,
    at: usize,
    [first, count]: [usize; 2],
    inputs: [&[i8]; 2],
    slots: &mut [i16; UNITS],
) {
    if let Some(gate) = constants(quantization, weights, at, first, inputs) {
        let slots = slots.get_mut(..count).unwrap_or_default();
        mve::gate(&gate, slots);
    }
}

/// As [`gate`], whatever the zero points.
#[cold]
#[inline(never)] // stack: apart from the gates
fn any_gate<B: BiasElement>(
    quantization: &LstmQuantization,
    weights: &LstmWeights<'_, i8, B>,
    at: usize,
    [first, count]: [usize; 2],
    inputs: [&[i8]; 2],
    slots: &mut [i16; UNITS],
) {
    if let Some(gate) = constants(quantization, weights, at, first, inputs) {
        let slots = slots.get_mut(..count).unwrap_or_default();
        mve::portable::gate(&gate, slots);
    }
}

/// What makes a gate of the units from the first on.
#[inline(always)] // stack: it stays in registers
fn constants<'a, B: BiasElement>(
    quantization: &LstmQuantization,
    weights: &LstmWeights<'a, i8, B>,
    at: usize,
    first: usize,
    [input, hidden]: [&'a [i8]; 2],
) -> Option<Gate<'a>> {
    let &[of_input, of_hidden] = quantization.gates.get(at)?;
    Some(Gate {
        input: Source {
            inputs: input,
            zero_point: quantization.input_zero_point as i8,
            weights: weights.input.get(at)?.rest(first * input.len()),
            factor: factor(of_input),
        },
        hidden: Source {
            inputs: hidden,
            zero_point: quantization.hidden_zero_point as i8,
            weights: weights.recurrent.get(at)?.rest(first * hidden.len()),
            factor: factor(of_hidden),
        },
        bias: B::words(weights.bias.get(at)?)?.get(first..)?,
        activation: if at == CELL { Activation::Tanh } else { Activation::Logistic },
        table: &SIGMOID,
    })
}

/// The next cells and hidden values of a block of units.
#[inline(never)] // stack: apart from the gates
fn update(
    quantization: &LstmQuantization,
    gates: &[[i16; UNITS]; 4],
    cells: &mut [i16],
    hidden: &mut [i8],
) {
    let LstmQuantization { input, hidden: output, clip, .. } = *quantization;
    let constants = Cells {
        gates,
        factors: [factor(FORGET), factor(input), factor(output)],
        range: if clip == 0 { [i16::MIN, i16::MAX] } else { [clip.wrapping_neg(), clip] },
        steps: quantization.tanh.parts(),
        zero_point: quantization.hidden_zero_point as i8,
        table: &SIGMOID,
    };
    mve::cells(&constants, cells, hidden);
}

/// The newest features of an SVDF layer; false, and they are unspecified, where the constants do
/// not suit `bantam_isa`.
pub(super) fn features(
    quantization: &SvdfQuantization,
    input: &[i8],
    weights: &[i8],
    features: &mut [i8],
) -> bool {
    let (factor, is_plain) = plain(quantization.feature);
    let input_zero_point = quantization.input as i8;
    let dense = Dense {
        input,
        weights,
        bias: &[],
        factors: [&factor[..1], &factor[1..]],
        input_zero_point,
        zero_point: 0,
        range: [i8::MIN, i8::MAX],
    };
    mve::dense(&dense, features);
    // As in C++, a sum beyond the type loses its high bits.
    features.iter_mut().for_each(|x| *x = x.wrapping_add(quantization.state as i8));
    is_plain && input_zero_point != i8::MAX
}

/// Outputs of an SVDF layer of a state and its weights; false, and they are unspecified, where the
/// constants do not suit `bantam_isa`.
pub(super) fn respond<B: BiasElement>(
    quantization: &SvdfQuantization,
    depth: usize,
    [state, weights]: [&[i8]; 2],
    bias: Option<&[B]>,
    output: &mut [i8],
) -> bool {
    let Some(bias) = bias.map_or(Some(&[][..]), B::words) else { return false };
    let state_zero_point = quantization.state as i8;
    let responses = Responses {
        state,
        weights,
        depth,
        bias,
        state_zero_point,
        factor: factor(quantization.time),
        zero_point: quantization.output as i8,
    };
    mve::respond(&responses, output);
    state_zero_point != i8::MAX
}
