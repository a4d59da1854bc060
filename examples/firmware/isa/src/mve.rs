//! The cases of `bantam_isa::mve`.

use bantam_isa::Terms;
use bantam_isa::mve::{
    self, Channels, Dense, FOURS, Filters, Outputs, Pieces, Pixels, SIXTEENS, Window,
    constants_len, portable, word,
};

use crate::cases::Test;
use crate::data::{Kind, Memory, Noise, place, place_mut};
use crate::pinned::takes_at_most;

/// As [`crate::cases::all`].
pub(crate) fn all(found: &mut Memory, expected: &mut Memory) -> bool {
    let mut test = Test::new(found, expected);
    convolve(&mut test);
    fold(&mut test);
    gather(&mut test);
    dense(&mut test);
    depthwise(&mut test);
    add(&mut test);
    test.passed && pinned(test.found)
}

/// The end of the last of `count` pieces.
const fn end(count: usize, step: usize, len: usize) -> usize {
    count.saturating_sub(1) * step + len
}

/// Fills the patch with constants of so many channels, in blocks.
fn fill_constants(memory: &mut Memory, channels: usize, block: usize) {
    for c in 0..channels {
        let of = |words: &[i32]| words.get(c).copied().unwrap_or(0);
        let bias = i32::from_le_bytes(memory.bias.get(c).copied().unwrap_or_default());
        let shift = memory.shifts.get(c).map_or(1, |&shift| i32::from(shift % 31) + 1);
        let values = [bias, of(&memory.multipliers), -shift];
        let slots = memory.patch.iter_mut().skip(8 + word(c, block)).step_by(block);
        slots.zip(values).for_each(|(slot, value)| *slot = value);
    }
}

/// The constants, some zero point, and one of two ranges.
fn channels_of(patch: &[i32], channels: usize, block: usize, seed: usize) -> Channels<'_> {
    Channels {
        constants: place(patch, 0, constants_len(channels, block)),
        zero_point: (seed * 19) as i8,
        range: if seed.is_multiple_of(2) { [-128, 127] } else { [-90, 71] },
    }
}

fn convolve(test: &mut Test<'_>) {
    let one_row = (1..=17).chain([31, 32, 33, 48, 63, 64, 65, 80]).map(|run| [1, run]);
    let several = [[2, 1], [3, 9], [3, 10], [3, 11], [2, 16], [2, 32], [3, 17], [4, 24]];
    for kind in Kind::ALL {
        for [rows, run] in one_row.clone().chain(several) {
            for channels in 0..=9 {
                for count in [0, 1, 3] {
                    let sizes = [rows, run, channels, count];
                    test.case(kind, "convolve", &sizes, &|memory, assembly| {
                        convolve_case(memory, assembly, sizes);
                    });
                }
            }
        }
    }
    test.end("convolve");
}

fn convolve_case(memory: &mut Memory, assembly: bool, [rows, run, channels, count]: [usize; 4]) {
    fill_constants(memory, channels, FOURS);
    let (len, row, step) = (rows * run, run + channels, count + run % 3);
    let input = end(count, step, end(rows, row, run));
    let depth = len + channels % 2;
    let pixels =
        Pixels { input: place(&memory.input, run % 16, input), step, count, rows, row, run };
    let weights = place(&memory.filter, channels, end(channels, depth, len));
    let filters = Filters { weights, depth, channels };
    let stride = channels + count % 2;
    let outputs = Outputs {
        channels: channels_of(&memory.patch, channels, FOURS, run),
        stride,
        output: place_mut(&mut memory.output, count, end(count, stride, channels)),
    };
    let buffer = bantam_isa::bytes_mut(&mut memory.sums);
    let buffer = place_mut(buffer, run % 5, if rows > 1 { len } else { 0 });
    let way = if assembly { mve::convolve } else { portable::convolve };
    way(&pixels, &filters, buffer, outputs);
}

fn fold(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in 0..=9 {
            for len in (0..=17).chain([33, 64]) {
                for multiplies in [false, true] {
                    let sizes = [channels, len, usize::from(multiplies)];
                    test.case(kind, "fold and multiply", &sizes, &|memory, assembly| {
                        let (depth, zero_point) = (len + channels % 3, (len * 16) as i8);
                        let weights = place(&memory.filter, len % 4, end(channels, depth, len));
                        let filters = Filters { weights, depth, channels };
                        let sums = place_mut(&mut memory.sums, 0, channels);
                        if multiplies {
                            let way = if assembly { mve::multiply } else { portable::multiply };
                            let inputs = place(&memory.input, channels, len);
                            way(inputs, &filters, zero_point, sums);
                        } else {
                            let way = if assembly { mve::fold } else { portable::fold };
                            way(&filters, len, zero_point, sums);
                        }
                    });
                }
            }
        }
    }
    test.end("fold and multiply");
}

