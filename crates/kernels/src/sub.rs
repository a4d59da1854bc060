//! SUB: the difference of two tensors that broadcast against each other, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/sub_common.cc` and `lite/kernels/internal/reference/sub.h`.

use crate::arithmetic::{
    ArithmeticF32Params, ArithmeticI32Params, SumFactors, SumParams, left_shift,
};
use crate::broadcast::{Broadcast, broadcast};
use crate::element::{Load, Quantized};
use crate::elementwise::clamp_f32;
use crate::error::{LengthMismatch, ParamsError};
use crate::quant::{Activation, Quantization};

/// Parameters of a quantized SUB.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct SubParams(SumParams);

impl SubParams {
    /// Parameters for tensors of `T`; scales are combined in single precision, unlike those of ADD, as the reference does.
    ///
    /// # Errors
    ///
    /// As [`AddParams::new`](crate::add::AddParams::new).
    pub fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        let input1 = inputs[0].positive_scale()?;
        let input2 = inputs[1].positive_scale()?;
        let twice_max = 2.0 * input1.max(input2);
        let widened_output = (1 << left_shift::<T>()) as f32 * output.positive_scale()?;
        let factors = SumFactors {
            input1: (input1 / twice_max).into(),
            input2: (input2 / twice_max).into(),
            output: (twice_max / widened_output).into(),
        };
        SumParams::new::<T>(broadcast, inputs, output, activation, factors).map(Self)
    }
}

/// `input1 - input2` on `i8`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn sub_i8(
    params: &SubParams,
    input1: &[i8],
    input2: &[i8],
    output: &mut [i8],
) -> Result<(), LengthMismatch> {
    params.0.run(input1, input2, output, i32::wrapping_sub)
}

/// `input1 - input2` on `i16`; zero points need not be 0.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn sub_i16<A: Load<i16>, B: Load<i16>>(
    params: &SubParams,
    input1: &[A],
    input2: &[B],
    output: &mut [i16],
) -> Result<(), LengthMismatch> {
    params.0.run(input1, input2, output, i32::wrapping_sub)
}

/// `input1 - input2` on `i32`, wrapping, then clamped.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn sub_i32<A: Load<i32>, B: Load<i32>>(
    params: &ArithmeticI32Params,
    input1: &[A],
    input2: &[B],
    output: &mut [i32],
) -> Result<(), LengthMismatch> {
    broadcast(&params.broadcast, input1, input2, output, |x, y| {
        params.clamp(x.load().wrapping_sub(y.load()))
    })
}

/// `input1 - input2` on `f32`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn sub_f32<A: Load<f32>, B: Load<f32>>(
    params: &ArithmeticF32Params,
    input1: &[A],
    input2: &[B],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    let (min, max) = (params.min, params.max);
    broadcast(&params.broadcast, input1, input2, output, |x, y| {
        clamp_f32(x.load() - y.load(), min, max)
    })
}
