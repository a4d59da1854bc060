//! Executed instructions, which must not grow.

use core::cell::Cell;

use bantam_isa::{
    Channels, CheckedRow, Dense, DepthwiseRow, Factors, Filters, Grid, Groups, Outputs, PIXELS,
    Part, Product, RowChannels, Runs, Terms,
};
use cortex_m_semihosting::hprintln;

use crate::cases::fill_patch;
use crate::counter;
use crate::data::{Kind, Memory, Noise, place, place_mut};

/// Whether `work` takes at most so many instructions.
pub(crate) fn takes_at_most(name: &str, expected: u64, work: &mut dyn FnMut()) -> bool {
    let found = counter::instructions(work);
    hprintln!("{}: {} instructions", name, found);
    if found > expected {
        hprintln!("at most {} were expected", expected);
    }
    found <= expected
}

/// The instructions of one shape of each function, checks of lengths included: they must not grow.
pub(crate) fn pinned(memory: &mut Memory) -> bool {
    memory.fill(&mut Noise(3), Kind::Small);
    fill_patch(memory, PIXELS, 64);
    let Memory { input, filter, output, bias, patch, sums, multipliers, shifts, .. } = memory;
    let part = |patch, depth| Part { patch, len: 64, weights: filter, depth };
    let factors = Factors { multipliers, shifts, zero_point: 3, is_short: true };
    let mut passed = true;
    let mut check = |name: &str, expected: u64, work: &mut dyn FnMut()| {
        passed &= takes_at_most(name, expected, work);
    };
    check("gather, 64 inputs", GATHER, &mut || {
        bantam_isa::gather(patch, [1, 0], 0, place(input, 0, 64), 5);
    });
    check("gather_runs, 4 x 16 inputs", GATHER_RUNS, &mut || {
        let (rows, columns, count) = ([20, 16], [0; 2], [4, 1]);
        let runs = Runs { input, first: [0; 2], rows, columns, count, len: 16 };
        bantam_isa::gather_runs(patch, [1, 0], [0, 64], &runs, 5);
    });
    check("multiply, 64 x 16", MULTIPLY, &mut || {
        bantam_isa::multiply(&part(patch, 64), place_mut(sums, 0, 16));
    });
    let layer = Dense { input: place(input, 0, 64), zero_point: 5, weights: filter };
    check("dense, 64 x 16", DENSE, &mut || {
        bantam_isa::dense(&layer, bias, &factors, place_mut(output, 0, 16));
    });
    check("dense_sums, 64 x 16", DENSE_SUMS, &mut || {
        bantam_isa::dense_sums(&layer, place_mut(sums, 0, 16));
    });
    if bantam_isa::DSP {
        let one = Factors { multipliers: &[1 << 30], shifts: &[7], ..factors };
        check("dense, 64 x 16, one factor", DENSE_ONE, &mut || {
            bantam_isa::dense(&layer, bias, &one, place_mut(output, 0, 16));
        });
        check("dense_pairs, 64 x 16", DENSE_PAIRS, &mut || {
            bantam_isa::dense_pairs(&layer, bias, &factors, place_mut(output, 0, 16));
        });
    }
    check("multiply_four, 4 x 64 x 16", MULTIPLY_FOUR, &mut || {
        let (sums, _) = place_mut(sums, 0, 64).as_chunks_mut();
        bantam_isa::multiply_four(&part(patch, 64), Some(bias), sums);
    });
    check("multiply_one, 64 x 16", MULTIPLY_ONE, &mut || {
        bantam_isa::multiply_one(&part(patch, 64), place_mut(sums, 0, 16));
    });
    for (name, count, run, rows, expected) in [
        ("convolve, 8 x 16 x 16", 8, 16, 1, CONVOLVE),
        ("convolve, 5 x 32 x 16", 5, 32, 1, CONVOLVE_FIVE),
        ("convolve, 4 x 27 x 16", 4, 9, 3, CONVOLVE_BYTES),
    ] {
        check(name, expected, &mut || {
            let (inside, len) = ([0, count], run * rows);
            let groups =
                Groups { input, count, inside, first: 0, step: 16, row: 200, run, zero_point: 5 };
            let filters = Filters { weights: filter, len, depth: len, bias, channels: 16 };
            let outputs = Outputs { factors, stride: 16, output };
            let edge = &mut |_: &mut [i32], _, _, _| {};
            bantam_isa::convolve(&groups, &filters, patch, &mut [], outputs, edge);
        });
    }
    check("requantize, 32", REQUANTIZE, &mut || {
        bantam_isa::requantize(place(sums, 0, 32), &factors, place_mut(output, 0, 32));
    });
    check("depthwise, 3 x 3 x 16", DEPTHWISE, &mut || {
        let (row, column) = ([160, 48], [16, 16]);
        let grid = Grid { rows: 3, columns: 3, row, column };
        let channels = &mut Channels::added(place_mut(sums, 0, 16), 5);
        bantam_isa::depthwise(&grid, channels, [input, filter], &mut []);
    });
    if bantam_isa::DSP {
        check("depthwise with outputs, 10 x 1 x 16", DEPTHWISE_COLUMN, &mut || {
            let grid = Grid { rows: 10, columns: 1, row: [16; 2], column: [16; 2] };
            let output = place_mut(output, 0, 16);
            if let Some(mut channels) = Channels::scaled(Some(bias), 16, &factors, 5) {
                bantam_isa::depthwise(&grid, &mut channels, [input, filter], output);
            }
        });
    }
    if let Some(terms) = &Terms::new([1 << 30; 3], [1, 0, 19], [3, -4, 5]) {
        check("add, 64", ADD, &mut || {
            bantam_isa::add(
                terms,
                place(input, 0, 64),
                place(filter, 0, 64),
                place_mut(output, 0, 64),
            );
        });
    }
    if bantam_isa::DSP
        && let Some(terms) = &Terms::new([1 << 30; 3], [1, 0, 19], [3, -4, 5])
        && let Some(product) = &Product::new(1 << 30, 9, [3, -4, 5])
    {
        let (a, b) = (place(input, 0, 64), place(filter, 0, 64));
        check("subtract, 64", SUBTRACT, &mut || {
            bantam_isa::subtract(terms, a, b, place_mut(output, 0, 64));
        });
        check("maxima, 3 x 3 x 16", MAXIMA, &mut || {
            bantam_isa::maxima(input, [3, 3], [160, 16], place_mut(output, 0, 16));
        });
        let entries = [const { Cell::new(3) }; 256];
        check("look_up, 64", LOOK_UP, &mut || {
            bantam_isa::look_up(&entries, 85, place(input, 0, 64), place_mut(output, 0, 64));
        });
        check("sums, 25 x 5", SUMS, &mut || {
            sums.iter_mut()
                .zip(bantam_isa::sums(input, [25, 5], [64, 8]).unwrap_or_default())
                .for_each(|(to, x)| *to = x);
        });
        check("product, 64", PRODUCT, &mut || {
            bantam_isa::product(product, a, b, place_mut(output, 0, 64));
        });
    }
    let mut packed = [[0; 6]; 16];
    check("pack, 16", PACK, &mut || {
        bantam_isa::pack((filter, 16), bias, shifts, -128, &mut packed);
    });
    for (name, stride, packed, expected) in [
        ("CheckedRow, 12 x 16", 1, &[][..], ROW_1),
        ("CheckedRow, 12 / 2 x 16", 2, &[], ROW_2),
        ("CheckedRow, packed", 1, &packed, PACKED_ROW),
    ] {
        check(name, expected, &mut || {
            let (row, rows) = (12 * 16, [0, 3]);
            let (pixel, width, zero_point) = (16, 12, -128);
            let row =
                DepthwiseRow { input, row, pixel, width, rows, stride, filter, bias, zero_point };
            let mut of = RowChannels { factors, packed };
            of.factors.shifts = place(factors.shifts, 0, 16);
            if packed.is_empty() && bantam_isa::PACKS {
                let filter = (&*filter as &[i8], 16);
                of.packed =
                    bantam_isa::pack_from([0; 2], filter, bias, -128, &mut of.factors, patch);
            }
            if let Some(mut row) = CheckedRow::new(&row, 0..16, &of, output) {
                row.run();
            }
        });
    }
    passed
}

