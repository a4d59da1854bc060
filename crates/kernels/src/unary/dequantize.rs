//! DEQUANTIZE: integers to the real numbers they stand for.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/dequantize_common.cc` and
//! `lite/kernels/internal/reference/dequantize.h`.
//!
//! ```
//! use bantam_kernels::Quantization;
//! use bantam_kernels::unary::dequantize::{DequantizeParams, dequantize};
//! let params = DequantizeParams::new(Quantization { scale: 0.5, zero_point: 1 })?;
//! let mut output = [0.0; 2];
//! dequantize::<i8, i8>(&params, &[1, -3], &mut output)?;
//! assert_eq!(output, [0.0, -2.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::number::element::Load;
use crate::walk::elementwise::map;

/// Parameters of a DEQUANTIZE.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct DequantizeParams {
    scale: f32,
    zero_point: i32,
}

impl DequantizeParams {
    /// Parameters for a tensor of 8 or 16 bits.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for a scale that is negative or not finite,
    /// [`ParamsError::ZeroPoint`] for a zero point beyond 16 bits.
    pub fn new(input: Quantization) -> Result<Self, ParamsError> {
        let scale = input.finite_scale()?;
        let zero_point = input.zero_point;
        // Differences of up to 24 bits are exact in a float; then one rounding gives what the
        // reference's double does.
        if i16::try_from(zero_point).is_err() {
            return Err(ParamsError::ZeroPoint { value: zero_point });
        }
        Ok(Self { scale, zero_point })
    }
}

/// `scale · (input - zero_point)`, for an input of `T` = `i8`, `u8` or `i16`.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
pub fn dequantize<T: Into<i32>, I: Load<T>>(
    params: &DequantizeParams,
    input: &[I],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| {
        let x: i32 = x.load().into();
        params.scale * x.wrapping_sub(params.zero_point) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Le;
    use proptest::prelude::*;

    #[test]
    fn zero_points_beyond_16_bits_are_refused() {
        let new = |scale, zero_point| {
            DequantizeParams::new(Quantization { scale, zero_point }).map(|_| ())
        };
        assert_eq!(new(0.1, 40_000), Err(ParamsError::ZeroPoint { value: 40_000 }));
        assert_eq!(new(-0.1, 0), Err(ParamsError::Scale));
    }

    proptest! {
        #[test]
        fn float_gives_what_double_gives(x: i16, byte: u8, scale in 1e-9_f32..1e9, zero_point: i16) {
            let zero_point = zero_point.into();
            let params = DequantizeParams::new(Quantization { scale, zero_point }).unwrap();
            let real = |x: i32| (f64::from(scale) * f64::from(x - zero_point)) as f32;
            let mut got = [0.0];
            dequantize::<i16, _>(&params, &[Le::new(x.to_le_bytes())], &mut got).unwrap();
            prop_assert_eq!(got[0], real(x.into()));
            dequantize(&params, &[byte], &mut got).unwrap();
            prop_assert_eq!(got[0], real(byte.into()));
        }
    }
}
