//! Filters as indices of tables, which stay as they are: a weight is looked up where it is
//! multiplied.
//!
//! Source of the format: TFLM 90b983c2b, `micro/compression/metadata.fbs`,
//! `micro/kernels/decompress_common.cc`, `micro/kernels/decompress.cc`.

use core::array;
use core::borrow::Borrow;

use super::channels::Channels;
use super::lut::{LutParams, check_bits};
use crate::error::{IndexError, LengthMismatch, LookupError, Operand};
use crate::number::bits::Bits;
use crate::number::choice::{Choice, Second};
use crate::number::weights::{FilterElement, ROWS, Weights, plus_product, private};

/// All weights of a filter, as indices of tables.
///
/// ```text
/// weight[i] = values[stride · channel(i) + index(i)]
/// ```
///
/// It is the only element of the slice that a layer has as its filter. Indices behind the last
/// value stand for 0: [`LutFilter::check_indices`] finds them.
///
/// ```
/// use bantam_kernels::decode::channels::Channels;
/// use bantam_kernels::decode::filter::LutFilter;
/// use bantam_kernels::decode::lut::LutParams;
/// use bantam_kernels::number::weights::{FilterElement, Weights};
/// let params = LutParams { bits: 2, stride: 3 };
/// let filter = LutFilter::new(params, Channels::ONE, &[0b00_10_01_10], &[40, 50, 60], 4)?;
/// assert!(LutFilter::weights(&[filter]).each().eq([40, 60, 50, 60]));
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LutFilter<'a> {
    indices: &'a [u8],
    values: &'a [i8],
    params: LutParams,
    channels: Channels,
    len: usize,
}

impl<'a> LutFilter<'a> {
    /// A filter of `len` weights, with so many bits of `indices` for each.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if there are too few indices, with the bytes needed.
    pub fn new(
        params: LutParams,
        channels: Channels,
        indices: &'a [u8],
        values: &'a [i8],
        len: usize,
    ) -> Result<Self, LengthMismatch> {
        check_bits(indices, len.saturating_mul(params.bits.into()))?;
        Ok(Self { indices, values, params, channels, len })
    }

    const NONE: LutFilter<'static> = LutFilter {
        indices: &[],
        values: &[],
        params: LutParams { bits: 1, stride: 1 },
        channels: Channels::ONE,
        len: 0,
    };

    /// `Ok` if there is a value for each index. Takes time for each weight, unless the table of the
    /// last channel has a value for each number of so many bits.
    ///
    /// # Errors
    ///
    /// [`LookupError::Index`] for an index behind the last element of all tables, counted from the
    /// first of its channel.
    pub fn check_indices(&self) -> Result<(), LookupError> {
        let last = self.table(self.channels.count().saturating_sub(1));
        if last.len() >> self.params.bits > 0 {
            return Ok(());
        }
        let mut cursor = Cursor::new(LutWeights { filter: self, at: 0 });
        for position in 0..self.len {
            let (index, limit) = (cursor.index(), cursor.table.len());
            if index >= limit {
                let (operand, value) = (Operand::Indices, index as i32);
                let limit = limit as u32;
                return Err(LookupError::Index(IndexError { operand, position, value, limit }));
            }
        }
        Ok(())
    }

    /// The values from the first one of a channel on.
    #[inline(always)] // a check of a length
    fn table(&self, channel: usize) -> &'a [i8] {
        self.values.get(channel.saturating_mul(self.params.stride.into())..).unwrap_or(&[])
    }
}

impl private::Sealed for LutFilter<'_> {}

impl<'t> FilterElement for LutFilter<'t> {
    type Weights<'a>
        = LutWeights<'a>
    where
        't: 'a;

    #[inline(always)] // compares two lengths
    fn check(filter: &[Self], weights: usize) -> Result<(), LengthMismatch> {
        let len = filter.first().map_or(0, |filter| filter.len);
        LengthMismatch::check(Operand::Filter, weights, len)
    }

    #[inline(always)] // two instructions
    fn weights(filter: &[Self]) -> LutWeights<'_> {
        LutWeights { filter: filter.first().unwrap_or(&LutFilter::NONE), at: 0 }
    }

    type Narrow<C: Choice> = Second;

    #[inline(always)] // no instruction
    fn bytes(_: &[Self]) -> Option<&[i8]> {
        None
    }
}

