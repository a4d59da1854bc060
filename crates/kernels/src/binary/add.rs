//! ADD: the sum of two tensors that broadcast against each other, clamped by an activation.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/add_common.cc`, `lite/kernels/internal/reference/add.h` and
//! `reference/integer_ops/add.h`.

use crate::binary::arithmetic::{ArithmeticF32Params, SumParams};
use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, Quantization};
use crate::number::clamp::clamp_f32;
use crate::number::element::{Load, Quantized};
use crate::walk::broadcast::{BinaryParams, Broadcast, broadcast};

/// Parameters of a quantized ADD.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct AddParams(SumParams);

impl AddParams {
    /// Parameters for tensors of `T`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`], [`ParamsError::ZeroPoint`] or [`ParamsError::Activation`] for a quantization that `T` cannot
    /// have; [`ParamsError::Multiplier`] if the output's scale is less than 2^-19 (`i16`: 2^-14) of the larger input's.
    pub fn new<T: Quantized>(
        broadcast: Broadcast,
        inputs: [Quantization; 2],
        output: Quantization,
        activation: Activation,
    ) -> Result<Self, ParamsError> {
        SumParams::new::<T>(broadcast, inputs, output, activation).map(Self)
    }
}

impl BinaryParams for AddParams {
    fn plan(&self) -> &Broadcast {
        &self.0.broadcast
    }

    fn with_plan(mut self, plan: Broadcast) -> Self {
        self.0.broadcast = plan;
        self
    }
}

/// `input1 + input2` on `i8`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn add_i8(
    params: &AddParams,
    input1: &[i8],
    input2: &[i8],
    output: &mut [i8],
) -> Result<(), LengthMismatch> {
    params.0.run(input1, input2, output, i32::wrapping_add)
}

/// `input1 + input2` on `i16`; zero points need not be 0.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn add_i16<A: Load<i16>, B: Load<i16>>(
    params: &AddParams,
    input1: &[A],
    input2: &[B],
    output: &mut [i16],
) -> Result<(), LengthMismatch> {
    params.0.run(input1, input2, output, i32::wrapping_add)
}

/// `input1 + input2` on `i32`, wrapping; the reference ignores a fused activation here.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
pub fn add_i32<A: Load<i32>, B: Load<i32>>(
    plan: &Broadcast,
    input1: &[A],
    input2: &[B],
    output: &mut [i32],
) -> Result<(), LengthMismatch> {
    broadcast(plan, input1, input2, output, |x, y| x.load().wrapping_add(y.load()))
}

/// `input1 + input2` on `f32`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the parameters say.
pub fn add_f32<A: Load<f32>, B: Load<f32>>(
    params: &ArithmeticF32Params,
    input1: &[A],
    input2: &[B],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    let (min, max) = (params.min, params.max);
    broadcast(&params.broadcast, input1, input2, output, |x, y| {
        clamp_f32(x.load() + y.load(), min, max)
    })
}
