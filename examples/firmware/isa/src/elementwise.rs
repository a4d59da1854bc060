//! The cases of two tensors element by element, and of windows channel by channel.

use core::cell::Cell;

use bantam_isa::{Product, Terms, portable};

use crate::cases::Test;
use crate::data::{Kind, Memory, place, place_mut};

pub(crate) fn terms(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=9).chain([64]) {
            for round in 0..64 {
                test.case(kind, "add and subtract", &[len, round], &|memory, assembly| {
                    let mut shifts = [round % 31, (7 * round) % 31, round % 23 + 1];
                    if let Some(shift) = shifts.get_mut(len % 2) {
                        *shift = 0;
                    }
                    let [a, b, c, ..] = memory.multipliers;
                    let mut multipliers = [a, b, c];
                    for (multiplier, &shift) in multipliers.iter_mut().zip(&shifts) {
                        if shift == 0 {
                            *multiplier = 1 << 30;
                        }
                    }
                    let zero_points = [round * 4, round * 9, round].map(|z| z as i8);
                    let terms = Terms::new(multipliers, shifts.map(|s| s as u8), zero_points);
                    let Some(terms) = &terms else { return };
                    let (a, b) =
                        (place(&memory.input, round % 4, len), place(&memory.filter, 1, len));
                    let output = place_mut(&mut memory.output, round % 3, len);
                    let way = if assembly { bantam_isa::add } else { portable::add };
                    way(terms, a, b, output);
                    let output = place_mut(&mut memory.output, 100 + round % 3, len);
                    let way = if assembly { bantam_isa::subtract } else { portable::subtract };
                    way(terms, a, b, output);
                });
            }
        }
    }
    test.end("add and subtract");
}

pub(crate) fn product(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=9).chain([64]) {
            for round in 0..46 {
                test.case(kind, "product", &[len, round], &|memory, assembly| {
                    let product = product_of(memory, round);
                    let Some(product) = &product else { return };
                    let a = place(&memory.input, round % 4, len);
                    let b = place(&memory.filter, 1, if round.is_multiple_of(3) { 1 } else { len });
                    let output = place_mut(&mut memory.output, round % 3, len);
                    let way = if assembly { bantam_isa::product } else { portable::product };
                    way(product, a, b, output);
                });
            }
        }
    }
    test.end("product");
}

/// Constants of a case.
pub(crate) fn product_of(memory: &Memory, round: usize) -> Option<Product> {
    let [multiplier, ..] = memory.multipliers;
    let zero_points = [round * 4, round * 9, round].map(|z| z as i8);
    Product::new(multiplier, (round % 23) as i32 + 1, zero_points)
}

/// What takes the largest elements.
type Maxima = fn(&[i8], [usize; 2], [usize; 2], &mut [i8]) -> bool;

/// In assembly, and its twin.
pub(crate) fn maxima(test: &mut Test<'_>, [way, twin]: [Maxima; 2]) {
    for kind in Kind::ALL {
        for channels in [0, 3, 4, 8, 12, 15, 16, 17, 36] {
            for rows in 0..=4 {
                for columns in 0..=4 {
                    test.case(kind, "maxima", &[channels, rows, columns], &|memory, assembly| {
                        let column = channels + columns;
                        let row = columns * column + rows;
                        let last = rows.saturating_sub(1) * row;
                        let len = last + columns.saturating_sub(1) * column + channels;
                        let input = place(&memory.input, rows, len);
                        let output = place_mut(&mut memory.output, columns, channels);
                        let way = if assembly { way } else { twin };
                        let is_done = way(input, [rows, columns], [row, column], output);
                        memory.sums.fill(is_done.into());
                    });
                }
            }
        }
    }
    test.end("maxima");
}

/// What adds.
type Sums = fn(&[i8], [usize; 2], [usize; 2]) -> Option<[i32; 4]>;

pub(crate) fn sums(test: &mut Test<'_>, way: Sums) {
    let few = (0..=4).flat_map(|rows| (0..=5).map(move |columns| [rows, columns]));
    // More than a sum of 16 bits holds.
    let many = [[1, 255], [1, 256], [1, 257], [300, 1], [16, 16], [17, 16], [3, 520], [90, 5]];
    for [rows, columns] in few.chain(many) {
        for kind in Kind::ALL {
            for alignment in 0..4 {
                let sizes = [rows, columns, alignment];
                test.case(kind, "sums", &sizes, &|memory, assembly| {
                    // Steps that are less than a row lead over the same inputs again.
                    let is_long = columns > 5 || rows > 4;
                    let steps = if is_long { [3, 1] } else { [20 * rows + columns, 4 + columns] };
                    let [last_row, last] = [rows, columns].map(|count| count.saturating_sub(1));
                    let len = last_row * steps[0] + last * steps[1] + 4 - alignment / 3;
                    let input = place(&memory.input, alignment, len);
                    let way = if assembly { way } else { portable::sums };
                    let sums = way(input, [rows, columns], steps);
                    memory.sums.iter_mut().zip(sums.unwrap_or([7; 4])).for_each(|(to, x)| *to = x);
                });
            }
        }
    }
    test.end("sums");
}

pub(crate) fn look_up(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=13).chain([64, 255]) {
            for unknown in 0..12 {
                test.case(kind, "look_up", &[len, unknown], &|memory, assembly| {
                    let mut entries = [const { Cell::new(0) }; 256];
                    for (entry, x) in entries.iter_mut().zip(&memory.filter) {
                        // Often all are known, and the last one is known or not.
                        let x = if *x == 85 && unknown % 3 != 0 { 84 } else { *x };
                        entry.set(if unknown % 4 == 1 && x < -100 { 85 } else { x });
                    }
                    let input = place(&memory.input, unknown % 4, len);
                    let len = if unknown == 11 { len.saturating_sub(1) } else { len + unknown % 2 };
                    let output = place_mut(&mut memory.output, unknown / 4, len);
                    let way = if assembly { bantam_isa::look_up } else { portable::look_up };
                    let done = way(&entries, 85, input, output);
                    memory.sums.fill(done as i32);
                });
            }
        }
    }
    test.end("look_up");
}