/// Weights of a [`LutFilter`], from one of them on.
#[derive(Clone, Copy, Debug)]
pub struct LutWeights<'a> {
    filter: &'a LutFilter<'a>,
    /// How many weights lie before the first one.
    at: usize,
}

impl LutWeights<'_> {
    /// The products of one row with as many inputs.
    #[inline(never)] // size: one copy; the loop has the registers for itself
    fn dot(self, inputs: &[i16]) -> i32 {
        let (mut cursor, mut sum, mut inputs) = (Cursor::new(self), 0, inputs);
        loop {
            // The weights of a run have one table.
            let run = inputs.split_at_checked(cursor.left);
            let (these, others) = run.unwrap_or((inputs, &[]));
            for x in these {
                sum = plus_product(sum, *x, cursor.value());
            }
            if others.is_empty() {
                return sum;
            }
            cursor.turn();
            inputs = others;
        }
    }

    /// How many there are.
    #[inline(always)] // a subtraction
    fn len(self) -> usize {
        self.filter.len.saturating_sub(self.at)
    }
}

impl Weights for LutWeights<'_> {
    #[inline(always)] // an addition
    fn rest(self, at: usize) -> Self {
        Self { at: self.at.saturating_add(at), ..self }
    }

    #[inline(always)] // a check of a length
    fn first(self, len: usize) -> Option<Self> {
        (len <= self.len()).then_some(self)
    }

    #[inline(always)] // a call
    fn weight(self, at: usize) -> Option<i8> {
        let rest = self.rest(at);
        (rest.len() > 0).then(|| Cursor::new(rest).next())
    }

    #[inline(always)] // a part of its caller's loop
    fn each(self) -> impl Iterator<Item = i8> {
        let mut cursor = Cursor::new(self);
        (0..self.len()).map(move |_| cursor.next())
    }

    #[inline(always)] // vector registers hold what it gives
    fn block<const N: usize>(self) -> Option<impl Borrow<[i8; N]>> {
        let mut cursor = Cursor::new(self.first(N)?);
        Some(array::from_fn::<i8, N, _>(|_| cursor.next()))
    }

    #[inline(always)] // vector registers hold what it gives
    fn blocks<const N: usize>(self) -> impl Iterator<Item = impl Borrow<[i8; N]>> {
        let mut cursor = Cursor::new(self);
        let blocks = self.len().checked_div(N).unwrap_or(0);
        (0..blocks).map(move |_| array::from_fn::<i8, N, _>(|_| cursor.next()))
    }

    /// One row after the other: a look-up takes most of the registers of a small core.
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

/// Reads weights one after the other.
struct Cursor<'a> {
    filter: &'a LutFilter<'a>,
    indices: Bits<'a>,
    /// The channel of the next weight, unless the run is over.
    channel: usize,
    /// The values from the first one of the channel on.
    table: &'a [i8],
    /// Weights that are left of the run.
    left: usize,
}

impl<'a> Cursor<'a> {
    #[inline(never)] // size: one copy for all loops
    fn new(LutWeights { filter, at }: LutWeights<'a>) -> Self {
        let (bits, channels) = (filter.params.bits, &filter.channels);
        let run_len = (channels.run_len as usize).max(1);
        let (run, within) = (at / run_len, at % run_len);
        let channel = run.checked_rem(channels.count()).unwrap_or(0);
        let indices = Bits::at(filter.indices, at.saturating_mul(bits.into()));
        Self { filter, indices, channel, table: filter.table(channel), left: run_len - within }
    }

    /// Turns to the next run.
    #[inline(always)] // a few instructions
    fn turn(&mut self) {
        let Channels { count, run_len } = self.filter.channels;
        self.channel = if self.channel + 1 < count as usize { self.channel + 1 } else { 0 };
        self.table = self.filter.table(self.channel);
        self.left = (run_len as usize).max(1);
    }

    /// The next index.
    #[inline(always)] // a part of its caller's loop
    fn index(&mut self) -> usize {
        if self.left == 0 {
            self.turn();
        }
        self.left -= 1;
        self.indices.take(self.filter.params.bits.into()) as usize
    }

