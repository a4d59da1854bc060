//! Shapes of up to [`MAX_RANK`] dimensions, outermost first, and those of images.

use core::num::NonZeroU32;

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
    /// [`ParamsError::Rank`] beyond [`MAX_RANK`] dimensions, [`ParamsError::Dimension`] for one
    /// below 1, [`ParamsError::TooLarge`] for more than `i32::MAX` elements.
    pub fn new(dims: &[i32]) -> Result<Self, ParamsError> {
        Self::from_dims(dims.iter().copied())
    }

    /// As [`Shape::new`], from an iterator.
    ///
    /// # Errors
    ///
    /// As [`Shape::new`].
    pub fn from_dims(
        dims: impl ExactSizeIterator<Item = i32> + Clone,
    ) -> Result<Self, ParamsError> {
        Self::len_of(dims.clone())?;
        let mut shape = Self { dims: [1; MAX_RANK], rank: dims.len() as u8 };
        for (slot, dim) in shape.dims.iter_mut().zip(dims) {
            *slot = dim as u32;
        }
        Ok(shape)
    }

    /// Number of elements of the shape of `dims`, which is not made for that.
    ///
    /// # Errors
    ///
    /// As [`Shape::new`].
    pub fn len_of(dims: impl ExactSizeIterator<Item = i32>) -> Result<usize, ParamsError> {
        let rank = dims.len();
        if rank > MAX_RANK {
            return Err(ParamsError::Rank { actual: rank });
        }
        let mut elements = 1_i32;
        for dim in dims {
            if dim < 1 {
                return Err(ParamsError::Dimension { value: dim });
            }
            elements = elements.checked_mul(dim).ok_or(ParamsError::TooLarge)?;
        }
        Ok(elements as usize)
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

    /// Dimension `axis` counted from the innermost, or 1 beyond the rank: what broadcasting calls
    /// for.
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

/// The dimensions of a batch of images, or of filters: `[batches, height, width, channels]`, each
/// within `1..=65535`.
///
/// ```
/// use bantam_kernels::{Nhwc, Shape};
/// let images = Nhwc::new([1, 49, 10, 8])?;
/// assert_eq!((images.height(), images.channels()), (49, 8));
/// assert_eq!(Nhwc::try_from(&Shape::new(&[1, 49, 10, 8])?), Ok(images));
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
// Two words, never zero, so that results are handed on in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nhwc {
    /// Batches in the upper half, height in the lower.
    outer: NonZeroU32,
    /// Width in the upper half, channels in the lower.
    inner: NonZeroU32,
}

impl Nhwc {
    /// Images of these dimensions.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for one outside `1..=65535`.
    pub fn new(dims: [i32; 4]) -> Result<Self, ParamsError> {
        Self::from_dims(dims.into_iter())
    }

    /// As [`Nhwc::new`], from an iterator.
    ///
    /// # Errors
    ///
    /// As [`Nhwc::new`]; [`ParamsError::Rank`] unless there are four dimensions.
    pub fn from_dims(dims: impl ExactSizeIterator<Item = i32>) -> Result<Self, ParamsError> {
        let rank = dims.len();
        if rank != 4 {
            return Err(ParamsError::Rank { actual: rank });
        }
        let (mut outer, mut inner) = (0_u32, 0_u32);
        for value in dims {
            if !(1..=u16::MAX.into()).contains(&value) {
                return Err(ParamsError::Dimension { value });
            }
            // All move up by a half.
            outer = outer << 16 | inner >> 16;
            inner = inner << 16 | value as u32;
        }
        match (NonZeroU32::new(outer), NonZeroU32::new(inner)) {
            (Some(outer), Some(inner)) => Ok(Self { outer, inner }),
            // Of an iterator that is shorter than it says.
            _ => Err(ParamsError::Rank { actual: rank }),
        }
    }

    /// Number of images; of output channels, for the filter of a convolution.
    pub fn batches(self) -> u16 {
        (self.outer.get() >> 16) as u16
    }

    /// Rows.
    pub fn height(self) -> u16 {
        self.outer.get() as u16
    }

    /// Columns.
    pub fn width(self) -> u16 {
        (self.inner.get() >> 16) as u16
    }

    /// Elements of a pixel.
    pub fn channels(self) -> u16 {
        self.inner.get() as u16
    }
}

impl TryFrom<&Shape> for Nhwc {
    type Error = ParamsError;

    fn try_from(shape: &Shape) -> Result<Self, ParamsError> {
        Self::from_dims(shape.dims().iter().map(|&dim| dim as i32))
    }
}

/// A tensor as rows of its innermost dimension, however the others make them up; at most `i32::MAX`
/// elements.
///
/// ```
/// use bantam_kernels::{Matrix, Shape};
/// let matrix = Matrix::from(&Shape::new(&[2, 3, 4])?);
/// assert_eq!((matrix.rows(), matrix.columns()), (6, 4));
/// assert_eq!(Matrix::from(&Shape::new(&[])?), Matrix::from(&Shape::new(&[1])?));
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
// Never zero, so that results are handed on in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    rows: NonZeroU32,
    columns: NonZeroU32,
}

impl Matrix {
    /// The matrix of a tensor of `len` elements, of which `columns` make a row: neither is ever
    /// zero.
    pub fn new(len: u32, columns: u32) -> Self {
        let columns = NonZeroU32::new(columns).unwrap_or(NonZeroU32::MIN);
        Self { rows: NonZeroU32::new(len / columns).unwrap_or(NonZeroU32::MIN), columns }
    }

    /// Number of rows.
    pub fn rows(self) -> u32 {
        self.rows.get()
    }

    /// Elements of a row: the innermost dimension, 1 for a scalar.
    pub fn columns(self) -> u32 {
        self.columns.get()
    }

    /// Number of elements.
    #[allow(clippy::len_without_is_empty, reason = "a shape is never empty")]
    pub fn len(self) -> u32 {
        self.rows() * self.columns()
    }
}

impl From<&Shape> for Matrix {
    fn from(shape: &Shape) -> Self {
        Self::new(shape.len() as u32, shape.dim_from_end(0))
    }
}

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
    fn images_have_four_dimensions_of_16_bits() {
        let images = |dims: &[i32]| Nhwc::try_from(&Shape::new(dims).unwrap());
        assert_eq!(images(&[1, 2, 3]), Err(ParamsError::Rank { actual: 3 }));
        assert_eq!(images(&[1; 5]), Err(ParamsError::Rank { actual: 5 }));
        assert_eq!(images(&[1, 65536, 1, 1]), Err(ParamsError::Dimension { value: 65536 }));
        for value in [0, -1, i32::MAX] {
            assert_eq!(Nhwc::new([1, 1, value, 1]), Err(ParamsError::Dimension { value }));
        }
        let found = images(&[2, 65535, 3, 4]).unwrap();
        let [height, width] = [found.height(), found.width()];
        assert_eq!([found.batches(), height, width, found.channels()], [2, 65535, 3, 4]);
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
