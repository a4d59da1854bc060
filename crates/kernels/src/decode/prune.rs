//! Tensors without the elements that are the zero point.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/decode_state_prune.cc` (`DecompressToBuffer`,
//! `DecompressToBufferPerChannelInt8`).

use super::channels::Channels;
use super::lut::check_bits;
use crate::error::{IndexError, LookupError, Operand};
use crate::number::bits::Bits;

/// Writes the next of `values` for each bit of `mask` that is set, and the zero point of the
/// channel for the others: elements of `N` bytes each, of any type.
///
/// `zero` gives the zero point of a channel, as its bytes.
///
/// # Shapes
///
/// | slice    | bytes                                                  |
/// |----------|--------------------------------------------------------|
/// | `mask`   | at least `elements / 8`, rounded up                    |
/// | `values` | at least `N` for each bit that is set                  |
/// | `output` | `N · elements`                                         |
///
/// # Errors
///
/// [`LookupError::Length`] if there are too few bits, with the bytes needed; nothing is written
/// then. [`LookupError::Index`] with the first element that has no value; what the output holds is
/// unspecified then.
///
/// ```
/// use bantam_kernels::decode::channels::Channels;
/// use bantam_kernels::decode::prune::prune;
/// let mut output = [0; 5];
/// prune::<1>(Channels::ONE, |_channel| [9], &[0b01001_000], &[40, 50], &mut output)?;
/// assert_eq!(output, [9, 40, 9, 9, 50]);
/// # Ok::<(), bantam_kernels::LookupError>(())
/// ```
pub fn prune<const N: usize>(
    channels: Channels,
    zero: impl Fn(u32) -> [u8; N],
    mask: &[u8],
    values: &[u8],
    output: &mut [u8],
) -> Result<(), LookupError> {
    check_bits(mask, output.len().checked_div(N).unwrap_or(0))?;
    let mut bits = Bits::new(mask);
    let mut values = values.as_chunks::<N>().0.iter();
    for (channel, run) in channels.runs::<N>(output) {
        let zero = zero(channel);
        for element in run {
            *element = match bits.take(1) {
                0 => zero,
                _ => *values.next().ok_or_else(|| missing(&bits))?,
            };
        }
    }
    Ok(())
}

/// The error of an element whose bit has just been read.
#[cold]
#[inline(never)] // size: one copy for all widths
fn missing(read: &Bits<'_>) -> LookupError {
    let position = read.position().saturating_sub(1);
    LookupError::Index(IndexError { operand: Operand::Indices, position, value: 1, limit: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LengthMismatch;
    use crate::walk::shape::Shape;

    #[test]
    fn zero_points_are_those_of_the_channels() {
        let shape = Shape::new(&[2, 3]).unwrap();
        let zeros = |channel: u32| [[7_u8, 8, 9][channel as usize]];
        let mut output = [0; 6];
        let of_rows = Channels::new(2, 0, &shape).unwrap();
        prune(of_rows, zeros, &[0b0010_1000], &[1, 2], &mut output).unwrap();
        assert_eq!(output, [7, 7, 1, 8, 2, 8]);
        let of_columns = Channels::new(3, 1, &shape).unwrap();
        prune(of_columns, zeros, &[0b0010_1000], &[1, 2], &mut output).unwrap();
        assert_eq!(output, [7, 8, 1, 7, 2, 9]);
    }

    #[test]
    fn too_few_bits_or_values_are_refused() {
        let run = |mask: &[u8]| {
            prune::<2>(Channels::ONE, |_| [0; 2], mask, &[1, 2, 3, 4, 5], &mut [0; 18])
        };
        let short = LengthMismatch { operand: Operand::Indices, expected: 2, actual: 1 };
        assert_eq!(run(&[0]), Err(LookupError::Length(short)));
        assert_eq!(run(&[0x11, 0]), Ok(()));
        let wrong = IndexError { operand: Operand::Indices, position: 8, value: 1, limit: 1 };
        assert_eq!(run(&[0x11, 0x80]), Err(LookupError::Index(wrong)));
    }
}
