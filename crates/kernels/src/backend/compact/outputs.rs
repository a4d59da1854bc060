//! Outputs of sums.

use crate::backend::layer::Scaling;
use crate::number::channel_factors::ChannelFactors;
use crate::number::channel_requant::ChannelRequant;
use crate::number::element::{Accumulator, Quantized};
use crate::number::requant::Requant;

/// Turns the sums of the channels from `first` on, which hold their bias, into outputs. If there
/// are other pixels, it begins the sums with their bias `again`.
///
/// Factors that are shifted to the right, as nearly all are, and biases are read where they lie: in
/// an image, or in the room that the layer has for factors.
#[inline(never)] // size: one copy for all kernels
pub(super) fn finish<T: Quantized>(
    scaling: &Scaling<'_, T>,
    first: usize,
    sums: &mut [T::Sum],
    outputs: &mut [T],
    again: bool,
) {
    let room = scaling.room.and_then(|room| room.try_borrow().ok());
    let factors = match (&room, scaling.requant) {
        (Some(room), _) => room.plain(),
        (None, ChannelRequant::Factors(factors)) => factors.plain(first),
        _ => None,
    };
    let (multipliers, shifts) = factors.unwrap_or_default();
    let biases = words::of_bytes(scaling.bias_words(first).unwrap_or_default());
    let len = sums.len();
    if let (Some(biases), Some(multipliers), Some(shifts), Some(outputs)) =
        (biases.get(..len), multipliers.get(..len), shifts.get(..len), outputs.get_mut(..len))
    {
        let to_output = scaling.outputs();
        let slots = outputs.iter_mut().zip(sums).zip(biases);
        for (((output, sum), &bias), (&multiplier, &shift)) in
            slots.zip(multipliers.iter().zip(shifts))
        {
            *output = to_output(*sum, ChannelFactors::plain_factor(multiplier, shift));
            *sum = T::Sum::of(words::value(bias));
        }
        return;
    }
    drop(room); // stack: nothing is left to be done behind the call
    finish_each(scaling, first, sums, outputs);
    if again {
        scaling.begin(first, sums);
    }
}

/// Biases as words, which some cores load only where they are aligned, as those of a model are:
/// others are none.
#[cfg(feature = "bytemuck")]
mod words {
    #[inline(always)] // a comparison
    pub(super) fn of_bytes(bytes: &[[u8; 4]]) -> &[u32] {
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }

    #[inline(always)] // no instruction
    pub(super) fn value(word: u32) -> i32 {
        u32::from_le(word) as i32
    }
}

/// Biases byte by byte.
#[cfg(not(feature = "bytemuck"))]
mod words {
    #[inline(always)] // no instruction
    pub(super) fn of_bytes(bytes: &[[u8; 4]]) -> &[[u8; 4]] {
        bytes
    }

    #[inline(always)] // a load, or four
    pub(super) fn value(word: [u8; 4]) -> i32 {
        i32::from_le_bytes(word)
    }
}

/// [`finish`] of any layer: one factor for all channels, shifts to the left, biases of other types.
#[inline(never)] // stack: few layers take it
fn finish_each<T: Quantized>(
    scaling: &Scaling<'_, T>,
    first: usize,
    sums: &[T::Sum],
    outputs: &mut [T],
) {
    let to_output = scaling.outputs();
    // size: one loop for layers with a factor for each channel, and for those with one for all.
    let has_one = scaling.has_one_factor();
    let mut factor = Requant::default();
    for ((output, &sum), channel) in outputs.iter_mut().zip(sums).zip(first..) {
        if channel == first || !has_one {
            factor = scaling.factor(channel);
        }
        *output = to_output(sum, factor);
    }
}
