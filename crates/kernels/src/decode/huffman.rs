//! Elements as codes of different lengths.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/decode_state_huffman.cc`
//! (`DecompressToBufferWith16BitTable`, `DecompressToBufferWith32BitTable`).

use crate::error::{IndexError, LengthMismatch, LookupError, Operand};
use crate::number::bits::Bits;

/// The format of the tables that codes are looked up in.
///
/// The first table has an entry for each number of `first_bits` bits. An entry is a little-endian
/// word of 16 or 32 bits. Its most significant bit says whether the code ends here; then come four
/// bits, a count, and a value of 11 or 27 bits. Where the code ends, the count is that of the bits
/// that it has of those that were looked up, and the low bits of the value are the element. Where
/// it goes on, the value is the distance from this entry to the first of another table, which the
/// next bits are looked up in: one more than the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HuffmanParams {
    /// Whether entries have 32 bits.
    pub is_wide: bool,
    /// Bits that are looked up in the first table, `1..=16`.
    pub first_bits: u8,
}

impl HuffmanParams {
    /// Looks up the code of each element of the output, and writes the elements, of `width` bytes
    /// each.
    ///
    /// # Shapes
    ///
    /// | slice    | bytes                                                            |
    /// |----------|------------------------------------------------------------------|
    /// | `codes`  | the codes, one after the other from the most significant bit on  |
    /// | `tables` | 2 or 4 for each entry                                            |
    /// | `output` | `width · elements`                                               |
    ///
    /// # Errors
    ///
    /// [`LookupError::Length`] if the codes end before the output does, with the bytes read so far;
    /// [`LookupError::Index`] with the element whose code leads out of the tables. What the output
    /// holds is then unspecified.
    ///
    /// # Cost
    ///
    /// At most one look-up for each element and each bit of the codes.
    ///
    /// ```
    /// use bantam_kernels::decode::huffman::HuffmanParams;
    /// let params = HuffmanParams { is_wide: false, first_bits: 1 };
    /// // 0 is the code of 5, 10 that of 6, 11 that of 7.
    /// let symbol = |bits: u16, value: u16| 1 << 15 | bits << 11 | value;
    /// let table = [symbol(1, 5), 1, symbol(1, 6), symbol(1, 7)];
    /// let table = table.map(u16::to_le_bytes);
    /// let mut output = [0; 4];
    /// params.decode(&[0b10_0_11_0_00], table.as_flattened(), 1, &mut output)?;
    /// assert_eq!(output, [6, 5, 7, 5]);
    /// # Ok::<(), bantam_kernels::LookupError>(())
    /// ```
    pub fn decode(
        &self,
        codes: &[u8],
        tables: &[u8],
        width: usize,
        output: &mut [u8],
    ) -> Result<(), LookupError> {
        let mut bits = Bits::new(codes);
        let first_bits = u32::from(self.first_bits).clamp(1, 16);
        for (position, element) in output.chunks_mut(width.max(1)).enumerate() {
            let mut read = first_bits;
            let mut at = bits.take(read);
            let symbol = loop {
                let Some(entry) = self.entry(tables, at) else {
                    let limit = (tables.len() / self.entry_bytes()) as u32;
                    let (operand, value) = (Operand::Indices, at as i32);
                    let outside = IndexError { operand, position, value, limit };
                    return Err(LookupError::Index(outside));
                };
                if entry.ends {
                    bits.put_back(read.saturating_sub(entry.count));
                    break entry.value;
                }
                if bits.is_exhausted() {
                    break 0;
                }
                read = entry.count + 1;
                at = at.saturating_add(entry.value).saturating_add(bits.take(read));
            };
            if bits.is_exhausted() {
                let (expected, actual) = (bits.position().div_ceil(8), codes.len());
                return Err(LengthMismatch { operand: Operand::Indices, expected, actual }.into());
            }
            element.iter_mut().zip(symbol.to_le_bytes()).for_each(|(to, byte)| *to = byte);
        }
        Ok(())
    }

    fn entry_bytes(&self) -> usize {
        if self.is_wide { 4 } else { 2 }
    }

    /// Entry `at` of the tables.
    fn entry(&self, tables: &[u8], at: u32) -> Option<Entry> {
        let (word, value_bits) = if self.is_wide {
            (u32::from_le_bytes(*tables.as_chunks().0.get(at as usize)?), 27)
        } else {
            (u16::from_le_bytes(*tables.as_chunks().0.get(at as usize)?).into(), 11)
        };
        Some(Entry {
            ends: word >> (value_bits + 4) != 0,
            count: word >> value_bits & 15,
            value: word & ((1 << value_bits) - 1),
        })
    }
}

/// An entry of a table.
struct Entry {
    /// Whether the code ends here.
    ends: bool,
    count: u32,
    value: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// A table of two bits, and one of one bit behind it: 00, 01 and 100, 101, 11.
    fn tables(is_wide: bool, symbols: [u32; 5]) -> Vec<u8> {
        let shift = if is_wide { 27 } else { 11 };
        let ends = 16;
        let [a, b, c, d, e] = symbols;
        let entries = [
            (ends | 2) << shift | a,
            (ends | 2) << shift | b,
            2, // the next table has one bit, and begins two entries further
            (ends | 2) << shift | e,
            (ends | 1) << shift | c,
            (ends | 1) << shift | d,
        ];
        let bytes = if is_wide { 4 } else { 2 };
        entries.iter().flat_map(|entry| entry.to_le_bytes().into_iter().take(bytes)).collect()
    }

    #[test]
    fn codes_of_all_lengths_are_found() {
        for is_wide in [false, true] {
            let params = HuffmanParams { is_wide, first_bits: 2 };
            let tables = tables(is_wide, [0x85, 1, 0x7F, 0xFF, 4]);
            let mut output = [0; 6];
            // 100 00 11 101 01 00
            params.decode(&[0b1000_0111, 0b0101_0000], &tables, 1, &mut output).unwrap();
            assert_eq!(output, [0x7F, 0x85, 4, 0xFF, 1, 0x85]);
        }
        let params = HuffmanParams { is_wide: true, first_bits: 2 };
        let mut output = [0; 4];
        params
            .decode(&[0b1110_0000], &tables(true, [0, 0, 0x1234, 0, 0xFEDC]), 2, &mut output)
            .unwrap();
        assert_eq!(output, [0xDC, 0xFE, 0x34, 0x12]);
    }

    #[test]
    fn codes_that_end_and_tables_that_lead_nowhere_are_errors() {
        let params = HuffmanParams { is_wide: false, first_bits: 2 };
        let table = tables(false, [0; 5]);
        let decode = |tables: &[u8], len: usize| {
            params.decode(&[0b1000_0100], tables, 1, &mut [0; 8][..len])
        };
        assert_eq!(decode(&table, 3), Ok(()));
        let short = LengthMismatch { operand: Operand::Indices, expected: 2, actual: 1 };
        assert_eq!(decode(&table, 4), Err(short.into()));
        let outside = IndexError { operand: Operand::Indices, position: 0, value: 4, limit: 4 };
        assert_eq!(decode(&table[..8], 3), Err(outside.into()));
        // An entry that leads to itself.
        assert_eq!(decode(&[0; 8], 1), Err(outside_of_codes()));
    }

    fn outside_of_codes() -> LookupError {
        LengthMismatch { operand: Operand::Indices, expected: 2, actual: 1 }.into()
    }
}