fn gather(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=17).chain([33, 64]) {
            for [rows, columns] in [[0, 1], [1, 1], [2, 3], [3, 2], [3, 1]] {
                let sizes = [len, rows, columns];
                test.case(kind, "gather", &sizes, &|memory, assembly| {
                    let (column, row) = ([len + rows, len + 1], [4 * len + 9, 3 * len + 7]);
                    let end = |row, column| end(rows, row, end(columns, column, len));
                    let pieces = Pieces {
                        input: place(&memory.input, len % 16, end(row[0], column[0])),
                        to: columns,
                        count: [rows, columns],
                        rows: row,
                        columns: column,
                        len,
                    };
                    let room = columns + end(row[1], column[1]) + len % 3;
                    let window = place_mut(&mut memory.output, rows, room);
                    let way = if assembly { mve::gather } else { portable::gather };
                    way(window, (len * 16) as i8, &pieces);
                });
            }
        }
    }
    test.end("gather");
}

fn dense(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for units in 0..=9 {
            for depth in (0..=18).chain([33, 64, 127]) {
                let sizes = [units, depth];
                test.case(kind, "dense", &sizes, &|memory, assembly| {
                    fill_constants(memory, units, FOURS);
                    let factors = if depth % 2 == 0 { units } else { 1 };
                    // Shifts to the right are negative.
                    memory.sums.iter_mut().for_each(|sum| *sum = -(*sum & 15) - 1);
                    let bias = if depth % 3 == 0 { 0 } else { units };
                    let channels = channels_of(&memory.patch, units, FOURS, depth);
                    let zero_point = [-128, -1, 0, 5, 126, 127].get((units + depth) % 6);
                    let layer = Dense {
                        input: place(&memory.input, units, depth),
                        weights: place(&memory.filter, depth % 5, units * depth),
                        bias: place(&memory.bias, 0, bias),
                        factors: [
                            place(&memory.multipliers, 0, factors),
                            place(&memory.sums, 0, factors),
                        ],
                        input_zero_point: zero_point.copied().unwrap_or(0),
                        zero_point: channels.zero_point,
                        range: channels.range,
                    };
                    let output = place_mut(&mut memory.output, depth % 4, units);
                    let way = if assembly { mve::dense } else { portable::dense };
                    way(&layer, output);
                });
            }
        }
    }
    test.end("dense");
}

fn depthwise(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        // Other numbers than multiples of 4 are refused.
        for channels in [0, 4, 6, 8, 12, 16, 20, 36] {
            for [rows, columns] in [[0, 3], [1, 1], [1, 3], [3, 3], [2, 4], [4, 1]] {
                for count in 0..=2 {
                    let sizes = [channels, rows, columns, count];
                    test.case(kind, "depthwise", &sizes, &|memory, assembly| {
                        depthwise_case(memory, assembly, sizes);
                    });
                }
            }
        }
    }
    test.end("depthwise");
}

fn depthwise_case(
    memory: &mut Memory,
    assembly: bool,
    [channels, rows, columns, count]: [usize; 4],
) {
    fill_constants(memory, channels, SIXTEENS);
    let (column, tap, step) = (channels + count, channels + rows % 2, channels + 1);
    let row = columns * column + 5;
    let input = end(count, step, end(rows, row, end(columns, column, channels)));
    let window = Window {
        input: place(&memory.input, columns, input),
        step,
        count,
        taps: [rows, columns],
        steps: [row, column],
        filter: place(&memory.filter, rows, end(rows * columns, tap, channels)),
        tap,
        channels,
    };
    let stride = channels + rows % 3;
    let outputs = Outputs {
        channels: channels_of(&memory.patch, channels, SIXTEENS, rows + columns),
        stride,
        output: place_mut(&mut memory.output, columns % 4, end(count, stride, channels)),
    };
    let way = if assembly { mve::depthwise } else { portable::depthwise };
    way(&window, outputs);
}

