//! Constants of SVDF.

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::element::Quantized;
use crate::number::requant::Requant;

/// Factors and zero points of an SVDF layer of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SvdfQuantization {
    /// Scales the products of input and features.
    pub(crate) feature: Requant,
    /// Scales the sums over time.
    pub(crate) time: Requant,
    pub(crate) input: i16,
    pub(crate) state: i16,
    pub(crate) output: i16,
    /// Fills the word.
    zero: u16,
}

impl SvdfQuantization {
    /// Quantization of a layer whose state is of type `T`. The scale of the bias, if there is any,
    /// is compared with what it has to be.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] and [`ParamsError::ZeroPoint`] as for [`Quantization::of`], or for a
    /// state or output scale of 0; [`ParamsError::Quantization`] if the scale of the bias is more
    /// than `1e-5` away from that of the state times that of the time weights.
    pub fn new<T: Quantized>(
        input: Quantization,
        [feature, time]: [f32; 2],
        bias: Option<f32>,
        state: Quantization,
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        state.positive_scale()?;
        output.positive_scale()?;
        let sums = state.scale * time;
        if let Some(bias) = bias {
            let distance = f64::from(bias) - f64::from(sums);
            // Written so that what is not a number is refused.
            if !(distance > -1e-5 && distance < 1e-5) {
                return Err(ParamsError::Quantization);
            }
        }
        Ok(Self {
            feature: Requant::from_scale((input.scale * feature / state.scale).into()),
            time: Requant::from_scale((sums / output.scale).into()),
            input: input.of::<i8>()?.1,
            state: state.of::<T>()?.1,
            output: output.of::<i8>()?.1,
            zero: 0,
        })
    }
}
