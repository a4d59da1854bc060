//! Operators that make images of another height and width.

use bantam_schema::options::{ResizeBilinearOptions, ResizeNearestNeighborOptions};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::params::join;
use crate::usual::{F32, I8, MAP, SMALL, USUAL};
use crate::{Case, Entry, Params, Tensor};

pub(super) fn entries() -> Vec<Entry> {
    let twice = || Params::of(MAP).stride([2, 2]);
    vec![
        resize(Op::RESIZE_BILINEAR, &[I8, F32], |align_corners, half_pixel_centers| {
            ResizeBilinearOptions { align_corners, half_pixel_centers }.into()
        })
        .bench([twice().variant(2)]),
        resize(Op::RESIZE_NEAREST_NEIGHBOR, USUAL, |align_corners, half_pixel_centers| {
            ResizeNearestNeighborOptions { align_corners, half_pixel_centers }.into()
        })
        .bench([twice()]),
    ]
}

/// With padding, `stride` times as large and a window more; without, as many times smaller. Variant
/// 1 aligns corners, 2 has the centres of pixels at halves; `options` takes whether.
fn resize(
    operator: Op,
    types: &'static [TensorType],
    options: fn(bool, bool) -> Options<'static>,
) -> Entry {
    let make = move |params: &Params| {
        let [height, width, channels] = params.image()?;
        let size = |dim: i32, i: usize| match params.padding {
            bantam_schema::Padding::SAME => dim * params.stride[i] + params.window[i] - 1,
            _ => (dim / params.stride[i]).max(1),
        };
        let size = [size(height, 0), size(width, 1)];
        let input = params.input.clone();
        let variant = ["", "_corners", "_halves"].get(usize::from(params.variant % 3))?;
        let label = format!("{}_{}{variant}", join(&input.shape), join(&size));
        let output = params.image_of([size[0], size[1], channels]);
        let options = options(params.variant % 3 == 1, params.variant % 3 == 2);
        Some(Case::new(label, [input, Tensor::integers(&size)], output, options))
    };
    Entry::new(operator, types, make).test([
        Params::of(SMALL).window([3, 2]),
        Params::of(SMALL).stride([2, 2]).variant(1),
        Params::of(&[2, 3, 3, 5]).stride([1, 2]).window([2, 1]).variant(2),
        Params::of(&[1, 5, 6, 3]).stride([2, 2]).valid(),
    ])
}
