//! Vectors of numbers, read where they lie.

use core::{fmt, marker::PhantomData};

use crate::{bytes::slice_at, scalar::Scalar, table::Table};

/// Tensor indices: −1 stands for an operand that is absent.
pub type Indices<'a> = Vector<'a, i32>;

/// Numbers that lie one after another in the file, little-endian, at any alignment.
///
/// # Examples
///
/// ```
/// use bantam_schema::Vector;
///
/// let shape = Vector::<i32>::from_le_bytes(&[2, 0, 0, 0, 255, 255, 255, 255]);
/// assert_eq!(shape.len(), 2);
/// assert_eq!(shape.get(1), Some(-1));
/// assert!(shape.iter().eq([2, -1]));
/// ```
#[derive(Clone, Copy)]
pub struct Vector<'a, T> {
    /// Whole elements.
    bytes: &'a [u8],
    element: PhantomData<fn() -> T>,
}

impl<'a, T: Scalar> Vector<'a, T> {
    /// The vector without elements.
    pub const EMPTY: Self = Self::of(&[]);

    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, element: PhantomData }
    }

    /// Returns `len` elements that begin at byte `offset` of `file`, or `None` if they do not fit
    /// into it.
    pub fn new(file: &'a [u8], offset: u32, len: u32) -> Option<Self> {
        slice_at(file, offset, len.checked_mul(T::SIZE_BYTES)?).map(Self::of)
    }

    /// Returns a vector of as many whole elements as `bytes` hold.
    pub fn from_le_bytes(bytes: &'a [u8]) -> Self {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX).checked_div(T::SIZE_BYTES);
        Self::new(bytes, 0, len.unwrap_or(0)).unwrap_or(Self::EMPTY)
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.bytes.len().checked_div(T::SIZE_BYTES as usize).unwrap_or(0)
    }

    /// Returns whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the elements as they lie in the file.
    pub fn as_le_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns element `index`.
    pub fn get(&self, index: usize) -> Option<T> {
        let at = u32::try_from(index).ok()?.checked_mul(T::SIZE_BYTES)?;
        T::read_at(self.bytes, at)
    }

    /// Returns the first element.
    pub fn first(&self) -> Option<T> {
        self.get(0)
    }

    /// Returns the elements in order.
    pub fn iter(&self) -> VectorIter<'a, T> {
        VectorIter { bytes: self.bytes, element: PhantomData }
    }
}

impl<'a> Table<'a> {
    /// The vector in a field, empty if there is none.
    pub(crate) fn vector<T: Scalar>(&self, slot: u16) -> Vector<'a, T> {
        Vector::of(self.bytes(slot, T::SIZE_BYTES))
    }
}

impl<T: Scalar> Default for Vector<'_, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T: Scalar> fmt::Debug for Vector<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Scalar> PartialEq for Vector<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Scalar> PartialEq<[T]> for Vector<'_, T> {
    fn eq(&self, other: &[T]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

impl<T: Scalar, const N: usize> PartialEq<[T; N]> for Vector<'_, T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self == other.as_slice()
    }
}

impl<'a, T: Scalar> IntoIterator for Vector<'a, T> {
    type Item = T;
    type IntoIter = VectorIter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The elements of a [`Vector`], in order.
#[derive(Clone)]
pub struct VectorIter<'a, T> {
    /// The elements that are still to come.
    bytes: &'a [u8],
    element: PhantomData<fn() -> T>,
}

impl<T: Scalar> fmt::Debug for VectorIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VectorIter").field(&Vector::<T>::from_le_bytes(self.bytes)).finish()
    }
}

impl<T: Scalar> VectorIter<'_, T> {
    const SIZE: usize = T::SIZE_BYTES as usize;
}

impl<T: Scalar> Iterator for VectorIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        T::take(&mut self.bytes)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.bytes.len().checked_div(Self::SIZE).unwrap_or(0);
        (len, Some(len))
    }

    fn nth(&mut self, n: usize) -> Option<T> {
        self.bytes = self.bytes.get(n.saturating_mul(Self::SIZE)..).unwrap_or(&[]);
        self.next()
    }
}

impl<T: Scalar> DoubleEndedIterator for VectorIter<'_, T> {
    fn next_back(&mut self) -> Option<T> {
        let before = self.bytes.len().checked_sub(Self::SIZE)?;
        let (rest, last) = self.bytes.split_at_checked(before)?;
        self.bytes = rest;
        T::read_at(last, 0)
    }
}

impl<T: Scalar> ExactSizeIterator for VectorIter<'_, T> {}
