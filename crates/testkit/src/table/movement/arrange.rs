//! Elements in another order: blocks, reflections, ranges and slices.

use bantam_schema::options::{
    DepthToSpaceOptions, MirrorPadOptions, PackOptions, SpaceToDepthOptions, UnpackOptions,
};
use bantam_schema::{BuiltinOperator as Op, MirrorPadMode, Options, TensorType};

use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, I64, MAP, NUMBERS, ODD, SMALL, U8};
use crate::{Case, Entry, Params, Tensor};

/// The variant whose axes or bounds are fed.
const FED: u8 = 1;

/// The types of operators that only TFLM's most used models have.
const FEW: &[TensorType] = &[I8, F32];

pub(super) fn entries() -> Vec<Entry> {
    let blocks = |shape: &[i32]| Params::of(shape).window([2, 2]);
    vec![
        Entry::new(Op::BATCH_TO_SPACE_ND, FEW, batch_to_space_nd)
            .test([Params::of(&[6, 2, 3, 2]).window([3, 2]), blocks(&[4, 3, 1, 5])])
            .bench([blocks(&[4, 16, 16, 16])]),
        Entry::new(Op::DEPTH_TO_SPACE, FEW, depth_to_space)
            .test([blocks(&[1, 2, 3, 8])])
            .bench([blocks(&[1, 32, 32, 16])]),
        Entry::new(Op::MIRROR_PAD, FEW, mirror_pad)
            .test([Params::of(SMALL), Params::of(&[2, 3, 3, 5]).variant(1)])
            .bench([Params::of(MAP)]),
        Entry::new(Op::PACK, &[I8, I16, I32, I64, F32], pack)
            .test([Params::of(SMALL).others(&[SMALL]).axis(1), Params::of(&[3, 7]).axis(-1)])
            .bench_of(FEW, [Params::of(MAP).axis(3)]),
        Entry::new(Op::REVERSE_V2, &[I8, U8, I16, I32, I64, BOOL, F32], reverse_v2)
            .test([Params::of(SMALL).axis(1), Params::of(ODD), Params::of(SMALL).variant(FED)])
            .bench_of(FEW, [Params::of(MAP).axis(2)]),
        Entry::new(Op::SLICE, &[I8, I16, I32, BOOL, F32], slice)
            .test([Params::of(SMALL), Params::of(ODD), Params::of(&[2, 4, 3, 2]).variant(FED)])
            .bench_of(FEW, [Params::of(MAP)]),
        Entry::new(Op::SPACE_TO_BATCH_ND, FEW, space_to_batch_nd)
            .test([Params::of(SMALL).window([2, 3]), blocks(&[2, 4, 2, 5])])
            .bench([blocks(MAP)]),
        Entry::new(Op::SPACE_TO_DEPTH, FEW, space_to_depth)
            .test([blocks(&[1, 4, 6, 2])])
            .bench([blocks(MAP)]),
        Entry::new(Op::UNPACK, NUMBERS, unpack)
            .test([Params::of(SMALL).axis(1), Params::of(&[4, 9]).axis(-1)])
            .bench_of(FEW, [Params::of(&[16, 32, 32]).axis(0)]),
    ]
}

/// A label of two shapes.
fn label(input: &Tensor, output: &Tensor) -> String {
    format!("{}_{}", join(&input.shape), join(&output.shape))
}

/// The block has the extents of the window.
fn space_to_batch_nd(params: &Params) -> Option<Case> {
    let ([height, width, channels], [rows, columns]) = (params.image()?, params.window);
    if height % rows != 0 || width % columns != 0 {
        return None;
    }
    let batches = params.batches() * rows * columns;
    let output = params.input.shaped(&[batches, height / rows, width / columns, channels]);
    Some(blocks(params, output))
}

/// The block has the extents of the window.
fn batch_to_space_nd(params: &Params) -> Option<Case> {
    let ([height, width, channels], [rows, columns]) = (params.image()?, params.window);
    let batches = params.batches();
    if batches % (rows * columns) != 0 {
        return None;
    }
    let shape = [batches / (rows * columns), height * rows, width * columns, channels];
    Some(blocks(params, params.input.shaped(&shape)))
}

/// A node with a block and without a border.
fn blocks(params: &Params, output: Tensor) -> Case {
    let border = Tensor::integers_of(&[0; 4], &[2, 2]);
    let inputs = [params.input.clone(), Tensor::integers(&params.window), border];
    Case::new(label(&params.input, &output), inputs, output, Options::None)
}

