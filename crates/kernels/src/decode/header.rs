//! The header of an encoded tensor, which says how it is encoded.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/decode.cc` (`Prepare`), `decode_state.h`,
//! `decode_state_lut.h`, `decode_state_huffman.h`, `decode_state_prune.h`.

use core::fmt;

use super::huffman::HuffmanParams;
use super::lut::LutParams;

/// Bytes of a header; the tables follow.
pub const HEADER_BYTES: usize = 16;

/// The decoder of an encoded tensor, with what the header says of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Indices of a table.
    Lut(LutParams),
    /// Codes of different lengths.
    Huffman(HuffmanParams),
    /// A bit for each element, and the elements that are not the zero point.
    Prune,
}

/// Why a header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeaderError {
    /// There are fewer than [`HEADER_BYTES`].
    TooShort,
    /// The header is of another version than 1.
    Version(u8),
    /// The decoder is one that the user of TFLM adds: 127, or 128 and more.
    Custom(u8),
    /// There is no decoder of this number.
    Decoder(u8),
    /// The decoder's format is of another version than 1.
    Format(u8),
    /// Indices of no bits.
    NoBits,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(f, "the header has fewer than {HEADER_BYTES} bytes"),
            Self::Version(version) => write!(f, "header version {version} is not known"),
            Self::Custom(decoder) => write!(f, "decoder {decoder} is a user's own"),
            Self::Decoder(decoder) => write!(f, "decoder {decoder} is not known"),
            Self::Format(version) => write!(f, "version {version} of the format is not known"),
            Self::NoBits => f.write_str("indices have no bits"),
        }
    }
}

impl core::error::Error for HeaderError {}

const LUT: u8 = 0;
const HUFFMAN: u8 = 1;
const PRUNE: u8 = 2;
const CUSTOM: u8 = 127;

impl Header {
    /// Reads the header at the beginning of `ancillary`; gives the tables behind it, too.
    ///
    /// # Errors
    ///
    /// [`HeaderError`].
    ///
    /// ```
    /// use bantam_kernels::decode::header::{Header, HeaderError};
    /// use bantam_kernels::decode::lut::LutParams;
    /// // Decoder, version; version of the format, bits of an index, entries of a table.
    /// let mut bytes = [0, 1, 0, 0, 1, 3, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* the table: */ 42];
    /// let lut = Header::Lut(LutParams { bits: 3, stride: 8 });
    /// assert_eq!(Header::read(&bytes), Ok((lut, &[42][..])));
    /// bytes[0] = 127;
    /// assert_eq!(Header::read(&bytes), Err(HeaderError::Custom(127)));
    /// ```
    pub fn read(ancillary: &[u8]) -> Result<(Self, &[u8]), HeaderError> {
        let (header, tables) =
            ancillary.split_first_chunk::<HEADER_BYTES>().ok_or(HeaderError::TooShort)?;
        let &[decoder, version, _, _, format, first, second, ..] = header;
        if version != 1 {
            return Err(HeaderError::Version(version));
        }
        let header = match decoder {
            LUT => Self::Lut(LutParams { bits: first & 7, stride: second }),
            HUFFMAN => Self::Huffman(HuffmanParams {
                is_wide: first & 1 != 0,
                first_bits: (first >> 4) + 1,
            }),
            PRUNE => Self::Prune,
            CUSTOM.. => return Err(HeaderError::Custom(decoder)),
            _ => return Err(HeaderError::Decoder(decoder)),
        };
        if format != 1 {
            return Err(HeaderError::Format(format));
        }
        match header {
            Self::Lut(LutParams { bits: 0, .. }) => Err(HeaderError::NoBits),
            header => Ok((header, tables)),
        }
    }
}

impl Header {
    /// The bytes of the header, of which [`Header::read`] makes it again.
    ///
    /// ```
    /// use bantam_kernels::decode::header::Header;
    /// assert_eq!(Header::read(&Header::Prune.bytes()), Ok((Header::Prune, &[][..])));
    /// ```
    pub const fn bytes(&self) -> [u8; HEADER_BYTES] {
        let (decoder, first, second) = match self {
            Self::Lut(params) => (LUT, params.bits, params.stride),
            Self::Huffman(params) => {
                let first_bits = params.first_bits.saturating_sub(1) << 4;
                (HUFFMAN, first_bits | params.is_wide as u8, 0)
            }
            Self::Prune => (PRUNE, 0, 0),
        };
        [decoder, 1, 0, 0, 1, first, second, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_error() {
        let read = |bytes: [u8; 6]| {
            let mut header = [0; 20];
            header[..6].copy_from_slice(&bytes);
            Header::read(&header).map(|(header, tables)| (header, tables.len()))
        };
        let huffman = HuffmanParams { is_wide: true, first_bits: 6 };
        assert_eq!(read([1, 1, 9, 9, 1, 0x51]), Ok((Header::Huffman(huffman), 4)));
        assert_eq!(read([2, 1, 9, 9, 1, 0]), Ok((Header::Prune, 4)));
        assert_eq!(read([0, 2, 0, 0, 1, 3]), Err(HeaderError::Version(2)));
        assert_eq!(read([3, 1, 0, 0, 1, 3]), Err(HeaderError::Decoder(3)));
        assert_eq!(read([127, 1, 0, 0, 1, 3]), Err(HeaderError::Custom(127)));
        assert_eq!(read([200, 1, 0, 0, 1, 3]), Err(HeaderError::Custom(200)));
        assert_eq!(read([0, 1, 0, 0, 7, 3]), Err(HeaderError::Format(7)));
        assert_eq!(read([0, 1, 0, 0, 1, 0xF8]), Err(HeaderError::NoBits));
        assert_eq!(Header::read(&[0, 1, 0]), Err(HeaderError::TooShort));
    }

    #[test]
    fn headers_are_read_as_they_are_written() {
        let huffman = |is_wide, first_bits| Header::Huffman(HuffmanParams { is_wide, first_bits });
        let lut = Header::Lut(LutParams { bits: 7, stride: 128 });
        for header in [lut, huffman(false, 1), huffman(true, 16), Header::Prune] {
            assert_eq!(Header::read(&header.bytes()), Ok((header, &[][..])));
        }
    }
}
