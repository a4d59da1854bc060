//! Windows: frames that fade in and out.

use crate::error::{Error, Operand};
use crate::load::Load;

/// Multiplies each frame by `weights`, as many samples as there are weights at a time.
///
/// ```text
/// output[i] = clamp(input[i] · weights[i mod len(weights)] >> shift, -32768, 32767)
/// ```
///
/// # Shapes
///
/// | slice     | elements                                  |
/// |-----------|-------------------------------------------|
/// | `input`   | a whole number of times those of `weights` |
/// | `weights` | at least 1                                |
/// | `output`  | those of `input`                          |
///
/// # Ranges
///
/// `shift` is within `0..=31`: the fraction bits of the weights.
///
/// # Rounding
///
/// Down. What does not fit becomes the bound of its type.
///
/// # Errors
///
/// [`Error::Length`], [`Error::Shift`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/window.cc`, `ApplyWindow`.
///
/// # Examples
///
/// ```
/// let mut output = [0; 4];
/// // Weights of 8 fraction bits: a quarter and one half.
/// bantam_signal::window::window(&[100, 100, -7, -7], &[64_i16, 128], 8, &mut output)?;
/// assert_eq!(output, [25, 50, -2, -4]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn window(
    input: &[i16],
    weights: &[impl Load<i16>],
    shift: u32,
    output: &mut [i16],
) -> Result<(), Error> {
    check_shift(shift)?;
    Error::check(Operand::Output, input.len(), output.len())?;
    match input.len().checked_rem(weights.len()) {
        Some(0) => {}
        _ => {
            let (needed, actual) = (input.len(), weights.len());
            return Err(Error::Length { operand: Operand::Weights, needed, actual });
        }
    }
    for ((y, &x), weight) in output.iter_mut().zip(input).zip(weights.iter().cycle()) {
        let product = (i32::from(x) * i32::from(weight.load())) >> shift;
        *y = product.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    }
    Ok(())
}

/// `Ok` if [`window`] takes this shift.
///
/// # Errors
///
/// [`Error::Shift`].
pub const fn check_shift(shift: u32) -> Result<(), Error> {
    Error::check_shift(shift, i32::BITS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_clamped() {
        let mut output = [0; 3];
        window(&[-32768, 32767, -32768], &[-32768_i16, 32767, 1], 0, &mut output).unwrap();
        assert_eq!(output, [32767, 32767, -32768]);
        window(&[-32768, 32767, -1], &[-32768_i16, 32767, 1], 31, &mut output).unwrap();
        assert_eq!(output, [0, 0, -1]);
    }

    #[test]
    fn bytes_are_weights_too() {
        let mut output = [0; 2];
        window(&[10, 20], &[[0_u8, 1], [0xFF, 0xFF]], 8, &mut output).unwrap();
        assert_eq!(output, [10, -1]);
    }

    #[test]
    fn lengths_and_shifts_are_checked() {
        let mut output = [0; 3];
        let length = |operand, needed, actual| Err(Error::Length { operand, needed, actual });
        assert_eq!(window(&[1; 3], &[1_i16; 2], 0, &mut output), length(Operand::Weights, 3, 2));
        assert_eq!(window(&[], &[0_i16; 0], 0, &mut []), length(Operand::Weights, 0, 0));
        assert_eq!(window(&[1; 2], &[1_i16], 0, &mut output), length(Operand::Output, 2, 3));
        let shift = Error::Shift { bits: 32, most: 31 };
        assert_eq!(window(&[1; 3], &[1_i16], 32, &mut output), Err(shift));
        assert_eq!(output, [0; 3]);
    }
}
