//! The constants of elementwise operators on quantized tensors, and what they make of an element.

use crate::error::ParamsError;
use crate::number::activation::{Activation, ActivationRange, Quantization};
use crate::number::clamp::within;
use crate::number::element::{Load, Quantized, SaturatingFrom};
use crate::number::requant::{Requant, scale_down};

/// What becomes of two operands. Integers wrap.
#[derive(Clone, Copy, Debug)]
pub enum Combination {
    /// `a + b`.
    Sum,
    /// `a - b`.
    Difference,
    /// `a · b`.
    Product,
    /// What no backend need know.
    Other(fn(i32, i32) -> i32),
}

impl Combination {
    /// The result.
    #[inline(always)] // which it is is a constant to each operator
    pub fn of(self, a: i32, b: i32) -> i32 {
        match self {
            Self::Sum => a.wrapping_add(b),
            Self::Difference => a.wrapping_sub(b),
            Self::Product => a.wrapping_mul(b),
            Self::Other(result) => result(a, b),
        }
    }
}

/// Zero points of two inputs and of the output, and the range of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct BinaryQuantization {
    pub(crate) input1_zero_point: i16,
    pub(crate) input2_zero_point: i16,
    pub(crate) output_zero_point: i16,
    pub(crate) min: i16,
    pub(crate) max: i16,
}

impl BinaryQuantization {
    /// That of tensors of `T`, and the scales of inputs and output. With `SYMMETRIC`, `i16` needs
    /// zero points of 0.
    #[inline(always)] // one caller for each type of parameters
    pub(crate) fn new<T: Quantized, const SYMMETRIC: bool>(
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<(Self, [f32; 3]), ParamsError> {
        let of = if SYMMETRIC { Quantization::symmetric::<T> } else { Quantization::of::<T> };
        let (scale1, input1_zero_point) = of(inputs[0])?;
        let (scale2, input2_zero_point) = of(inputs[1])?;
        let (output_scale, output_zero_point) = of(output)?;
        let range = ActivationRange::new::<T>(activation, output_scale, output.zero_point)?;
        let (min, max) = (range.min as i16, range.max as i16);
        let quantization =
            Self { input1_zero_point, input2_zero_point, output_zero_point, min, max };
        Ok((quantization, [scale1, scale2, output_scale]))
    }

    /// Zero points of inputs and output.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    pub(crate) fn zero_points(&self) -> [i8; 3] {
        [self.input1_zero_point, self.input2_zero_point, self.output_zero_point]
            .map(|zero_point| zero_point as i8)
    }

    /// What makes outputs of operands: `result` of both, less their zero points, on the output's
    /// scale. By value, so that it stays in registers while outputs are written.
    #[inline(always)] // `result` is a constant to each operator
    pub(crate) fn outputs<T: Quantized, I: Load<T>>(
        self,
        result: impl Fn(i32, i32) -> i32,
    ) -> impl Fn(I, I) -> T {
        let [zero_point1, zero_point2, output_zero_point, min, max] = [
            self.input1_zero_point,
            self.input2_zero_point,
            self.output_zero_point,
            self.min,
            self.max,
        ]
        .map(i32::from);
        move |x, y| {
            let x: i32 = x.load().into();
            let y: i32 = y.load().into();
            let result = result(x - zero_point1, y - zero_point2);
            T::from_clamped(within(result.wrapping_add(output_zero_point), min, max))
        }
    }
}

/// Two operands that are brought to a common scale before they are combined, as those of ADD and
/// SUB.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Terms {
    /// Factors of both inputs and of the output: multipliers, and shifts, which are not to the
    /// left.
    pub(crate) multipliers: [i32; 3],
    pub(crate) shifts: [i16; 3],
    pub(crate) quantization: BinaryQuantization,
}