/// What [`pinned`] expects, of the DSP extension and of Thumb-1.
const fn of(dsp: u64, thumb1: u64) -> u64 {
    if bantam_isa::THUMB1 { thumb1 } else { dsp }
}

const GATHER: u64 = of(183, 615);
const GATHER_RUNS: u64 = of(684, 1308);
const MULTIPLY: u64 = of(1726, 3967);
const DENSE: u64 = of(1999, 5203);
const DENSE_ONE: u64 = 1681;
const DENSE_SUMS: u64 = of(1521, 4247);
const DENSE_PAIRS: u64 = 1430;
const MULTIPLY_FOUR: u64 = of(3986, 14473);
const MULTIPLY_ONE: u64 = of(2200, 3967);
const CONVOLVE: u64 = of(4087, 12460);
const CONVOLVE_FIVE: u64 = of(3643, 18610);
const CONVOLVE_BYTES: u64 = of(3584, 8655);
const REQUANTIZE: u64 = of(455, 1481);
const DEPTHWISE: u64 = of(861, 1461);
const DEPTHWISE_COLUMN: u64 = 949;
const ADD: u64 = of(1062, 4304);
const PACK: u64 = of(644, 4328);
const PACKED_ROW: u64 = of(4389, 15716);
const ROW_1: u64 = of(5095, 15716);
const ROW_2: u64 = of(3767, 9650);
const SUBTRACT: u64 = 1053;
const PRODUCT: u64 = 892;
const MAXIMA: u64 = 392;
const LOOK_UP: u64 = 337;
const SUMS: u64 = 1076;
