//! The cases of `bantam_isa::mve`.

use bantam_isa::mve::{
    self, Channels, Dense, FOURS, Filters, Outputs, SIXTEENS, Taps, Windows, constants_len,
    portable, window_len, word,
};
use bantam_isa::{Product, Terms};

use crate::cases::Test;
use crate::data::{Kind, Memory, Noise, place, place_mut};
use crate::mve_elementwise;
use crate::pinned::takes_at_most;
use crate::recurrent;

/// As [`crate::cases::all`].
pub(crate) fn all(found: &mut Memory, expected: &mut Memory) -> bool {
    let mut test = Test::new(found, expected);
    convolve(&mut test);
    fold(&mut test);
    arrange(&mut test);
    dense(&mut test);
    depthwise(&mut test);
    mve_elementwise::all(&mut test);
    recurrent::all(&mut test) && pinned(test.found)
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

/// Windows over a row of an input.
#[derive(Clone, Copy)]
struct Shape {
    /// Taps of a row, and elements of each.
    columns: usize,
    tap: usize,
    rows: [usize; 3],
    width: usize,
    pad: usize,
    stride: usize,
    dilation: usize,
    /// Elements of a pixel that lie under no tap.
    gap: usize,
}

impl Shape {
    const fn new([columns, tap]: [usize; 2], rows: [usize; 3], [width, pad]: [usize; 2]) -> Self {
        Self { columns, tap, rows, width, pad, stride: 1, dilation: 1, gap: 0 }
    }

    /// Windows that fit, with as many columns of padding on either side.
    fn most(&self) -> usize {
        let reach = (self.columns - 1) * self.dilation + 1;
        (self.width + 2 * self.pad).checked_sub(reach).map_or(0, |room| room / self.stride + 1)
    }

    /// So many of the windows.
    fn windows<'a>(&self, memory: &'a [i8], align: usize, count: usize) -> Windows<'a> {
        let &Self { columns, tap, rows, width, pad, stride, dilation, gap } = self;
        let column = tap + gap;
        let row = width * column + align % 3;
        let input = place(memory, align, end(rows[1], row, end(width, column, tap)));
        let zero_point = (align * 23) as i8;
        Windows {
            input,
            count,
            width,
            pad,
            stride,
            dilation,
            columns,
            rows,
            column,
            row,
            tap,
            zero_point,
        }
    }
}

const WINDOWS: [Shape; 16] = [
    Shape::new([3, 3], [0, 3, 0], [7, 1]),
    Shape { stride: 2, ..Shape::new([3, 3], [1, 2, 0], [8, 1]) },
    Shape::new([3, 1], [0, 2, 1], [6, 1]),
    Shape { gap: 2, ..Shape::new([2, 5], [0, 2, 0], [5, 1]) },
    Shape::new([3, 16], [0, 3, 0], [7, 1]),
    Shape::new([3, 16], [1, 2, 0], [6, 1]),
    Shape { stride: 2, ..Shape::new([3, 16], [0, 2, 1], [8, 0]) },
    Shape { dilation: 2, ..Shape::new([3, 16], [0, 2, 0], [7, 2]) },
    Shape { gap: 16, ..Shape::new([3, 16], [0, 2, 0], [5, 1]) },
    Shape { dilation: 3, ..Shape::new([2, 8], [1, 1, 1], [2, 3]) },
    Shape::new([2, 32], [0, 2, 0], [4, 1]),
    Shape::new([5, 7], [0, 1, 0], [6, 2]),
    Shape::new([4, 24], [0, 1, 0], [7, 0]),
    Shape::new([4, 16], [0, 1, 0], [5, 3]),
    Shape { stride: 2, ..Shape::new([1, 48], [0, 1, 0], [7, 0]) },
    Shape::new([1, 40], [1, 2, 1], [3, 0]),
];

fn convolve(test: &mut Test<'_>) {
    let pixels = (1..=17).chain([31, 32, 33, 48, 63, 64, 65, 80]);
    let pixels =
        pixels.map(|tap| Shape { gap: tap % 2, ..Shape::new([1, tap], [0, 1, 0], [5, 0]) });
    for (at, shape) in pixels.chain(WINDOWS).enumerate() {
        let most = shape.most();
        for kind in Kind::ALL {
            for channels in 0..=9 {
                for count in [0, 1, most - 1, most] {
                    let sizes = [at, channels, count];
                    test.case(kind, "convolve", &sizes, &|memory, assembly| {
                        convolve_case(memory, assembly, &shape, sizes);
                    });
                }
            }
        }
    }
    test.end("convolve");
}