    /// The next weight.
    #[inline(always)] // a part of its caller's loop
    fn next(&mut self) -> i8 {
        let index = self.index();
        self.table.get(index).copied().unwrap_or(0)
    }

    /// The next weight of a run that is not over; the run is not counted.
    #[inline(always)] // a part of its caller's loop
    fn value(&mut self) -> i8 {
        let index = self.indices.take(self.filter.params.bits.into());
        self.table.get(index as usize).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::lut::lut;
    use crate::walk::shape::Shape;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn weights_are_those_that_are_decoded(
            bits in 1..=7_u8,
            (channels, inner) in (1..5_usize, 1..40_usize),
            is_last: bool,
            indices in prop::collection::vec(any::<u8>(), 5 * 40),
            values in prop::collection::vec(any::<i8>(), 128 * 5),
            (from, depth) in (0..60_usize, 1..50_usize),
        ) {
            let len = channels * inner;
            let params = LutParams { bits, stride: 1 << bits };
            let dims = if is_last { [inner, channels] } else { [channels, inner] };
            let shape = Shape::new(&dims.map(|dim| dim as i32)).unwrap();
            let axis = if is_last && channels > 1 { 1 } else { 0 };
            let layout = Channels::new(channels as u32, axis, &shape).unwrap();
            let mut decoded = vec![0; len];
            let bytes: Vec<u8> = values.iter().map(|&value| value as u8).collect();
            lut::<1>(&params, layout, &indices, &bytes, &mut decoded).unwrap();
            let decoded: Vec<i8> = decoded.iter().map(|&byte| byte as i8).collect();

            let filter = [LutFilter::new(params, layout, &indices, &values, len).unwrap()];
            prop_assert_eq!(filter[0].check_indices(), Ok(()));
            prop_assert!(LutFilter::check(&filter, len).is_ok());
            prop_assert!(LutFilter::check(&filter, len + 1).is_err());
            let from = from.min(len);
            let (weights, expected) = (LutFilter::weights(&filter).rest(from), &decoded[from..]);
            let rest = expected.len();
            prop_assert!(weights.each().eq(expected.iter().copied()));
            prop_assert!((0..rest + 1).all(|at| weights.weight(at) == expected.get(at).copied()));
            prop_assert!(weights.first(rest).is_some() && weights.first(rest + 1).is_none());
            let block = weights.block::<4>().map(|block| *block.borrow());
            prop_assert_eq!(block.as_ref(), expected.first_chunk());
            let blocks: Vec<[i8; 4]> = weights.blocks().map(|block| *block.borrow()).collect();
            prop_assert_eq!(&blocks[..], expected.as_chunks().0);

            let inputs: Vec<i16> = (0..depth as i16).map(|x| x * 7 - 20).collect();
            let (bytes, packed) = (expected.dots(&inputs, depth), weights.dots(&inputs, depth));
            prop_assert_eq!(bytes.is_some(), packed.is_some());
            if let (Some((bytes, _)), Some((packed, after))) = (bytes, packed) {
                let rows = (rest / depth).min(ROWS);
                prop_assert_eq!(&bytes[..rows], &packed[..rows]);
                prop_assert_eq!(after.weight(0), expected.get(ROWS * depth).copied());
            }
        }
    }

    #[test]
    fn indices_and_tables_are_checked() {
        let params = LutParams { bits: 2, stride: 4 };
        let (expected, actual, operand) = (2, 1, Operand::Indices);
        let short = LutFilter::new(params, Channels::ONE, &[0], &[1], 5);
        assert_eq!(short.err(), Some(LengthMismatch { operand, expected, actual }));
        let filter = |indices| LutFilter::new(params, Channels::ONE, indices, &[1, 2, 3], 5);
        assert_eq!(filter(&[0, 0x80]).unwrap().check_indices(), Ok(()));
        let wrong = filter(&[0, 0xC0]).unwrap();
        let error = IndexError { operand, position: 4, value: 3, limit: 3 };
        assert_eq!(wrong.check_indices(), Err(LookupError::Index(error)));
        assert!(LutFilter::weights(&[wrong]).each().eq([1, 1, 1, 1, 0]));
        assert_eq!(LutFilter::weights(&[]).weight(0), None);
    }
}
