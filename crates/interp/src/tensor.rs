//! Tensors as operators see them while they prepare.

use crate::error::{Cause, PrepareError};
use bantam_kernels::{Le, Shape};
use bantam_schema::{Subgraph, Tensor, TensorType};

/// Variables and states are placed at multiples of this, so that any element type is aligned.
pub(crate) const ALIGNMENT: u32 = 16;

/// A tensor of the node that is being prepared.
#[derive(Clone, Copy, Debug)]
pub struct TensorInfo<'a> {
    index: u32,
    tensor: Tensor<'a>,
}

impl<'a> TensorInfo<'a> {
    #[inline(never)]
    pub(crate) fn new(subgraph: &Subgraph<'a>, index: u32) -> Result<Self, PrepareError> {
        match subgraph.tensor(index) {
            Some(tensor) => Ok(Self { index, tensor }),
            None => Err(PrepareError { tensor: Some(index), cause: Cause::TooLarge }),
        }
    }

    /// Its index in the subgraph.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The tensor as the model has it.
    pub fn tensor(&self) -> Tensor<'a> {
        self.tensor
    }

    /// Its type.
    pub fn tensor_type(&self) -> TensorType {
        self.tensor.tensor_type()
    }

    /// An error that names this tensor.
    pub fn error(&self, cause: impl Into<Cause>) -> PrepareError {
        PrepareError { tensor: Some(self.index), cause: cause.into() }
    }

    /// `Ok` if the type is one of `types`.
    ///
    /// # Errors
    ///
    /// [`Cause::TensorType`] otherwise.
    pub fn expect_type(&self, types: &[TensorType]) -> Result<(), PrepareError> {
        let actual = self.tensor_type();
        if types.contains(&actual) { Ok(()) } else { Err(self.error(Cause::TensorType(actual))) }
    }

    /// `Ok` if the shape equals that of `other`.
    ///
    /// # Errors
    ///
    /// [`Cause::Shape`] otherwise.
    pub fn expect_shape_of(&self, other: &Self) -> Result<(), PrepareError> {
        if self.shape()? == other.shape()? { Ok(()) } else { Err(self.error(Cause::Shape)) }
    }

    /// Its shape.
    ///
    /// # Errors
    ///
    /// [`Cause::Params`] for more than 8 dimensions, one below 1, or too many elements.
    pub fn shape(&self) -> Result<Shape, PrepareError> {
        Shape::from_dims(self.tensor.shape().iter()).map_err(|e| self.error(e))
    }

    /// Number of elements.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::shape`].
    pub fn element_len(&self) -> Result<usize, PrepareError> {
        Ok(self.shape()?.len())
    }

    /// Scale and zero point of the whole tensor (of its first channel if it has several).
    ///
    /// # Errors
    ///
    /// [`Cause::Quantization`] if there is none, or the zero point does not fit into 32 bits; the scale may be anything.
    pub fn affine(&self) -> Result<(f32, i32), PrepareError> {
        self.optional_affine()?.ok_or(self.error(Cause::Quantization))
    }

    /// As [`TensorInfo::affine`], `None` where there is no quantization.
    ///
    /// # Errors
    ///
    /// [`Cause::Quantization`] if the zero point does not fit into 32 bits.
    pub fn optional_affine(&self) -> Result<Option<(f32, i32)>, PrepareError> {
        let Some(quantization) = self.tensor.quantization() else { return Ok(None) };
        let (Some(scale), zero_point) =
            (quantization.scale().get(0), quantization.zero_point().get(0).unwrap_or(0))
        else {
            return Ok(None);
        };
        let zero_point = i32::try_from(zero_point).map_err(|_| self.error(Cause::Quantization))?;
        Ok(Some((scale, zero_point)))
    }

    /// Whether it is a constant of the model.
    pub fn is_constant(&self) -> bool {
        self.tensor.is_constant()
    }

    /// `Ok` unless this is a constant that may not be aligned for its type: for kernels that take aligned activations only.
    ///
    /// # Errors
    ///
    /// [`Cause::Unsupported`] for a constant of a type wider than a byte.
    pub fn expect_aligned(&self) -> Result<(), PrepareError> {
        if self.is_constant() && self.tensor_type().size_bytes() != Some(1) {
            return Err(self.error(Cause::Unsupported("a constant of this type in this place")));
        }
        Ok(())
    }

    /// The bytes of a constant, exactly as many as its shape calls for.
    ///
    /// # Errors
    ///
    /// [`Cause::NotConstant`], [`Cause::ConstantTooShort`], or those of [`TensorInfo::shape`].
    pub fn constant(&self) -> Result<&'a [u8], PrepareError> {
        let Some(data) = self.tensor.data() else { return Err(self.error(Cause::NotConstant)) };
        let needed = self.bytes()?;
        data.get(..needed as usize).ok_or_else(|| {
            let actual = data.len().try_into().unwrap_or(u32::MAX);
            self.error(Cause::ConstantTooShort { needed, actual })
        })
    }

    /// The elements of a constant `INT32` tensor (axes, paddings, permutations, ...).
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::constant`]; [`Cause::TensorType`] if it is of another type.
    pub fn constant_i32s(
        &self,
    ) -> Result<impl ExactSizeIterator<Item = i32> + Clone + 'a, PrepareError> {
        self.expect_type(&[TensorType::INT32])?;
        let (words, _) = self.constant()?.as_chunks();
        Ok(words.iter().map(|&word| i32::from_le_bytes(word)))
    }

    /// As many 32-bit words of a constant as it has elements, whatever its type: what TFLM's kernels read as axes,
    /// paddings and the like without asking for the type.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::constant`]; [`Cause::TensorType`] if its elements are smaller than that.
    pub fn constant_words(&self) -> Result<&'a [Le<4>], PrepareError> {
        let bytes = self.constant()?.get(..self.element_len()?.saturating_mul(4));
        let words = bytes.and_then(|bytes| bytemuck::try_cast_slice(bytes).ok());
        words.ok_or(self.error(Cause::TensorType(self.tensor_type())))
    }

    /// Bytes that the tensor takes.
    ///
    /// # Errors
    ///
    /// [`Cause::DynamicShape`] for an unknown dimension, [`Cause::TensorType`] for a type without a size, [`Cause::TooLarge`].
    pub fn bytes(&self) -> Result<u32, PrepareError> {
        self.size().map_err(|cause| self.error(cause))
    }

    #[inline(never)]
    fn size(&self) -> Result<u32, Cause> {
        let mut elements = 1_u32;
        for dim in self.tensor.shape() {
            if dim < 0 {
                return Err(Cause::DynamicShape);
            }
            elements = elements.checked_mul(dim as u32).ok_or(Cause::TooLarge)?;
        }
        let tensor_type = self.tensor_type();
        let bits = tensor_type.bits().ok_or(Cause::TensorType(tensor_type))?;
        let bytes = (u64::from(elements) * u64::from(bits)).div_ceil(8);
        u32::try_from(bytes).map_err(|_| Cause::TooLarge)
    }
}

/// Bytes of the variable tensors among the first `count` tensors: where the next one lies.
#[inline(never)]
pub(crate) fn variables_before(subgraph: &Subgraph<'_>, count: u32) -> Result<u32, PrepareError> {
    (0..count).try_fold(0, |bytes, index| behind(bytes, &TensorInfo::new(subgraph, index)?))
}

/// Where the next variable lies if `info`, which need not be a variable, lies at `at`.
#[inline(never)]
pub(crate) fn behind(at: u32, info: &TensorInfo<'_>) -> Result<u32, PrepareError> {
    if !info.tensor.is_variable() {
        return Ok(at);
    }
    let end = at.checked_add(info.bytes()?).and_then(|end| end.checked_next_multiple_of(ALIGNMENT));
    end.ok_or_else(|| info.error(Cause::TooLarge))
}
