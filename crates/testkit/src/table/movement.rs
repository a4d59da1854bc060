//! Operators that move elements and do not change them.

mod arrange;
mod indexed;
mod shapes;

use bantam_schema::options::{
    ConcatenationOptions, ReshapeOptions, SplitOptions, SplitVOptions, SqueezeOptions,
    StridedSliceOptions,
};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, I64, MAP, NUMBERS, ODD, SMALL, U8, USUAL};
use crate::{Case, Entry, Params, Tensor};

/// The types of operators that do not look at elements.
const ALL: &[TensorType] = &[I8, U8, I16, I32, I64, BOOL, F32];

pub(super) fn entries() -> Vec<Entry> {
    let map = || [Params::of(MAP)];
    let parts = || Params::of(SMALL).channels(2).axis(1);
    let border = || Params::of(MAP).window([2, 2]);
    let padded = || [Params::of(SMALL).window([3, 2]), Params::of(ODD).window([1, 2]).variant(1)];
    let mut entries = vec![
        Entry::new(Op::CONCATENATION, &[I8, I16, I32, I64, BOOL, F32], concatenation)
            .test([
                Params::of(SMALL).others(&[&[1, 2, 3, 2], SMALL]).axis(1),
                Params::of(ODD).others(&[ODD]),
            ])
            .bench_of(&[I8, F32], [Params::of(&[1, 24, 24, 32]).others(&[&[1, 24, 24, 32]])]),
        Entry::new(Op::EXPAND_DIMS, USUAL, expand_dims)
            .test([Params::of(SMALL).axis(0), Params::of(&[2, 3]).axis(-1)])
            .bench_of(&[I8], map().map(|params| params.axis(0))),
        Entry::new(Op::PAD, NUMBERS, |params| pad(params, vec![]))
            .test(padded())
            .bench_of(USUAL, [border()]),
        Entry::new(Op::PADV2, NUMBERS, |params| {
            pad(params, vec![params.input.shaped(&[1]).noise(7)])
        })
        .test(padded())
        .bench_of(USUAL, [border()]),
        Entry::new(Op::RESHAPE, ALL, reshape)
            .test([Params::of(SMALL), Params::of(SMALL).variant(1)])
            .bench_of(&[I8], map()),
        Entry::new(Op::SPLIT, NUMBERS, split)
            .test([parts(), Params::of(ODD).channels(9)])
            .bench_of(&[I8, F32], [Params::of(MAP).channels(4)]),
        Entry::new(Op::SPLIT_V, NUMBERS, split_v)
            .test([parts(), Params::of(ODD).channels(4)])
            .bench_of(&[I8, F32], [Params::of(MAP).channels(4)]),
        Entry::new(Op::SQUEEZE, ALL, squeeze)
            .test([Params::of(SMALL), Params::of(ODD)])
            .bench_of(&[I8], map()),
        Entry::new(Op::STRIDED_SLICE, &[I8, I16, I32, BOOL, F32], strided_slice)
            .test([
                Params::of(SMALL).stride([2, 2]),
                Params::of(&[2, 3, 5, 2]).stride([1, 2]).variant(1),
                Params::of(SMALL).stride([1, 2]).variant(2),
            ])
            .bench_of(USUAL, [Params::of(MAP).stride([2, 2])]),
        Entry::new(Op::TRANSPOSE, USUAL, transpose)
            .test([Params::of(SMALL), Params::of(ODD).variant(1), Params::of(&[3, 4, 5])])
            .bench([Params::of(&[1, 64, 256])]),
    ];
    entries.extend(arrange::entries());
    entries.extend(indexed::entries());
    entries.extend(shapes::entries());
    entries
}

/// The input and those of the others that can be joined to it along `axis`.
fn concatenation(params: &Params) -> Option<Case> {
    let dimension = params.dimension()?;
    let fits = |other: &&Tensor| {
        let same = |(i, (a, b)): (usize, (&i32, &i32))| a == b || i == dimension;
        let shapes = params.input.shape.iter().zip(&other.shape);
        let alike = params.input.shaped(&other.shape) == **other;
        alike && other.shape.len() == params.input.shape.len() && shapes.enumerate().all(same)
    };
    let others = params.others.iter().filter(fits).cloned();
    let mut inputs: Vec<Tensor> = [params.input.clone()].into_iter().chain(others).collect();
    if inputs.len() == 1 {
        inputs.push(params.input.clone());
    }
    let extent = inputs.iter().map(|input| input.shape[dimension]).sum();
    let output = params.input.shaped(&params.resized(|_| extent)?);
    let label = format!("{}_{}", inputs.len(), join(&params.input.shape));
    let options = ConcatenationOptions { axis: params.axis, ..ConcatenationOptions::default() };
    Some(Case::new(label, inputs, output, options))
}

/// `axis` may name a place behind the innermost dimension.
fn expand_dims(params: &Params) -> Option<Case> {
    let rank = params.input.shape.len();
    let at = usize::try_from(params.axis).unwrap_or(rank);
    let mut shape = params.input.shape.clone();
    if at > rank || rank > 4 {
        return None;
    }
    shape.insert(at, 1);
    let label = format!("{}_{}", join(&params.input.shape), join(&shape));
    let inputs = [params.input.clone(), Tensor::integers(&[at as i32])];
    Some(Case::new(label, inputs, params.input.shaped(&shape), Options::None))
}

