//! Tensors that a model has in fewer bytes.

use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, I64, U8};
use crate::{Case, Entry, Params, Tensor, noise};

/// The types of elements, and those that may be quantized.
const ELEMENTS: &[TensorType] = &[I8, I16, I32, I64, BOOL, F32];
const INTEGERS: &[TensorType] = &[I8, I16, I32, I64];

const LUT: u8 = 0;
const HUFFMAN: u8 = 1;
const PRUNE: u8 = 2;

/// The size that is measured: the filter of a layer.
const FILTER: &[i32] = &[64, 3, 3, 16];

pub(super) fn entries() -> Vec<Entry> {
    let whole = |shape: &[i32]| Params::of(shape).per_tensor();
    let rows = || Params::of(&[3, 4, 5]).axis(0);
    let columns = || Params::of(&[3, 4, 5]).axis(2);
    let lut = |types, bits| decode(types, move |output| lut(output, bits));
    let huffman = |types, is_wide| decode(types, move |output| huffman(output, is_wide));
    vec![
        lut(ELEMENTS, 1).label("lut1").test([whole(&[7, 3])]),
        lut(ELEMENTS, 3).label("lut3").test([whole(&[7, 3])]).bench_of(&[I8], [whole(FILTER)]),
        lut(INTEGERS, 4)
            .label("lut4")
            .test([rows(), columns()])
            .bench_of(&[I8], [Params::of(FILTER).axis(0)]),
        decode(&[I8], shared_lut).label("shared_lut").test([rows(), columns()]),
        lut(&[I8, F32], 7).label("lut7").test([whole(&[7, 3])]),
        huffman(&[I8], false).label("huffman16").test([whole(&[5, 9])]).bench([whole(FILTER)]),
        huffman(&[I8, I16], true).label("huffman32").test([whole(&[5, 9])]),
        decode(ELEMENTS, prune)
            .label("prune")
            .test([whole(&[7, 3])])
            .bench_of(&[I8], [whole(FILTER)]),
        decode(INTEGERS, prune).label("prune_channels").test([rows(), columns()]),
        Entry::new(Op::CUSTOM, &[I8], two)
            .custom("TFLM_DECODE")
            .label("two")
            .test([whole(&[4, 5])]),
    ]
}

/// What is decoded, and the header with the tables.
type Encoded = [Tensor; 2];

fn decode(
    types: &'static [TensorType],
    encode: impl Fn(&Tensor) -> Encoded + Send + Sync + 'static,
) -> Entry {
    let make = move |params: &Params| {
        let output = output(params)?;
        let mark =
            if output.scales.len() > 1 { format!("_{}", output.dimension) } else { "".into() };
        let label = join(&output.shape) + &mark;
        let inputs = encode(&output);
        Some(Case::new(label, inputs, output, Options::None).custom(vec![]))
    };
    Entry::new(Op::CUSTOM, types, make).custom("TFLM_DECODE")
}

/// One node decodes two tensors in two ways.
fn two(params: &Params) -> Option<Case> {
    let [first, second] = [output(params)?, output(params)?];
    let inputs = [lut(&first, 2), prune(&second)].concat();
    let label = join(&first.shape);
    let case = Case::new(label, inputs, first.clone(), Options::None);
    Some(case.outputs(vec![first, second]).custom(vec![]))
}

/// The tensor that is decoded, with a scale for each channel if there are to be several.
fn output(params: &Params) -> Option<Tensor> {
    let of = params.input.clone();
    if !params.per_channel {
        return Some(of);
    }
    let dimension = params.dimension()?;
    let channels = of.shape[dimension];
    let scales = (1..=channels).map(|channel| 0.1 * channel as f32).collect();
    let mut output = of.per_channel(scales, dimension);
    if output.tensor_type == I8 {
        output.zero_points = (0..channels).map(|channel| i64::from(channel * 7 - 9)).collect();
    }
    Some(output)
}

/// A header, and the tables behind it.
fn ancillary(decoder: u8, params: [u8; 2], tables: &[u8]) -> Tensor {
    let [first, second] = params;
    constant([&[decoder, 1, 0, 0, 1, first, second], &[0; 9][..], tables].concat())
}

fn constant(bytes: Vec<u8>) -> Tensor {
    Tensor { data: Some(bytes.clone()), ..Tensor::new(U8, &[bytes.len() as i32]) }
}

/// Indices without a pattern, of tables without one.
fn lut(output: &Tensor, bits: u8) -> Encoded {
    let indices = noise::bytes(U8, (output.elements_len() * usize::from(bits)).div_ceil(8), 61);
    let stride = 1 << bits;
    let values = output.shaped(&[stride, output.scales.len().max(1) as i32]).noise(62);
    let values = values.data.unwrap_or_default();
    [constant(indices), ancillary(LUT, [bits, stride as u8], &values)]
}

/// Indices of one table for all channels: from one table to the next there is no distance.
fn shared_lut(output: &Tensor) -> Encoded {
    let [indices, _] = lut(output, 5);
    let values = Tensor::new(output.tensor_type, &[32]).noise(66).data.unwrap_or_default();
    [indices, ancillary(LUT, [5, 0], &values)]
}

/// Any sequence of bits is one of these codes: 00, 01, 100, 101, 11.
fn huffman(output: &Tensor, is_wide: bool) -> Encoded {
    // A table of two bits, then one of one bit.
    let ends = |bits: u32, symbol: u32| (1 << 4 | bits, symbol);
    let entries =
        [ends(2, 0x85), ends(2, 3), (0, 2), ends(2, 0x7F), ends(1, 0x7FE), ends(1, 0x101)];
    let word = |(count, value): (u32, u32)| match is_wide {
        true => (count << 27 | value).to_le_bytes().to_vec(),
        false => ((count << 11 | value) as u16).to_le_bytes().to_vec(),
    };
    let tables: Vec<u8> = entries.into_iter().flat_map(word).collect();
    // The reference reads whole words, and looks ahead.
    let words = (output.elements_len() * 3).div_ceil(32) + 2;
    let codes = noise::bytes(U8, 4 * words, 63);
    [constant(codes), ancillary(HUFFMAN, [1 << 4 | u8::from(is_wide), 0], &tables)]
}

/// A mask without a pattern, and as many values as there are elements.
fn prune(output: &Tensor) -> Encoded {
    let mask = noise::bytes(U8, output.elements_len().div_ceil(8), 64);
    let values = output.clone().noise(65).data.unwrap_or_default();
    [constant(mask), ancillary(PRUNE, [0; 2], &values)]
}
