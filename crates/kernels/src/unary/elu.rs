//! ELU: `exp(x) - 1` in place of what is negative.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/elu.cc` (`PopulateLookupTable`) and
//! `lite/kernels/internal/reference/elu.h`.
//!
//! ```
//! use bantam_kernels::unary::op;
//! use bantam_kernels::unary::elu::Elu;
//! let mut output = [0.0_f32; 2];
//! op::f32::<Elu, f32>(&[0.0, 2.0], &mut output)?;
//! assert_eq!(output, [0.0, 2.0]);
//! # Ok::<(), bantam_kernels::LengthMismatch>(())
//! ```

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::unary::op::FloatOp;
use crate::walk::elementwise::map;

/// `x` from 0 on, else `exp(x) - 1`, with `libm`'s `expm1f` where TFLM calls that of its C library.
#[derive(Debug)]
pub struct Elu;

impl FloatOp for Elu {
    fn f32(x: f32) -> f32 {
        if x < 0.0 { libm::expm1f(x) } else { x }
    }
}

/// Results of an ELU on `i8`.
pub const TABLE_LEN: usize = 256;

/// Makes the table of an ELU on `i8`: entry `x as u8` is the result for `x`.
///
/// ```
/// use bantam_kernels::Quantization;
/// use bantam_kernels::unary::elu::{TABLE_LEN, Table, look_up};
/// let quantization = Quantization { scale: 0.1, zero_point: 0 };
/// let table = Table::new(quantization, quantization)?;
/// let entries: [i8; TABLE_LEN] = core::array::from_fn(|i| table.entry(i as u8 as i8));
/// let mut output = [0; 3];
/// look_up(&entries, &[-100, 0, 7], &mut output)?;
/// assert_eq!(output, [-10, 0, 7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Table {
    input: Quantization,
    output: Quantization,
}

impl Table {
    /// A table for an input and an output of these quantizations.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for one that `i8` cannot have.
    pub fn new(input: Quantization, output: Quantization) -> Result<Self, ParamsError> {
        input.of::<i8>()?;
        output.of::<i8>()?;
        Ok(Self { input, output })
    }

    /// The result for `x`, in single precision as in the reference; with `libm`'s `expf` where
    /// TFLM calls that of its C library.
    pub fn entry(&self, x: i8) -> i8 {
        let real = self.input.scale * (i32::from(x) - self.input.zero_point) as f32;
        let real = if real < 0.0 { libm::expf(real) - 1.0 } else { real };
        let steps = libm::roundf(real * (1.0 / self.output.scale));
        (steps + self.output.zero_point as f32) as i8
    }
}

/// Replaces each element by its entry in a table of [`TABLE_LEN`].
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn look_up(table: &[i8], input: &[i8], output: &mut [i8]) -> Result<(), LengthMismatch> {
    map(input, output, |x| table.get(usize::from(x as u8)).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unary::op;
    use proptest::prelude::*;

    #[test]
    fn odd_floats_give_what_the_reference_gives() {
        let input = [f32::NEG_INFINITY, f32::MIN, -1e-45, -0.0, 0.0, 3.5, f32::INFINITY];
        let mut output = [0.25; 7];
        op::f32::<Elu, f32>(&input, &mut output).unwrap();
        let want = [-1.0, -1.0, -1e-45, -0.0, 0.0, 3.5, f32::INFINITY];
        assert_eq!(output.map(f32::to_bits), want.map(f32::to_bits));
        op::f32::<Elu, f32>(&[f32::NAN], &mut output[..1]).unwrap();
        assert!(output[0].is_nan());
    }

    #[test]
    fn quantizations_that_do_not_fit_are_refused() {
        let of = |scale, zero_point| Quantization { scale, zero_point };
        let new = |input, output| Table::new(input, output).map(|_| ());
        assert_eq!(new(of(-1.0, 0), of(1.0, 0)), Err(ParamsError::Scale));
        assert_eq!(new(of(1.0, 0), of(1.0, -129)), Err(ParamsError::ZeroPoint { value: -129 }));
    }

    proptest! {
        #[test]
        fn entries_agree_with_real_numbers(
            x: i8, scales in [0.01_f32..1.0, 0.01_f32..1.0], zero_points: [i8; 2],
        ) {
            let of = |i: usize| Quantization { scale: scales[i], zero_point: zero_points[i].into() };
            let real = (f64::from(x) - f64::from(zero_points[0])) * f64::from(scales[0]);
            let real = if real < 0.0 { real.exp_m1() } else { real };
            let want = real / f64::from(scales[1]) + f64::from(zero_points[1]);
            let got = Table::new(of(0), of(1)).unwrap().entry(x);
            prop_assert!((f64::from(got) - want.clamp(-128.0, 127.0)).abs() <= 0.501);
        }
    }
}
