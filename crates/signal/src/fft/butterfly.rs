//! Butterflies: what joins the spectra of 2, 3, 4 or 5 decimated signals into one.
//!
//! Source: kissfft 130, `kiss_fft.c`, `kf_bfly2` to `kf_bfly5`.

use super::direction::Direction;
use super::sample::{Arithmetic, Complex};

/// The factors of one level: every `stride`-th number of a table.
#[derive(Clone, Copy)]
pub(super) struct Twiddles<'t, T> {
    pub(super) table: &'t [Complex<T>],
    pub(super) stride: usize,
}

impl<T: Arithmetic> Twiddles<'_, T> {
    #[inline(always)] // a load
    fn at(self, index: usize) -> Complex<T> {
        self.table.get(index.wrapping_mul(self.stride)).copied().unwrap_or_default()
    }
}

#[inline(always)] // two instructions
fn plus<T: Arithmetic>(a: Complex<T>, b: Complex<T>) -> Complex<T> {
    [a[0].plus(b[0]), a[1].plus(b[1])]
}

#[inline(always)] // two instructions
fn minus<T: Arithmetic>(a: Complex<T>, b: Complex<T>) -> Complex<T> {
    [a[0].minus(b[0]), a[1].minus(b[1])]
}

#[inline(always)] // a few instructions
fn scaled<T: Arithmetic>(a: Complex<T>, radix: u16) -> Complex<T> {
    [a[0].scaled(radix), a[1].scaled(radix)]
}

/// `a / radix · twiddle`.
#[inline(always)] // a few instructions
fn turned<T: Arithmetic>(a: Complex<T>, radix: u16, twiddle: Complex<T>) -> Complex<T> {
    T::product(scaled(a, radix), twiddle)
}

/// Joins the spectra in `block`, which lie one after the other, `part` numbers each.
pub(super) fn join<T: Arithmetic>(
    block: &mut [Complex<T>],
    (radix, part): (u16, usize),
    twiddles: Twiddles<'_, T>,
    direction: Direction,
) {
    match radix {
        2 => two(block, part, twiddles),
        3 => three(block, part, twiddles),
        4 => four(block, part, twiddles, direction),
        _ => five(block, part, twiddles),
    }
}

/// The first `part` numbers of a block, and the rest; all of it if it is shorter.
#[inline(always)] // a comparison
fn cut<T>(block: &mut [T], part: usize) -> (&mut [T], &mut [T]) {
    let at = part.min(block.len());
    block.split_at_mut_checked(at).unwrap_or_default()
}

fn two<T: Arithmetic>(block: &mut [Complex<T>], part: usize, twiddles: Twiddles<'_, T>) {
    let (a, b) = cut(block, part);
    for (k, (a, b)) in a.iter_mut().zip(b).enumerate() {
        let (x, y) = (scaled(*a, 2), turned(*b, 2, twiddles.at(k)));
        *a = plus(x, y);
        *b = minus(x, y);
    }
}

fn three<T: Arithmetic>(block: &mut [Complex<T>], part: usize, twiddles: Twiddles<'_, T>) {
    let [_, third] = twiddles.at(part);
    let (a, rest) = cut(block, part);
    let (b, c) = cut(rest, part);
    for (k, ((a, b), c)) in a.iter_mut().zip(b).zip(c).enumerate() {
        let x = scaled(*a, 3);
        let y = turned(*b, 3, twiddles.at(k));
        let z = turned(*c, 3, twiddles.at(2 * k));
        let (sum, difference) = (plus(y, z), minus(y, z));
        let middle = minus(x, sum.map(T::half));
        let [real, imaginary] = difference.map(|part| part.times(third));
        *a = plus(x, sum);
        *b = [middle[0].minus(imaginary), middle[1].plus(real)];
        *c = [middle[0].plus(imaginary), middle[1].minus(real)];
    }
}

fn four<T: Arithmetic>(
    block: &mut [Complex<T>],
    part: usize,
    twiddles: Twiddles<'_, T>,
    direction: Direction,
) {
    let (a, rest) = cut(block, part);
    let (b, rest) = cut(rest, part);
    let (c, d) = cut(rest, part);
    for (k, (((a, b), c), d)) in a.iter_mut().zip(b).zip(c).zip(d).enumerate() {
        let x = scaled(*a, 4);
        let y = turned(*b, 4, twiddles.at(k));
        let z = turned(*c, 4, twiddles.at(2 * k));
        let w = turned(*d, 4, twiddles.at(3 * k));
        let (even, across) = (plus(x, z), minus(x, z));
        let (odd, turn) = (plus(y, w), minus(y, w));
        let before = [across[0].plus(turn[1]), across[1].minus(turn[0])];
        let behind = [across[0].minus(turn[1]), across[1].plus(turn[0])];
        *a = plus(even, odd);
        *c = minus(even, odd);
        (*b, *d) = match direction {
            Direction::Forward => (before, behind),
            Direction::Inverse => (behind, before),
        };
    }
}

fn five<T: Arithmetic>(block: &mut [Complex<T>], part: usize, twiddles: Twiddles<'_, T>) {
    let [first, second] = [twiddles.at(part), twiddles.at(2 * part)];
    let (a, rest) = cut(block, part);
    let (b, rest) = cut(rest, part);
    let (c, rest) = cut(rest, part);
    let (d, e) = cut(rest, part);
    for (k, ((((a, b), c), d), e)) in a.iter_mut().zip(b).zip(c).zip(d).zip(e).enumerate() {
        let x = scaled(*a, 5);
        let y = turned(*b, 5, twiddles.at(k));
        let z = turned(*c, 5, twiddles.at(2 * k));
        let v = turned(*d, 5, twiddles.at(3 * k));
        let w = turned(*e, 5, twiddles.at(4 * k));
        let (outer, outer_difference) = (plus(y, w), minus(y, w));
        let (inner, inner_difference) = (plus(z, v), minus(z, v));
        // x + outer · m + inner · n, summed from the left.
        let along = |m: T, n: T| {
            let sum = |x: T, outer: T, inner: T| x.plus(outer.times(m)).plus(inner.times(n));
            [sum(x[0], outer[0], inner[0]), sum(x[1], outer[1], inner[1])]
        };
        let [near, far] = [along(first[0], second[0]), along(second[0], first[0])];
        let [m, n] = [first[1], second[1]];
        let (p, q) = (outer_difference, inner_difference);
        let near_turn =
            [p[1].times(m).plus(q[1].times(n)), p[0].times(m).negated().minus(q[0].times(n))];
        let far_turn =
            [p[1].times(n).negated().plus(q[1].times(m)), p[0].times(n).minus(q[0].times(m))];
        *a = plus(x, plus(outer, inner));
        *b = minus(near, near_turn);
        *e = plus(near, near_turn);
        *c = plus(far, far_turn);
        *d = minus(far, far_turn);
    }
}
