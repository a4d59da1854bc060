//! A tensor along one of its axes, which may be known at run time only.

use crate::error::ParamsError;
use crate::walk::open_shape::{WORDS, opened, shape};
use crate::walk::shape::Shape;

/// How many elements there are outside an axis, along it and within it; or a shape whose axis is
/// yet to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct AlongAxis {
    words: [u32; WORDS],
}

impl AlongAxis {
    /// A tensor along `axis`, which may count from the end; without one, a tensor whose axis is yet
    /// to be known.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for an axis outside the rank, [`ParamsError::Rank`] for more than six
    /// dimensions without an axis.
    pub fn new(shape: &Shape, axis: Option<i32>) -> Result<Self, ParamsError> {
        match axis {
            Some(axis) => Self::closed(shape, axis),
            None => opened(shape).map(|words| Self { words }),
        }
    }

    fn closed(shape: &Shape, axis: i32) -> Result<Self, ParamsError> {
        let axis = shape.axis(axis)?;
        let (outer, rest) = shape.dims().split_at_checked(axis).unwrap_or_default();
        let (&depth, inner) = rest.split_first().unwrap_or((&1, &[]));
        let [outer, inner] = [outer, inner].map(|dims| dims.iter().product());
        Ok(Self { words: [outer, depth, inner, 1, 1, 1] })
    }

    /// Whether the axis is yet to be known.
    pub fn is_open(&self) -> bool {
        shape(&self.words).is_some()
    }

    /// The tensor along `axis` if that is yet to be known, itself otherwise.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for an axis outside the rank.
    pub fn resolved(&self, axis: i32) -> Result<Self, ParamsError> {
        shape(&self.words).map_or(Ok(*self), |shape| Self::closed(&shape, axis))
    }

    /// Elements outside the axis, along it and within it.
    pub(crate) fn lens(&self) -> [usize; 3] {
        let [outer, depth, inner, ..] = self.words;
        [outer, depth, inner].map(|n| n as usize)
    }

    /// Elements of the tensor.
    pub fn len(&self) -> usize {
        self.lens().into_iter().fold(1, usize::saturating_mul)
    }

    /// Elements outside the axis: those of a tensor that has one for all along it.
    pub fn output_len(&self) -> usize {
        let [outer, _, inner] = self.lens();
        outer.saturating_mul(inner)
    }

    /// Whether it is the record of no tensor.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cfg(test)]
    pub(crate) fn any(words: [u32; WORDS]) -> Self {
        Self { words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_may_come_later() {
        let shape = Shape::new(&[2, 3, 4, 5]).unwrap();
        let open = AlongAxis::new(&shape, None).unwrap();
        assert!(open.is_open());
        for (axis, lens) in [(0, [1, 2, 60]), (-1, [24, 5, 1]), (2, [6, 4, 5])] {
            let closed = AlongAxis::new(&shape, Some(axis)).unwrap();
            assert_eq!((closed.lens(), closed.len(), closed.is_open()), (lens, 120, false));
            assert_eq!(open.resolved(axis), Ok(closed));
            assert_eq!(closed.resolved(9), Ok(closed));
        }
        assert_eq!(open.resolved(4), Err(ParamsError::Axis { axis: 4 }));
        assert_eq!(AlongAxis::new(&shape, Some(-5)), Err(ParamsError::Axis { axis: -5 }));
    }
}
