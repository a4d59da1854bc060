//! Shapes, and tensors of which only the shape is given.

use bantam_schema::options::ShapeOptions;
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, I64, MAP, ODD, SMALL, U8};
use crate::{Case, Entry, Params, Tensor};

const ALL: &[TensorType] = &[I8, U8, I16, I32, I64, BOOL, F32];

pub(super) fn entries() -> Vec<Entry> {
    let both = || [SMALL, ODD].map(Params::of);
    vec![
        Entry::new(Op::BROADCAST_ARGS, &[I32, I64], broadcast_args)
            .test([Params::of(&[4])])
            .bench([Params::of(&[8])]),
        Entry::new(Op::BROADCAST_TO, ALL, broadcast_to)
            .test([Params::of(&[1, 3, 1, 2]), Params::of(&[])])
            .bench_of(&[I8, F32], [Params::of(&[1, 32, 1, 16])]),
        Entry::new(Op::FILL, &[I8, I32, F32], fill)
            .test([Params::of(&[]).window([2, 9])])
            .bench_of(&[F32], [Params::of(&[]).window([128, 128])]),
        Entry::new(Op::SHAPE, ALL, shape).test(both()).bench_of(&[I8], [Params::of(MAP)]),
        Entry::new(Op::ZEROS_LIKE, &[I8, I32, I64, F32], zeros_like)
            .test(both())
            .bench_of(&[I8], [Params::of(MAP)]),
    ]
}

/// The input is a shape; the other one has extents of 1 only, which broadcast to any.
fn broadcast_args(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let [rank] = *input.shape else { return None };
    let one = if input.tensor_type == I64 { &[1, 0, 0, 0, 0, 0, 0, 0][..] } else { &[1, 0, 0, 0] };
    let ones = Tensor { data: Some(one.repeat(rank as usize)), ..input.shaped(&[rank]) };
    Some(Case::new(join(&input.shape), [input.clone(), ones], input, Options::None))
}

/// Dimensions of one element become three, and there is one more, of two.
fn broadcast_to(params: &Params) -> Option<Case> {
    if params.input.shape.len() > 4 {
        return None;
    }
    let wide = params.input.shape.iter().map(|&dim| if dim == 1 { 3 } else { dim });
    let shape: Vec<i32> = [2].into_iter().chain(wide).collect();
    let output = params.input.shaped(&shape);
    let label = format!("{}_{}", join(&params.input.shape), join(&shape));
    let inputs = [params.input.clone(), Tensor::integers(&shape)];
    Some(Case::new(label, inputs, output, Options::None))
}

/// As many rows and columns as the window has. The input is a scalar, the value.
fn fill(params: &Params) -> Option<Case> {
    if !params.input.shape.is_empty() {
        return None;
    }
    let output = params.input.shaped(&params.window);
    let inputs = [Tensor::integers(&params.window), params.input.clone()];
    Some(Case::new(join(&params.window), inputs, output, Options::None))
}

fn shape(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    if input.shape.is_empty() {
        return None;
    }
    let output = Tensor::new(I32, &[input.shape.len() as i32]);
    let options = ShapeOptions { out_type: I32 };
    Some(Case::new(join(&input.shape), [input], output, options))
}

fn zeros_like(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    Some(Case::new(join(&input.shape), [input.clone()], input, Options::None))
}
