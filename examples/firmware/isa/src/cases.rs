//! The cases of each function.

use bantam_isa::{Factors, Filters, Groups, Outputs, PIXELS, Part, Runs, patch_len, portable};
use cortex_m_semihosting::hprintln;

use crate::data::{Kind, Memory, Noise, place, place_mut};
use crate::dense;
use crate::elementwise;
use crate::pinned::pinned;
use crate::rows;

/// Runs the cases of all functions, each in both ways, and compares all memory after each.
pub(crate) fn all(found: &mut Memory, expected: &mut Memory) -> bool {
    let mut test = Test::new(found, expected);
    gather(&mut test);
    gather_runs(&mut test);
    clear(&mut test);
    multiply(&mut test);
    dense::dense(&mut test);
    dense::dense_pairs(&mut test);
    multiply_four(&mut test);
    convolve(&mut test);
    requantize(&mut test);
    rows::depthwise(&mut test);
    rows::pack(&mut test);
    rows::depthwise_row(&mut test);
    elementwise::terms(&mut test);
    if bantam_isa::DSP {
        elementwise::product(&mut test);
        elementwise::maxima(&mut test, [bantam_isa::maxima, portable::maxima]);
        elementwise::sums(&mut test, bantam_isa::sums);
        elementwise::look_up(&mut test);
    }
    test.passed && pinned(test.found)
}

pub(crate) struct Test<'m> {
    pub(crate) found: &'m mut Memory,
    expected: &'m mut Memory,
    noise: Noise,
    cases: u32,
    pub(crate) passed: bool,
}

impl<'m> Test<'m> {
    pub(crate) fn new(found: &'m mut Memory, expected: &'m mut Memory) -> Self {
        Self { found, expected, noise: Noise(1), cases: 0, passed: true }
    }

    /// One case: `run` gets the memory, and whether it is to take the assembly.
    pub(crate) fn case(
        &mut self,
        kind: Kind,
        name: &str,
        sizes: &[usize],
        run: &dyn Fn(&mut Memory, bool),
    ) {
        self.found.fill(&mut self.noise, kind);
        self.expected.clone_from(self.found);
        run(self.found, true);
        run(self.expected, false);
        self.cases += 1;
        if self.passed && self.found != self.expected {
            self.passed = false;
            hprintln!("{} differs: {:?} {:?}", name, kind, sizes);
        }
    }

    pub(crate) fn end(&mut self, name: &str) {
        hprintln!("{}: {} cases", name, self.cases);
        self.cases = 0;
    }
}

fn gather(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for pixels in 1..=PIXELS {
            for at in 0..8 {
                for len in 0..=13 {
                    let align = (at + len) % 4;
                    let pixel = len % pixels;
                    test.case(kind, "gather", &[pixels, at, len], &|memory, assembly| {
                        let patch = place_mut(&mut memory.patch, 0, patch_len(pixels, at + len));
                        let input = place(&memory.input, align, len);
                        let way = if assembly { bantam_isa::gather } else { portable::gather };
                        way(patch, [pixels, pixel], at, input, at as i16 * 37 - 128);
                    });
                }
            }
        }
    }
    test.end("gather");
}

fn gather_runs(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for pixels in 1..=MOST_PIXELS {
            for from in 0..5 {
                for len in 0..=13 {
                    for rows in 0..=3 {
                        for columns in 1..=2 {
                            let sizes = [pixels, from, len, rows, columns];
                            test.case(kind, "gather_runs", &sizes, &|memory, assembly| {
                                gather_runs_case(memory, assembly, sizes);
                            });
                        }
                    }
                }
            }
        }
    }
    test.end("gather_runs");
}

/// Runs of which the part may have none, a piece, or all.
fn gather_runs_case(
    memory: &mut Memory,
    assembly: bool,
    [pixels, from, len, rows, columns]: [usize; 5],
) {
    let run = 1 + (from + len) % 6;
    let (column, row) = ([run + 1, run], [2 * run + len, columns * run + len % 2]);
    let input = place(&memory.input, (from + len) % 4, 2 + rows * row[0] + 2 * column[0]);
    let (first, count) = ([2, len % 3], [rows, columns]);
    let runs = Runs { input, first, rows: row, columns: column, count, len: run };
    let patch = place_mut(&mut memory.patch, 0, patch_len(pixels, len));
    let way = if assembly { bantam_isa::gather_runs } else { portable::gather_runs };
    way(patch, [pixels, len % pixels], [from, len], &runs, from as i16 * 60 - 128);
}

