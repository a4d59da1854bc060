//! CAST: numbers as numbers of another type.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/cast.cc` (`copyCast`); truth values as results are of
//! later builds.

use crate::error::LengthMismatch;
use crate::number::element::Load;
use crate::walk::elementwise::map;

/// A number that is cast.
pub trait Source: Copy {
    /// The low 32 bits of the integer; of a float, the integer between it and 0 in 64 bits.
    fn bits(self) -> i32;
    /// The float that is nearest.
    fn real(self) -> f32;
    /// Whether it is not 0.
    fn truth(self) -> bool;
}

macro_rules! source {
    ($($t:ty),*) => {$(
        impl Source for $t {
            #[inline(always)] // a conversion
            fn bits(self) -> i32 { self as i32 }
            #[inline(always)] // a conversion
            fn real(self) -> f32 { self as f32 }
            #[inline(always)] // a comparison
            fn truth(self) -> bool { self != 0 }
        }
    )*};
}
source!(i8, u8, i16, i32, u32);

impl Source for f32 {
    #[inline(always)] // a conversion
    fn bits(self) -> i32 {
        self as i64 as i32
    }
    #[inline(always)] // no instruction
    fn real(self) -> f32 {
        self
    }
    #[inline(always)] // a comparison
    fn truth(self) -> bool {
        self != 0.0
    }
}

/// A type that numbers are cast to. Integers of 32 bits are `i32`, whether they have a sign or not;
/// `u8` is for truth values.
pub trait Target: Copy {
    /// The number, of which integers have the low bits.
    fn cast<S: Source>(source: S) -> Self;
}

macro_rules! target {
    ($($t:ty),*) => {$(
        impl Target for $t {
            #[inline(always)] // a conversion
            fn cast<S: Source>(source: S) -> Self { source.bits() as Self }
        }
    )*};
}
target!(i8, i16, i32);

impl Target for u8 {
    #[inline(always)] // a comparison
    fn cast<S: Source>(source: S) -> Self {
        source.truth().into()
    }
}

impl Target for f32 {
    #[inline(always)] // a conversion
    fn cast<S: Source>(source: S) -> Self {
        source.real()
    }
}

/// Casts each element. Truth values are `u8`.
///
/// Integers wrap; fractions are dropped. What the reference makes of a float that does not fit is
/// undefined; here it is taken as an integer of 64 bits, a NaN as 0, and wraps.
///
/// # Errors
///
/// [`LengthMismatch`] if the output is not as long as the input.
///
/// ```
/// use bantam_kernels::unary::cast::cast;
/// let mut output = [0_i8; 3];
/// cast::<f32, f32, i8>(&[-1.9, 127.0, 257.5], &mut output)?;
/// assert_eq!(output, [-1, 127, 1]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
pub fn cast<S: Source, I: Load<S>, O: Target>(
    input: &[I],
    output: &mut [O],
) -> Result<(), LengthMismatch> {
    map(input, output, |x| O::cast(x.load()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<S: Source + Load<S>, O: Target>(source: S, output: O) -> O {
        let mut output = [output];
        cast::<S, S, O>(&[source], &mut output).unwrap();
        output[0]
    }

    #[test]
    fn integers_keep_their_low_bits() {
        assert_eq!(one(300_i32, 0_i8), 44);
        assert_eq!(one(-1_i8, 0_i32) as u32, u32::MAX);
        assert_eq!(one(0x8001_8001_u32, 0_i16), -0x7FFF);
        assert_eq!(one(1_u8, 0_i16), 1);
    }

    #[test]
    fn integers_become_the_nearest_floats() {
        assert_eq!(one(u32::MAX, 0.0_f32), 4_294_967_296.0);
        assert_eq!(one(i32::MIN, 0.0_f32), -2_147_483_648.0);
        assert_eq!(one(16_777_217_i32, 0.0_f32), 16_777_216.0);
        assert_eq!(one(-0.0_f32, 1.0_f32).to_bits(), (-0.0_f32).to_bits());
    }

    #[test]
    fn what_is_not_0_is_true() {
        assert_eq!([0.0, -0.0, 1e-45, f32::NAN].map(|x| one::<f32, u8>(x, 9)), [0, 0, 1, 1]);
        assert_eq!([0, 256, -1].map(|x| one::<i32, u8>(x, 9)), [0, 1, 1]);
    }

    #[test]
    fn floats_lose_their_fractions() {
        assert_eq!([1.9, -1.9, -0.5].map(|x| one::<f32, i32>(x, 9)), [1, -1, 0]);
        assert_eq!(one(3e9_f32, 0_i32) as u32, 3_000_000_000);
        assert_eq!(one(f32::NAN, 1_i32), 0);
    }
}
