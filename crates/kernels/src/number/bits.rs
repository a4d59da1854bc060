//! Numbers of a few bits that lie one after the other, across the bounds of bytes.

/// Reads numbers of a few bits, of each the most significant bit first.
///
/// ```
/// use bantam_kernels::number::bits::Bits;
/// let mut bits = Bits::new(&[0b101_001_11, 0b0_0000000]);
/// assert_eq!([3, 3, 3].map(|count| bits.take(count)), [0b101, 0b001, 0b110]);
/// assert_eq!(bits.position(), 9);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    /// The next bit, counted from the most significant one of the first byte.
    position: usize,
}

/// Most bits that are read at a time.
pub const MOST_BITS: u32 = 25;

impl<'a> Bits<'a> {
    /// From the first bit on.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// From a later bit on, counted from the first one.
    pub const fn at(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position }
    }

    /// Bits that have been read, or that lie before the first one that was.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Whether more bits have been read than there are.
    pub const fn is_exhausted(&self) -> bool {
        self.position > self.bytes.len().saturating_mul(8)
    }

    /// The next `count` bits, at most [`MOST_BITS`]; those behind the last byte are 0.
    #[inline(always)] // a part of its caller's loop
    pub fn take(&mut self, count: u32) -> u32 {
        let rest = self.bytes.get(self.position / 8..).unwrap_or(&[]);
        let word = match rest.first_chunk() {
            Some(bytes) => u32::from_be_bytes(*bytes),
            None => last_word(rest),
        };
        let aligned = word << (self.position % 8);
        self.position = self.position.saturating_add(count as usize);
        // None of no bits.
        aligned.checked_shr(32_u32.saturating_sub(count)).unwrap_or(0)
    }

    /// Goes back by `count` bits, or to the first one.
    pub fn put_back(&mut self, count: u32) {
        self.position = self.position.saturating_sub(count as usize);
    }
}

/// Fewer than four bytes, followed by zeros.
#[inline(never)] // size: one copy for all loops
fn last_word(bytes: &[u8]) -> u32 {
    let mut word = [0; 4];
    word.iter_mut().zip(bytes).for_each(|(to, &byte)| *to = byte);
    u32::from_be_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_those_of_the_written_number(
            bytes in prop::collection::vec(any::<u8>(), 0..9),
            counts in prop::collection::vec(0..=MOST_BITS, 0..12),
        ) {
            let written: String = bytes.iter().map(|byte| std::format!("{byte:08b}")).collect();
            let mut bits = Bits::new(&bytes);
            let mut at = 0;
            for count in counts {
                let end = at + count as usize;
                let digits: Vec<char> = written.chars().chain(core::iter::repeat_n('0', 400))
                    .skip(at).take(count as usize).collect();
                let digits: String = digits.into_iter().collect();
                let expected = u32::from_str_radix(&digits, 2).unwrap_or(0);
                prop_assert_eq!(bits.take(count), expected);
                prop_assert_eq!(bits.is_exhausted(), end > written.len());
                bits.put_back(count);
                prop_assert_eq!(bits.position(), at);
                prop_assert_eq!(bits.take(count), expected);
                at = end;
            }
        }
    }
}