/// Pixels of the largest patches.
const MOST_PIXELS: usize = PIXELS + 1;

fn clear(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for pixels in 1..=MOST_PIXELS {
            for len in 0..=13 {
                test.case(kind, "clear", &[pixels, len], &|memory, assembly| {
                    memory.patch.fill(-1);
                    let patch = place_mut(&mut memory.patch, 0, patch_len(pixels, len));
                    let way = if assembly { bantam_isa::clear } else { portable::clear };
                    way(patch, [pixels, len % pixels], len);
                });
            }
        }
    }
    test.end("clear");
}

/// Fills the patch with the inputs of `pixels` pixels.
pub(crate) fn fill_patch(memory: &mut Memory, pixels: usize, len: usize) {
    let patch = place_mut(&mut memory.patch, 0, patch_len(pixels, len));
    for pixel in 0..pixels {
        let input = place(&memory.input, pixel * len, len);
        portable::gather(patch, [pixels, pixel], 0, input, -128);
    }
}

fn multiply(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for filters in 0..=9 {
            for len in (0..=20).chain([33, 64]) {
                for (beyond, is_one) in [(0, false), (1, false), (6, false), (0, true), (6, true)] {
                    let sizes = [filters, len, beyond, usize::from(is_one)];
                    test.case(kind, "multiply", &sizes, &|memory, assembly| {
                        fill_patch(memory, 1, len);
                        let depth = len + beyond;
                        let weights = depth * filters - beyond.min(depth * filters);
                        let part = Part {
                            patch: place(&memory.patch, 0, patch_len(1, len)),
                            len,
                            weights: place(&memory.filter, len % 4, weights),
                            depth,
                        };
                        let sums = place_mut(&mut memory.sums, 0, filters);
                        let way = match (assembly, is_one) {
                            (false, _) => portable::multiply,
                            (true, false) => bantam_isa::multiply,
                            (true, true) => bantam_isa::multiply_one,
                        };
                        way(&part, sums);
                    });
                }
            }
        }
    }
    test.end("multiply");
}

fn multiply_four(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for filters in 0..=9 {
            for len in (0..=10).chain([12, 16, 27, 29, 36]) {
                for begins in [false, true] {
                    let sizes = [filters, len, usize::from(begins)];
                    test.case(kind, "multiply_four", &sizes, &|memory, assembly| {
                        four_case(memory, assembly, sizes);
                    });
                }
            }
        }
    }
    test.end("multiply_four");
}

/// With a bias, or with sums that are there.
fn four_case(memory: &mut Memory, assembly: bool, [filters, len, begins]: [usize; 3]) {
    fill_patch(memory, PIXELS, len);
    let (depth, beyond) = (len + begins, begins);
    let part = Part {
        patch: place(&memory.patch, 0, patch_len(PIXELS, len)),
        len,
        weights: place(&memory.filter, len % 4, (depth * filters).saturating_sub(beyond)),
        depth,
    };
    let bias = (begins == 1).then(|| place(&memory.bias, 0, filters));
    let (sums, _) = place_mut(&mut memory.sums, 0, PIXELS * filters).as_chunks_mut();
    let way = if assembly { bantam_isa::multiply_four } else { portable::multiply_four };
    way(&part, bias, sums);
}

