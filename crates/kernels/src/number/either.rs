//! Filters of a byte for each weight, or of 4 bits, told apart while a layer runs: one copy of the
//! code around the loops for both.

use core::borrow::Borrow;

use crate::error::LengthMismatch;
use crate::number::choice::{Choice, Second};
use crate::number::weights::{FilterElement, Int4Pair, Int4s, ROWS, Weights, WithWeights, private};

/// All weights of a filter, of a byte or of 4 bits each.
///
/// It is the only element of the slice that a layer has as its filter.
///
/// ```
/// use bantam_kernels::number::either::EitherFilter;
/// use bantam_kernels::number::weights::{FilterElement, Int4Pair, Weights};
/// let bytes = EitherFilter::Bytes(&[-3, 7]);
/// let pairs = EitherFilter::Pairs(&[Int4Pair::new([-3, 7])]);
/// assert!(EitherFilter::weights(&[bytes]).each().eq([-3, 7]));
/// assert!(EitherFilter::weights(&[pairs]).each().eq([-3, 7]));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum EitherFilter<'a> {
    /// A byte for each.
    Bytes(&'a [i8]),
    /// 4 bits for each.
    Pairs(&'a [Int4Pair]),
}

impl private::Sealed for EitherFilter<'_> {}

impl<'t> FilterElement for EitherFilter<'t> {
    type Weights<'a>
        = EitherWeights<'a>
    where
        't: 'a;

    fn check(filter: &[Self], weights: usize) -> Result<(), LengthMismatch> {
        match filter.first() {
            Some(Self::Pairs(pairs)) => Int4Pair::check(pairs, weights),
            Some(Self::Bytes(bytes)) => i8::check(bytes, weights),
            None => i8::check(&[], weights),
        }
    }

    #[inline(always)] // a choice of two
    fn weights(filter: &[Self]) -> EitherWeights<'_> {
        match filter.first() {
            Some(Self::Pairs(pairs)) => EitherWeights::Pairs(Int4Pair::weights(pairs)),
            Some(Self::Bytes(bytes)) => EitherWeights::Bytes(bytes),
            None => EitherWeights::Bytes(&[]),
        }
    }

    type Narrow<C: Choice> = Second;

    fn bytes(filter: &[Self]) -> Option<&[i8]> {
        match filter {
            [Self::Bytes(bytes)] => Some(bytes),
            _ => None,
        }
    }
}

/// Weights of an [`EitherFilter`], from one of them on.
#[derive(Clone, Copy, Debug)]
pub enum EitherWeights<'a> {
    /// A byte for each.
    Bytes(&'a [i8]),
    /// 4 bits for each.
    Pairs(Int4s<'a>),
}

impl Weights for EitherWeights<'_> {
    #[inline(always)] // a choice of two
    fn bytes(&self) -> Option<&[i8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Pairs(_) => None,
        }
    }

    #[inline(always)] // a part of its caller, like those of both
    fn rest(self, at: usize) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.rest(at)),
            Self::Pairs(pairs) => Self::Pairs(pairs.rest(at)),
        }
    }

    #[inline(always)] // a part of its caller, like those of both
    fn first(self, len: usize) -> Option<Self> {
        match self {
            Self::Bytes(bytes) => Weights::first(bytes, len).map(Self::Bytes),
            Self::Pairs(pairs) => pairs.first(len).map(Self::Pairs),
        }
    }

    fn weight(self, at: usize) -> Option<i8> {
        match self {
            Self::Bytes(bytes) => bytes.weight(at),
            Self::Pairs(pairs) => pairs.weight(at),
        }
    }

    /// Chooses for each weight: [`Self::with`] chooses once.
    fn each(self) -> impl Iterator<Item = i8> {
        (0..).map_while(move |at| self.weight(at))
    }

    fn block<const N: usize>(self) -> Option<impl Borrow<[i8; N]>> {
        match self {
            Self::Bytes(bytes) => bytes.block().map(|block| *block.borrow()),
            Self::Pairs(pairs) => pairs.block().map(|block| *block.borrow()),
        }
    }

    fn blocks<const N: usize>(self) -> impl Iterator<Item = impl Borrow<[i8; N]>> {
        (0..).map_while(move |at: usize| self.rest(at.saturating_mul(N)).block::<N>())
    }

    #[inline(always)] // the only loops of its caller
    fn dots(self, inputs: &[i16], depth: usize) -> Option<([i32; ROWS], Self)> {
        match self {
            Self::Bytes(bytes) => {
                bytes.dots(inputs, depth).map(|(sums, rest)| (sums, Self::Bytes(rest)))
            }
            Self::Pairs(pairs) => {
                pairs.dots(inputs, depth).map(|(sums, rest)| (sums, Self::Pairs(rest)))
            }
        }
    }

    #[inline(always)] // a choice of two
    fn with(self, work: impl WithWeights) {
        match self {
            Self::Bytes(bytes) => work.run(bytes),
            Self::Pairs(pairs) => work.run(pairs),
        }
    }
}
