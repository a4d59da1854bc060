//! Weights as they lie in a filter: one in a byte, or two, or as indices of tables.
//!
//! Kernels read weights through [`Weights`], so that those of 4 bits are unpacked, and those of
//! [tables](crate::decode::filter::LutFilter) looked up, where they are multiplied: neither a
//! scratch buffer nor a copy of the filter is needed.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/portable_tensor_utils.cc`,
//! `UnpackDenseInt4IntoInt8`.

use core::array;
use core::borrow::Borrow;

use crate::error::{LengthMismatch, Operand};
use crate::number::choice::{Choice, Second};

/// Rows that are multiplied at a time where an input is read once for all of them.
pub(crate) const ROWS: usize = 4;

/// An element of a filter: a weight (`i8`), two of 4 bits ([`Int4Pair`]), or all weights: of one
/// kind or the other ([`EitherFilter`](crate::number::either::EitherFilter)), or as indices of
/// tables ([`LutFilter`](crate::decode::filter::LutFilter)).
pub trait FilterElement: Copy + private::Sealed {
    /// Weights that lie in a slice of it.
    type Weights<'a>: Weights
    where
        Self: 'a;

    /// `Ok` if the filter has exactly so many weights, of which the last element may lack some.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] otherwise.
    fn check(filter: &[Self], weights: usize) -> Result<(), LengthMismatch>;

    /// The weights of a filter.
    fn weights(filter: &[Self]) -> Self::Weights<'_>;

    /// The given choice for weights of a byte, the second for others.
    type Narrow<C: Choice>: Choice;

    /// The elements, if they are bytes with a weight each.
    fn bytes(filter: &[Self]) -> Option<&[i8]>;
}

/// Two weights of 4 bits, `-8..=7`: the first is the low half of the byte.
///
/// A filter with an odd number of weights ends with half a byte of no meaning.
///
/// ```
/// use bantam_kernels::number::weights::Int4Pair;
/// assert_eq!(Int4Pair::new([-3, 7]).values(), [-3, 7]);
/// assert_eq!(Int4Pair::new([-3, 7]).byte(), 0x7D);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct Int4Pair(u8);

impl Int4Pair {
    /// Packs two weights. Of each the low 4 bits count.
    pub const fn new([first, second]: [i8; 2]) -> Self {
        Self(first as u8 & 0xF | (second as u8) << 4)
    }

    /// The byte that holds both.
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// Both weights.
    #[inline(always)] // three shifts
    pub const fn values(self) -> [i8; 2] {
        [((self.0 << 4) as i8) >> 4, (self.0 as i8) >> 4]
    }
}

/// Weights of a filter, from one of them on.
///
/// What lies beyond the last weight is unspecified, up to one byte.
pub trait Weights: Copy {
    /// Those from the `at`th on; none if there are not as many.
    fn rest(self, at: usize) -> Self;

    /// The first `len`, if there are as many.
    fn first(self, len: usize) -> Option<Self>;

    /// The `at`th.
    fn weight(self, at: usize) -> Option<i8>;

    /// One after the other.
    fn each(self) -> impl Iterator<Item = i8>;

    /// The first `N`, an even number, if there are as many.
    fn block<const N: usize>(self) -> Option<impl Borrow<[i8; N]>>;

    /// `N` at a time, an even number, as often as there are as many.
    fn blocks<const N: usize>(self) -> impl Iterator<Item = impl Borrow<[i8; N]>>;

    /// `Σ inputs[k] · row[k]` of four rows that are `depth` weights apart, where there are as
    /// many, and the weights that follow the last of them; `None` if there is not one row.
    fn dots(self, inputs: &[i16], depth: usize) -> Option<([i32; ROWS], Self)>;

    /// All of them, if they are bytes with a weight each.
    #[inline(always)] // a constant
    fn bytes(&self) -> Option<&[i8]> {
        None
    }

    /// Does `work` with them, whose type knows how they lie.
    #[inline(always)] // a call
    fn with(self, work: impl WithWeights) {
        work.run(self);
    }
}