fn convolve(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in [0, 1, 5] {
            for [run, rows] in [[0, 1], [3, 1], [4, 3], [9, 3], [12, 2]] {
                for count in (0..=13).chain([16]) {
                    // Words of the patch: one part, or several.
                    for words in [0, 8, 24, 120] {
                        let sizes = [channels, run, rows, count, words, 0, 0];
                        test.case(kind, "convolve", &sizes, &|memory, assembly| {
                            convolve_case(memory, assembly, sizes);
                        });
                    }
                }
            }
        }
        // All lengths, and pixels at edges.
        for run in (1..=16).chain([20, 24, 27, 28, 29, 32, 35, 36]) {
            for (count, words) in [(4, 400), (5, 400), (9, 400), (6, 42), (7, 64)] {
                for edges in [[0, 0], [1, 0], [0, 2], [2, 1], [4, 4]] {
                    let sizes = [3, run, 1 + run % 2, count, words, edges[0], edges[1]];
                    test.case(kind, "convolve", &sizes, &|memory, assembly| {
                        convolve_case(memory, assembly, sizes);
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
    [channels, run, rows, count, words, left, right]: [usize; 7],
) {
    let is_short = (words + count) % 2 == 0;
    if is_short {
        shorten(memory);
    }
    let (len, row) = (rows * run, 2 * run + 1);
    // Those of the last pixel remain, or all.
    let stride = if [left, right] == [4, 4] { 0 } else { channels + count % 3 };
    let end = |count: usize, step: usize, len: usize| count.saturating_sub(1) * step + len;
    let inside = [left, count.saturating_sub(right)];
    let pixels = inside[1].saturating_sub(left);
    let input = count % 3 + end(rows, row, run) + end(pixels, run, 0);
    let input = place(&memory.input, count % 4, input);
    let zero_point = 5 - 9 * count as i16;
    let first = count % 3;
    let groups = Groups { input, count, inside, first, step: run, row, run, zero_point };
    let depth = len + words % 5;
    let filters = Filters {
        weights: place(&memory.filter, run % 4, end(channels, depth, len)),
        len,
        depth,
        bias: place(&memory.bias, 0, channels),
        channels,
    };
    let factors = Factors {
        multipliers: place(&memory.multipliers, 0, channels),
        shifts: place(&memory.shifts, 0, channels),
        zero_point: -3,
        is_short,
    };
    let output = place_mut(&mut memory.output, count % 4, end(count, stride, channels));
    let (sums, _) = place_mut(&mut memory.sums, 0, PIXELS * channels).as_chunks_mut();
    let patch = place_mut(&mut memory.patch, 0, words);
    let way = if assembly { bantam_isa::convolve } else { portable::convolve };
    // At edges all inputs but every third are there.
    let edge = &mut |patch: &mut [i32], pixel: [usize; 2], at: usize, part: [usize; 2]| {
        let (first, rows, count, len) = if (inside[0]..inside[1]).contains(&at) {
            ([first + (at - left) * run, 0], [row, run], [rows, 1], run)
        } else {
            ([0, at % 2], [2, 3], [len.div_ceil(3), 1], 2)
        };
        let runs = Runs { input, first, rows, columns: [0; 2], count, len };
        portable::gather_runs(patch, pixel, part, &runs, zero_point);
    };
    way(&groups, &filters, patch, sums, Outputs { factors, stride, output }, edge);
    // What the assembly leaves there says nothing.
    place_mut(&mut memory.patch, 0, words).fill(0);
    place_mut(&mut memory.sums, 0, PIXELS * channels).fill(0);
}

fn requantize(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=9).chain([31]) {
            for round in 0..64 {
                test.case(kind, "requantize", &[len, round], &|memory, assembly| {
                    // Half of the sums are next to a tie.
                    for (at, sum) in memory.sums.iter_mut().enumerate().skip(round % 2).step_by(2) {
                        let shift =
                            memory.shifts.get(at.wrapping_sub(8)).copied().unwrap_or(0) % 28;
                        *sum = (((*sum >> (shift + 2)) << (shift + 1)) | 1 << shift)
                            + at as i32 % 5
                            - 2;
                    }
                    let factors = Factors {
                        multipliers: place(&memory.multipliers, 0, len),
                        shifts: place(&memory.shifts, 0, len),
                        zero_point: (round * 4) as i8,
                        is_short: false,
                    };
                    let sums = place(&memory.sums, 0, len);
                    let outputs = place_mut(&mut memory.output, round % 4, len);
                    let way = if assembly { bantam_isa::requantize } else { portable::requantize };
                    way(sums, &factors, outputs);
                });
            }
        }
    }
    test.end("requantize");
}

/// Leaves no factors of the long way, and bounded biases.
pub(crate) fn shorten(memory: &mut Memory) {
    for (shift, bias) in memory.shifts.iter_mut().zip(&mut memory.bias) {
        *shift = bantam_isa::shift(i32::from(*shift) % 23 + 1, 0);
        *bias = (i32::from_le_bytes(*bias) % ((1 << 30) - (1 << 20))).to_le_bytes();
    }
}
