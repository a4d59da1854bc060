//! Operators of the signal library.
//!
//! Of [`Params`], `channels` is the number that an operator has as an option: a delay, the length
//! of an FFT, channels of a filter bank. Frames have `window[0]` samples and `stride[0]` steps.

use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::flex::flex_map;
use crate::params::join;
use crate::usual::{BOOL, F32, I16, I32, U32, U64};
use crate::{Case, Entry, Params, Tensor, noise};

/// The variant that leaves something out: bins of the energy, or samples before the first frame.
const PART: u8 = 1;

pub(super) fn entries() -> Vec<Entry> {
    let entry = |name, types, make: fn(&Params) -> Option<Case>| {
        Entry::new(Op::CUSTOM, types, make).custom(name)
    };
    let of = |shape: &[i32], channels| Params::of(shape).channels(channels);
    let frames = |shape: &[i32], size, step| Params::of(shape).window([size, 1]).stride([step, 1]);
    let stack = |channels, around, step| Params::of(&[channels]).window(around).stride([step, 1]);
    vec![
        entry("SignalDelay", &[I16], delay)
            .test([of(&[7], 3), of(&[2, 4], 9), of(&[3], 0)])
            .bench([of(&[160], 480)]),
        entry("SignalEnergy", &[I16], energy)
            .test([Params::of(&[18]), Params::of(&[22]).variant(PART)])
            .bench([Params::of(&[514])]),
        entry("SignalFftAutoScale", &[I16], fft_auto_scale)
            .test([Params::of(&[13])])
            .bench([Params::of(&[480])]),
        entry("SignalFilterBank", &[U32], filter_bank)
            .test([of(&[30], 5), of(&[9], 1)])
            .bench([of(&[257], 40)]),
        entry("SignalFilterBankLog", &[U32], filter_bank_log)
            .test([Params::of(&[11])])
            .bench([Params::of(&[40])]),
        entry("SignalFilterBankSpectralSubtraction", &[U32], spectral_subtraction)
            .test([Params::of(&[5]), Params::of(&[4]).variant(PART)])
            .bench([Params::of(&[40])]),
        entry("SignalFilterBankSquareRoot", &[U64], square_root)
            .test([Params::of(&[9])])
            .bench([Params::of(&[40])]),
        entry("SignalFramer", &[I16], framer)
            .test([
                frames(&[6], 5, 2),
                frames(&[2, 4], 9, 4),
                frames(&[6], 5, 2).variant(PART),
                frames(&[2, 6], 2, 3).variant(PART),
            ])
            .bench([frames(&[320], 480, 320)]),
        entry("SignalIrfft", &[I16, I32, F32], irfft)
            .test([of(&[18], 16), of(&[2, 14], 12), of(&[62], 60), of(&[6], 4)])
            .bench([of(&[514], 512)]),
        entry("SignalOverlapAdd", &[I16, F32], overlap_add)
            .test([frames(&[3, 5], 5, 2), frames(&[2, 2, 3], 3, 3), frames(&[1, 7], 7, 1)])
            .bench([frames(&[1, 512], 512, 256)]),
        entry("SignalPCAN", &[U32], pcan).test([Params::of(&[17])]).bench([Params::of(&[40])]),
        entry("SignalRfft", &[I16, I32, F32], rfft)
            .test([of(&[16], 16), of(&[2, 11], 12), of(&[59], 60), of(&[4], 4), of(&[10], 10)])
            .bench([of(&[480], 512)]),
        entry("SignalStacker", &[I16], stacker)
            .test([stack(3, [2, 2], 2), stack(2, [1, 3], 1), stack(2, [1, 1], 2)])
            .bench([stack(40, [3, 1], 2)]),
        entry("SignalWindow", &[I16], window)
            .test([Params::of(&[9]), Params::of(&[2, 3, 4])])
            .bench([Params::of(&[1, 480])]),
    ]
}

