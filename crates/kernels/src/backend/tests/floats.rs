//! The same of floats, in their order.

use alloc::vec;
use alloc::vec::Vec;

use crate::backend::layer::FloatWeights;
use crate::backend::tests::case::{Case, noise};
use crate::backend::{Backend, Depthwise, FloatWindows};
use crate::number::clamp::clamp_f32;
use crate::walk::taps::{RowWindows, Taps};

/// The bits of numbers; all that are not numbers are the same.
pub(super) fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }).collect()
}

pub(super) fn floats(seed: &mut u64, len: usize, odd: bool) -> Vec<f32> {
    let number = |x: i32| match x.rem_euclid(41) {
        0 if odd => f32::INFINITY,
        1 if odd => f32::NAN,
        2 if odd => -0.0,
        _ => x as f32 / (1 << 23) as f32,
    };
    noise::<i32>(seed, len, -1 << 24, 1 << 24).into_iter().map(number).collect()
}

pub(super) fn float_convolutions<K: Backend>(case: &Case) {
    let seed = &mut case.seed.clone();
    let (window, depth, outputs) = (case.window(), case.area() * case.channels, case.outputs);
    // Infinite weights are not for several windows: see `FloatLayerKernel`.
    let (filter, bias) = (floats(seed, outputs * depth, false), floats(seed, outputs, true));
    let image = floats(seed, case.image_len(), case.row == 1);
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, case.channels);
    let weights = FloatWeights { filter: &filter[..], bias: Some(&bias[..]), range: (-3.0, 5.0) };
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..outputs {
            let mut sum = 0.0;
            windows.taps(at).for_each([0, channel * depth], |from, tap| {
                for k in 0..case.channels {
                    sum += input[from + k] * filter[tap + k];
                }
            });
            let mut output = [0.0];
            weights.finish(channel, &[sum], &mut output);
            want.extend(output);
        }
    }
    let mut got = vec![7.0; want.len()];
    for (at, pixel) in got.chunks_mut(outputs).enumerate() {
        K::float_pixel(&weights, 0..outputs, depth, &windows.runs(at, 0), input, pixel);
    }
    assert_eq!(bits(&got), bits(&want));
    if let Some(mut tile) = K::float_windows(depth, windows.len()) {
        let most = tile.most();
        for (group, pixels) in got.chunks_mut(most * outputs).enumerate() {
            pixels.fill(7.0);
            for slot in 0..pixels.len() / outputs {
                tile.gather(slot, &windows.runs(group * most + slot, 0), input);
            }
            tile.multiply(&weights, 0..outputs, outputs, pixels);
        }
        assert_eq!(bits(&got), bits(&want));
    }
}

/// One pixel with the filters of all units: sums that are infinite, no numbers, or zeros of either
/// sign, any remainder of depth and units.
pub(super) fn float_dense<K: Backend>(case: &Case) {
    let seed = &mut case.seed.clone();
    let (depth, units) = (case.area() * case.channels, case.outputs);
    let filter = floats(seed, units * depth, case.row == 2);
    let (input, bias) = (floats(seed, depth, case.row == 1), floats(seed, units, case.row != 0));
    let bias = (case.multiplier > 1).then_some(&bias[..]);
    let range = if case.stride == 1 { (-3.0, 5.0) } else { (f32::NEG_INFINITY, f32::INFINITY) };
    let want: Vec<f32> = (0..units)
        .map(|unit| {
            let mut sum = 0.0;
            for k in 0..depth {
                sum += input[k] * filter[unit * depth + k];
            }
            clamp_f32(sum + bias.map_or(0.0, |bias| bias[unit]), range.0, range.1)
        })
        .collect();
    let weights = FloatWeights { filter: &filter[..], bias, range };
    let mut got = vec![7.0; units];
    K::float_pixel(&weights, 0..units, depth, &Taps::one_run(depth), &input, &mut got);
    assert_eq!(bits(&got), bits(&want));
}

pub(super) fn float_depthwise<K: Backend>(case: &Case) {
    let seed = &mut case.seed.clone();
    let (window, channels) = (case.window(), case.channels * case.multiplier);
    let (filter, bias) =
        (floats(seed, channels * case.area(), case.row == 2), floats(seed, channels, true));
    let image = floats(seed, case.image_len(), case.row == 1);
    let (row, input) = case.row(&window, &image);
    let windows = RowWindows::new(&window, row, channels);
    let weights = FloatWeights { filter: &filter[..], bias: Some(&bias[..]), range: (-3.0, 5.0) };
    let mut want = Vec::new();
    for at in 0..windows.len() {
        for channel in 0..channels {
            let mut sum = 0.0;
            windows.taps(at).for_each([channel / case.multiplier, channel], |from, tap| {
                sum += input[from] * filter[tap];
            });
            let mut output = [0.0];
            weights.finish(channel, &[sum], &mut output);
            want.extend(output);
        }
    }
    let depthwise = Depthwise { windows, channels, multiplier: case.multiplier, area: case.area() };
    let mut got = vec![7.0; want.len()];
    K::float_depthwise(&weights, &depthwise, input, &mut got);
    assert_eq!(bits(&got), bits(&want));
}
