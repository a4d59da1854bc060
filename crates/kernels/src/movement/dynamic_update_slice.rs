//! DYNAMIC_UPDATE_SLICE: a tensor with a part of it replaced.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/dynamic_update_slice.cc`.

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::clamp::within;
use crate::number::element::Load;
use crate::walk::chunks::{chunks, copy};
use crate::walk::shape::Shape;

/// Most dimensions of an operand.
pub const MAX_RANK: usize = 6;

/// The shapes of a DYNAMIC_UPDATE_SLICE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct UpdateParams {
    rank: u32,
    /// The innermost dimension last; 1 where there is none.
    operand: [u32; MAX_RANK],
    update: [u32; MAX_RANK],
}

impl UpdateParams {
    /// A part of shape `update` of a tensor of shape `operand`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] beyond six dimensions or if the ranks differ,
    /// [`ParamsError::ShapeMismatch`] if the part is larger than the whole.
    pub fn new(operand: &Shape, update: &Shape) -> Result<Self, ParamsError> {
        let rank = operand.rank();
        if rank > MAX_RANK || update.rank() != rank {
            return Err(ParamsError::Rank { actual: update.rank() });
        }
        let dims = |shape: &Shape| {
            let mut dims = [1; MAX_RANK];
            dims.iter_mut().rev().zip(shape.dims().iter().rev()).for_each(|(to, &dim)| *to = dim);
            dims
        };
        let params = Self { rank: rank as u32, operand: dims(operand), update: dims(update) };
        match params.operand.iter().zip(&params.update).find(|(whole, part)| part > whole) {
            Some((&expected, &actual)) => Err(ParamsError::ShapeMismatch { expected, actual }),
            None => Ok(params),
        }
    }

    /// Writes `update` over a part of `output`, which holds the operand. The part begins at
    /// `start`, an index for each dimension, or as near to it as the part fits.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
    ///
    /// ```
    /// use bantam_kernels::Shape;
    /// use bantam_kernels::movement::dynamic_update_slice::UpdateParams;
    /// let params = UpdateParams::new(&Shape::new(&[2, 3])?, &Shape::new(&[1, 2])?)?;
    /// let mut output = [1, 2, 3, 4, 5, 6];
    /// params.write::<_, i32, i32>(&[8, 9], &[1, 99], &mut output)?;
    /// assert_eq!(output, [1, 2, 3, 4, 8, 9]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write<T: Copy, N: Into<i64>, I: Load<N>>(
        &self,
        update: &[T],
        start: &[I],
        output: &mut [T],
    ) -> Result<(), LengthMismatch> {
        let len =
            |dims: &[u32]| dims.iter().fold(1, |len: usize, &n| len.saturating_mul(n as usize));
        LengthMismatch::check(Operand::Output, len(&self.operand), output.len())?;
        LengthMismatch::check(Operand::Input2, len(&self.update), update.len())?;
        LengthMismatch::check(Operand::Indices, self.rank as usize, start.len())?;
        // Lines of the update, and by how much each dimension moves them.
        let mut steps = [0_usize; MAX_RANK];
        let (mut at, mut step) = (0_usize, 1_usize);
        let mut starts = start.iter().rev();
        let dims = self.operand.iter().zip(&self.update).rev();
        for ((&whole, &part), slot) in dims.zip(steps.iter_mut().rev()) {
            let start = starts.next().map_or(0, |start| start.load().into());
            let start = within(start, 0, whole.wrapping_sub(part).into());
            at = at.wrapping_add((start as usize).wrapping_mul(step));
            *slot = step;
            step = step.wrapping_mul(whole as usize);
        }
        let [counts @ .., line_len] = self.update;
        let [steps @ .., _] = steps;
        let mut index = [0_u32; MAX_RANK - 1];
        for line in chunks(update, line_len as usize) {
            copy(line, output.get_mut(at..).unwrap_or(&mut []));
            for ((index, &count), &step) in index.iter_mut().zip(&counts).zip(&steps).rev() {
                at = at.wrapping_add(step);
                *index += 1;
                if *index < count {
                    break;
                }
                at = at.wrapping_sub(step.wrapping_mul(count as usize));
                *index = 0;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_part_lies_where_it_fits_next_to_its_start(
            ranges in prop::collection::vec((1..4_i32, 0..3_i32, -3..5_i64), 0..5),
        ) {
            let part: Vec<i32> = ranges.iter().map(|&(part, ..)| part).collect();
            let whole: Vec<i32> = ranges.iter().map(|&(part, rest, _)| part + rest).collect();
            let starts: Vec<i64> = ranges.iter().map(|&(.., start)| start).collect();
            let [operand, update] = [&whole, &part].map(|dims| Shape::new(dims).unwrap());
            let params = UpdateParams::new(&operand, &update).unwrap();
            let x: Vec<i32> = (1..=update.len() as i32).collect();
            let mut got = vec![0; operand.len()];
            params.write::<_, i64, i64>(&x, &starts, &mut got).unwrap();
            let mut want = vec![0; operand.len()];
            for (i, &x) in x.iter().enumerate() {
                let (mut rest, mut at, mut step) = (i as i64, 0, 1);
                for (&(part, more, start), &dim) in ranges.iter().zip(&whole).rev() {
                    at += (start.clamp(0, more.into()) + rest % i64::from(part)) * step;
                    rest /= i64::from(part);
                    step *= i64::from(dim);
                }
                want[at as usize] = x;
            }
            prop_assert_eq!(got, want);
        }

        #[test]
        fn any_fields_are_harmless(rank: u32, operand: [u32; 6], update: [u32; 6], start: [i32; 6]) {
            let tame = |dims: [u32; 6], most| dims.map(|n| n % most);
            for (rank, operand, update) in [(rank, operand, update), (6, tame(operand, 4), tame(update, 5))] {
                let params = UpdateParams { rank, operand, update };
                let len = |dims: [u32; 6]| dims.iter().fold(1, |len: usize, &n| len.saturating_mul(n as usize)).min(9999);
                let _ = params.write::<u8, i32, i32>(&vec![1; len(update)], &start, &mut vec![0; len(operand)]);
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let new = |operand: &[i32], update: &[i32]| {
            UpdateParams::new(&Shape::new(operand).unwrap(), &Shape::new(update).unwrap())
        };
        assert_eq!(new(&[2, 2], &[2]), Err(ParamsError::Rank { actual: 1 }));
        assert_eq!(new(&[1; 7], &[1; 7]), Err(ParamsError::Rank { actual: 7 }));
        let error = ParamsError::ShapeMismatch { expected: 2, actual: 3 };
        assert_eq!(new(&[2, 2], &[1, 3]), Err(error));
    }
}
