//! The cases of fully connected layers.

use bantam_isa::{Dense, Factors, portable};

use crate::cases::{Test, shorten};
use crate::data::{Kind, Memory, place, place_mut};

pub(crate) fn dense(test: &mut Test<'_>) {
    for filters in 0..=9 {
        for len in (0..=12).chain([33]) {
            dense_cases(test, [filters, len, len % 4]);
        }
    }
    // Inputs that are widened once, and layers that are nearly like that. Around the weights there
    // is what must not change.
    let most = test.found.filter.len() - 24;
    for filters in (6..=10).chain([16, 18, 33, 34]) {
        for len in [28, 31, 32, 33, 64, 96, 128, 160, 224, 256, 288, 480] {
            for align in 0..=3 {
                if filters * len <= most {
                    dense_cases(test, [filters, len, align]);
                }
            }
        }
    }
    test.end("dense");
}

/// With factors of the short way, with a single one, for sums of any size, or with none: sums.
fn dense_cases(test: &mut Test<'_>, [filters, len, align]: [usize; 3]) {
    for kind in Kind::ALL {
        for factors in 0..=2 {
            let sizes = [filters, len, align, factors];
            test.case(kind, "dense", &sizes, &|memory, assembly| {
                dense_case(memory, assembly, sizes);
            });
        }
    }
}

fn dense_case(memory: &mut Memory, assembly: bool, [filters, len, align, factors]: [usize; 4]) {
    prepare_dense(memory, factors == 1);
    let layer = Dense {
        input: place(&memory.input, filters % 4, len),
        zero_point: ((len + len / 32 + filters) as i16 % 2) * 255 - 128,
        weights: aligned(&memory.filter, align, len * filters),
    };
    if factors == 2 {
        let way = if assembly { bantam_isa::dense_sums } else { portable::dense_sums };
        return way(&layer, place_mut(&mut memory.sums, 0, filters));
    }
    let count = if factors == 0 { filters } else { 1 };
    let factors = Factors {
        multipliers: place(&memory.multipliers, 0, count),
        shifts: place(&memory.shifts, 0, count),
        zero_point: (len * 19) as i8,
        is_short: factors == 0,
    };
    let output = place_mut(&mut memory.output, len % 4, filters);
    let way = if assembly { bantam_isa::dense } else { portable::dense };
    way(&layer, place(&memory.bias, 0, filters), &factors, output);
}

/// Makes factors those of the short way, or for sums of any size.
fn prepare_dense(memory: &mut Memory, is_for_any_sum: bool) {
    if !is_for_any_sum {
        return shorten(memory);
    }
    let shifts = memory.shifts.iter_mut();
    shifts.for_each(|shift| *shift = bantam_isa::shift(i32::from(*shift) % 21 + 1, 0));
}

pub(crate) fn dense_pairs(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for filters in [0, 1, 7, 8, 9, 16, 24] {
            for len in (0..=12).chain([32, 36, 40]) {
                for place in 0..=3 {
                    let sizes = [filters, len, place];
                    test.case(kind, "dense_pairs", &sizes, &|memory, assembly| {
                        pairs_case(memory, assembly, sizes);
                    });
                }
            }
        }
    }
    test.end("dense_pairs");
}

/// The lowest bit of the place says whether there is a single factor; nothing is written if weights
/// begin at an odd multiple of 2.
fn pairs_case(memory: &mut Memory, assembly: bool, [filters, len, at]: [usize; 3]) {
    let is_one = at % 2 == 1;
    prepare_dense(memory, is_one);
    let layer = Dense {
        input: place(&memory.input, len % 3, len),
        zero_point: 0,
        weights: aligned(&memory.filter, at / 2 * 2, len * filters),
    };
    let count = if is_one { 1 } else { filters };
    let factors = Factors {
        multipliers: place(&memory.multipliers, 0, count),
        shifts: place(&memory.shifts, 0, count),
        zero_point: (len * 19) as i8,
        is_short: !is_one,
    };
    let output = place_mut(&mut memory.output, len % 4, filters);
    let way = if assembly { bantam_isa::dense_pairs } else { portable::dense_pairs };
    way(&layer, place(&memory.bias, 0, filters), &factors, output);
}

/// A slice that begins so many bytes behind a multiple of four.
fn aligned(memory: &[i8], align: usize, len: usize) -> &[i8] {
    let behind = memory.as_ptr().addr() % 4;
    place(memory, 4 - behind + align, len)
}
