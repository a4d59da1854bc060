//! Vectors of numbers, read where they lie.

use core::{fmt, marker::PhantomData, ops::Range};

use crate::bytes::{Scalar, slice_at, u32_at};

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
    file: &'a [u8],
    offset: u32,
    len: u32,
    element: PhantomData<fn() -> T>,
}

impl<'a, T: Scalar> Vector<'a, T> {
    /// The vector without elements.
    pub const EMPTY: Self = Self { file: &[], offset: 0, len: 0, element: PhantomData };

    /// `len` elements that begin at byte `offset` of `file`, or `None` if they do not fit into it.
    pub fn new(file: &'a [u8], offset: u32, len: u32) -> Option<Self> {
        slice_at(file, offset, len.checked_mul(T::SIZE_BYTES)?)?;
        Some(Self { file, offset, len, element: PhantomData })
    }

    /// As many whole elements as `bytes` hold.
    pub fn from_le_bytes(bytes: &'a [u8]) -> Self {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX).checked_div(T::SIZE_BYTES);
        Self::new(bytes, 0, len.unwrap_or(0)).unwrap_or(Self::EMPTY)
    }

    /// The vector at `at` of a FlatBuffer: a count, then the elements.
    pub(crate) fn at(file: &'a [u8], at: u32) -> Option<Self> {
        Self::new(file, at.checked_add(4)?, u32_at(file, at)?)
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len_u32() as usize
    }

    /// Number of elements.
    pub(crate) fn len_u32(&self) -> u32 {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Byte offset of the first element from the start of the file.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// The elements as they lie in the file.
    pub fn as_le_bytes(&self) -> &'a [u8] {
        slice_at(self.file, self.offset, self.len.saturating_mul(T::SIZE_BYTES)).unwrap_or(&[])
    }

    /// Element `index`.
    pub fn get(&self, index: usize) -> Option<T> {
        let index = u32::try_from(index).ok().filter(|index| *index < self.len)?;
        let at = index.checked_mul(T::SIZE_BYTES)?.checked_add(self.offset)?;
        T::read_at(self.file, at)
    }

    /// The first element.
    pub fn first(&self) -> Option<T> {
        self.get(0)
    }

    /// The elements in order.
    pub fn iter(&self) -> VectorIter<'a, T> {
        VectorIter { vector: *self, range: 0..self.len() }
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
#[derive(Clone, Debug)]
pub struct VectorIter<'a, T: Scalar> {
    vector: Vector<'a, T>,
    range: Range<usize>,
}

impl<T: Scalar> Iterator for VectorIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.vector.get(self.range.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<T> {
        self.vector.get(self.range.nth(n)?)
    }
}

impl<T: Scalar> DoubleEndedIterator for VectorIter<'_, T> {
    fn next_back(&mut self) -> Option<T> {
        self.vector.get(self.range.next_back()?)
    }
}

impl<T: Scalar> ExactSizeIterator for VectorIter<'_, T> {}