/// Work that weights of any kind are good for.
pub trait WithWeights {
    /// Does it.
    fn run(self, weights: impl Weights);
}

impl FilterElement for i8 {
    type Weights<'a> = &'a [Self];

    #[inline(always)] // compares two lengths
    fn check(filter: &[Self], weights: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Filter, weights, filter.len())
    }

    #[inline(always)] // no instruction
    fn weights(filter: &[Self]) -> &[Self] {
        filter
    }

    type Narrow<C: Choice> = C;

    #[inline(always)] // no instruction
    fn bytes(filter: &[Self]) -> Option<&[i8]> {
        Some(filter)
    }
}

impl Weights for &[i8] {
    #[inline(always)] // a check of a length
    fn rest(self, at: usize) -> Self {
        self.get(at..).unwrap_or(&[])
    }

    #[inline(always)] // a check of a length
    fn first(self, len: usize) -> Option<Self> {
        self.get(..len)
    }

    #[inline(always)] // a load
    fn weight(self, at: usize) -> Option<i8> {
        self.get(at).copied()
    }

    #[inline(always)] // vector registers hold what it gives
    fn each(self) -> impl Iterator<Item = i8> {
        self.iter().copied()
    }

    #[inline(always)] // a check of a length
    fn block<const N: usize>(self) -> Option<impl Borrow<[i8; N]>> {
        self.first_chunk()
    }

    #[inline(always)] // vector registers hold what it gives
    fn blocks<const N: usize>(self) -> impl Iterator<Item = impl Borrow<[i8; N]>> {
        self.as_chunks().0.iter()
    }

    #[inline(always)] // no instruction
    fn bytes(&self) -> Option<&[i8]> {
        Some(self)
    }

    /// Spelled out, because loops over arrays stay loops where code is to be small. All slices are
    /// seen to be of one length.
    #[inline(always)] // the only loop of its caller, which has the registers for itself
    fn dots(self, inputs: &[i16], depth: usize) -> Option<([i32; ROWS], Self)> {
        let mut filters = self;
        let w0 = filters.get(..inputs.len())?;
        // The next filter; the first one again where there is none.
        let mut next = || {
            filters = filters.rest(depth);
            filters.get(..inputs.len()).unwrap_or(w0)
        };
        let (w1, w2, w3) = (next(), next(), next());
        let (mut sum0, mut sum1, mut sum2, mut sum3) = (0, 0, 0, 0);
        for ((((&x, &w0), &w1), &w2), &w3) in inputs.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
            sum0 = plus_product(sum0, x, w0);
            sum1 = plus_product(sum1, x, w1);
            sum2 = plus_product(sum2, x, w2);
            sum3 = plus_product(sum3, x, w3);
        }
        Some(([sum0, sum1, sum2, sum3], filters.rest(depth)))
    }
}

impl FilterElement for Int4Pair {
    type Weights<'a> = Int4s<'a>;

    #[inline(always)] // compares two lengths
    fn check(filter: &[Self], weights: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Filter, weights.div_ceil(2), filter.len())
    }

    #[inline(always)] // no instruction
    fn weights(filter: &[Self]) -> Int4s<'_> {
        Int4s { pairs: filter, is_second: false }
    }

    type Narrow<C: Choice> = Second;

    #[inline(always)] // no instruction
    fn bytes(_: &[Self]) -> Option<&[i8]> {
        None
    }
}

/// Weights of 4 bits, from one of them on.
#[derive(Clone, Copy, Debug)]
pub struct Int4s<'a> {
    /// From the pair on that has the first weight.
    pairs: &'a [Int4Pair],
    /// Whether the first weight is the second of its pair.
    is_second: bool,
}