/// A node with options, named after its input and the numbers that shape it.
fn case<const N: usize>(
    params: &Params,
    label: &str,
    inputs: impl IntoIterator<Item = Tensor>,
    outputs: Vec<Tensor>,
    options: [(&str, i32); N],
) -> Option<Case> {
    let label = format!("{}{label}", join(&params.input.shape));
    let inputs: Vec<Tensor> = [plain(&params.input)].into_iter().chain(inputs).collect();
    let case = Case::new(label, inputs, outputs.first()?.clone(), Options::None);
    Some(case.outputs(outputs).custom(flex_map(&options)))
}

/// Without a quantization, which means nothing here.
fn plain(tensor: &Tensor) -> Tensor {
    Tensor::new(tensor.tensor_type, &tensor.shape)
}

/// The elements of an input of one dimension.
fn vector(params: &Params) -> Option<i32> {
    match *params.input.shape {
        [len] => Some(len),
        _ => None,
    }
}

/// Constants of `i16`.
fn table(values: impl IntoIterator<Item = i16>) -> Tensor {
    let data: Vec<u8> = values.into_iter().flat_map(i16::to_le_bytes).collect();
    Tensor { data: Some(data.clone()), ..Tensor::new(I16, &[data.len() as i32 / 2]) }
}

/// Numbers without a pattern, from 0 to less than 2 to the power of `bits`.
fn numbers(len: usize, bits: u32, seed: u32) -> impl Iterator<Item = i16> {
    let bytes = noise::bytes(I16, 2 * len, seed);
    let mask = (1_u16 << bits) - 1;
    let numbers: Vec<u16> =
        bytes.as_chunks().0.iter().map(|&pair| u16::from_le_bytes(pair) & mask).collect();
    numbers.into_iter().map(u16::cast_signed)
}

/// The same type with the innermost dimension changed.
fn inner(params: &Params, len: i32) -> Option<Vec<i32>> {
    let mut shape = params.input.shape.clone();
    *shape.last_mut()? = len;
    Some(shape)
}

fn delay(params: &Params) -> Option<Case> {
    params.input.shape.last()?;
    let (delay, output) = (params.channels, plain(&params.input));
    let options = [("delay_length", delay)];
    case(params, &format!("_{delay}"), [], vec![output], options)
}

fn energy(params: &Params) -> Option<Case> {
    let len = vector(params)?;
    let part = params.variant == PART;
    let (start, end) = if part { (2, len / 2 - 1) } else { (0, len / 2) };
    if len % 2 != 0 || start > end {
        return None;
    }
    // Bins that are left out keep their values.
    let output = Tensor { variable: part, ..Tensor::new(U32, &[len / 2]) };
    let label = if part { "_part" } else { "" };
    case(params, label, [], vec![output], [("end_index", end), ("start_index", start)])
}

fn fft_auto_scale(params: &Params) -> Option<Case> {
    vector(params)?;
    let outputs = vec![plain(&params.input), Tensor::new(I32, &[])];
    case(params, "", [], outputs, [])
}

fn filter_bank(params: &Params) -> Option<Case> {
    let (bins, channels) = (vector(params)?, params.channels);
    let sets = channels + 1;
    let width = |set: i32| (1 + (set % 3) * 2).min(bins);
    let widths = (0..sets).map(width);
    let starts = widths.clone().scan(0, |at, width| {
        *at += width;
        Some(*at - width)
    });
    let total = widths.clone().sum::<i32>() as usize;
    let inputs = [
        table(numbers(total, 12, 1)),
        table(numbers(total, 12, 2)),
        table((0..sets).map(|set| ((bins - width(set)) * set / sets) as i16)),
        table(starts.map(|start| start as i16)),
        table(widths.map(|width| width as i16)),
    ];
    let output = Tensor::new(U64, &[channels]);
    let label = format!("_{channels}");
    case(params, &label, inputs, vec![output], [("num_channels", channels)])
}

fn filter_bank_log(params: &Params) -> Option<Case> {
    let output = Tensor::new(I16, &[vector(params)?]);
    let options = [("input_correction_bits", 3), ("output_scale", 1600)];
    case(params, "", [], vec![output], options)
}

