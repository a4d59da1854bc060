//! The sigmoid as a table for 16-bit LOGISTIC and TANH, and how 16-bit inputs are scaled to it.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/common.h` (`sigmoid_table_uint16`),
//! `micro/kernels/logistic_common.cc` and `tanh.cc`. The table is computed when the crate is
//! compiled and lies in flash.

use crate::error::ParamsError;
use crate::number::activation::Quantization;

/// `sigmoid(i / 24)` with 16 fractional bits, each lifted by half the error of interpolating to its
/// successor.
pub(crate) static SIGMOID: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [u16::MAX; 256];
    let mut i = 0;
    // The last entry is never the start of an interval: it stays at the limit.
    while i < 255 {
        let x = i as f64;
        let (here, middle, next) = (sigmoid(x), sigmoid(x + 0.5), sigmoid(x + 1.0));
        let error = (here + next) / 2.0 - middle;
        table[i] = (here - error / 2.0 + 0.5) as u16;
        i += 1;
    }
    table
}

const fn sigmoid(x: f64) -> f64 {
    65536.0 / (1.0 + crate::number::const_math::exp(-x / 24.0))
}

/// The factor that brings a 16-bit input to the table's steps.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct TableScale {
    multiplier: u16,
    right_shift: u16,
}

impl TableScale {
    /// The factor for an input of this quantization; an input scale of a power of two is a plain
    /// shift of 0 to `max_shift` bits.
    pub(crate) fn new(
        input: Quantization,
        output: Quantization,
        max_shift: i32,
    ) -> Result<Self, ParamsError> {
        let scale = input.with_zero_point(0)?;
        let output_scale = output.with_zero_point(0)?;
        if !matches!(near_power_of_two(output_scale), (-15, true)) {
            return Err(ParamsError::ScaleNeeded { exponent: -15 });
        }
        let (exponent, exact) = near_power_of_two(scale);
        let left_shift = exponent + 12;
        if exact && (0..=max_shift).contains(&left_shift) {
            return Ok(Self { multiplier: 3 << left_shift, right_shift: 0 });
        }
        let mut multiplier = f64::from(scale) * 4096.0 * 3.0;
        let mut right_shift = 0;
        while multiplier <= 32767.0 / 2.0 && right_shift <= 30 {
            right_shift += 1;
            multiplier *= 2.0;
        }
        // Beyond 16 bits the product with the input does not fit into 32.
        if multiplier < 65536.0 {
            Ok(Self { multiplier: multiplier as u16, right_shift })
        } else {
            Err(ParamsError::Multiplier)
        }
    }

    /// The factor for gates of an LSTM: an input with 12 fractional bits.
    pub(crate) const GATE: Self = Self { multiplier: 3, right_shift: 0 };

    /// The factor for an input whose scale is taken for the nearest power of two, such as a cell of
    /// an LSTM.
    ///
    /// Source: TFLM 90b983c2b, `micro/kernels/lstm_eval.cc` (`Tanh`).
    ///
    /// # Errors
    ///
    /// [`ParamsError::Multiplier`] for one above 4, whose factor does not fit.
    pub(crate) fn power_of_two(scale: f32) -> Result<Self, ParamsError> {
        let left_shift = near_power_of_two(scale).0 + 12;
        match u32::try_from(left_shift) {
            Ok(left_shift @ 0..=14) => Ok(Self { multiplier: 3 << left_shift, right_shift: 0 }),
            Ok(_) => Err(ParamsError::Multiplier),
            // What is shifted by more is 0, as it is here.
            Err(_) => Ok(Self { multiplier: 3, right_shift: (-left_shift).min(30) as u16 }),
        }
    }

    /// The multiplier, and the bits to the right.
    #[cfg(any(test, all(feature = "mve", target_arch = "arm")))]
    pub(crate) fn parts(self) -> [u16; 2] {
        [self.multiplier, self.right_shift]
    }

    #[cfg(test)]
    pub(crate) fn any(multiplier: u16, right_shift: u16) -> Self {
        Self { multiplier, right_shift }
    }

    /// `x` in the table's steps, with the fraction that the multiplier gives.
    #[inline(always)] // a few instructions in an inner loop
    pub(crate) fn apply(self, x: i16) -> i32 {
        let round = if self.right_shift > 0 {
            1_i32.wrapping_shl(u32::from(self.right_shift) - 1)
        } else {
            0
        };
        let product = i32::from(x).wrapping_mul(self.multiplier.into());
        product.wrapping_add(round).wrapping_shr(self.right_shift.into())
    }
}

/// The table at `index` and a step further; `None` where it has reached its limit.
#[inline(always)] // two loads in an inner loop
pub(crate) fn interval(index: u32) -> Option<(u32, u32)> {
    match SIGMOID.get(index as usize..)? {
        &[low, high, ..] => Some((low.into(), high.into())),
        _ => None,
    }
}

/// The nearest whole logarithm to base 2, and whether it is the logarithm to a thousandth.
///
/// Source: TFLM 90b983c2b, `lite/kernels/internal/quantization_util.cc` (`CheckedLog2`), in single
/// precision.
fn near_power_of_two(x: f32) -> (i32, bool) {
    let log2 = libm::log(x.into()) as f32 * (1.0 / core::f32::consts::LN_2);
    let rounded = libm::roundf(log2);
    (rounded as i32, (log2 - rounded).abs() < 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_rises_from_one_half_to_one() {
        assert_eq!((SIGMOID[0], SIGMOID[255]), (32768, 65535));
        assert!(SIGMOID.windows(2).all(|pair| pair[0] <= pair[1]));
        // A value whose lift decides the rounding, and one that needs none.
        assert_eq!((SIGMOID[35], SIGMOID[254]), (53169, 65534));
    }

    #[test]
    fn table_is_the_references() {
        let checksum =
            SIGMOID.iter().fold(0_u32, |sum, &x| sum.wrapping_mul(31).wrapping_add(x.into()));
        assert_eq!(checksum, 1_684_986_857);
    }

    #[test]
    fn powers_of_two_are_found() {
        assert_eq!(near_power_of_two(1.0 / 32768.0), (-15, true));
        assert_eq!(near_power_of_two(0.3), (-2, false));
        assert_eq!(near_power_of_two(0.250_1), (-2, true));
    }
}
