//! Rows of a convolution.

use super::operands::{
    Channels, FOURS, Filters, Outputs, Windows, constants_len, window_len, word,
};
use super::pairs::{many, sixteen, thirty_two};
use super::run::Run;
use super::single::{any, sixty_four};

/// A block for windows of some length.
type Block = unsafe extern "C" fn(&mut Run);

/// The block for windows of this length, and from vector to vector of their copies: 0 if they stay
/// where they are.
fn choose(windows: &Windows<'_>, len: usize, buffer: usize) -> (Block, usize) {
    let vector = if windows.are_pieces() { 0 } else { 16 };
    let [_, most] = window_len(len);
    match len {
        0..=16 => (sixteen, vector),
        17..=32 => (thirty_two, vector),
        64 if vector == 0 => (sixty_four, vector),
        // Pairs have their vectors side by side.
        _ if windows.count > 1 && windows.tap.is_multiple_of(16) && most <= buffer => (many, 32),
        _ => (any, vector),
    }
}

/// Computes all channels of the windows of a row. `buffer` is memory for windows, whose contents
/// are unspecified afterwards: see [`window_len`](super::window_len).
///
/// Fast are multiples of four channels; each of the others takes as much as four.
///
/// See [`portable::convolve`](super::portable::convolve).
pub fn convolve(
    windows: &Windows<'_>,
    filters: &Filters<'_>,
    buffer: &mut [i8],
    outputs: Outputs<'_>,
) {
    if !filters.are_for(windows, buffer.len(), &outputs) {
        return;
    }
    let Outputs { channels, stride, output } = outputs;
    let (block, vector) = choose(windows, filters.depth, buffer.len());
    let fours = filters.channels & !3;
    if fours > 0 {
        fill(windows, buffer);
        let constants = channels.constants.get(..constants_len(fours, FOURS)).unwrap_or_default();
        let mut run = Run::new(windows, [0, vector], filters, buffer, &channels);
        run.constants(constants);
        run.outputs(output, stride);
        // SAFETY: `Filters::are_for` has checked that inputs, weights, constants and outputs of all
        // windows are there, at least one of each, and room for copies. The block takes four
        // channels for each twelve constants, of which there are some. `choose` takes `many` where
        // the room is that for two windows, and taps are whole vectors.
        unsafe { block(&mut run) }
    }
    if fours < filters.channels {
        let vector = vector.min(16);
        rest(windows, filters, (buffer, vector), &channels, (output, stride));
    }
}

/// Gives rows of taps outside the zero point: windows inside the columns leave them as they are.
fn fill(windows: &Windows<'_>, buffer: &mut [i8]) {
    if windows.rows[0] != 0 || windows.rows[2] != 0 {
        buffer.fill(windows.zero_point);
    }
}

/// The channels behind the last four: each with four times the same filter.
#[inline(never)] // size: out of the way of most layers
fn rest(
    windows: &Windows<'_>,
    filters: &Filters<'_>,
    (buffer, vector): (&mut [i8], usize),
    channels: &Channels<'_>,
    (output, stride): (&mut [i8], usize),
) {
    let depth = filters.depth;
    let block: Block = if depth <= 16 { sixteen } else { any };
    fill(windows, buffer);
    let fours = filters.channels & !3;
    let constants = channels.constants.get(word(fours, FOURS)..).unwrap_or_default();
    let constants = constants.get(..3 * FOURS).unwrap_or_default();
    for at in 0..windows.count {
        for channel in fours..filters.channels {
            let weights = filters.weights.get(channel * depth..).unwrap_or_default();
            let one = Filters { weights, depth, channels: 1 };
            let mut run = Run::new(windows, [at, vector], &one, buffer, channels);
            let mut four = [0; FOURS];
            (run.row.count, run.depth) = (1, 0);
            run.constants(constants);
            run.outputs(&mut four, 0);
            // SAFETY: as in `convolve`, for one window, one filter, and the last twelve constants,
            // which `Filters::are_for` has seen; and there is room for four outputs.
            unsafe { block(&mut run) }
            let place = at.wrapping_mul(stride).wrapping_add(channel);
            if let (Some(slot), Some(&y)) = (output.get_mut(place), four.get(channel - fours)) {
                *slot = y;
            }
        }
    }
}
