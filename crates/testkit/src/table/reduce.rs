//! Operators that make one element of many along some dimensions, or go along one.

use bantam_schema::options::{ArgMaxOptions, ArgMinOptions, CumsumOptions, ReducerOptions};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{BOOL, F32, I8, MAP, ODD, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let position = Options::from(ArgMaxOptions { output_type: TensorType::INT32 });
    let lowest = Options::from(ArgMinOptions { output_type: TensorType::INT32 });
    vec![
        arg(Op::ARG_MAX, position),
        arg(Op::ARG_MIN, lowest),
        Entry::new(Op::CUMSUM, &[I8, F32], cumsum)
            .test((0..4).map(|variant| Params::of(SMALL).axis(1).variant(variant)))
            .test([Params::of(ODD), Params::of(&[3, 4, 3]).variant(FED)])
            .bench([Params::of(MAP)]),
        reduce(Op::MEAN, USUAL, Tensor::result),
        reduce(Op::REDUCE_ALL, &[BOOL], Tensor::clone),
        reduce(Op::REDUCE_MAX, &[I8, F32], Tensor::clone),
        reduce(Op::REDUCE_MIN, &[I8, F32], Tensor::clone),
        reduce(Op::SUM, USUAL, Tensor::result),
    ]
}

/// The variant whose axes are fed.
const FED: u8 = 4;

/// The variant that reduces every other dimension, the outermost first.
const ALTERNATING: u8 = 5;

/// Axes of the places that [`FED`] tensors have.
fn axes_of(params: &Params, constant: &[i32]) -> Tensor {
    if params.variant == FED { Tensor::indices(&[1], 2) } else { Tensor::integers(constant) }
}

/// Variant 0 reduces rows and columns and drops these dimensions, 1 keeps them; 2 reduces along
/// `axis` and keeps the dimension. [`FED`] drops any of the first two, which are alike;
/// [`ALTERNATING`] keeps the dimensions that it reduces.
fn reduce(operator: Op, types: &'static [TensorType], output: fn(&Tensor) -> Tensor) -> Entry {
    let make = move |params: &Params| {
        let (dimensions, keep_dims) = match params.variant {
            0 | 1 => (vec![1, 2], params.variant == 1),
            FED => (vec![0], false),
            ALTERNATING => ((0..params.input.shape.len()).step_by(2).collect(), true),
            _ => (vec![params.dimension()?], true),
        };
        let input = params.input.clone();
        if dimensions.iter().any(|&dimension| dimension >= input.shape.len())
            || params.variant == FED && input.shape.get(1) != input.shape.first()
        {
            return None;
        }
        let axes: Vec<i32> = dimensions.iter().map(|&dimension| dimension as i32).collect();
        let shape = input.shape.iter().enumerate();
        let shape: Vec<i32> = shape
            .filter_map(|(i, &dim)| match dimensions.contains(&i) {
                true => keep_dims.then_some(1),
                false => Some(dim),
            })
            .collect();
        let label = label(params, &shape);
        let output = output(&input).shaped(&shape);
        let inputs = [input, axes_of(params, &axes)];
        Some(Case::new(label, inputs, output, ReducerOptions { keep_dims }))
    };
    let large: &[TensorType] = if types.contains(&I8) { &[I8] } else { &[] };
    Entry::new(operator, types, make)
        .test([
            Params::of(SMALL),
            Params::of(ODD).variant(1),
            Params::of(ODD).variant(2),
            Params::of(&[5, 2, 3]).variant(2).axis(0),
            Params::of(&[3, 3, 2]).variant(FED),
            Params::of(&[2, 3, 3, 2, 2, 3]).variant(ALTERNATING),
        ])
        .bench([Params::of(&[1, 8, 8, 64])])
        .bench_of(large, [Params::of(&[128, 128]).variant(2)])
}

/// The position of an element along `axis`, or along one of the first two, which are alike.
fn arg(operator: Op, options: Options<'static>) -> Entry {
    let make = move |params: &Params| {
        let shape = params.without_axis()?;
        let label = label(params, &shape);
        let inputs = [params.input.clone(), axes_of(params, &[params.axis])];
        Some(Case::new(label, inputs, Tensor::new(TensorType::INT32, &shape), options))
    };
    Entry::new(operator, &[I8, F32], make)
        .test([Params::of(SMALL).axis(1), Params::of(ODD)])
        .test([Params::of(&[3, 3, 4]).axis(1).variant(FED)])
        .bench([Params::of(&[64, 128])])
}

/// Sums along `axis`: variant 1 leaves out each element's own value, 2 begins at the end, 3 does
/// both.
fn cumsum(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    params.dimension()?;
    let [exclusive, reverse] = [1, 2].map(|bit| params.variant & bit != 0);
    let marks = [("_exclusive", exclusive), ("_reverse", reverse)];
    let marks = marks.into_iter().filter(|(_, is_set)| *is_set).map(|(mark, _)| mark);
    let label = label(params, &input.shape) + &marks.collect::<String>();
    let output = input.result();
    let inputs = [input, axes_of(params, &[params.axis])];
    Some(Case::new(label, inputs, output, CumsumOptions { exclusive, reverse }))
}

fn label(params: &Params, shape: &[i32]) -> String {
    let fed = if params.variant == FED { "_fed" } else { "" };
    format!("{}_{}{fed}", join(&params.input.shape), join(shape))
}
