//! Constants of UNIDIRECTIONAL_SEQUENCE_LSTM.
//!
//! Source: TFLM 90b983c2b, `lite/micro/kernels/lstm_eval_common.cc` (factors).

use crate::error::ParamsError;
use crate::number::activation::Quantization;
use crate::number::element::Quantized;
use crate::number::requant::Requant;
use crate::unary::sigmoid_table::TableScale;

/// The gate that is activated by TANH; the order is that of the operator's inputs: input, forget,
/// cell, output.
pub(crate) const CELL: usize = 2;

/// Scales the forget gate times the cell: the scale of the activated gate, `2^-15`, times that of
/// the cell, by that of the cell.
#[cfg(any(test, all(feature = "mve", target_arch = "arm")))]
pub(crate) const FORGET: Requant = Requant { multiplier: 1 << 30, shift: -14 };

/// The factor of the forget gate, `2^-15`, times the product of a gate and a cell, of at most
/// `2^30`.
#[inline(always)] // a few instructions in a loop
pub(crate) fn forgotten(product: i32) -> i32 {
    let halved = (product + 1) >> 1;
    // Ties go away from zero.
    (halved + (halved >> 31) + (1 << 13)) >> 14
}

/// Constants of an LSTM layer: for each gate (input, forget, cell, output) the weights of the
/// input, the recurrent weights, and the bias.
#[derive(Clone, Copy, Debug, Default)]
pub struct LstmWeights<'a, W, B> {
    /// Weights of the input.
    pub input: [&'a [W]; 4],
    /// Weights of the hidden values.
    pub recurrent: [&'a [W]; 4],
    /// Biases.
    pub bias: [&'a [B]; 4],
}

/// Factors and zero points of an LSTM layer of integers, whose cells have 16 bits.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct LstmQuantization {
    /// For each gate what scales the products of input and hidden values.
    pub(crate) gates: [[Requant; 2]; 4],
    /// Scales the input gate times the cell gate.
    pub(crate) input: Requant,
    /// Scales the output gate times `tanh(cell)`.
    pub(crate) hidden: Requant,
    /// Brings a cell to the steps of TANH's table.
    pub(crate) tanh: TableScale,
    pub(crate) input_zero_point: i16,
    pub(crate) hidden_zero_point: i16,
    /// The magnitude of a cell; 0 for any.
    pub(crate) clip: i16,
    /// Fills the word.
    zero: u16,
}

/// What gates are before their activation: 12 fractional bits.
const GATE_SCALE: f32 = 1.0 / 4096.0;
/// What they are after it: 15.
const ACTIVATED_SCALE: f32 = 1.0 / 32768.0;

impl LstmQuantization {
    /// Quantization of a layer whose activations are of type `T`; `weights` has for each gate the
    /// scales of both kinds of weights, whose zero points are 0.
    ///
    /// The scale of the cell is taken for the nearest power of two where a cell is activated.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] and [`ParamsError::ZeroPoint`] as for [`Quantization::of`],
    /// [`ParamsError::Scale`] for a hidden or cell scale of 0, [`ParamsError::ZeroPoint`] for a
    /// zero point of the cell, [`ParamsError::Multiplier`] for a cell scale above 4.
    pub fn new<T: Quantized>(
        input: Quantization,
        hidden: Quantization,
        cell: Quantization,
        weights: [[f32; 2]; 4],
        clip: f32,
    ) -> Result<Self, ParamsError> {
        let hidden_scale = hidden.positive_scale()?;
        let cell_scale = cell.positive_scale()?;
        cell.with_zero_point(0)?;
        let gate = |scale: f32, weights: f32| Requant::from_scales(scale, weights, GATE_SCALE);
        let (input_scale, input_zero_point) = input.of::<T>()?;
        let clip = (f64::from(clip) / f64::from(cell_scale)).clamp(0.0, 32767.0) as i16;
        Ok(Self {
            gates: weights.map(|[x, h]| [gate(input_scale, x), gate(hidden_scale, h)]),
            input: Requant::from_scales(ACTIVATED_SCALE, ACTIVATED_SCALE, cell_scale),
            hidden: Requant::from_scales(ACTIVATED_SCALE, ACTIVATED_SCALE, hidden_scale),
            tanh: TableScale::power_of_two(cell_scale)?,
            input_zero_point,
            hidden_zero_point: hidden.of::<T>()?.1,
            clip,
            zero: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_forgotten_is_that_of_any_cell(bits in 1..0x7F80_0000_u32, product in -(1 << 30)..=1 << 30) {
            let cell_scale = f32::from_bits(bits);
            prop_assert_eq!(Requant::from_scales(ACTIVATED_SCALE, cell_scale, cell_scale), FORGET);
            for product in [product, product >> 15 << 14] {
                prop_assert_eq!(forgotten(product), FORGET.apply(product));
            }
        }
    }
}