fn spectral_subtraction(params: &Params) -> Option<Case> {
    let clamping = params.variant == PART;
    let options = [
        ("alternate_one_minus_smoothing", 15_401),
        ("alternate_smoothing", 983),
        ("clamping", clamping.into()),
        ("min_signal_remaining", 819),
        ("num_channels", vector(params)?),
        ("one_minus_smoothing", 15_975),
        ("smoothing", 409),
        ("smoothing_bits", 4),
        ("spectral_subtraction_bits", 14),
    ];
    let label = if clamping { "_clamping" } else { "" };
    case(params, label, [], vec![plain(&params.input); 2], options)
}

fn square_root(params: &Params) -> Option<Case> {
    let output = Tensor::new(U32, &[vector(params)?]);
    case(params, "", [Tensor::indices(&[], 12)], vec![output], [])
}

fn framer(params: &Params) -> Option<Case> {
    let (size, step) = (params.window[0], params.stride[0]);
    let prefill = params.variant != PART;
    let (&samples, outer) = params.input.shape.split_last()?;
    if samples % step != 0 || prefill && step > size {
        return None;
    }
    // A frame that is not complete keeps its values.
    let shape = [outer, &[samples / step, size]].concat();
    let output = Tensor { variable: true, ..Tensor::new(I16, &shape) };
    let outputs = vec![output, Tensor::new(BOOL, &[])];
    let options = [("frame_size", size), ("frame_step", step), ("prefill", prefill.into())];
    let label = format!("_{size}_{step}{}", if prefill { "" } else { "_part" });
    case(params, &label, [], outputs, options)
}

fn stacker(params: &Params) -> Option<Case> {
    let (channels, step) = (vector(params)?, params.stride[0]);
    let [left, right] = params.window.map(|frames| frames - 1);
    // A stack that is not complete keeps its values.
    let stack = channels * (left + right + 1);
    let output = Tensor { variable: true, ..Tensor::new(I16, &[stack]) };
    let outputs = vec![output, Tensor::new(BOOL, &[])];
    let options = [
        ("num_channels", channels),
        ("stacker_left_context", left),
        ("stacker_right_context", right),
        ("stacker_step", step),
    ];
    case(params, &format!("_{left}_{right}_{step}"), [], outputs, options)
}

/// The length of an FFT, if there is one so long.
fn fft_length(params: &Params) -> Option<i32> {
    let length = params.channels;
    let mut rest = length / 2;
    for factor in [2, 3, 5] {
        while rest > 1 && rest % factor == 0 {
            rest /= factor;
        }
    }
    (length % 2 == 0 && length >= 4 && rest == 1).then_some(length)
}

fn of_type(tensor_type: TensorType) -> (&'static str, i32) {
    ("T", tensor_type.0.into())
}

fn rfft(params: &Params) -> Option<Case> {
    let length = fft_length(params)?;
    if *params.input.shape.last()? > length {
        return None;
    }
    let kind = params.input.tensor_type;
    let output = Tensor::new(kind, &inner(params, length + 2)?);
    let options = [of_type(kind), ("fft_length", length)];
    case(params, &format!("_{length}"), [], vec![output], options)
}

fn irfft(params: &Params) -> Option<Case> {
    let length = fft_length(params)?;
    if *params.input.shape.last()? != length + 2 {
        return None;
    }
    let kind = params.input.tensor_type;
    let output = Tensor::new(kind, &inner(params, length)?);
    case(params, "", [], vec![output], [of_type(kind), ("fft_length", length)])
}

fn overlap_add(params: &Params) -> Option<Case> {
    let step = params.stride[0];
    let [outer @ .., frames, size] = &*params.input.shape else { return None };
    if step > *size {
        return None;
    }
    let kind = params.input.tensor_type;
    let output = Tensor::new(kind, &[outer, &[frames * step]].concat());
    let options = [of_type(kind), ("frame_step", step)];
    case(params, &format!("_{step}"), [], vec![output], options)
}

fn pcan(params: &Params) -> Option<Case> {
    let noise = Tensor::new(U32, &[vector(params)?]);
    let output = noise.clone();
    let inputs = [noise, table(numbers(125, 14, 5))];
    case(params, "", inputs, vec![output], [("snr_shift", 6)])
}

fn window(params: &Params) -> Option<Case> {
    let weights = Tensor::new(I16, &[*params.input.shape.last()?]).noise(3);
    case(params, "", [weights], vec![plain(&params.input)], [("shift", 12)])
}
