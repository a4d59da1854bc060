//! Overlap-add: frames that overlap, added up to samples.

use crate::error::{Error, Operand};
use crate::fft::Sample;

/// Adds a frame to what those before it left, writes the samples that no later frame reaches, and
/// keeps the rest.
///
/// ```text
/// sum = rest + frame                the rest is shorter; zeros follow it
/// output = the first of sum, as many as a step has
/// rest = the others
/// ```
///
/// # Shapes
///
/// | slice    | elements                                |
/// |----------|-----------------------------------------|
/// | `frame`  | a frame: at least a step                |
/// | `rest`   | a frame less a step; zeros at first     |
/// | `output` | a step                                  |
///
/// # Rounding
///
/// Integers stop at the bounds of their type; floats are added in the order of the frames.
///
/// # Errors
///
/// [`Error::Length`].
///
/// # Source
///
/// TFLM 90b983c2b, `signal/src/overlap_add.cc`, `OverlapAdd`, whose buffer is a whole frame.
///
/// # Examples
///
/// ```
/// use bantam_signal::overlap_add::overlap_add;
///
/// let (mut rest, mut output) = ([0_i16; 1], [0; 2]);
/// overlap_add(&[1, 2, 3], &mut rest, &mut output)?;
/// assert_eq!(output, [1, 2]);
/// overlap_add(&[10, 20, 30], &mut rest, &mut output)?;
/// assert_eq!(output, [13, 20]);
/// # Ok::<(), bantam_signal::Error>(())
/// ```
pub fn overlap_add<T: Sample>(frame: &[T], rest: &mut [T], output: &mut [T]) -> Result<(), Error> {
    let step = output.len();
    let Some(shared) = frame.len().checked_sub(step) else {
        let (needed, actual) = (frame.len(), step);
        return Err(Error::Length { operand: Operand::Output, needed, actual });
    };
    Error::check(Operand::State, shared, rest.len())?;
    for (index, &sample) in frame.iter().enumerate() {
        let before = rest.get(index).copied().unwrap_or_default();
        let sum = before.overlaid(sample);
        let slot = match index.checked_sub(step) {
            None => output.get_mut(index),
            Some(later) => rest.get_mut(later),
        };
        if let Some(slot) = slot {
            *slot = sum;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fft::{Irfft, Rfft};
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_frames_add_up(
            step in 1..5_usize,
            shared in 0..9_usize,
            frames in 1..6_usize,
            seed in any::<u32>(),
        ) {
            let size = step + shared;
            let frame = |index: usize| -> Vec<i16> {
                (0..size).map(|i| (seed as usize + 31 * index + 7 * i) as i16 % 1000).collect()
            };
            let mut want = vec![0_i16; frames * step + shared];
            for index in 0..frames {
                let place = &mut want[index * step..][..size];
                place.iter_mut().zip(frame(index)).for_each(|(sum, x)| *sum += x);
            }
            let (mut rest, mut got) = (vec![0; shared], vec![]);
            for index in 0..frames {
                let mut output = vec![0; step];
                overlap_add(&frame(index), &mut rest, &mut output).unwrap();
                got.extend(output);
            }
            got.extend(&rest);
            prop_assert_eq!(got, want);
        }
    }

    /// Windows whose squares add up to 1 give the signal back.
    #[test]
    fn analysis_and_synthesis_give_the_signal_back() {
        const LEN: usize = 64;
        let window: [f32; LEN] =
            core::array::from_fn(|i| libm::sinf((i as f32 + 0.5) * core::f32::consts::PI / 64.0));
        let (mut forward, mut inverse) = ([[0.0; 2]; 48], [[0.0; 2]; 48]);
        let rfft = Rfft::new(64, &mut forward).unwrap();
        let irfft = Irfft::new(64, &mut inverse).unwrap();
        let signal: Vec<f32> = (0..512).map(|t| libm::sinf(t as f32 * 0.3)).collect();
        let (mut rest, mut got) = ([0.0; 32], vec![]);
        for begin in (0..=signal.len() - LEN).step_by(32) {
            let windowed = |frame: &[f32]| -> Vec<f32> {
                frame.iter().zip(&window).map(|(x, weight)| x * weight).collect()
            };
            let (mut spectrum, mut frame, mut output) = ([[0.0; 2]; 33], [0.0; LEN], [0.0; 32]);
            rfft.run(&windowed(&signal[begin..begin + LEN]), &mut spectrum).unwrap();
            irfft.run(&spectrum, &mut frame).unwrap();
            overlap_add(&windowed(&frame), &mut rest, &mut output).unwrap();
            got.extend(output);
        }
        // The first step has only half of its frames.
        for (t, (got, want)) in got.iter().zip(&signal).enumerate().skip(32) {
            assert!((got - want).abs() < 1e-5, "{t}: {got} {want}");
        }
    }

    #[test]
    fn integers_stop_at_their_bounds() {
        let (mut rest, mut output) = ([32_000, -32_000], [0; 1]);
        overlap_add(&[1000, -1000, 5_i16], &mut rest, &mut output).unwrap();
        assert_eq!((output, rest), ([32_767], [-32_768, 5]));
        // Adding nothing makes zeros positive.
        let mut output = [1.0_f32];
        overlap_add(&[-0.0], &mut [], &mut output).unwrap();
        assert!(output[0].is_sign_positive());
    }

    #[test]
    fn lengths_are_checked() {
        let error = |operand, needed, actual| Err(Error::Length { operand, needed, actual });
        let none: &mut [i16] = &mut [];
        assert_eq!(overlap_add(&[1_i16], none, &mut [0; 2]), error(Operand::Output, 1, 2));
        let none: &mut [i16] = &mut [];
        assert_eq!(overlap_add(&[1_i16; 3], none, &mut [0; 2]), error(Operand::State, 1, 0));
    }
}