/// One pixel less than the window above and to the left of an image, the strides below and to the
/// right. Variant 1 also has a channel behind the last one.
fn pad(params: &Params, value: Vec<Tensor>) -> Option<Case> {
    let [height, width, channels] = params.image()?;
    let [above, left] = params.window.map(|len| len - 1);
    let [below, right] = params.stride;
    let behind = i32::from(params.variant == 1);
    let paddings = [0, 0, above, below, left, right, 0, behind];
    let size = [height + above + below, width + left + right, channels + behind];
    let output = params.image_of(size);
    let label = format!("{}_{}", join(&params.input.shape), join(&output.shape));
    let paddings = Tensor::integers_of(&paddings, &[4, 2]);
    let inputs = [params.input.clone(), paddings].into_iter().chain(value);
    Some(Case::new(label, inputs, output, Options::None))
}

/// Variant 0 joins all dimensions but the first; 1 exchanges rows and columns, 2 makes pixels rows.
fn reshape(params: &Params) -> Option<Case> {
    let batches = params.batches();
    let shape = match (params.variant % 3, params.image()) {
        (1, Some([height, width, channels])) => vec![batches, width, height, channels],
        (2, Some([height, width, channels])) => vec![batches, height * width, 1, channels],
        _ => vec![batches, params.input.shape.iter().skip(1).product()],
    };
    let label = format!("{}_{}", join(&params.input.shape), join(&shape));
    let inputs = [params.input.clone(), Tensor::integers(&shape)];
    Some(Case::new(label, inputs, params.input.shaped(&shape), ReshapeOptions::default()))
}

/// `channels` equal parts.
fn split(params: &Params) -> Option<Case> {
    let parts = params.channels;
    let extent = *params.input.shape.get(params.dimension()?)?;
    if extent % parts != 0 {
        return None;
    }
    let part = params.input.shaped(&params.resized(|extent| extent / parts)?);
    let label = format!("{parts}_{}", join(&params.input.shape));
    let inputs = [Tensor::integers(&[params.axis]), params.input.clone()];
    let options = SplitOptions { num_splits: parts };
    let case = Case::new(label, inputs, part.clone(), options);
    Some(case.outputs(vec![part; parts.unsigned_abs() as usize]))
}

/// The first `channels` of the dimension, and the rest.
fn split_v(params: &Params) -> Option<Case> {
    let first = params.channels;
    let rest = *params.input.shape.get(params.dimension()?)? - first;
    if rest < 1 {
        return None;
    }
    let sizes = [first, rest];
    let label = format!("{}_{}", join(&sizes), join(&params.input.shape));
    let part = |size| Some(params.input.shaped(&params.resized(|_| size)?));
    let outputs = vec![part(first)?, part(rest)?];
    let axis = Tensor::integers(&[params.axis]);
    let inputs = [params.input.clone(), Tensor::integers(&sizes), axis];
    let options = SplitVOptions { num_splits: 2 };
    Some(Case::new(label, inputs, part(first)?, options).outputs(outputs))
}

/// Drops all dimensions of one element.
fn squeeze(params: &Params) -> Option<Case> {
    let shape = params.input.shape.iter().copied().filter(|&dim| dim != 1).collect::<Vec<_>>();
    let label = format!("{}_{}", join(&params.input.shape), join(&shape));
    let output = params.input.shaped(&shape);
    Some(Case::new(label, [params.input.clone()], output, SqueezeOptions::default()))
}

/// Every so-manyth row and column. Variant 1 goes from the last row to the first, 2 takes the last
/// row and drops the dimension.
fn strided_slice(params: &Params) -> Option<Case> {
    let [height, width, channels] = params.image()?;
    let [down, right] = params.stride;
    let every = |len: i32, step: i32| (len + step - 1) / step;
    let (mut begin, mut step) = ([0; 4], [1, down, right, 1]);
    let end = [params.batches(), height, width, channels];
    let columns = every(width, right);
    let mut shape = vec![params.batches(), every(height, down), columns, channels];
    let mut options = StridedSliceOptions { begin_mask: 1, ..StridedSliceOptions::default() };
    match params.variant % 3 {
        1 => {
            (begin[1], step[1]) = (-1, -down);
            options.end_mask = 0b10;
        }
        2 => {
            (begin[1], step[1]) = (height - 1, 1);
            options.shrink_axis_mask = 0b10;
            shape.remove(1);
        }
        _ => {}
    }
    let label = format!("{}_{}", join(&params.input.shape), join(&shape));
    let bounds = [begin, end, step].map(|values| Tensor::integers(&values));
    let inputs = [params.input.clone()].into_iter().chain(bounds);
    Some(Case::new(label, inputs, params.input.shaped(&shape), options))
}

/// Exchanges the second and the third dimension; variant 1 turns the order around.
fn transpose(params: &Params) -> Option<Case> {
    let rank = params.input.shape.len();
    let mut order: Vec<usize> = (0..rank).collect();
    match params.variant % 2 {
        0 if rank < 3 => return None,
        0 => order.swap(1, 2),
        _ => order.reverse(),
    }
    let shape: Vec<i32> = order.iter().map(|&i| params.input.shape[i]).collect();
    let label = format!("{}_{}", join(&params.input.shape), join(&shape));
    let order: Vec<i32> = order.into_iter().map(|i| i as i32).collect();
    let inputs = [params.input.clone(), Tensor::integers(&order)];
    Some(Case::new(label, inputs, params.input.shaped(&shape), Options::None))
}
