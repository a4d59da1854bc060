//! Where the channels of an encoded tensor lie.

use crate::error::ParamsError;
use crate::walk::shape::Shape;

/// The channels of a tensor, each of which has a table or a zero point of its own: elements of one
/// channel that follow one another make up a run, and the channels take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Channels {
    pub(crate) count: u32,
    pub(crate) run_len: u32,
}

impl Channels {
    /// One channel of all elements.
    pub const ONE: Self = Self { count: 1, run_len: u32::MAX };

    /// `count` channels along `axis`, which is the first or the last one of `shape`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for another axis; [`ParamsError::ShapeMismatch`] unless the size along
    /// it is `count`.
    ///
    /// ```
    /// use bantam_kernels::{ParamsError, Shape, decode::channels::Channels};
    /// let shape = Shape::new(&[4, 2, 3])?;
    /// assert_eq!(Channels::new(1, 0, &shape), Ok(Channels::ONE));
    /// assert!(Channels::new(4, 0, &shape).is_ok() && Channels::new(3, 2, &shape).is_ok());
    /// assert_eq!(Channels::new(2, 1, &shape), Err(ParamsError::Axis { axis: 1 }));
    /// # Ok::<(), ParamsError>(())
    /// ```
    pub fn new(count: u32, axis: i32, shape: &Shape) -> Result<Self, ParamsError> {
        let last = shape.rank().saturating_sub(1);
        let is_last = count > 1 && axis == last as i32;
        if axis != 0 && !is_last {
            return Err(ParamsError::Axis { axis });
        }
        if count == 1 {
            return Ok(Self::ONE);
        }
        let actual = shape.dim(if is_last { last } else { 0 });
        if count != actual {
            return Err(ParamsError::ShapeMismatch { expected: count, actual });
        }
        let run_len = if is_last { 1 } else { shape.dims().iter().skip(1).product() };
        Ok(Self { count, run_len })
    }

    /// How many channels there are.
    pub const fn count(&self) -> usize {
        self.count as usize
    }

    /// The channel of an element.
    ///
    /// ```
    /// use bantam_kernels::{Shape, decode::channels::Channels};
    /// let shape = Shape::new(&[2, 3])?;
    /// let [rows, columns] = [Channels::new(2, 0, &shape)?, Channels::new(3, 1, &shape)?];
    /// assert_eq!((rows.of(4), columns.of(4)), (1, 1));
    /// assert_eq!((rows.of(2), columns.of(2)), (0, 2));
    /// # Ok::<(), bantam_kernels::ParamsError>(())
    /// ```
    pub fn of(&self, element: usize) -> usize {
        let run = element.checked_div(self.run_len as usize).unwrap_or(0);
        run.checked_rem(self.count as usize).unwrap_or(0)
    }

    /// For each run of `output`, whose elements have `N` bytes, its channel and its bytes.
    #[inline(always)] // made of two iterators, which its callers' loops are
    pub(crate) fn runs<const N: usize>(
        self,
        output: &mut [u8],
    ) -> impl Iterator<Item = (u32, &mut [[u8; N]])> {
        let (elements, _) = output.as_chunks_mut();
        let run_len = (self.run_len as usize).max(1);
        (0..self.count.max(1)).cycle().zip(elements.chunks_mut(run_len))
    }
}