fn convolve_case(
    memory: &mut Memory,
    assembly: bool,
    shape: &Shape,
    [at, channels, count]: [usize; 3],
) {
    fill_constants(memory, channels, FOURS);
    let windows = shape.windows(&memory.input, (at + channels) % 16, count);
    let depth = shape.rows.iter().sum::<usize>() * shape.columns * shape.tap;
    let weights = place(&memory.filter, channels, channels * depth);
    let filters = Filters { weights, depth, channels };
    let stride = channels + count % 2;
    let outputs = Outputs {
        channels: channels_of(&memory.patch, channels, FOURS, at),
        stride,
        output: place_mut(&mut memory.output, count, end(count, stride, channels)),
    };
    let [least, most] = window_len(depth);
    let buffer = bantam_isa::bytes_mut(&mut memory.sums);
    let buffer = place_mut(buffer, at % 5, if channels % 3 == 0 { least } else { most });
    let way = if assembly { mve::convolve } else { portable::convolve };
    way(&windows, &filters, buffer, outputs);
    // What it leaves there is not said.
    buffer.fill(0);
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

fn arrange(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in (0..=18).chain([33, 40]) {
            for block in [FOURS, SIXTEENS] {
                test.case(kind, "arrange", &[channels, block], &|memory, assembly| {
                    let Memory { sums, multipliers, shifts, patch, .. } = memory;
                    let way = if assembly { mve::arrange } else { portable::arrange };
                    way(
                        place(sums, 0, channels),
                        place(multipliers, 0, channels),
                        place(shifts, 0, channels),
                        block,
                        place_mut(patch, 0, constants_len(channels, block)),
                    );
                });
            }
        }
    }
    test.end("arrange");
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
    let shapes = WINDOWS.into_iter().filter(|shape| shape.width < 8);
    let three = [[0, 3, 0], [1, 2, 0], [0, 2, 1], [1, 1, 1]];
    let three = three.map(|rows| Shape::new([3, 1], rows, [4, 1]));
    for (at, shape) in shapes.chain(three).enumerate() {
        // Other numbers than multiples of 4 are refused.
        for channels in [0, 4, 6, 8, 12, 16, 20, 36] {
            let taps = shape.rows.iter().sum::<usize>() * shape.columns;
            let shape = Shape { tap: channels, ..shape };
            for kind in Kind::ALL {
                for count in [0, 1, shape.most()] {
                    let sizes = [at, channels, count];
                    test.case(kind, "depthwise", &sizes, &|memory, assembly| {
                        depthwise_case(memory, assembly, &shape, taps, sizes);
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
    shape: &Shape,
    taps: usize,
    [at, channels, count]: [usize; 3],
) {
    fill_constants(memory, channels, SIXTEENS);
    if at % 2 == 1 {
        // Then two products at a time fit into 16 bits, if only just.
        memory.filter.iter_mut().for_each(|w| *w = (*w).max(-127));
    }
    let step = channels + at % 2;
    let filter = place(&memory.filter, at % 4, end(taps, step, channels));
    let filter = Taps { filter, step, channels, is_symmetric: false };
    let sums = place_mut(&mut memory.sums, 0, channels);
    let way = if assembly { mve::fold_taps } else { portable::fold_taps };
    let is_symmetric = way(&filter, taps, (count * 77) as i8, sums);
    if let Some(first) = memory.patch.first_mut() {
        *first = is_symmetric.into();
    }
    let filter = Taps { is_symmetric, ..filter };
    let windows = shape.windows(&memory.input, (at + channels) % 16, count);
    let stride = channels + at % 3;
    let outputs = Outputs {
        channels: channels_of(&memory.patch, channels, SIXTEENS, at),
        stride,
        output: place_mut(&mut memory.output, count % 4, end(count, stride, channels)),
    };
    let way = if assembly { mve::depthwise } else { portable::depthwise };
    way(&windows, &filter, outputs);
}

/// As [`crate::pinned::pinned`].
fn pinned(memory: &mut Memory) -> bool {
    memory.fill(&mut Noise(7), Kind::Small);
    fill_constants(memory, 16, FOURS);
    let Memory { input, filter, output, bias, patch, sums, multipliers, shifts, .. } = memory;
    let mut passed = true;
    let mut check = |name: &str, expected: u64, work: &mut dyn FnMut()| {
        passed &= takes_at_most(name, expected, work);
    };
    for (name, columns, tap, expected) in [
        ("convolve, 2 x 16 x 16", 1, 16, SIXTEEN),
        ("convolve, 2 x 27 x 16", 3, 3, TWENTY_SEVEN),
        ("convolve, 2 x 64 x 16", 1, 64, SIXTY_FOUR),
        ("convolve, 2 x 144 x 16", 3, 16, MANY),
    ] {
        check(name, expected, &mut || {
            let shape = Shape::new([columns, tap], [0, columns, 0], [columns + 1, 0]);
            let windows = shape.windows(input, 0, 2);
            let depth = columns * columns * tap;
            let filters = Filters { weights: filter, depth, channels: 16 };
            let channels = channels_of(patch, 16, FOURS, 0);
            let outputs = Outputs { channels, stride: 16, output };
            mve::convolve(&windows, &filters, bantam_isa::bytes_mut(sums), outputs);
        });
    }
    for (name, rows, pad, expected) in [
        ("depthwise, 2 x 3 x 3 x 16", [0, 3, 0], 0, DEPTHWISE),
        ("depthwise with padding, 2 x 3 x 3 x 16", [1, 2, 0], 1, DEPTHWISE_EDGE),
    ] {
        check(name, expected, &mut || {
            let windows = Shape::new([3, 16], rows, [4 - 2 * pad, pad]).windows(input, 0, 2);
            let taps = Taps { filter, step: 16, channels: 16, is_symmetric: true };
            let channels = channels_of(patch, 16, SIXTEENS, 0);
            mve::depthwise(&windows, &taps, Outputs { channels, stride: 16, output });
        });
    }
    check("fold_taps, 9 x 16", FOLD_TAPS, &mut || {
        let taps = Taps { filter, step: 16, channels: 16, is_symmetric: true };
        mve::fold_taps(&taps, 9, 5, place_mut(sums, 0, 16));
    });
    check("arrange, 16", ARRANGE, &mut || {
        mve::arrange(place(sums, 0, 16), multipliers, shifts, FOURS, patch);
    });
    let filters = Filters { weights: filter, depth: 64, channels: 16 };
    check("fold, 64 x 16", FOLD, &mut || {
        mve::fold(&filters, 64, 5, place_mut(sums, 0, 16));
    });
    check("multiply, 64 x 16", MULTIPLY, &mut || {
        mve::multiply(place(input, 0, 64), &filters, 5, place_mut(sums, 0, 16));
    });
    for (name, input_zero_point, expected) in
        [("dense, 128 x 16", -128, DENSE), ("dense, zero point 0, 128 x 16", 0, DENSE_AS_IT_IS)]
    {
        check(name, expected, &mut || {
            let layer = Dense {
                input: place(input, 0, 128),
                weights: filter,
                bias,
                factors: [place(multipliers, 0, 1), &[-7]],
                input_zero_point,
                zero_point: 3,
                range: [-128, 127],
            };
            mve::dense(&layer, place_mut(output, 0, 16));
        });
    }
    check("sums, 25 x 5", SUMS, &mut || {
        sums.iter_mut()
            .zip(mve::sums(input, [25, 5], [64, 8]).unwrap_or_default())
            .for_each(|(to, x)| *to = x);
    });
    check("maxima, 3 x 3 x 20", MAXIMA, &mut || {
        mve::maxima(input, [3, 3], [160, 20], place_mut(output, 0, 20));
    });
    if let Some(terms) = &Terms::new([1 << 30; 3], [0, 1, 19], [3, -4, 5])
        && let Some(product) = &Product::new(1 << 30, 9, [3, -4, 5])
    {
        let (a, b) = (place(input, 0, 64), place(filter, 0, 64));
        check("add, 64", ADD, &mut || {
            mve::add(terms, [-128, 127], a, b, place_mut(output, 0, 64));
        });
        check("subtract, 64", SUBTRACT, &mut || {
            mve::subtract(terms, [-128, 127], a, b, place_mut(output, 0, 64));
        });
        check("product, 64", PRODUCT, &mut || {
            mve::product(product, [-128, 127], a, b, place_mut(output, 0, 64));
        });
    }
    passed
}

/// What [`pinned`] expects.
const SIXTEEN: u64 = 857;
const TWENTY_SEVEN: u64 = 959;
const SIXTY_FOUR: u64 = 1081;
const MANY: u64 = 1430;
const DEPTHWISE: u64 = 787;
const FOLD: u64 = 448;
const MULTIPLY: u64 = 596;
const DEPTHWISE_EDGE: u64 = 901;
const FOLD_TAPS: u64 = 360;
const ARRANGE: u64 = 112;
const DENSE: u64 = 875;
const DENSE_AS_IT_IS: u64 = 715;
const ADD: u64 = 452;
const SUMS: u64 = 758;
const SUBTRACT: u64 = 452;
const PRODUCT: u64 = 296;
const MAXIMA: u64 = 223;
