//! The cases of activations of 16 bits.

use bantam_isa::{Factors, Grid, PIXELS, Part, Windows, patch_len, portable};

use crate::cases::Test;
use crate::data::{Kind, Memory, Noise, place, place_mut};
use crate::pinned::takes_at_most;

/// Runs the cases of all functions, each in both ways, and compares all memory after each.
pub(crate) fn all(found: &mut Memory, expected: &mut Memory) -> bool {
    let mut test = Test::new(found, expected);
    gather_windows(&mut test);
    products(&mut test);
    depthwise(&mut test);
    requantize(&mut test);
    test.passed && pinned(test.found)
}

fn gather_windows(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for run in [1, 3, 4, 8, 9] {
            for from in [0, 1, 4, 7] {
                for len in (0..=13).chain([24]) {
                    test.case(
                        kind,
                        "gather_windows_wide",
                        &[run, from, len],
                        &|memory, assembly| {
                            let patch = place_mut(&mut memory.patch, 0, patch_len(PIXELS, len));
                            let row = run + len % 3;
                            let pixels = [0, 1, run, 2 * run].map(|pixel| pixel + from % 2);
                            let last = (from + len).saturating_sub(1) / run;
                            let input = last * row + run + pixels.iter().max().unwrap_or(&0);
                            let input = place(&memory.wide_input, len % 4, input);
                            let windows = Windows { input, pixels, row, run };
                            let way = if assembly {
                                bantam_isa::gather_windows_wide
                            } else {
                                portable::gather_windows_wide
                            };
                            way(patch, &windows, [from, len]);
                        },
                    );
                }
            }
        }
    }
    test.end("gather_windows_wide");
}

/// Inputs of 16 bits are multiplied as those of 8 are.
fn products(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for filters in 0..=9 {
            for len in [1, 2, 3, 4, 9, 36] {
                test.case(kind, "products", &[filters, len], &|memory, assembly| {
                    for pixel in 0..PIXELS {
                        let input = place(&memory.wide_input, pixel, len);
                        bantam_isa::gather_wide(&mut memory.patch, [PIXELS, pixel], 0, input);
                    }
                    let filter = place(&memory.filter, len % 4, filters * len);
                    let part = Part { patch: &memory.patch, len, weights: filter, depth: len };
                    let (fours, rest) = memory.sums.split_at_mut(128);
                    let (fours, _) = place_mut(fours, 0, PIXELS * filters).as_chunks_mut();
                    let one = if assembly { bantam_isa::multiply } else { portable::multiply };
                    one(&part, place_mut(rest, 0, filters));
                    let four =
                        if assembly { bantam_isa::multiply_four } else { portable::multiply_four };
                    four(&part, memory.bias.get(..filters), fours);
                });
            }
        }
    }
    test.end("products of 16 bits");
}

fn depthwise(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in [0, 4, 8, 12, 36] {
            for rows in 0..=3 {
                for columns in 0..=4 {
                    let sizes = [channels, rows, columns];
                    test.case(kind, "depthwise_wide", &sizes, &|memory, assembly| {
                        let wide = channels + columns % 3;
                        let (row, filter_row) = (columns * wide + rows, columns * channels);
                        let (row_steps, column_steps) = ([row, filter_row], [wide, channels]);
                        let grid = Grid { rows, columns, row: row_steps, column: column_steps };
                        let len = |row: usize, column: usize| {
                            let last = columns.saturating_sub(1) * column;
                            rows.saturating_sub(1) * row + last + channels
                        };
                        let input = place(&memory.wide_input, columns, len(row, wide));
                        let filter = place(&memory.filter, rows, len(filter_row, channels));
                        let sums = place_mut(&mut memory.sums, 0, channels);
                        let way = if assembly {
                            bantam_isa::depthwise_wide
                        } else {
                            portable::depthwise_wide
                        };
                        way(&grid, input, filter, sums);
                    });
                }
            }
        }
    }
    test.end("depthwise_wide");
}

fn requantize(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in 0..=9 {
            for more in 0..=4 {
                test.case(kind, "requantize_wide", &[channels, more], &|memory, assembly| {
                    let given = if more == 4 { 1 } else { channels };
                    let factors = Factors {
                        multipliers: place(&memory.multipliers, more, given),
                        shifts: place(&memory.shifts, more, given),
                        zero_point: 0,
                        is_short: true,
                    };
                    let output = place_mut(&mut memory.wide_output, more % 4, channels);
                    let sums = place(&memory.sums, more, channels);
                    let way = if assembly {
                        bantam_isa::requantize_wide
                    } else {
                        portable::requantize_wide
                    };
                    way(sums, &factors, output);
                    let stride = channels + more;
                    let output =
                        place_mut(&mut memory.wide_output, more % 4, 3 * stride + channels);
                    let (sums, _) = place(&memory.sums, more, PIXELS * channels).as_chunks();
                    let way = if assembly {
                        bantam_isa::requantize_wide_four
                    } else {
                        portable::requantize_wide_four
                    };
                    way(sums, &factors, stride, output);
                });
            }
        }
    }
    test.end("requantize_wide");
}

/// The instructions of one shape of each function, checks of lengths included: they must not grow.
fn pinned(memory: &mut Memory) -> bool {
    memory.fill(&mut Noise(3), Kind::Small);
    let Memory { wide_input: input, wide_output: output, filter, patch, sums, .. } = memory;
    let factors = Factors {
        multipliers: &memory.multipliers,
        shifts: &memory.shifts,
        zero_point: 0,
        is_short: true,
    };
    let mut passed = true;
    let mut check = |name: &str, expected: u64, work: &mut dyn FnMut()| {
        passed &= takes_at_most(name, expected, work);
    };
    for (name, run, len, expected) in [
        ("gather_windows_wide, 4 x 64 inputs", 16, 64, WORDS),
        ("gather_windows_wide, 4 x 27 inputs", 9, 27, HALVES),
    ] {
        check(name, expected, &mut || {
            let windows = Windows { input, pixels: [0, 16, 32, 48], row: 200, run };
            bantam_isa::gather_windows_wide(patch, &windows, [0, len]);
        });
    }
    check("gather_wide, 64 inputs", GATHER, &mut || {
        bantam_isa::gather_wide(patch, [1, 0], 0, place(input, 0, 64));
    });
    check("depthwise_wide, 3 x 3 x 16", DEPTHWISE, &mut || {
        let grid = Grid { rows: 3, columns: 3, row: [160, 48], column: [16, 16] };
        bantam_isa::depthwise_wide(&grid, input, filter, place_mut(sums, 0, 16));
    });
    check("requantize_wide, 32", REQUANTIZE, &mut || {
        bantam_isa::requantize_wide(place(sums, 0, 32), &factors, place_mut(output, 0, 32));
    });
    check("requantize_wide_four, 4 x 16", REQUANTIZE_FOUR, &mut || {
        let (sums, _) = place(sums, 0, 64).as_chunks();
        bantam_isa::requantize_wide_four(sums, &factors, 16, output);
    });
    passed
}

const WORDS: u64 = 588;
const HALVES: u64 = 573;
const GATHER: u64 = 438;
const DEPTHWISE: u64 = 774;
const REQUANTIZE: u64 = 553;
const REQUANTIZE_FOUR: u64 = 516;
