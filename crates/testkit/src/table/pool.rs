//! Operators that make one element of each window of a channel.

use bantam_schema::options::Pool2dOptions;
use bantam_schema::{ActivationFunction, BuiltinOperator as Op, TensorType};

use crate::params::{join, suffix};
use crate::usual::{F32, I8, SMALL, USUAL};
use crate::{Case, Entry, Params};

pub(super) fn entries() -> Vec<Entry> {
    let window = |shape: &[i32], window| Params::of(shape).window(window).stride(window).valid();
    vec![
        pool_2d(Op::AVERAGE_POOL_2D, USUAL)
            .bench([window(&[1, 25, 5, 64], [25, 5])])
            .bench_of(&[I8], [window(&[1, 48, 48, 8], [2, 2])]),
        pool_2d(Op::L2_POOL_2D, &[F32]).bench([window(&[1, 48, 48, 8], [2, 2])]),
        pool_2d(Op::MAX_POOL_2D, USUAL).bench([window(&[1, 48, 48, 8], [2, 2])]),
    ]
}

fn pool_2d(operator: Op, types: &'static [TensorType]) -> Entry {
    let make = |params: &Params| {
        let [_, _, channels] = params.image()?;
        let [height, width] = Params { dilation: [1, 1], ..params.clone() }.windows()?;
        let options = Pool2dOptions {
            padding: params.padding,
            stride_w: params.stride[1],
            stride_h: params.stride[0],
            filter_width: params.window[1],
            filter_height: params.window[0],
            fused_activation_function: params.activation,
        };
        let input = params.input.clone();
        let label = format!("{}_{}", join(&input.shape), join(&params.window));
        let label = label + &suffix(params.activation);
        Some(Case::new(label, [input], params.image_of([height, width, channels]), options))
    };
    let relu = ActivationFunction::RELU6;
    Entry::new(operator, types, make).test([
        Params::of(SMALL).window([2, 2]).stride([2, 1]),
        Params::of(&[2, 5, 4, 3]).window([3, 2]).stride([2, 2]).valid().activation(relu),
        Params::of(&[1, 3, 3, 19]).window([3, 3]),
    ])
}
