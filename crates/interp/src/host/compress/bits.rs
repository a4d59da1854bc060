//! Writes numbers of a few bits.

use std::vec::Vec;

/// Numbers of a few bits each, of each the most significant bit first.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that are written.
    len: usize,
}

impl BitWriter {
    /// Appends the low `bits` bits of a number.
    pub(super) fn push(&mut self, number: u32, bits: u8) {
        for bit in (0..bits).rev() {
            if self.len.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((number >> bit & 1) as u8) << (7 - self.len % 8);
            }
            self.len += 1;
        }
    }

    /// The bytes; those behind the last bit are 0, as many as there must be for `len` bits.
    pub(super) fn padded_to(mut self, len: usize) -> Vec<u8> {
        self.bytes.resize(self.bytes.len().max(len.div_ceil(8)), 0);
        self.bytes
    }

    /// The bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Bits that are written.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}
