//! Quantizations, fused activations, and the range that an output is clamped to.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/kernel_util.cc` (`CalculateActivationRangeQuantized`).

use crate::error::ParamsError;
use crate::number::element::Quantized;

/// What the integers of a tensor mean: `real = scale · (q - zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantization {
    /// The step between two neighbouring values.
    pub scale: f32,
    /// The integer that stands for zero.
    pub zero_point: i32,
}

impl Quantization {
    /// The scale and the zero point, if `T` can hold the zero point.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for a scale that is negative or not finite,
    /// [`ParamsError::ZeroPoint`] for a zero point outside the range of `T`.
    pub fn of<T: Quantized>(self) -> Result<(f32, i16), ParamsError> {
        let scale = self.finite_scale()?;
        if (T::MIN..=T::MAX).contains(&self.zero_point) {
            Ok((scale, self.zero_point as i16))
        } else {
            Err(ParamsError::ZeroPoint { value: self.zero_point })
        }
    }

    /// [`Quantization::of`], for a kernel that needs zero points of 0 with `i16`.
    ///
    /// # Errors
    ///
    /// As [`Quantization::of`]; [`ParamsError::ZeroPoint`] for any other with `i16`.
    pub fn symmetric<T: Quantized>(self) -> Result<(f32, i16), ParamsError> {
        if T::MAX > i8::MAX.into() { Ok((self.with_zero_point(0)?, 0)) } else { self.of::<T>() }
    }

    /// The scale of a kernel that needs a certain zero point.
    ///
    /// # Errors
    ///
    /// As [`Quantization::of`]; [`ParamsError::ZeroPoint`] for any zero point but `expected`.
    pub fn with_zero_point(self, expected: i32) -> Result<f32, ParamsError> {
        if self.zero_point == expected {
            self.finite_scale()
        } else {
            Err(ParamsError::ZeroPoint { value: self.zero_point })
        }
    }

    /// The scale, which may be 0: converters write that for what was always 0 while they
    /// calibrated, and factors of it are 0.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] if it is negative or not finite.
    pub fn finite_scale(self) -> Result<f32, ParamsError> {
        // By its bits, which takes no soft-float: -0 and all with a sign are beyond infinity.
        if self.scale.to_bits() < f32::INFINITY.to_bits() {
            Ok(self.scale)
        } else {
            Err(ParamsError::Scale)
        }
    }

    /// The scale, where 0 makes no sense.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] unless it is finite and positive.
    pub fn positive_scale(self) -> Result<f32, ParamsError> {
        // By its bits, which takes no soft-float: above zero, below infinity; a sign makes it more
        // than that.
        if (1..f32::INFINITY.to_bits()).contains(&self.scale.to_bits()) {
            Ok(self.scale)
        } else {
            Err(ParamsError::Scale)
        }
    }
}

/// The fused activation functions that TFLM's kernels honour; it takes all others as
/// [`Activation::None`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// No clamping beyond the type's range.
    #[default]
    None,
    /// At least 0.
    Relu,
    /// Within -1..=1.
    ReluN1To1,
    /// Within 0..=6.
    Relu6,
}

impl Activation {
    /// The range in real numbers.
    pub fn range_f32(self) -> (f32, f32) {
        match self {
            Self::None => (f32::MIN, f32::MAX),
            Self::Relu => (0.0, f32::MAX),
            Self::ReluN1To1 => (-1.0, 1.0),
            Self::Relu6 => (0.0, 6.0),
        }
    }

    /// The range in integers that are not quantized.
    pub fn range_i32(self) -> (i32, i32) {
        match self {
            Self::None => (i32::MIN, i32::MAX),
            Self::Relu => (0, i32::MAX),
            Self::ReluN1To1 => (-1, 1),
            Self::Relu6 => (0, 6),
        }
    }
}

/// The range that a kernel clamps its quantized output to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ActivationRange {
    /// Smallest output.
    pub min: i32,
    /// Largest output.
    pub max: i32,
}

impl ActivationRange {
    /// The whole range of `T`.
    pub fn full<T: Quantized>() -> Self {
        Self { min: T::MIN, max: T::MAX }
    }

    /// The range of `activation` in the quantization of the output.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Activation`] where a bound does not fit into 32 bits (the scale is absurdly
    /// small).
    pub fn new<T: Quantized>(
        activation: Activation,
        scale: f32,
        zero_point: i32,
    ) -> Result<Self, ParamsError> {
        Self::full::<T>().with_activation(activation, scale, zero_point)
    }

    /// [`Self::new`] for the type of which this is the whole range.
    #[inline(never)] // size: one copy for all types
    fn with_activation(
        self,
        activation: Activation,
        scale: f32,
        zero_point: i32,
    ) -> Result<Self, ParamsError> {
        let (low, high) = activation.range_i32();
        let bound = |real| quantized(real, scale, zero_point).ok_or(ParamsError::Activation);
        let Self { mut min, mut max } = self;
        if low != i32::MIN {
            min = bound(low)?.max(min);
        }
        if high != i32::MAX {
            max = bound(high)?.min(max);
        }
        Ok(Self { min, max })
    }

    /// `value` within the range (`max` wins where the range is empty).
    #[inline(always)] // two instructions
    pub fn clamp(self, value: i32) -> i32 {
        value.max(self.min).min(self.max)
    }
}

/// `real` in steps of `scale` from a zero point, rounded to nearest, ties away from zero; `None`
/// where that does not fit into 32 bits.
#[inline(never)] // size: one copy of its division
fn quantized(real: i32, scale: f32, zero_point: i32) -> Option<i32> {
    let steps = real as f32 / scale;
    // With the largest number below a half: what is behind the point is dropped. From 2^23 on
    // nothing is there.
    let steps = steps + 0.499_999_97_f32.copysign(steps);
    // By its bits, which takes no soft-float; one that is not a number is larger.
    if steps.abs().to_bits() > 2_147_483_648_f32.to_bits() {
        return None;
    }
    zero_point.checked_add(steps as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn activation_range_follows_the_scale() {
        let relu6 = ActivationRange::new::<i8>(Activation::Relu6, 0.1, -128).unwrap();
        assert_eq!(relu6, ActivationRange { min: -128, max: -68 });
        assert_eq!(
            ActivationRange::new::<i8>(Activation::Relu6, 1e-30, 0),
            Err(ParamsError::Activation)
        );
    }

    proptest! {
        #[test]
        fn bounds_are_rounded_as_reals(real in -1..=6, scale: u32, near in 1e-9_f32..1e3, zero_point: i32) {
            for scale in [f32::from_bits(scale), near, real as f32 / (near.floor() + 0.5)] {
                let steps = libm::roundf(real as f32 / scale);
                let fits = steps.abs() <= 2_147_483_648.0;
                let want = if fits { zero_point.checked_add(steps as i32) } else { None };
                prop_assert_eq!(quantized(real, scale, zero_point), want);
            }
        }

        #[test]
        fn activation_range_clamps_into_the_type(scale in 1e-6_f32..10.0, zero_point in -128_i32..128, x: i32) {
            for activation in [Activation::None, Activation::Relu, Activation::ReluN1To1, Activation::Relu6] {
                if let Ok(range) = ActivationRange::new::<i8>(activation, scale, zero_point) {
                    prop_assert!((-128..=127).contains(&range.clamp(x)) || range.max < -128 || range.min > 127);
                }
            }
        }
    }
}
