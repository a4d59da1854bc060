//! A tensor that a node decodes: what preparing it finds, and how it is decoded.

use crate::{Cause, EvalError, Failed, TensorInfo};
use bantam_kernels::decode::channels::Channels;
use bantam_kernels::decode::header::{Header, HeaderError};
use bantam_kernels::decode::lut::lut;
use bantam_kernels::decode::prune::prune;
use bantam_kernels::{LookupError, ParamsError};
use bantam_schema::{TensorType, Vector};
use bytemuck::{Pod, Zeroable};

const ELEMENTS: [TensorType; 6] = [
    TensorType::BOOL,
    TensorType::FLOAT32,
    TensorType::INT8,
    TensorType::INT16,
    TensorType::INT32,
    TensorType::INT64,
];
/// What codes of different lengths stand for; tables of 16 bits have `i8` only.
const SYMBOLS: [TensorType; 2] = [TensorType::INT8, TensorType::INT16];

/// What decoding needs besides the constants: 20 bytes.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Encoded {
    channels: Channels,
    /// Where in the model the zero points of the channels are, and their number: 0 if they are all
    /// `zero_point`.
    zero_points: [u32; 2],
    /// The least byte of the zero point.
    zero_point: u16,
    /// Bytes of an element.
    width: u16,
}

impl Encoded {
    /// Checks the tensor that `encoded` and `ancillary` are decoded to.
    pub(crate) fn new(
        encoded: &TensorInfo<'_>,
        ancillary: &TensorInfo<'_>,
        output: &TensorInfo<'_>,
    ) -> Result<Self, Failed> {
        encoded.constant()?;
        let header = Header::read(ancillary.constant()?);
        let (header, _) = ancillary.check(header.map_err(cause))?;
        output.require_type(match header {
            Header::Huffman(params) if params.is_wide => &SYMBOLS,
            Header::Huffman(_) => &[TensorType::INT8],
            _ => &ELEMENTS,
        })?;
        let width = output.tensor_type().size_bytes().unwrap_or(1) as u16;
        output.element_len()?;
        let none = Self { channels: Channels::ONE, zero_points: [0; 2], zero_point: 0, width };
        match (header, output.tensor().quantization()) {
            (Header::Huffman(_), _) | (_, None) => Ok(none),
            // As in TFLM, these are no quantization.
            (_, Some(of)) if of.scale().is_empty() || of.zero_point().is_empty() => Ok(none),
            (header, Some(of)) => {
                let (scales, zeros) = (of.scale().len() as u32, of.zero_point());
                let axis = of.quantized_dimension();
                let channels = Channels::new(scales, axis, &output.shape()?);
                let quantized = Self { channels: output.check(channels)?, ..none };
                if header != Header::Prune {
                    return Ok(quantized);
                }
                output.charge(zeros.len())?;
                if output.tensor_type() != TensorType::INT8 {
                    return match zeros.iter().map(|zero| zero as i32).find(|&zero| zero != 0) {
                        Some(value) => Err(output.error(ParamsError::ZeroPoint { value })),
                        None => Ok(quantized),
                    };
                }
                // As in TFLM, the first is that of all where there is another number of them.
                let has_each = zeros.len() == scales as usize;
                let place = if has_each { [of.zero_point_offset(), scales] } else { [0; 2] };
                let zero_point = u16::from(zeros.get(0).unwrap_or(0) as u8);
                Ok(Self { zero_points: place, zero_point, ..quantized })
            }
        }
    }

    /// Decodes the tensor.
    pub(crate) fn decode(
        &self,
        model: &[u8],
        encoded: &[u8],
        ancillary: &[u8],
        output: &mut [u8],
    ) -> Result<(), EvalError> {
        let width = self.width.into();
        match Header::read(ancillary).map_err(|_| EvalError::Record)? {
            (Header::Huffman(params), tables) => Ok(params.decode(encoded, tables, width, output)?),
            (header, tables) => Ok(match width {
                1 => self.elements(header, encoded, tables, output, |channel| {
                    [self.zero_point(model, channel)]
                }),
                2 => self.elements(header, encoded, tables, output, |_| [0; 2]),
                4 => self.elements(header, encoded, tables, output, |_| [0; 4]),
                _ => self.elements(header, encoded, tables, output, |_| [0; 8]),
            }?),
        }
    }

    fn elements<const N: usize>(
        &self,
        header: Header,
        encoded: &[u8],
        tables: &[u8],
        output: &mut [u8],
        zero: impl Fn(u32) -> [u8; N],
    ) -> Result<(), LookupError> {
        match header {
            Header::Lut(params) => lut::<N>(&params, self.channels, encoded, tables, output),
            _ => prune(self.channels, zero, encoded, tables, output),
        }
    }

    /// The zero point of a channel, of `i8`.
    fn zero_point(&self, model: &[u8], channel: u32) -> u8 {
        let [offset, len] = self.zero_points;
        let each = Vector::<i64>::new(model, offset, len);
        let zero = each.and_then(|each| each.get(channel as usize));
        zero.map_or(self.zero_point as u8, |zero| zero as u8)
    }
}

/// Why a header is refused, in words.
// size: not causes of their own, whose texts all programs would have that print errors.
fn cause(error: HeaderError) -> Cause {
    match error {
        HeaderError::TooShort => Cause::Custom("needs 16 bytes of a header before the tables"),
        HeaderError::Version(_) => Cause::Unsupported("any version of the header but 1"),
        HeaderError::Custom(_) => {
            Cause::Unsupported("a decoder of the user's own (types 127 to 255 of the header)")
        }
        HeaderError::Format(_) => Cause::Unsupported("any version of a decoder's format but 1"),
        HeaderError::NoBits => Cause::Custom("needs indices of 1 to 7 bits"),
        _ => Cause::Unsupported("any decoder but 0 (LUT), 1 (Huffman) and 2 (pruning)"),
    }
}