impl Int4s<'_> {
    /// The products of one row with as many inputs.
    #[inline(never)] // size: one copy; the loop has the registers for itself
    fn dot(self, inputs: &[i16]) -> i32 {
        let (mut sum, mut inputs, mut pairs) = (0, inputs, self.pairs);
        if self.is_second
            && let ([x, others @ ..], [pair, rest @ ..]) = (inputs, pairs)
        {
            sum = plus_product(sum, *x, pair.values()[1]);
            (inputs, pairs) = (others, rest);
        }
        let (twos, last) = inputs.as_chunks::<2>();
        for (x, pair) in twos.iter().zip(pairs) {
            let w = pair.values();
            sum = plus_product(plus_product(sum, x[0], w[0]), x[1], w[1]);
        }
        if let (Some(x), Some(pair)) = (last.first(), pairs.get(twos.len())) {
            sum = plus_product(sum, *x, pair.values()[0]);
        }
        sum
    }

    /// Index of a weight, counted from the first of the first pair.
    #[inline(always)] // an addition
    fn index(self, at: usize) -> usize {
        at.saturating_add(self.is_second.into())
    }

    /// [`Weights::block`], with the position a constant.
    #[inline(always)] // vector registers hold what it gives
    fn block_at<const N: usize, const SECOND: bool>(self) -> Option<[i8; N]> {
        let pairs = self.pairs.get(..N / 2 + usize::from(SECOND))?;
        let (mut block, mut next) = ([0; N], pairs.iter().skip(1));
        for (two, pair) in block.as_chunks_mut().0.iter_mut().zip(pairs) {
            // The second half of one byte and the first half of the next make up a pair.
            let pair = match next.next() {
                Some(next) if SECOND => Int4Pair(pair.0 >> 4 | next.0 << 4),
                _ => *pair,
            };
            *two = pair.values();
        }
        Some(block)
    }
}

impl Weights for Int4s<'_> {
    #[inline(always)] // a few instructions
    fn rest(self, at: usize) -> Self {
        let index = self.index(at);
        Self {
            pairs: self.pairs.get(index / 2..).unwrap_or(&[]),
            is_second: !index.is_multiple_of(2),
        }
    }

    #[inline(always)] // a check of a length
    fn first(self, len: usize) -> Option<Self> {
        (self.index(len) <= self.pairs.len().saturating_mul(2)).then_some(self)
    }

    #[inline(always)] // a load and two shifts
    fn weight(self, at: usize) -> Option<i8> {
        let index = self.index(at);
        let [first, second] = self.pairs.get(index / 2)?.values();
        Some(if index.is_multiple_of(2) { first } else { second })
    }

    #[inline(always)] // a part of its caller's loop
    fn each(self) -> impl Iterator<Item = i8> {
        let mut pairs = self.pairs.iter();
        // The second weight of a pair whose first one has been given.
        let mut second = None;
        if self.is_second {
            second = pairs.next().map(|pair| pair.values()[1]);
        }
        core::iter::from_fn(move || {
            second.take().or_else(|| {
                let weights = pairs.next()?.values();
                second = Some(weights[1]);
                Some(weights[0])
            })
        })
    }

    #[inline(always)] // vector registers hold what it gives
    fn block<const N: usize>(self) -> Option<impl Borrow<[i8; N]>> {
        if self.is_second { self.block_at::<N, true>() } else { self.block_at::<N, false>() }
    }

    #[inline(always)] // vector registers hold what it gives
    fn blocks<const N: usize>(self) -> impl Iterator<Item = impl Borrow<[i8; N]>> {
        let mut rest = self;
        core::iter::from_fn(move || {
            let block = rest.block::<N>()?;
            rest = rest.rest(N);
            Some(block)
        })
    }

    /// One row after the other: unpacking takes most of the registers of a small core.
    #[inline(always)] // the only loop of its caller
    fn dots(self, inputs: &[i16], depth: usize) -> Option<([i32; ROWS], Self)> {
        let mut rows = self.first(inputs.len())?;
        let sums = array::from_fn(|_| {
            let row = rows;
            rows = rows.rest(depth);
            row.dot(inputs)
        });
        Some((sums, rows))
    }
}

#[inline(always)] // one instruction
pub(crate) fn plus_product(sum: i32, x: i16, w: i8) -> i32 {
    sum.wrapping_add(i32::from(x) * i32::from(w))
}

pub(crate) mod private {
    /// Limits the trait of filters to the types of this crate.
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for super::Int4Pair {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::either::EitherFilter;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Keeps the weights that it is given.
    struct Collect<'a>(&'a mut Vec<i8>);

