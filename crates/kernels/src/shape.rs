//! Shapes of up to [`MAX_RANK`] dimensions, outermost first.

use crate::error::ParamsError;

/// Most dimensions that a shape can have.
pub const MAX_RANK: usize = 8;

/// The dimensions of a tensor, outermost first; a scalar has none.
///
/// Every dimension is at least 1 and all of them multiply to at most `i32::MAX` elements.
///
/// ```
/// use bantam_kernels::Shape;
/// let shape = Shape::new(&[1, 49, 10, 8])?;
/// assert_eq!((shape.rank(), shape.len(), shape.dim_from_end(0)), (4, 3920, 8));
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    dims: [u32; MAX_RANK],
    rank: u8,
}

impl Shape {
    /// A shape of `dims`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] beyond [`MAX_RANK`] dimensions, [`ParamsError::Dimension`] for one below 1,
    /// [`ParamsError::TooLarge`] for more than `i32::MAX` elements.
    pub fn new(dims: &[i32]) -> Result<Self, ParamsError> {
        Self::from_dims(dims.iter().copied())
    }

    /// As [`Shape::new`], from an iterator.
    ///
    /// # Errors
    ///
    /// As [`Shape::new`].
    pub fn from_dims(dims: impl ExactSizeIterator<Item = i32>) -> Result<Self, ParamsError> {
        let rank = dims.len();
        let mut shape = Self { dims: [1; MAX_RANK], rank: 0 };
        if rank > MAX_RANK {
            return Err(ParamsError::Rank { actual: rank });
        }
        shape.rank = rank as u8;
        let mut elements = 1_i32;
        for (slot, dim) in shape.dims.iter_mut().zip(dims) {
            if dim < 1 {
                return Err(ParamsError::Dimension { value: dim });
            }
            elements = elements.checked_mul(dim).ok_or(ParamsError::TooLarge)?;
            *slot = dim as u32;
        }
        Ok(shape)
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.rank.into()
    }

    /// The dimensions, outermost first.
    pub fn dims(&self) -> &[u32] {
        self.dims.get(..self.rank()).unwrap_or(&[])
    }

    /// Dimension `axis`, or 1 beyond the rank.
    pub fn dim(&self, axis: usize) -> u32 {
        self.dims().get(axis).copied().unwrap_or(1)
    }

    /// Dimension `axis` counted from the innermost, or 1 beyond the rank: what broadcasting calls for.
    pub fn dim_from_end(&self, axis: usize) -> u32 {
        self.rank().checked_sub(axis + 1).map_or(1, |i| self.dim(i))
    }

    /// Number of elements: at least 1.
    #[allow(clippy::len_without_is_empty, reason = "a shape is never empty")]
    pub fn len(&self) -> usize {
        self.dims().iter().map(|&d| d as usize).product()
    }

    /// Resolves an axis that may count from the end (`-1` is the innermost).
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] outside `-rank..rank`.
    pub fn axis(&self, axis: i32) -> Result<usize, ParamsError> {
        let rank = i32::from(self.rank);
        let resolved = if axis < 0 { axis.saturating_add(rank) } else { axis };
        if (0..rank).contains(&resolved) {
            Ok(resolved as usize)
        } else {
            Err(ParamsError::Axis { axis })
        }
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.dims() == other.dims()
    }
}

impl Eq for Shape {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_rejects_what_has_no_elements() {
        assert_eq!(Shape::new(&[2, 0]), Err(ParamsError::Dimension { value: 0 }));
        assert_eq!(Shape::new(&[1; 9]), Err(ParamsError::Rank { actual: 9 }));
        assert_eq!(Shape::new(&[65536, 65536]), Err(ParamsError::TooLarge));
    }

    #[test]
    fn axis_counts_from_both_ends() {
        let shape = Shape::new(&[2, 3, 4]).unwrap();
        assert_eq!((shape.axis(-1), shape.axis(0)), (Ok(2), Ok(0)));
        assert_eq!(shape.axis(3), Err(ParamsError::Axis { axis: 3 }));
        assert_eq!(shape.axis(i32::MIN), Err(ParamsError::Axis { axis: i32::MIN }));
        assert_eq!((shape.dim_from_end(2), shape.dim_from_end(3)), (2, 1));
    }
}
