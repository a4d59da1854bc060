//! The cases of each function.

use bantam_isa::{
    Factors, Filters, Groups, Outputs, PIXELS, PIXELS_AND_ONE, Part, Rows, Windows, patch_len,
    portable,
};
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
    gather_rows(&mut test);
    clear(&mut test);
    gather_windows(&mut test);
    multiply(&mut test);
    dense::dense(&mut test);
    dense::dense_pairs(&mut test);
    multiply_four(&mut test);
    if bantam_isa::FIVE {
        multiply_five(&mut test);
    }
    convolve(&mut test);
    requantize(&mut test);
    rows::depthwise(&mut test);
    rows::pack(&mut test);
    rows::depthwise_row(&mut test);
    elementwise::terms(&mut test);
    if bantam_isa::DSP {
        elementwise::product(&mut test);
        elementwise::maxima(&mut test);
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

fn gather_rows(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for pixels in 1..=PIXELS_AND_ONE {
            for at in 0..5 {
                for len in 0..=13 {
                    for count in 0..=3 {
                        let sizes = [pixels, at, len, count];
                        test.case(kind, "gather_rows", &sizes, &|memory, assembly| {
                            let (pixel, steps) = (len % pixels, [len + count, len + at]);
                            let last = count.saturating_sub(1);
                            let patch = patch_len(pixels, at + last * steps[1] + len);
                            let patch = place_mut(&mut memory.patch, 0, patch);
                            let input = last * steps[0] + len;
                            let input = place(&memory.input, (at + len) % 4, input);
                            let rows = Rows { input, count, len, steps };
                            let way = if assembly {
                                bantam_isa::gather_rows
                            } else {
                                portable::gather_rows
                            };
                            way(patch, [pixels, pixel], at, &rows, at as i16 * 60 - 128);
                        });
                    }
                }
            }
        }
    }
    test.end("gather_rows");
}

fn clear(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for pixels in 1..=PIXELS_AND_ONE {
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

fn gather_windows(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for run in [1, 3, 4, 8, 9] {
            for from in [0, 1, 4, 7] {
                for len in (0..=13).chain([24]) {
                    test.case(kind, "gather_windows", &[run, from, len], &|memory, assembly| {
                        let patch = place_mut(&mut memory.patch, 0, patch_len(PIXELS, len));
                        let (pixels, row) = ([len, 2 * run, 0, 1], run + len % 5);
                        let rows = (from + len).div_ceil(run);
                        let input = rows.saturating_sub(1) * row + run + len.max(2 * run);
                        let input = place(&memory.input, from % 4, input);
                        let windows = Windows { input, pixels, row, run };
                        let way = if assembly {
                            bantam_isa::gather_windows
                        } else {
                            portable::gather_windows
                        };
                        way(patch, &windows, [from, len], from as i16 * 30 - 128);
                    });
                }
            }
        }
    }
    test.end("gather_windows");
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
                for beyond in [0, 1, 6] {
                    test.case(kind, "multiply", &[filters, len, beyond], &|memory, assembly| {
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
                        let way = if assembly { bantam_isa::multiply } else { portable::multiply };
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
        for channels in 0..=9 {
            for len in (0..=10).chain([12, 16, 27, 29, 36]) {
                // How sums begin, and whether they are kept.
                for way in 0..4 {
                    let sizes = [channels, len, way];
                    test.case(kind, "multiply_four", &sizes, &|memory, assembly| {
                        four_case(memory, assembly, sizes);
                    });
                }
            }
        }
    }
    test.end("multiply_four");
}

fn four_case(memory: &mut Memory, assembly: bool, [channels, len, way]: [usize; 3]) {
    let is_short = len % 2 == 0;
    if is_short {
        shorten(memory);
        memory.sums.iter_mut().for_each(|sum| *sum %= (1 << 30) - (1 << 20));
    }
    fill_patch(memory, PIXELS, len);
    let (depth, beyond, stride) = (len + way, way, channels + len % 3);
    let part = Part {
        patch: place(&memory.patch, 0, patch_len(PIXELS, len)),
        len,
        weights: place(&memory.filter, way, (depth * channels).saturating_sub(beyond)),
        depth,
    };
    let bias = (way % 2 == 0).then(|| place(&memory.bias, 0, channels));
    let (sums, _) = place_mut(&mut memory.sums, 0, PIXELS * channels).as_chunks_mut();
    let factors = Factors {
        multipliers: place(&memory.multipliers, 0, channels),
        shifts: place(&memory.shifts, 0, channels),
        zero_point: (len * 19) as i8,
        is_short,
    };
    let output = place_mut(&mut memory.output, way % 4, 3 * stride + channels);
    let outputs = (way < 2).then_some(Outputs { factors, stride, output });
    let function = if assembly { bantam_isa::multiply_four } else { portable::multiply_four };
    function(&part, channels, bias, sums, outputs);
}

fn multiply_five(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in 0..=9 {
            for len in (0..=10).chain([12, 16, 27, 29]) {
                test.case(kind, "multiply_five", &[channels, len], &|memory, assembly| {
                    shorten(memory);
                    fill_patch(memory, PIXELS_AND_ONE, len);
                    let (depth, stride) = (len + channels % 2, channels + len % 3);
                    let weights = place(&memory.filter, len % 4, depth * channels);
                    let patch = place(&memory.patch, 0, patch_len(PIXELS_AND_ONE, len));
                    let part = Part { patch, len, weights, depth };
                    let factors = Factors {
                        multipliers: place(&memory.multipliers, 0, channels),
                        shifts: place(&memory.shifts, 0, channels),
                        zero_point: (len * 19) as i8,
                        is_short: true,
                    };
                    let output = place_mut(&mut memory.output, len % 4, 4 * stride + channels);
                    let outputs = Outputs { factors, stride, output };
                    let bias = place(&memory.bias, 0, channels);
                    let way =
                        if assembly { bantam_isa::multiply_five } else { portable::multiply_five };
                    way(&part, channels, bias, outputs);
                });
            }
        }
    }
    test.end("multiply_five");
}

fn convolve(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for channels in [0, 1, 5] {
            for [run, rows] in [[0, 1], [3, 1], [4, 3], [9, 3], [12, 2]] {
                for count in (0..=13).chain([16]) {
                    // Words of the patch: one part, or several.
                    for words in [0, 8, 24, 120] {
                        let sizes = [channels, run, rows, count, words];
                        test.case(kind, "convolve", &sizes, &|memory, assembly| {
                            convolve_case(memory, assembly, sizes);
                        });
                    }
                }
            }
        }
    }
    test.end("convolve");
}

fn convolve_case(
    memory: &mut Memory,
    assembly: bool,
    [channels, run, rows, count, words]: [usize; 5],
) {
    let is_short = (words + count) % 2 == 0;
    if is_short {
        shorten(memory);
    }
    let (len, row, stride) = (rows * run, 2 * run + 1, channels + count % 3);
    let end = |count: usize, step: usize, len: usize| count.saturating_sub(1) * step + len;
    let input = count % 3 + end(rows, row, run) + end(count, run, 0);
    let groups = Groups {
        input: place(&memory.input, count % 4, input),
        first: count % 3,
        step: run,
        count,
        row,
        run,
        zero_point: 5 - 9 * count as i16,
    };
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
    way(&groups, &filters, patch, sums, Outputs { factors, stride, output });
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
        *shift = bantam_isa::shift(i32::from(*shift) % 23 + 1, 0).unwrap_or(0);
        *bias = (i32::from_le_bytes(*bias) % ((1 << 30) - (1 << 20))).to_le_bytes();
    }
}
