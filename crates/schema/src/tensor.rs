//! Tensors.

use core::fmt;

use crate::{
    TensorType, Vector,
    buffer::{Range, declared, range_of_buffer},
    bytes::slice_at,
    fields::{model, quantization, tensor as field},
    iter::View,
    scalar::sealed::Sealed,
    table::Table,
};

/// A tensor: its type, shape and quantization, and its data if it is a constant.
#[derive(Clone, Copy)]
pub struct Tensor<'a> {
    table: Table<'a>,
}

impl<'a> Tensor<'a> {
    /// Stands in for a tensor that is not there: it has no data, and nothing but defaults.
    pub const NONE: Self = Self { table: Table { file: &[], at: 0 } };

    /// Returns the name; `None` if there is none, or one that is not UTF-8.
    pub fn name(&self) -> Option<&'a str> {
        self.table.string(field::NAME)
    }

    /// Returns the sizes of the dimensions, outermost first: not negative, except −1 for an unknown
    /// size. Empty for a scalar.
    pub fn shape(&self) -> Vector<'a, i32> {
        self.table.vector(field::SHAPE)
    }

    /// Returns the shape with −1 for each dimension that may be resized; empty if the file has
    /// none.
    pub fn shape_signature(&self) -> Vector<'a, i32> {
        self.table.vector(field::SHAPE_SIGNATURE)
    }

    /// Returns whether the file says that the rank is known: an empty shape is then that of a
    /// scalar, and not of a tensor of unknown rank. Most converters do not write it.
    pub fn has_rank(&self) -> bool {
        self.table.scalar(field::HAS_RANK, false)
    }

    /// Returns the type of the elements.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub fn tensor_type(&self) -> TensorType {
        self.table.scalar(field::TYPE, TensorType::FLOAT32)
    }

    /// Returns the index of the buffer that holds the data.
    pub fn buffer(&self) -> u32 {
        self.table.scalar(field::BUFFER, 0)
    }

    /// Returns the range of a constant's data.
    // size: a call is smaller than the checks.
    #[inline(never)]
    fn range(&self) -> Option<Range> {
        range_of_buffer(&self.table, self.buffer()).filter(|(_, len)| *len != 0)
    }

    /// Returns whether it is a constant.
    pub fn is_constant(&self) -> bool {
        self.range().is_some()
    }

    /// Returns the data of a constant, `None` for a tensor that is computed or fed. The caller
    /// checks whether the length fits to type and shape.
    pub fn data(&self) -> Option<&'a [u8]> {
        let (at, len) = self.range()?;
        slice_at(self.table.file, at.get(), len)
    }

    /// Returns the byte offset of [`data`](Self::data) from the start of the file.
    pub fn data_offset(&self) -> Option<u32> {
        self.range().map(|(at, _)| at.get())
    }

    /// Returns offset and length of data that the file places behind the FlatBuffer, if none can be
    /// read: it lies outside of the file, or the offset is 1, which stands for one that was never
    /// filled in.
    pub fn missing_data(&self) -> Option<(u64, u64)> {
        let buffer = self.table.entry_of_model(model::BUFFERS, self.buffer())?;
        let (offset, bytes) = declared(&buffer);
        (offset != 0 && bytes != 0 && self.range().is_none()).then_some((offset, bytes))
    }

    /// Returns whether the data lies in another file, which this crate does not read.
    pub fn has_external_data(&self) -> bool {
        self.table.scalar(field::EXTERNAL_BUFFER, 0_u32) != 0
    }

    /// Returns whether the tensor keeps its value from one run to the next.
    pub fn is_variable(&self) -> bool {
        self.table.scalar(field::IS_VARIABLE, false)
    }

    /// Returns how integers stand for real numbers. Float tensors of converted models often carry a
    /// quantization without scales.
    pub fn quantization(&self) -> Option<Quantization<'a>> {
        self.table.table(field::QUANTIZATION).map(|table| Quantization { table })
    }

    /// Returns whether the data is stored sparsely, in a format that this crate does not read.
    pub fn has_sparsity(&self) -> bool {
        self.table.field(field::SPARSITY).is_some()
    }
}

impl fmt::Debug for Tensor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tensor")
            .field("name", &self.name())
            .field("tensor_type", &self.tensor_type())
            .field("shape", &self.shape())
            .field("buffer", &self.buffer())
            .finish_non_exhaustive()
    }
}

impl Sealed for Tensor<'_> {}

impl<'a> View<'a> for Tensor<'a> {
    fn view(table: Table<'a>) -> Self {
        Self { table }
    }
}

/// The way in which integers `q` of a tensor stand for real numbers:
/// `scale[c] · (q − zero_point[c])`, where `c` is the index in dimension
/// [`quantized_dimension`](Self::quantized_dimension), or 0 if there is one scale only.
#[derive(Clone, Copy)]
pub struct Quantization<'a> {
    table: Table<'a>,
}

impl<'a> Quantization<'a> {
    /// Returns the scales: none, one, or one for each channel.
    pub fn scale(&self) -> Vector<'a, f32> {
        self.table.vector(quantization::SCALE)
    }

    /// Returns the byte offset of the first scale from the start of the file; 0 if there is none.
    pub fn scale_offset(&self) -> u32 {
        self.table.elements(quantization::SCALE, 4).0
    }

    /// Returns the zero points: as many as scales in a sound model, which the caller checks.
    pub fn zero_point(&self) -> Vector<'a, i64> {
        self.table.vector(quantization::ZERO_POINT)
    }

    /// Returns the byte offset of the first zero point from the start of the file; 0 if there is
    /// none.
    pub fn zero_point_offset(&self) -> u32 {
        self.table.elements(quantization::ZERO_POINT, 8).0
    }

    /// Returns the dimension to which the scales belong.
    pub fn quantized_dimension(&self) -> i32 {
        self.table.scalar(quantization::QUANTIZED_DIMENSION, 0)
    }

    /// Returns the least real values seen when the model was calibrated.
    pub fn min(&self) -> Vector<'a, f32> {
        self.table.vector(quantization::MIN)
    }

    /// Returns the greatest real values seen when the model was calibrated.
    pub fn max(&self) -> Vector<'a, f32> {
        self.table.vector(quantization::MAX)
    }

    /// Returns whether a custom, blockwise or multi-axis quantization, which this crate does not
    /// read, takes the place of scales and zero points.
    pub fn has_details(&self) -> bool {
        self.table.scalar(quantization::DETAILS_TYPE, 0_u8) != 0
    }
}

impl fmt::Debug for Quantization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quantization")
            .field("scale", &self.scale())
            .field("zero_point", &self.zero_point())
            .field("quantized_dimension", &self.quantized_dimension())
            .finish_non_exhaustive()
    }
}