fn add(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=9).chain([64]) {
            for round in 0..32 {
                test.case(kind, "add", &[len, round], &|memory, assembly| {
                    let shifts = [round % 31, (7 * round) % 31, round % 23 + 1];
                    let [a, b, c, ..] = memory.multipliers;
                    let mut multipliers = [a, b, c];
                    for (multiplier, &shift) in multipliers.iter_mut().zip(&shifts) {
                        if shift == 0 {
                            *multiplier = 1 << 30;
                        }
                    }
                    let zero_points = [round * 4, round * 9, round].map(|z| z as i8);
                    let terms = Terms::new(multipliers, shifts.map(|s| s as u8), zero_points);
                    let range = channels_of(&[], 0, FOURS, round).range;
                    let (a, b) =
                        (place(&memory.input, round % 4, len), place(&memory.filter, 1, len));
                    let output = place_mut(&mut memory.output, round % 3, len);
                    let way = if assembly { mve::add } else { portable::add };
                    if let Some(terms) = &terms {
                        way(terms, range, a, b, output);
                    }
                });
            }
        }
    }
    test.end("add");
}

/// As [`crate::pinned::pinned`].
fn pinned(memory: &mut Memory) -> bool {
    memory.fill(&mut Noise(7), Kind::Small);
    fill_constants(memory, 16, FOURS);
    let Memory { input, filter, output, bias, patch, sums, multipliers, .. } = memory;
    let mut passed = true;
    let mut check = |name: &str, expected: u64, work: &mut dyn FnMut()| {
        passed &= takes_at_most(name, expected, work);
    };
    for (name, rows, run, expected) in [
        ("convolve, 2 x 16 x 16", 1, 16, SIXTEEN),
        ("convolve, 2 x 27 x 16", 3, 9, TWENTY_SEVEN),
        ("convolve, 2 x 64 x 16", 1, 64, SIXTY_FOUR),
        ("convolve, 2 x 144 x 16", 3, 48, MANY),
    ] {
        check(name, expected, &mut || {
            let depth = rows * run;
            let pixels = Pixels { input, step: 16, count: 2, rows, row: 160, run };
            let filters = Filters { weights: filter, depth, channels: 16 };
            let channels = channels_of(patch, 16, FOURS, 0);
            let outputs = Outputs { channels, stride: 16, output };
            mve::convolve(&pixels, &filters, bantam_isa::bytes_mut(sums), outputs);
        });
    }
    check("depthwise, 2 x 3 x 3 x 16", DEPTHWISE, &mut || {
        let (taps, steps) = ([3, 3], [160, 16]);
        let window =
            Window { input, step: 16, count: 2, taps, steps, filter, tap: 16, channels: 16 };
        let channels = channels_of(patch, 16, SIXTEENS, 0);
        mve::depthwise(&window, Outputs { channels, stride: 16, output });
    });
    let filters = Filters { weights: filter, depth: 64, channels: 16 };
    check("fold, 64 x 16", FOLD, &mut || {
        mve::fold(&filters, 64, 5, place_mut(sums, 0, 16));
    });
    check("multiply, 64 x 16", MULTIPLY, &mut || {
        mve::multiply(place(input, 0, 64), &filters, 5, place_mut(sums, 0, 16));
    });
    check("gather, 3 x 2 x 64", GATHER, &mut || {
        let pieces =
            Pieces { input, to: 64, count: [3, 2], rows: [320, 192], columns: [64; 2], len: 64 };
        mve::gather(place_mut(output, 0, 576), 5, &pieces);
    });
    check("dense, 128 x 16", DENSE, &mut || {
        let layer = Dense {
            input: place(input, 0, 128),
            weights: filter,
            bias,
            factors: [place(multipliers, 0, 1), &[-7]],
            input_zero_point: -128,
            zero_point: 3,
            range: [-128, 127],
        };
        mve::dense(&layer, place_mut(output, 0, 16));
    });
    if let Some(terms) = &Terms::new([1 << 30; 3], [0, 1, 19], [3, -4, 5]) {
        let (a, b) = (place(input, 0, 64), place(filter, 0, 64));
        check("add, 64", ADD, &mut || {
            mve::add(terms, [-128, 127], a, b, place_mut(output, 0, 64));
        });
    }
    passed
}

/// What [`pinned`] expects.
const SIXTEEN: u64 = 689;
const TWENTY_SEVEN: u64 = 844;
const SIXTY_FOUR: u64 = 848;
const MANY: u64 = 1512;
const DEPTHWISE: u64 = 724;
const FOLD: u64 = 448;
const MULTIPLY: u64 = 596;
const GATHER: u64 = 380;
const DENSE: u64 = 963;
const ADD: u64 = 491;
