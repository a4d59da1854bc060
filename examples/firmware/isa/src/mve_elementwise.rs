//! The cases of `bantam_isa::mve`: two tensors element by element, and windows channel by channel.

use bantam_isa::Terms;
use bantam_isa::mve::{self, portable};

use crate::cases::Test;
use crate::data::{Kind, place, place_mut};
use crate::elementwise;

pub(crate) fn all(test: &mut Test<'_>) {
    terms(test);
    product(test);
    elementwise::sums(test, mve::sums);
    elementwise::maxima(test, [mve::maxima, portable::maxima]);
}

/// A range of the output.
fn range(round: usize) -> [i8; 2] {
    if round.is_multiple_of(2) { [-128, 127] } else { [-90, 71] }
}

fn terms(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=9).chain([64]) {
            for round in 0..32 {
                test.case(kind, "add and subtract", &[len, round], &|memory, assembly| {
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
                    let Some(terms) = &terms else { return };
                    let (a, b) =
                        (place(&memory.input, round % 4, len), place(&memory.filter, 1, len));
                    let output = place_mut(&mut memory.output, round % 3, len);
                    let way = if assembly { mve::add } else { portable::add };
                    way(terms, range(round), a, b, output);
                    let output = place_mut(&mut memory.output, 100 + round % 3, len);
                    let way = if assembly { mve::subtract } else { portable::subtract };
                    way(terms, range(round), a, b, output);
                });
            }
        }
    }
    test.end("add and subtract");
}

fn product(test: &mut Test<'_>) {
    for kind in Kind::ALL {
        for len in (0..=9).chain([64]) {
            for round in 0..46 {
                test.case(kind, "product", &[len, round], &|memory, assembly| {
                    let product = elementwise::product_of(memory, round);
                    let Some(product) = &product else { return };
                    let a = place(&memory.input, round % 4, len);
                    let b = place(&memory.filter, 1, if round.is_multiple_of(3) { 1 } else { len });
                    let output = place_mut(&mut memory.output, round % 3, len);
                    let way = if assembly { mve::product } else { portable::product };
                    way(product, range(round), a, b, output);
                });
            }
        }
    }
    test.end("product");
}
