//! Constants as they lie in memory.

/// A constant that can be read as a `T`: a `T`, or its little-endian bytes, which may lie at any
/// address.
///
/// A table in flash is a slice of numbers. A table in a model file is a slice of bytes without an
/// alignment: `&[[u8; 2]]` stands for `&[i16]`.
///
/// ```
/// use bantam_signal::Load;
/// assert_eq!([0x34, 0x12].load(), 0x1234_i16);
/// assert_eq!(0x1234_i16.load(), 0x1234);
/// ```
pub trait Load<T>: Copy {
    /// The number.
    fn load(self) -> T;
}

impl Load<Self> for i16 {
    #[inline(always)] // a load
    fn load(self) -> Self {
        self
    }
}

impl Load<i16> for [u8; 2] {
    #[inline(always)] // a load
    fn load(self) -> i16 {
        i16::from_le_bytes(self)
    }
}