/// Blocks are as wide as high.
fn space_to_depth(params: &Params) -> Option<Case> {
    let ([height, width, channels], block_size) = (params.image()?, params.window[0]);
    if height % block_size != 0 || width % block_size != 0 {
        return None;
    }
    let depth = channels * block_size * block_size;
    let output = params.image_of([height / block_size, width / block_size, depth]);
    let options = SpaceToDepthOptions { block_size };
    Some(Case::new(label(&params.input, &output), [params.input.clone()], output, options))
}

/// Blocks are as wide as high.
fn depth_to_space(params: &Params) -> Option<Case> {
    let ([height, width, channels], block_size) = (params.image()?, params.window[0]);
    if channels % (block_size * block_size) != 0 {
        return None;
    }
    let depth = channels / (block_size * block_size);
    let output = params.image_of([height * block_size, width * block_size, depth]);
    let options = DepthToSpaceOptions { block_size };
    Some(Case::new(label(&params.input, &output), [params.input.clone()], output, options))
}

/// A border of one row above and two below, and of a column. Variant 1 repeats the outermost
/// elements.
fn mirror_pad(params: &Params) -> Option<Case> {
    let [height, width, channels] = params.image()?;
    if height < 3 || width < 2 {
        return None;
    }
    let output = params.image_of([height + 3, width + 2, channels]);
    let paddings = Tensor::integers_of(&[0, 0, 1, 2, 1, 1, 0, 0], &[4, 2]);
    let modes = [MirrorPadMode::REFLECT, MirrorPadMode::SYMMETRIC];
    let options = MirrorPadOptions { mode: modes[usize::from(params.variant % 2)] };
    let inputs = [params.input.clone(), paddings];
    Some(Case::new(label(&params.input, &output), inputs, output, options))
}

/// The input and another tensor like it, or the input twice, along a dimension before that of
/// `axis`, or behind the last one.
fn pack(params: &Params) -> Option<Case> {
    let rank = params.input.shape.len();
    let at = usize::try_from(params.axis).unwrap_or(rank);
    if at > rank || rank > 4 {
        return None;
    }
    let other = params.others.iter().find(|other| **other == params.input);
    let inputs = [params.input.clone(), other.unwrap_or(&params.input).clone()];
    let mut shape = params.input.shape.clone();
    shape.insert(at, 2);
    let output = params.input.shaped(&shape);
    let options = PackOptions { values_count: 2, axis: at as i32 };
    Some(Case::new(label(&params.input, &output), inputs, output, options))
}

/// All slices.
fn unpack(params: &Params) -> Option<Case> {
    let dimension = params.dimension()?;
    let num = params.input.shape[dimension];
    let part = params.input.shaped(&params.without_axis()?);
    let options = UnpackOptions { num, axis: params.axis };
    let inputs = [params.input.clone()];
    let case = Case::new(label(&params.input, &part), inputs, part.clone(), options);
    Some(case.outputs(vec![part; num.unsigned_abs() as usize]))
}

fn reverse_v2(params: &Params) -> Option<Case> {
    let dimension = params.dimension()? as i32;
    let output = params.input.clone();
    let (axes, name) = match params.variant {
        FED => (Tensor::indices(&[1], output.shape.len() as i32), "fed".to_owned()),
        _ => (Tensor::integers(&[dimension]), dimension.to_string()),
    };
    let label = format!("{}_{name}", join(&output.shape));
    let inputs = [params.input.clone(), axes];
    Some(Case::new(label, inputs, output, Options::None))
}

/// All but the first row and column of an image; [`FED`] leaves out the first or the last element
/// of each dimension.
fn slice(params: &Params) -> Option<Case> {
    if params.variant == FED {
        let shape: Vec<i32> = params.input.shape.iter().map(|&dim| dim - 1).collect();
        if shape.contains(&0) {
            return None;
        }
        let output = params.input.shaped(&shape);
        let begin = Tensor::indices(&[shape.len() as i32], 2);
        let inputs = [params.input.clone(), begin, Tensor::integers(&shape)];
        let label = label(&params.input, &output) + "_fed";
        return Some(Case::new(label, inputs, output, Options::None));
    }
    let [height, width, channels] = params.image()?;
    let drop = |dim: i32| i32::from(dim > 1);
    let begin = [0, drop(height), drop(width), 0];
    let output = params.image_of([height - drop(height), width - drop(width), channels]);
    let inputs = [params.input.clone(), Tensor::integers(&begin), Tensor::integers(&output.shape)];
    Some(Case::new(label(&params.input, &output), inputs, output, Options::None))
}
