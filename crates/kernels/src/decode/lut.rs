//! Elements as indices of a table.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/decode_state_lut.cc` (`DecompressToBufferWidthAny`).

use super::channels::Channels;
use crate::error::{IndexError, LengthMismatch, LookupError, Operand};
use crate::number::bits::Bits;

/// The format of indices and tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LutParams {
    /// Bits of an index, `1..=7`.
    pub bits: u8,
    /// Elements from the table of a channel to that of the next one.
    pub stride: u8,
}

/// Writes what the tables have at the indices: elements of `N` bytes each, of any type.
///
/// ```text
/// output[i] = values[stride · channel(i) + index(i)]
/// ```
///
/// # Shapes
///
/// | slice     | bytes                                               |
/// |-----------|-----------------------------------------------------|
/// | `indices` | at least `elements · bits / 8`, rounded up          |
/// | `values`  | `N` for each element of the tables, one after other |
/// | `output`  | `N · elements`                                      |
///
/// # Errors
///
/// [`LookupError::Length`] if there are too few indices, with the bytes needed; nothing is written
/// then. [`LookupError::Index`] for an index behind the last element of all tables, counted from
/// the first of its channel; what the output holds is unspecified then.
///
/// ```
/// use bantam_kernels::decode::channels::Channels;
/// use bantam_kernels::decode::lut::{LutParams, lut};
/// let params = LutParams { bits: 2, stride: 3 };
/// let mut output = [0; 4];
/// lut::<1>(&params, Channels::ONE, &[0b00_10_01_10], &[40, 50, 60], &mut output)?;
/// assert_eq!(output, [40, 60, 50, 60]);
/// # Ok::<(), bantam_kernels::LookupError>(())
/// ```
pub fn lut<const N: usize>(
    params: &LutParams,
    channels: Channels,
    indices: &[u8],
    values: &[u8],
    output: &mut [u8],
) -> Result<(), LookupError> {
    let (values, _) = values.as_chunks::<N>();
    let needed = output.len().checked_div(N).unwrap_or(0).saturating_mul(params.bits.into());
    check_bits(indices, needed)?;
    let mut bits = Bits::new(indices);
    for (channel, run) in channels.runs::<N>(output) {
        let table = (channel as usize).saturating_mul(params.stride.into());
        let table = values.get(table..).unwrap_or(&[]);
        for element in run {
            let index = bits.take(params.bits.into());
            match table.get(index as usize) {
                Some(value) => *element = *value,
                None => return Err(outside(&bits, params.bits, index, table.len())),
            }
        }
    }
    Ok(())
}

/// `Ok` if there are so many bits of indices.
pub(super) fn check_bits(bytes: &[u8], bits: usize) -> Result<(), LengthMismatch> {
    let expected = bits.div_ceil(8);
    if bytes.len() < expected {
        return Err(LengthMismatch { operand: Operand::Indices, expected, actual: bytes.len() });
    }
    Ok(())
}

/// The error of an index that has just been read.
#[cold]
#[inline(never)] // size: one copy for all widths
fn outside(read: &Bits<'_>, bits: u8, index: u32, limit: usize) -> LookupError {
    let position = read.position().checked_div(bits.into()).unwrap_or(0).saturating_sub(1);
    let (operand, value) = (Operand::Indices, index as i32);
    LookupError::Index(IndexError { operand, position, value, limit: limit as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::shape::Shape;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Numbers of `bits` bits, one after the other.
    fn pack(indices: &[u8], bits: u8) -> Vec<u8> {
        let digits = indices.iter().flat_map(|index| (0..bits).rev().map(move |b| index >> b & 1));
        let digits: Vec<u8> = digits.collect();
        let byte = |digits: &[u8]| (0..8).map(|i| digits.get(i).unwrap_or(&0) << (7 - i)).sum();
        digits.chunks(8).map(byte).collect()
    }

    proptest! {
        #[test]
        fn elements_are_those_of_the_table_of_their_channel(
            bits in 1..=7_u8,
            (channels, inner) in (1..5_usize, 1..7_usize),
            is_last: bool,
            indices in prop::collection::vec(any::<u8>(), 30),
            values in prop::collection::vec(any::<[u8; 4]>(), 128 * 4),
        ) {
            let stride = (1 << bits) as u8;
            let indices = &indices[..channels * inner];
            let indices: Vec<u8> = indices.iter().map(|index| index & (stride - 1)).collect();
            let dims = if is_last { [inner, channels] } else { [channels, inner] };
            let shape = Shape::new(&dims.map(|dim| dim as i32)).unwrap();
            let axis = if is_last && channels > 1 { 1 } else { 0 };
            let layout = Channels::new(channels as u32, axis, &shape).unwrap();
            let of = |i: usize| if is_last { i % channels } else { i / inner };
            let expected: Vec<[u8; 4]> = indices.iter().enumerate()
                .map(|(i, &index)| values[usize::from(stride) * of(i) + usize::from(index)])
                .collect();

            let params = LutParams { bits, stride };
            let mut output = vec![0; 4 * indices.len()];
            let packed = pack(&indices, bits);
            lut::<4>(&params, layout, &packed, values.as_flattened(), &mut output).unwrap();
            prop_assert_eq!(output.as_chunks::<4>().0, &expected[..]);
        }
    }

    #[test]
    fn indices_and_tables_are_checked() {
        let params = LutParams { bits: 2, stride: 4 };
        let run = |indices: &[u8], values: &[u8]| {
            lut::<1>(&params, Channels::ONE, indices, values, &mut [0; 5])
        };
        assert_eq!(run(&[0, 0x80], &[1, 2, 3]), Ok(()));
        let (expected, actual) = (2, 1);
        let short = LengthMismatch { operand: Operand::Indices, expected, actual };
        assert_eq!(run(&[0], &[1]), Err(LookupError::Length(short)));
        let wrong = IndexError { operand: Operand::Indices, position: 4, value: 3, limit: 3 };
        assert_eq!(run(&[0, 0xC0], &[1, 2, 3]), Err(LookupError::Index(wrong)));
    }
}
