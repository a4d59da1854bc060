//! Products of one row of inputs with several rows of weights.

use crate::number::element::{Accumulator, Quantized};

/// Rows of weights, one behind the other, and a sum for each.
#[derive(Debug)]
pub struct Rows<'a, S> {
    /// The weights. Each row is as long as the inputs.
    pub weights: &'a [i8],
    /// The sums.
    pub sums: &'a mut [S],
}

/// Rows that are multiplied at a time.
const ROWS: usize = 4;

/// Adds to each sum the products of a row of weights with the inputs, less their zero point: four
/// rows at a time, so that an input is loaded once for all of them, and no sum waits for another.
pub(super) fn in_fours<T: Quantized>(
    inputs: &[T],
    zero_point: i16,
    Rows { weights, sums }: &mut Rows<'_, T::Sum>,
) {
    let mut weights = *weights;
    for sums in sums.chunks_mut(ROWS) {
        let Some((first, _)) = weights.split_at_checked(inputs.len()) else { return };
        // In the place of rows behind the last there is the first of the four.
        let row = |at: usize| {
            let row = weights.get(at * inputs.len()..).and_then(|rest| rest.get(..inputs.len()));
            row.filter(|_| at < sums.len()).unwrap_or(first)
        };
        let mut four = [T::Sum::ZERO; ROWS];
        let [p, q, r, s] = &mut four;
        let products = inputs.iter().zip(first).zip(row(1)).zip(row(2)).zip(row(3));
        for ((((&x, &a), &b), &c), &d) in products {
            let x: i32 = x.into();
            let x = x.wrapping_sub(zero_point.into());
            *p = p.plus_product(x, a.into());
            *q = q.plus_product(x, b.into());
            *r = r.plus_product(x, c.into());
            *s = s.plus_product(x, d.into());
        }
        sums.iter_mut().zip(four).for_each(|(sum, more)| *sum = sum.plus(more));
        weights = weights.get(ROWS * inputs.len()..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::Rows;
    use crate::backend::{Backend, Compact, Dsp, Mve, Portable};
    use crate::number::element::Quantized;

    /// Compares the sums of a backend with those of the definition.
    fn check<K: Backend, T: Quantized<Sum: From<i32>>>(
        inputs: &[i8],
        zero_point: i8,
        weights: &[Vec<i8>],
    ) {
        let elements: Vec<T> = inputs.iter().map(|&x| T::from_clamped(x.into())).collect();
        let dot = |row: &[i8]| {
            let products = inputs.iter().zip(row);
            products.map(|(&x, &w)| (i32::from(x) - i32::from(zero_point)) * i32::from(w)).sum()
        };
        // Sums are added to.
        let sums_of = |len: usize| (0..len as i32).map(T::Sum::from).collect::<Vec<_>>();
        let len = |matrix: &[i8]| matrix.len() / inputs.len();
        let mut sums: Vec<_> = weights.iter().map(|matrix| sums_of(len(matrix))).collect();
        let rows = weights.iter().zip(&mut sums);
        let mut rows: Vec<_> = rows.map(|(weights, sums)| Rows { weights, sums }).collect();
        K::products(&elements, zero_point.into(), &mut rows);
        for (matrix, sums) in weights.iter().zip(sums) {
            let rows = matrix.chunks(inputs.len());
            let all = rows.zip(sums_of(len(matrix)));
            let expected: Vec<T::Sum> = all
                .map(|(row, first)| {
                    let sum: i32 = dot(row);
                    let first: i64 = first.into();
                    T::Sum::from(sum + first as i32)
                })
                .collect();
            assert_eq!(sums, expected);
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_definition(
            len in prop_oneof![1..10_usize, 30..36_usize, 120..140_usize, 250..300_usize],
            rows in prop::collection::vec(1..10_usize, 1..5), zero_point: i8, seed: u32,
        ) {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as i8
            };
            let mut some = |len: usize| -> Vec<i8> { (0..len).map(|_| next()).collect() };
            let inputs = some(len);
            let mut weights = vec![];
            for rows in rows {
                weights.push(some(rows * len));
            }
            check::<Compact, i8>(&inputs, zero_point, &weights);
            check::<Portable, i8>(&inputs, zero_point, &weights);
            check::<Dsp, i8>(&inputs, zero_point, &weights);
            check::<Mve, i8>(&inputs, zero_point, &weights);
            check::<Compact, i16>(&inputs, zero_point, &weights);
            check::<Dsp, i16>(&inputs, zero_point, &weights);
        }
    }
}