    impl WithWeights for Collect<'_> {
        fn run(self, weights: impl Weights) {
            self.0.extend(weights.each());
        }
    }

    /// What the weights `from` on are, in every way in which they are read.
    fn read<W: Weights>(weights: W, len: usize) -> [Vec<i8>; 3] {
        let mut blocks = Vec::new();
        let mut rest = weights;
        while blocks.len() + 8 <= len {
            blocks.extend(*rest.block::<8>().unwrap().borrow());
            rest = rest.rest(8);
        }
        blocks.extend(rest.each().take(len - blocks.len()));
        let one_by_one = (0..len).map(|at| weights.weight(at).unwrap()).collect();
        let mut by_blocks = Vec::new();
        weights.blocks::<4>().for_each(|block| by_blocks.extend(*block.borrow()));
        by_blocks.extend(weights.rest(by_blocks.len()).each());
        by_blocks.truncate(len);
        [blocks, one_by_one, by_blocks]
    }

    proptest! {
        #[test]
        fn pairs_are_read_as_bytes_are(
            weights in prop::collection::vec(-8..8_i8, 1..70),
            (from, depth) in (0..70_usize, 1..20_usize),
        ) {
            let pair = |two: &[i8]| Int4Pair::new([two[0], *two.get(1).unwrap_or(&5)]);
            let pairs: Vec<Int4Pair> = weights.chunks(2).map(pair).collect();
            prop_assert_eq!(Int4Pair::check(&pairs, weights.len()), Ok(()));
            prop_assert!(Int4Pair::check(&pairs, weights.len() + 2).is_err());
            let (from, len) = (from.min(weights.len()), weights.len().saturating_sub(from));
            let (bytes, packed) = (i8::weights(&weights).rest(from), Int4Pair::weights(&pairs));
            let packed = packed.rest(from);
            let expected = [(); 3].map(|()| weights[from..].to_vec());
            prop_assert_eq!(&read(bytes, len), &expected);
            prop_assert_eq!(&read(packed, len), &expected);
            for either in [EitherFilter::Bytes(&weights), EitherFilter::Pairs(&pairs)] {
                let filter = [either];
                prop_assert_eq!(EitherFilter::check(&filter, weights.len()), Ok(()));
                prop_assert!(EitherFilter::check(&filter, weights.len() + 2).is_err());
                let either = EitherFilter::weights(&filter).rest(from);
                prop_assert_eq!(&read(either, len), &expected);
                prop_assert!(either.first(len).is_some() && either.first(len + 2).is_none());
                let mut seen = Vec::new();
                either.with(Collect(&mut seen));
                prop_assert_eq!(&seen[..len], &weights[from..]);
            }
            prop_assert!(packed.first(len).is_some() && packed.first(len + 2).is_none());

            let inputs: Vec<i16> = (0..depth as i16).map(|x| x * 7 - 20).collect();
            let rows = len / depth;
            let filters = [EitherFilter::Bytes(&weights), EitherFilter::Pairs(&pairs)];
            for either in filters.iter().filter(|_| rows > 0) {
                let either = EitherFilter::weights(core::slice::from_ref(either)).rest(from);
                let either = either.dots(&inputs, depth);
                let sums = either.map(|(sums, _)| sums[..rows.min(ROWS)].to_vec());
                let of_bytes = bytes.dots(&inputs, depth);
                prop_assert_eq!(sums, of_bytes.map(|(sums, _)| sums[..rows.min(ROWS)].to_vec()));
            }
            let (bytes, packed) = (bytes.dots(&inputs, depth), packed.dots(&inputs, depth));
            prop_assert_eq!(bytes.is_some(), rows > 0);
            if let (Some((bytes, _)), Some((packed, rest))) = (bytes, packed) {
                prop_assert_eq!(&bytes[..rows.min(ROWS)], &packed[..rows.min(ROWS)]);
                let after = rest.weight(0).filter(|_| len > ROWS * depth);
                prop_assert_eq!(after, weights.get(from + ROWS * depth).copied());
            }
        }
    }
}
