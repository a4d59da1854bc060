//! Copies that walk their input in steps: the data movement of TRANSPOSE, STRIDED_SLICE and their like.

use crate::error::{LengthMismatch, Operand, ParamsError};

/// Most dimensions of a [`Gather`].
pub const MAX_GATHER_RANK: usize = 5;

/// A walk over a tensor: output element `[i, j, ..]` is input element `base + i · steps[0] + j · steps[1] + ..`.
///
/// Dimensions that can be walked as one are merged, so that the innermost is as long as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Gather {
    input_len: u32,
    base: u32,
    counts: [u32; MAX_GATHER_RANK],
    steps: [i32; MAX_GATHER_RANK],
}

impl Gather {
    /// A walk from element `base`, with `(count, step)` of each output dimension, outermost first.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a count of 0, [`ParamsError::Rank`] if more than [`MAX_GATHER_RANK`] dimensions
    /// are left after merging, [`ParamsError::TooLarge`] if it is not within the input's `0..input_len` throughout.
    pub fn new(
        input_len: usize,
        base: u32,
        dims: impl DoubleEndedIterator<Item = (u32, i32)> + Clone,
    ) -> Result<Self, ParamsError> {
        let input_len = u32::try_from(input_len).map_err(|_| ParamsError::TooLarge)?;
        let mut gather =
            Self { input_len, base, counts: [1; MAX_GATHER_RANK], steps: [0; MAX_GATHER_RANK] };
        // The extremes that the walk comes to.
        let (mut low, mut high) = (i64::from(base), i64::from(base));
        let mut slots = gather.counts.iter_mut().zip(&mut gather.steps).rev();
        let mut inner: Option<(&mut u32, &mut i32)> = None;
        for (count, step) in dims.clone().rev() {
            if count == 0 {
                return Err(ParamsError::Dimension { value: 0 });
            }
            if count == 1 {
                continue;
            }
            let reach = i64::from(count - 1) * i64::from(step);
            low += reach.min(0);
            high += reach.max(0);
            if low < 0 || high >= i64::from(input_len) {
                return Err(ParamsError::TooLarge);
            }
            match &mut inner {
                Some((n, s)) if i64::from(**n) * i64::from(**s) == i64::from(step) => {
                    **n = n.checked_mul(count).ok_or(ParamsError::TooLarge)?;
                }
                _ => {
                    let (n, s) = slots
                        .next()
                        .ok_or_else(|| ParamsError::Rank { actual: dims.clone().count() })?;
                    (*n, *s) = (count, step);
                    inner = Some((n, s));
                }
            }
        }
        if high >= i64::from(input_len) { Err(ParamsError::TooLarge) } else { Ok(gather) }
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.counts.iter().fold(1_usize, |len, &n| len.saturating_mul(n as usize))
    }

    /// Copies the walked elements of `input` to `output`.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
    pub fn copy<T: Copy>(&self, input: &[T], output: &mut [T]) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Input, self.input_len as usize, input.len())?;
        LengthMismatch::check(Operand::Output, self.output_len(), output.len())?;
        let [counts @ .., line_len] = self.counts;
        let [steps @ .., line_step] = self.steps;
        if line_len == 0 {
            return Ok(());
        }
        let mut index = [0_u32; MAX_GATHER_RANK - 1];
        let mut at = self.base as i32;
        for line in output.chunks_exact_mut(line_len as usize) {
            copy_line(input, at, line_step, line);
            for ((index, &count), &step) in index.iter_mut().zip(&counts).zip(&steps).rev() {
                at = at.wrapping_add(step);
                *index += 1;
                if *index < count {
                    break;
                }
                at = at.wrapping_sub(step.wrapping_mul(count as i32));
                *index = 0;
            }
        }
        Ok(())
    }
}

/// `line[i] = input[at + i · step]`.
#[inline]
fn copy_line<T: Copy>(input: &[T], at: i32, step: i32, line: &mut [T]) {
    let at = at as usize;
    let stride = step.unsigned_abs() as usize;
    match step {
        0 => {
            if let Some(&x) = input.get(at) {
                line.fill(x);
            }
        }
        1 => {
            let input = input.get(at..).unwrap_or(&[]);
            // `get` because parameters may come from anywhere.
            if let Some(input) = input.get(..line.len()) {
                line.copy_from_slice(input);
            }
        }
        2.. => {
            let input = input.get(at..).unwrap_or(&[]);
            line.iter_mut().zip(input.iter().step_by(stride)).for_each(|(y, &x)| *y = x);
        }
        _ => {
            let input = input.get(..=at).unwrap_or(&[]);
            line.iter_mut().zip(input.iter().rev().step_by(stride)).for_each(|(y, &x)| *y = x);
        }
    }
}