impl Terms {
    /// What makes outputs of operands, which have `left_shift` bits of fraction on their common
    /// scale: `result` of both, on the output's scale.
    #[inline(always)] // `result` is a constant to each operator
    pub(crate) fn outputs<T: Quantized, I: Load<T>>(
        &self,
        left_shift: u32,
        result: impl Fn(i32, i32) -> i32,
    ) -> impl Fn(I, I) -> T {
        let [multiplier1, multiplier2, _] = self.multipliers;
        let [shift1, shift2, _] = self.shifts.map(|shift| u32::from(shift.unsigned_abs()));
        self.quantization.outputs(move |x, y| {
            result(
                scale_down(x.wrapping_shl(left_shift), multiplier1, shift1),
                scale_down(y.wrapping_shl(left_shift), multiplier2, shift2),
            )
        })
    }

    /// What makes outputs of operands.
    ///
    /// Source: TFLM 90b983c2b, `AddFunc` in `lite/kernels/internal/reference/integer_ops/add.h`,
    /// `AddElementwise` in `reference/add.h` and `SubElementwise` in `reference/sub.h`.
    #[inline(always)] // `combination` is a constant to each operator
    pub(crate) fn combined<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
    ) -> impl Fn(I, I) -> T {
        let ([.., multiplier], [.., shift]) = (self.multipliers, self.shifts);
        let shift = u32::from(shift.unsigned_abs());
        self.outputs(Self::left_shift::<T>(), move |x, y| {
            scale_down(combination.of(x, y), multiplier, shift)
        })
    }

    /// Bits of fraction that a difference from the zero point has on the common scale.
    pub(crate) const fn left_shift<T: Quantized>() -> u32 {
        if T::MAX > 127 { 15 } else { 20 }
    }
}

/// Two operands that are combined as they are, and a factor for the result, as of MUL.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Scaled {
    pub(crate) multiplier: i32,
    pub(crate) shift: i16,
    pub(crate) quantization: BinaryQuantization,
}

impl Scaled {
    /// What `bantam_isa` takes for MUL, and the operands, of which the second may be one element;
    /// `None` where the constants do not suit it.
    #[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
    #[inline(always)] // one caller in each backend
    pub(crate) fn product<'a>(
        &self,
        a: &'a [i8],
        b: &'a [i8],
    ) -> Option<(bantam_isa::Product, [&'a [i8]; 2])> {
        let [mut first, mut second, zero_point] = self.quantization.zero_points();
        let (mut a, mut b) = (a, b);
        if a.len() < b.len() {
            (a, b, first, second) = (b, a, second, first);
        }
        let right = i32::from(self.shift).wrapping_neg();
        let product = bantam_isa::Product::new(self.multiplier, right, [first, second, zero_point]);
        Some((product?, [a, b]))
    }

    /// What makes outputs of operands.
    #[inline(always)] // `combination` is a constant to each operator
    pub(crate) fn combined<T: Quantized, I: Load<T>>(
        &self,
        combination: Combination,
    ) -> impl Fn(I, I) -> T {
        let factor = Requant { multiplier: self.multiplier, shift: self.shift.into() };
        self.quantization.outputs(move |x, y| factor.apply_positive(combination.of(x, y)))
    }
}

/// What brings elements of one quantization to another.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Rescale {
    pub(crate) factor: Requant,
    pub(crate) input_zero_point: i32,
    pub(crate) output_zero_point: i32,
}

impl Rescale {
    /// Of what is not quantized.
    pub(crate) const NONE: Self = Self {
        factor: Requant { multiplier: 0, shift: 0 },
        input_zero_point: 0,
        output_zero_point: 0,
    };

    /// That from an input to an output of these quantizations.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] for a scale that is negative or not finite.
    pub fn new(input: Quantization, output: Quantization) -> Result<Self, ParamsError> {
        let scale = f64::from(input.finite_scale()?) / f64::from(output.finite_scale()?);
        Ok(Self {
            factor: Requant::from_scale(scale),
            input_zero_point: input.zero_point,
            output_zero_point: output.zero_point,
        })
    }

    /// What makes an output of an input.
    #[inline(always)] // a loop keeps what it takes of this in registers
    pub(crate) fn outputs<T: Into<i32>, I: Load<T>, O: SaturatingFrom>(self) -> impl Fn(I) -> O {
        move |x| {
            let x: i32 = x.load().into();
            let scaled = self.factor.apply_positive(x.wrapping_sub(self.input_zero_point));
            O::saturating_from(scaled.wrapping_add(self.output_zero_point))
        }
    }
}
