//! Constants that are indices of tables, as TFLM's metadata `COMPRESSION_METADATA` lists them.
//!
//! A kernel with weights of `i8` looks each of them up where it reads it. All else is decoded into
//! scratch memory before its node runs, as TFLM decodes everything.
//!
//! Source: TFLM 90b983c2b, `micro/micro_context.cc`, `micro/kernels/decompress_common.cc`.

use crate::error::{Cause, EvalError};
use crate::reason::Failed;
use crate::record::{Operand, Place};
use crate::tensor::TensorInfo;
use bantam_kernels::Shape;
use bantam_kernels::decode::channels::Channels;
use bantam_kernels::decode::filter::LutFilter;
use bantam_kernels::decode::lut::{LutParams, lut};
use bantam_schema::Model;

/// Bits of a [`LutId`] that say which tensor of its subgraph it is.
const ENTRY_BITS: u32 = 10;

/// The values of a channel at most.
const MAX_VALUES: usize = 128;

/// Names a tensor that the metadata list: 14 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LutId(u16);

impl LutId {
    /// No tensor.
    pub(crate) const NONE: Self = Self(0);

    /// The tensor at `position` of the list of a subgraph; `None` if there are more than 16
    /// subgraphs or 1,023 tensors before it.
    pub(crate) fn new(subgraph: u32, position: usize) -> Option<Self> {
        let entry = u32::try_from(position).ok()?.checked_add(1)?;
        let beyond = entry >> ENTRY_BITS | subgraph >> (14 - ENTRY_BITS);
        (beyond == 0).then_some(Self((subgraph << ENTRY_BITS | entry) as u16))
    }

    /// What [`bits`](Self::bits) gave.
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Its number, below 2^14; 0 for none.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }
}

/// A constant that is indices of tables.
pub(crate) struct Lut<'a> {
    params: LutParams,
    channels: Channels,
    indices: &'a [u8],
    values: &'a [u8],
    /// Elements.
    len: usize,
    /// Bytes of an element.
    width: usize,
}

impl<'a> Lut<'a> {
    /// Looks up the tensor in the model.
    ///
    /// # Errors
    ///
    /// What is wrong with the metadata or the tensor.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn new(model: &Model<'a>, id: LutId) -> Result<Self, Cause> {
        let (subgraph, entry) = (u32::from(id.0) >> ENTRY_BITS, id.0 & ((1 << ENTRY_BITS) - 1));
        let listed = model.compression().ok_or(Cause::NotConstant)?;
        if !listed.is_known() {
            return Err(Cause::Unsupported("any version of COMPRESSION_METADATA but 1"));
        }
        let position = usize::from(entry).checked_sub(1).ok_or(Cause::NoTensor)?;
        let listed = listed.lut_tensors(subgraph).nth(position).ok_or(Cause::NoTensor)?;
        let index = u32::try_from(listed.tensor).map_err(|_| Cause::NoTensor)?;
        let tensor = model.subgraph(subgraph).and_then(|graph| graph.tensor(index));
        let tensor = tensor.ok_or(Cause::NoTensor)?;
        let shape = Shape::from_dims(tensor.shape().iter())?;
        let element_type = tensor.tensor_type();
        let width = element_type.size_bytes().ok_or(Cause::TensorType(element_type))? as usize;
        if !(1..=7).contains(&listed.index_bits) {
            return Err(Cause::Custom("needs indices of 1 to 7 bits"));
        }
        let (bits, len) = (listed.index_bits, shape.len());
        let data = tensor.data().ok_or(Cause::NotConstant)?;
        let needed = len.saturating_mul(bits.into()).div_ceil(8);
        let short = Cause::ConstantTooShort { needed: needed as u32, actual: data.len() as u32 };
        let indices = data.get(..needed).ok_or(short)?;
        let quantization = tensor.quantization();
        let (count, axis) =
            quantization.map_or((1, 0), |q| (q.scale().len().max(1), q.quantized_dimension()));
        let channels =
            if count == 1 { Channels::ONE } else { Channels::new(count as u32, axis, &shape)? };
        let values = model.buffer(listed.value_buffer).map_or(&[][..], |buffer| buffer.data());
        let elements = values.len().checked_div(width);
        let stride = elements.and_then(|elements| elements.checked_div(count)).unwrap_or(0);
        if !(1..=MAX_VALUES).contains(&stride) {
            return Err(Cause::Custom("needs tables of 1 to 128 values in COMPRESSION_METADATA"));
        }
        let params = LutParams { bits, stride: stride as u8 };
        Ok(Self { params, channels, indices, values, len, width })
    }

    /// As weights that are looked up where they are read.
    ///
    /// # Errors
    ///
    /// [`EvalError::Type`] unless an element is a byte.
    pub(crate) fn filter(&self) -> Result<LutFilter<'a>, EvalError> {
        let Self { params, channels, indices, values, len, width } = *self;
        if width != 1 {
            return Err(EvalError::Type);
        }
        Ok(LutFilter::new(params, channels, indices, bytemuck::cast_slice(values), len)?)
    }

    /// Elements.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes the elements.
    ///
    /// # Errors
    ///
    /// [`EvalError`] if there are not as many, or for an index behind the values.
    pub(crate) fn decode(&self, output: &mut [u8]) -> Result<(), EvalError> {
        let decode = match self.width {
            1 => lut::<1>,
            2 => lut::<2>,
            4 => lut::<4>,
            _ => lut::<8>,
        };
        Ok(decode(&self.params, self.channels, self.indices, self.values, output)?)
    }
}

/// The inputs of a node that are indices of tables, a bit for each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LutInputs {
    /// Those that the kernel reads as they are.
    pub(crate) in_place: u16,
    /// Those that are decoded before the node runs.
    pub(crate) decoded: u16,
    // size: a pointer, so that programs without such operators do not link it.
    operand: fn(Self, usize, TensorInfo<'_>) -> Result<Option<Operand>, Failed>,
}

impl LutInputs {
    pub(crate) const NONE: Self = Self { in_place: 0, decoded: 0, operand: Self::find };

    /// Where input `at` is, if it is one of them.
    #[inline(always)] // a call
    pub(crate) fn operand(
        self,
        at: usize,
        input: TensorInfo<'_>,
    ) -> Result<Option<Operand>, Failed> {
        (self.operand)(self, at, input)
    }

    fn find(self, at: usize, input: TensorInfo<'_>) -> Result<Option<Operand>, Failed> {
        if self.decoded >> at & 1 != 0 {
            return Ok(Some(Operand::ABSENT));
        }
        let tensor = input.tensor();
        match (tensor.data_offset(), tensor.data()) {
            (Some(offset), Some(data)) if self.in_place >> at & 1 != 0 => {
                let bytes = u32::try_from(data.len()).unwrap_or(u32::MAX);
                let operand = Operand::new(Place::Model(offset), bytes);
                operand.map(Some).ok_or_else(|| input.error(Cause::TooLarge))
            }
            _ => Ok(None),
        }
    }
}
