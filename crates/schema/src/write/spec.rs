//! Descriptions of tensors and operators to be written.

use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

use super::value::FieldValue;
use crate::{BuiltinOperator, Options, OptionsType, TensorType};

/// What an operator computes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Code {
    pub(crate) builtin: BuiltinOperator,
    pub(crate) custom: Option<String>,
    pub(crate) version: i32,
}

/// The source of a tensor's data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Data {
    #[default]
    None,
    Bytes(Vec<u8>),
    Buffer(u32),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct QuantizationSpec {
    pub(crate) min: Vec<f32>,
    pub(crate) max: Vec<f32>,
    pub(crate) scale: Vec<f32>,
    pub(crate) zero_point: Vec<i64>,
    pub(crate) dimension: i32,
}

/// A tensor to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorSpec {
    pub(crate) name: Option<String>,
    pub(crate) tensor_type: TensorType,
    pub(crate) shape: Vec<i32>,
    pub(crate) shape_signature: Vec<i32>,
    pub(crate) quantization: Option<QuantizationSpec>,
    pub(crate) variable: bool,
    pub(crate) has_rank: bool,
    pub(crate) data: Data,
}

impl TensorSpec {
    /// Returns a tensor that is neither quantized nor constant.
    pub fn new(name: &str, tensor_type: TensorType, shape: &[i32]) -> Self {
        Self { name: Some(name.to_owned()), tensor_type, shape: shape.to_vec(), ..Self::default() }
    }

    /// Sets one scale and zero point for all elements.
    pub fn quantized(self, scale: f32, zero_point: i64) -> Self {
        self.quantized_per_channel(&[scale], &[zero_point], 0)
    }

    /// Sets one scale and zero point for each index of `dimension`.
    pub fn quantized_per_channel(
        mut self,
        scale: &[f32],
        zero_point: &[i64],
        dimension: i32,
    ) -> Self {
        let quantization = self.quantization.get_or_insert_default();
        quantization.scale = scale.to_vec();
        quantization.zero_point = zero_point.to_vec();
        quantization.dimension = dimension;
        self
    }

    /// Sets the range of real values.
    pub fn range(mut self, min: &[f32], max: &[f32]) -> Self {
        let quantization = self.quantization.get_or_insert_default();
        quantization.min = min.to_vec();
        quantization.max = max.to_vec();
        self
    }

    /// Sets the shape with −1 for sizes that may change.
    pub fn shape_signature(mut self, shape: &[i32]) -> Self {
        self.shape_signature = shape.to_vec();
        self
    }

    /// States that the rank is known.
    pub fn ranked(mut self) -> Self {
        self.has_rank = true;
        self
    }

    /// Keeps the tensor's value from one run to the next.
    pub fn variable(mut self) -> Self {
        self.variable = true;
        self
    }

    /// Makes the tensor a constant, with a buffer of its own.
    pub fn data(mut self, bytes: &[u8]) -> Self {
        self.data = Data::Bytes(bytes.to_vec());
        self
    }

    /// Sets [`data`](Self::data) to 8-bit integers.
    pub fn data_i8(self, values: &[i8]) -> Self {
        self.data_le(values, i8::to_le_bytes)
    }

    /// Sets [`data`](Self::data) to 16-bit integers.
    pub fn data_i16(self, values: &[i16]) -> Self {
        self.data_le(values, i16::to_le_bytes)
    }

    /// Sets [`data`](Self::data) to 32-bit integers.
    pub fn data_i32(self, values: &[i32]) -> Self {
        self.data_le(values, i32::to_le_bytes)
    }

    /// Sets [`data`](Self::data) to 64-bit integers.
    pub fn data_i64(self, values: &[i64]) -> Self {
        self.data_le(values, i64::to_le_bytes)
    }

    /// Sets [`data`](Self::data) to floats.
    pub fn data_f32(self, values: &[f32]) -> Self {
        self.data_le(values, f32::to_le_bytes)
    }

    fn data_le<T: Copy, const N: usize>(mut self, values: &[T], to_le: fn(T) -> [u8; N]) -> Self {
        self.data = Data::Bytes(values.iter().flat_map(|value| to_le(*value)).collect());
        self
    }

    /// Makes the tensor use a buffer of the model.
    pub fn buffer(mut self, index: u32) -> Self {
        self.data = Data::Buffer(index);
        self
    }
}

/// An operator to be written.
#[derive(Clone, Debug)]
pub struct OperatorSpec {
    pub(crate) code: Code,
    pub(crate) inputs: Vec<i32>,
    pub(crate) outputs: Vec<i32>,
    pub(crate) intermediates: Vec<i32>,
    pub(crate) mutating_variable_inputs: Vec<u8>,
    pub(crate) options_type: OptionsType,
    pub(crate) options: Vec<FieldValue>,
    pub(crate) custom_options: Vec<u8>,
}

impl OperatorSpec {
    /// Returns a builtin operator of version 1 without options; −1 stands for an absent input.
    pub fn new(builtin: BuiltinOperator, inputs: &[i32], outputs: &[i32]) -> Self {
        Self {
            code: Code { builtin, custom: None, version: 1 },
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            intermediates: vec![],
            mutating_variable_inputs: vec![],
            options_type: OptionsType::NONE,
            options: vec![],
            custom_options: vec![],
        }
    }

    /// Returns a custom operator of version 1 without options.
    pub fn custom(name: &str, inputs: &[i32], outputs: &[i32]) -> Self {
        let mut spec = Self::new(BuiltinOperator::CUSTOM, inputs, outputs);
        spec.code.custom = Some(name.to_owned());
        spec
    }

    /// Sets the version.
    pub fn version(mut self, version: i32) -> Self {
        self.code.version = version;
        self
    }

    /// Sets the options; fields that have the schema's defaults are left out of the file.
    pub fn options<'o>(mut self, options: impl Into<Options<'o>>) -> Self {
        let options = options.into();
        self.options_type = options.options_type();
        self.options = options.values();
        self
    }

    /// Sets the options of a custom operator.
    pub fn custom_options(mut self, bytes: &[u8]) -> Self {
        self.custom_options = bytes.to_vec();
        self
    }

    /// Sets the tensors that are internal to the operator.
    pub fn intermediates(mut self, tensors: &[i32]) -> Self {
        self.intermediates = tensors.to_vec();
        self
    }

    /// States for each input whether the operator changes it.
    pub fn mutating_variable_inputs(mut self, mutating: &[bool]) -> Self {
        self.mutating_variable_inputs = mutating.iter().map(|mutates| u8::from(*mutates)).collect();
        self
    }
}
