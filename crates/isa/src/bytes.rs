//! Words of a backend's memory as bytes.

/// A byte, with a sign or without.
pub trait Byte: private::Sealed {}

impl Byte for i8 {}
impl Byte for u8 {}

mod private {
    /// Limits the trait of bytes to those of this module.
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for u8 {}
}

/// The bytes of words, in the order of the memory.
pub fn bytes<B: Byte>(words: &[i32]) -> &[B] {
    // SAFETY: the bytes of the words are initialized, any byte is an `i8` and a `u8`, which may lie
    // anywhere, and their number is that of the words times four. They are borrowed as the words
    // are.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

/// As [`bytes`], to be written.
pub fn bytes_mut<B: Byte>(words: &mut [i32]) -> &mut [B] {
    let len = size_of_val(words);
    // SAFETY: as in `bytes`; any four bytes are an `i32`.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), len) }
}

/// Words without a sign.
pub(crate) fn unsigned_mut(words: &mut [i32]) -> &mut [u32] {
    // SAFETY: both are words of 32 bits, for which all values are valid, and their number is the
    // same. They are borrowed as the words are.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), words.len()) }
}

/// Words as four bytes each, in the order of the memory.
pub fn fours(words: &[i32]) -> &[[u8; 4]] {
    // SAFETY: as in `bytes`, with four bytes for each word.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_words() {
        let words = &mut [i32::from_ne_bytes([1, 2, 255, 4]), 0];
        bytes_mut::<i8>(words)[7] = -128;
        unsigned_mut(words)[1] |= 1;
        assert_eq!(bytes::<i8>(words), [1, 2, -1, 4, 1, 0, 0, -128]);
        assert_eq!(bytes::<u8>(words), [1, 2, 255, 4, 1, 0, 0, 128]);
        assert_eq!(bytes::<i8>(&words[2..]), []);
        assert_eq!(fours(words), [[1, 2, 255, 4], [1, 0, 0, 128]]);
    }
}
