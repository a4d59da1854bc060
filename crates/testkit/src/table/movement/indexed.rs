//! Elements that other tensors name.

use bantam_schema::options::GatherOptions;
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{BOOL, F32, I8, I64, MAP, NUMBERS, ODD, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

const FEW: &[TensorType] = &[I8, F32];
/// The variant whose indices are fed.
const FED: u8 = 1;

pub(super) fn entries() -> Vec<Entry> {
    let both = |params: Params| [params.clone(), params.variant(FED)];
    vec![
        Entry::new(Op::DYNAMIC_UPDATE_SLICE, NUMBERS, dynamic_update_slice)
            .test(both(Params::of(SMALL)))
            .test([Params::of(ODD).variant(LONG)])
            .bench_of(FEW, [Params::of(MAP)]),
        Entry::new(Op::EMBEDDING_LOOKUP, FEW, embedding_lookup)
            .test(both(Params::of(&[5, 4])))
            .bench([Params::of(&[100, 64])]),
        Entry::new(Op::EMBEDDING_LOOKUP, &[I8], embedding_lookup_real)
            .label("f32")
            .test([Params::of(&[5, 4])]),
        Entry::new(Op::GATHER, FEW, gather)
            .test(both(Params::of(SMALL).axis(1)))
            .test([Params::of(ODD)])
            .bench([Params::of(MAP).axis(1)]),
        Entry::new(Op::GATHER_ND, FEW, gather_nd)
            .test(both(Params::of(&[4, 3, 5])))
            .bench([Params::of(&[32, 32, 16])]),
        Entry::new(Op::SELECT_V2, USUAL, select_v2)
            .test([Params::of(SMALL), Params::of(ODD)])
            .bench([Params::of(MAP)]),
    ]
}

/// The variant whose indices have 64 bits.
const LONG: u8 = 2;

/// A constant part that is one element shorter in each dimension of several.
fn dynamic_update_slice(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let rank = input.shape.len() as i32;
    let shape: Vec<i32> = input.shape.iter().map(|&dim| (dim - 1).max(1)).collect();
    let update = input.shaped(&shape).noise(104);
    let start = if params.variant == LONG {
        let data = (0..rank).flat_map(|i| i64::from(i - 1).to_le_bytes()).collect();
        Tensor { data: Some(data), ..Tensor::new(I64, &[rank]) }
    } else {
        indices(params, &[rank], 3)
    };
    let label = label(params, &update);
    Some(Case::new(label, [input.clone(), update, start], input, Options::None))
}

/// Indices of so many places: a constant that goes backwards, or fed.
fn indices(params: &Params, shape: &[i32], places: i32) -> Tensor {
    if params.variant == FED {
        return Tensor::indices(shape, places);
    }
    let values: Vec<i32> =
        (0..shape.iter().product()).map(|i: i32| places - 1 - i % places).collect();
    Tensor::integers_of(&values, shape)
}

fn label(params: &Params, output: &Tensor) -> String {
    let fed = if params.variant == FED { "_fed" } else { "" };
    format!("{}_{}{fed}", join(&params.input.shape), join(&output.shape))
}

/// Four slices along `axis`.
fn gather(params: &Params) -> Option<Case> {
    let dimension = params.dimension()?;
    let indices = indices(params, &[4], params.input.shape[dimension]);
    let output = params.input.shaped(&params.resized(|_| 4)?);
    let options = GatherOptions { axis: params.axis, batch_dims: 0 };
    let label = label(params, &output);
    Some(Case::new(label, [params.input.clone(), indices], output, options))
}

/// Three pieces that the first two dimensions name.
fn gather_nd(params: &Params) -> Option<Case> {
    let [rows, columns, rest @ ..] = &*params.input.shape else { return None };
    let indices = indices(params, &[3, 2], *rows.min(columns));
    let shape = [&[3], rest].concat();
    let output = params.input.shaped(&shape);
    let label = label(params, &output);
    Some(Case::new(label, [params.input.clone(), indices], output, Options::None))
}

/// Six rows of a table.
fn embedding_lookup(params: &Params) -> Option<Case> {
    let [rows, rest @ ..] = &*params.input.shape else { return None };
    if rest.is_empty() {
        return None;
    }
    let indices = indices(params, &[6], *rows);
    let output = params.input.shaped(&[&[6], rest].concat());
    let label = label(params, &output);
    Some(Case::new(label, [indices, params.input.clone()], output, Options::None))
}

/// Six rows of a constant table of `i8`, as real numbers. Its indices are fed.
fn embedding_lookup_real(params: &Params) -> Option<Case> {
    let params = Params { variant: FED, ..params.clone() };
    let case = embedding_lookup(&params)?;
    let table = params.input.quantized(1.0 / 64.0, 0).noise(102);
    let output = Tensor::new(F32, &case.outputs.first()?.shape);
    let indices = case.inputs.first()?.clone();
    Some(Case { inputs: vec![indices, table], outputs: vec![output], ..case })
}

/// The condition is a constant.
fn select_v2(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let other = params.others.iter().find(|other| **other == input).unwrap_or(&input).clone();
    let condition = Tensor::new(BOOL, &input.shape).noise(103);
    let label = join(&input.shape);
    Some(Case::new(label, [condition, input.clone(), other], input, Options::None))
}
