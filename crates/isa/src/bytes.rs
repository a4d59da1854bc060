//! Words of a backend's memory as bytes.

/// The bytes of words, in the order of the memory.
pub fn bytes(words: &[i32]) -> &[i8] {
    // SAFETY: the bytes of the words are initialized, any byte is an `i8`, which may lie anywhere,
    // and their number is that of the words times four. They are borrowed as the words are.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

/// As [`bytes`], to be written.
pub fn bytes_mut(words: &mut [i32]) -> &mut [i8] {
    let len = size_of_val(words);
    // SAFETY: as in `bytes`; any four bytes are an `i32`.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), len) }
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
        bytes_mut(words)[7] = -128;
        assert_eq!(bytes(words), [1, 2, -1, 4, 0, 0, 0, -128]);
        assert_eq!(bytes(&words[2..]), []);
        assert_eq!(fours(words), [[1, 2, 255, 4], [0, 0, 0, 128]]);
    }
}
