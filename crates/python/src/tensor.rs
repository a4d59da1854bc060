//! Tensors as Python sees them.

use bantam_schema::{Tensor, TensorType};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The name of NumPy's type; `None` where NumPy has none, such as for 4-bit integers.
pub(crate) fn dtype(tensor_type: TensorType) -> Option<&'static str> {
    Some(match tensor_type {
        TensorType::FLOAT16 => "float16",
        TensorType::FLOAT32 => "float32",
        TensorType::FLOAT64 => "float64",
        TensorType::INT8 => "int8",
        TensorType::INT16 => "int16",
        TensorType::INT32 => "int32",
        TensorType::INT64 => "int64",
        TensorType::UINT8 => "uint8",
        TensorType::UINT16 => "uint16",
        TensorType::UINT32 => "uint32",
        TensorType::UINT64 => "uint64",
        TensorType::BOOL => "bool",
        TensorType::COMPLEX64 => "complex64",
        TensorType::COMPLEX128 => "complex128",
        _ => return None,
    })
}

/// The name of the type in lower case, such as `int4`.
pub(crate) fn type_name(tensor_type: TensorType) -> String {
    tensor_type.to_string().to_lowercase()
}

/// The shape; a dimension that the model leaves open counts as 1.
pub(crate) fn shape(tensor: &Tensor<'_>) -> Vec<usize> {
    tensor.shape().iter().map(|size| usize::try_from(size).unwrap_or(1)).collect()
}

/// Bytes of a tensor; 0 if its type or its shape does not tell.
pub(crate) fn bytes(tensor: &Tensor<'_>) -> usize {
    let mut sizes = tensor.shape().iter().map(usize::try_from);
    let elements =
        sizes.try_fold(1_usize, |len, size| size.ok().and_then(|size| len.checked_mul(size)));
    let bits = tensor.tensor_type().bits().and_then(|bits| usize::try_from(bits).ok());
    let bits = elements.zip(bits).and_then(|(elements, bits)| elements.checked_mul(bits));
    bits.map_or(0, |bits| bits.div_ceil(8))
}

/// All that the model says about a tensor.
pub(crate) fn details<'py>(
    py: Python<'py>,
    index: usize,
    tensor: &Tensor<'_>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("index", index)?;
    dict.set_item("name", tensor.name().unwrap_or_default())?;
    dict.set_item("type", type_name(tensor.tensor_type()))?;
    dict.set_item("dtype", dtype(tensor.tensor_type()))?;
    dict.set_item("shape", tensor.shape().iter().collect::<Vec<i32>>())?;
    dict.set_item("shape_signature", tensor.shape_signature().iter().collect::<Vec<i32>>())?;
    dict.set_item("bytes", bytes(tensor))?;
    dict.set_item("constant", tensor.is_constant())?;
    dict.set_item("variable", tensor.is_variable())?;
    let quantization = tensor.quantization();
    let scales = quantization.map(|q| q.scale().iter().collect::<Vec<f32>>());
    let zero_points = quantization.map(|q| q.zero_point().iter().collect::<Vec<i64>>());
    dict.set_item("scales", scales.unwrap_or_default())?;
    dict.set_item("zero_points", zero_points.unwrap_or_default())?;
    dict.set_item("quantized_dimension", quantization.map_or(0, |q| q.quantized_dimension()))?;
    Ok(dict)
}
