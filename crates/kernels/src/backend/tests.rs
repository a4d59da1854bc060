//! All backends give what the definitions say, primitive by primitive.

mod case;
mod elementwise;
mod floats;
mod weighted;

use crate::backend::{Backend, Compact, Dsp, Mve, Portable};
use crate::decode::filter::LutFilter;
use crate::number::weights::Int4Pair;
use case::cases;
use elementwise::{combined, pooled, rescaled};
use floats::{float_convolutions, float_dense, float_depthwise};
use proptest::prelude::*;
use weighted::{convolutions, dense, depthwise};

#[cfg(feature = "bytemuck")]
use crate::backend::Convolution;
#[cfg(feature = "bytemuck")]
use crate::backend::layer::Layer;
#[cfg(feature = "bytemuck")]
use crate::target::SCRATCH_WORDS;
#[cfg(feature = "bytemuck")]
use crate::walk::taps::RowWindows;
#[cfg(feature = "bytemuck")]
use case::{Case, Constants};

/// A test of each primitive for each backend and all types.
macro_rules! backends {
    ($($name:ident: $backend:ty),*) => {$(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn windows_are_multiplied(case in cases()) {
                    convolutions::<$backend, i8, i32, i8>(&case);
                    convolutions::<$backend, i8, i32, Int4Pair>(&case);
                    convolutions::<$backend, i8, i32, LutFilter<'static>>(&case);
                    convolutions::<$backend, i16, i64, i8>(&case);
                    convolutions::<$backend, i16, i32, i8>(&case);
                }

                #[test]
                fn one_pixel_has_many_filters(case in cases()) {
                    dense::<$backend, i8, i32, i8>(&case);
                    dense::<$backend, i8, i32, Int4Pair>(&case);
                    dense::<$backend, i8, i32, LutFilter<'static>>(&case);
                    dense::<$backend, i16, i64, i8>(&case);
                    dense::<$backend, i16, i32, i8>(&case);
                }

                #[test]
                fn rows_are_depthwise(case in cases()) {
                    depthwise::<$backend, i8, i32, i8>(&case);
                    depthwise::<$backend, i8, i32, Int4Pair>(&case);
                    depthwise::<$backend, i8, i32, LutFilter<'static>>(&case);
                    depthwise::<$backend, i16, i64, i8>(&case);
                    depthwise::<$backend, i16, i32, i8>(&case);
                }

                #[test]
                fn floats_keep_their_order(case in cases()) {
                    float_convolutions::<$backend>(&case);
                    float_dense::<$backend>(&case);
                    float_depthwise::<$backend>(&case);
                }

                #[test]
                fn blocks_are_combined_and_rescaled(len in 1..70_usize, seed: u64) {
                    combined::<$backend, i8>(len, seed);
                    combined::<$backend, i16>(len, seed);
                    rescaled::<$backend, i8, i8>(len, seed, 127);
                    rescaled::<$backend, i16, i8>(len, seed, 32_767);
                    rescaled::<$backend, i8, i16>(len, seed, 127);
                    rescaled::<$backend, i32, i8>(len, seed, 1 << 20);
                    rescaled::<$backend, i32, i16>(len, seed, 1 << 24);
                }

                #[test]
                fn windows_are_pooled(
                    count in [1..5_usize, 1..5], channels in 1..10_usize, seed: u64,
                ) {
                    pooled::<$backend>(count, channels, seed);
                }
            }
        }
    )*};
}
backends!(compact: Compact, portable: Portable, dsp: Dsp, mve: Mve);

/// Otherwise the tests above would compare pixels with themselves.
#[test]
fn dsp_computes_rows_of_bytes() {
    assert!(Dsp::convolves_rows::<i8, i8>());
    assert!(!Dsp::convolves_rows::<i16, i8>());
}

/// As above.
#[cfg(feature = "bytemuck")]
#[test]
fn mve_computes_rows_unless_factors_are_above_one() {
    for (shifts, expected) in [((-31, -1), 6), ((0, 3), 0)] {
        let case = Case {
            channels: 5,
            multiplier: 1,
            outputs: 3,
            width: 6,
            filter: [1, 1],
            stride: 1,
            dilation: 1,
            row: 0,
            shifts,
            seed: 1,
        };
        let constants = Constants::<i32, i8>::new::<i8>(&case, &mut 1, 3, 5);
        let (window, weights) = (case.window(), constants.weights());
        let layer = Layer::<i8>::new(&constants.quantization, &weights);
        let mut memory = [0; SCRATCH_WORDS];
        let mut scratch = Mve::scratch(&layer, 5, &mut memory);
        Mve::select(&mut scratch, &layer, 0..3, 5);
        let windows = RowWindows::new(&window, 0, 5);
        let row = Convolution { windows: &windows, depth: 5, channel: 0, channels: 3 };
        let computed = Mve::convolve(&mut scratch, &layer, &row, &[1; 30], &mut [0; 18]);
        assert_eq!(computed, expected);
    }
}
