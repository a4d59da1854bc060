//! Tensors that can be changed before they are written.

use bantam_schema::TensorType;
use bantam_schema::write::TensorSpec;

use crate::noise;

/// More than any case of the table has.
const MOST_CONSTANT_BYTES: usize = 4 << 20;

/// A tensor of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The type of its elements.
    pub tensor_type: TensorType,
    /// Its dimensions.
    pub shape: Vec<i32>,
    /// One scale for all elements, or one for each index of `dimension`; none if it is not
    /// quantized.
    pub scales: Vec<f32>,
    /// As many zero points as scales.
    pub zero_points: Vec<i64>,
    /// The dimension of the scales.
    pub dimension: i32,
    /// Whether it keeps its value from one inference to the next.
    pub variable: bool,
    /// The bytes of a constant.
    pub data: Option<Vec<u8>>,
    /// If it holds indices of `i32`, the number of places: it is fed values from 0 on that are
    /// less.
    pub places: Option<i32>,
}

impl Tensor {
    /// A tensor that is neither quantized nor constant.
    pub fn new(tensor_type: TensorType, shape: &[i32]) -> Self {
        Self {
            tensor_type,
            shape: shape.to_vec(),
            scales: vec![],
            zero_points: vec![],
            dimension: 0,
            variable: false,
            data: None,
            places: None,
        }
    }

    /// Fed indices of `places` places.
    pub fn indices(shape: &[i32], places: i32) -> Self {
        Self { places: Some(places), ..Self::new(TensorType::INT32, shape) }
    }

    /// An activation around zero; integers of 8 and 16 bits are quantized.
    pub fn activation(tensor_type: TensorType, shape: &[i32]) -> Self {
        let tensor = Self::new(tensor_type, shape);
        match tensor_type {
            TensorType::INT8 => tensor.quantized(1.0 / 16.0, -5),
            TensorType::UINT8 => tensor.quantized(1.0 / 16.0, 123),
            TensorType::INT16 => tensor.quantized(1.0 / 4096.0, 0),
            _ => tensor,
        }
    }

    /// As [`activation`](Self::activation), with another quantization.
    pub fn other_activation(tensor_type: TensorType, shape: &[i32]) -> Self {
        let tensor = Self::new(tensor_type, shape);
        match tensor_type {
            TensorType::INT8 => tensor.quantized(0.1, 3),
            TensorType::INT16 => tensor.quantized(1.0 / 3000.0, 0),
            _ => Self::activation(tensor_type, shape),
        }
    }

    /// Values in 0..1, quantized as SOFTMAX and LOGISTIC demand it of their output.
    pub fn fraction(&self) -> Self {
        let tensor = Self::new(self.tensor_type, &self.shape);
        match self.tensor_type {
            TensorType::INT8 => tensor.quantized(1.0 / 256.0, -128),
            TensorType::INT16 => tensor.quantized(1.0 / 32768.0, 0),
            _ => tensor,
        }
    }

    /// Values in −1..1, quantized as TANH demands it of its output.
    pub fn signed_fraction(&self) -> Self {
        let tensor = self.fraction();
        match self.tensor_type {
            TensorType::INT8 => tensor.quantized(1.0 / 128.0, 0),
            _ => tensor,
        }
    }

    /// An activation of the same type and shape with another quantization: what arithmetic writes.
    pub fn result(&self) -> Self {
        Self::other_activation(self.tensor_type, &self.shape)
    }

    /// A tensor of the same type and quantization with another shape.
    pub fn shaped(&self, shape: &[i32]) -> Self {
        Self { shape: shape.to_vec(), data: None, ..self.clone() }
    }

    /// One scale and zero point for all elements.
    pub fn quantized(self, scale: f32, zero_point: i64) -> Self {
        Self { scales: vec![scale], zero_points: vec![zero_point], ..self }
    }

    /// A scale for each index of `dimension`; zero points are 0.
    pub fn per_channel(self, scales: Vec<f32>, dimension: usize) -> Self {
        let zero_points = vec![0; scales.len()];
        Self { zero_points, scales, dimension: dimension as i32, ..self }
    }

    /// A constant without a pattern. It is cut off where a fuzzer has made the shape very large.
    pub fn noise(self, seed: u32) -> Self {
        let len = self.bytes_len().min(MOST_CONSTANT_BYTES);
        Self { data: Some(noise::bytes(self.tensor_type, len, seed)), ..self }
    }

    /// A constant vector of `i32`, such as axes or sizes.
    pub fn integers(values: &[i32]) -> Self {
        Self::integers_of(values, &[values.len() as i32])
    }

    /// A constant of `i32` with a shape, such as paddings.
    pub fn integers_of(values: &[i32], shape: &[i32]) -> Self {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { data: Some(data), ..Self::new(TensorType::INT32, shape) }
    }

    /// How many elements it has.
    pub fn elements_len(&self) -> usize {
        self.shape.iter().map(|&dim| dim.unsigned_abs() as usize).product()
    }

    /// How many bytes its elements have.
    pub fn bytes_len(&self) -> usize {
        (self.elements_len() * self.tensor_type.bits().unwrap_or(8) as usize).div_ceil(8)
    }

    /// Whether the caller of a model of one node feeds it: it is neither constant nor a state.
    pub fn is_fed(&self) -> bool {
        self.data.is_none() && !self.variable
    }

    /// What the writer of models takes.
    pub fn spec(&self) -> TensorSpec {
        let mut spec = TensorSpec::new("t", self.tensor_type, &self.shape);
        if !self.scales.is_empty() || !self.zero_points.is_empty() {
            spec = spec.quantized_per_channel(&self.scales, &self.zero_points, self.dimension);
        }
        if self.variable {
            spec = spec.variable();
        }
        match &self.data {
            Some(data) => spec.data(data),
            None => spec,
        }
    }
}
