//! Reads the file of a model, and formats its tensors for all commands.

use std::path::Path;

use bantam_interp::host;
use bantam_schema::{BuiltinOperator, Error, Model, OperatorCode, Tensor, TensorType};
use serde::Serialize;

use crate::args::Sizes;
use crate::failure::{Failure, Result};
use crate::foreign;
use crate::report::listed;

pub(crate) use crate::files::read;

/// Gives the sizes that a model leaves open the values of the command line; gives its file.
pub(crate) fn with_batch(path: &Path, bytes: Vec<u8>, sizes: Sizes) -> Result<Vec<u8>> {
    let Some(batch) = sizes.batch else { return Ok(bytes) };
    let model = parse(path, &bytes)?;
    host::with_batch(&model, batch.get()).map_err(|error| Failure::at(path, error))
}

/// Checks a model.
pub(crate) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<Model<'a>> {
    Model::parse(bytes).map_err(|error| {
        let message = match error {
            Error::Length { .. } | Error::Identifier(_) => match foreign::recognise(bytes) {
                Some(what) => what.to_owned(),
                None => format!("{error}, which every .tflite file has at byte 4"),
            },
            // The header is that of a model, so it was one.
            _ => format!("{error}; the file is damaged or cut short: convert or copy it again"),
        };
        Failure::at(path, format!("no TensorFlow Lite model: {message}"))
    })
}

/// Returns the operator's name: the schema's, or that of a custom one, which may be empty.
pub(crate) fn operator_name(code: OperatorCode<'_>) -> String {
    match code.builtin {
        BuiltinOperator::CUSTOM => code.custom.unwrap_or_default().to_owned(),
        builtin => builtin.to_string(),
    }
}

/// Returns the type's name in lower case, such as `int8`.
pub(crate) fn type_name(tensor_type: TensorType) -> String {
    tensor_type.to_string().to_lowercase()
}

/// Returns the bytes of a tensor of that type and shape; `None` if they are not known from the
/// file.
pub(crate) fn tensor_bytes(tensor: &Tensor<'_>) -> Option<usize> {
    let elements = tensor
        .shape()
        .iter()
        .try_fold(1_usize, |len, size| len.checked_mul(usize::try_from(size).ok()?))?;
    let bits = usize::try_from(tensor.tensor_type().bits()?).ok()?;
    Some(elements.checked_mul(bits)?.div_ceil(8))
}

/// Writes a shape as `[1, 8, 8, 1]`.
pub(crate) fn shape_text(shape: &[i32]) -> String {
    format!("[{}]", listed(shape, usize::MAX))
}

/// The quantization of a tensor: `scale * (q - zero_point)`.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Quantization {
    /// One, or one for each index of the dimension.
    pub(crate) scales: Vec<f32>,
    pub(crate) zero_points: Vec<i64>,
    /// The dimension that the scales belong to, if there are several.
    pub(crate) dimension: Option<i32>,
}

/// One scale and one zero point for a whole tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PerTensor {
    pub(crate) scale: f32,
    pub(crate) zero_point: i64,
}

impl Quantization {
    /// Returns the quantization of a tensor; `None` for real numbers and for integers that are just
    /// numbers.
    pub(crate) fn of(tensor: &Tensor<'_>) -> Option<Self> {
        let quantization = tensor.quantization()?;
        let scales: Vec<f32> = quantization.scale().iter().collect();
        let dimension = (scales.len() > 1).then(|| quantization.quantized_dimension());
        let zero_points = quantization.zero_point().iter().collect();
        (!scales.is_empty()).then_some(Self { scales, zero_points, dimension })
    }

    /// Returns the scale and the zero point that all elements share.
    pub(crate) fn per_tensor(&self) -> Option<PerTensor> {
        let zero_point = self.zero_points.first().copied().unwrap_or(0);
        match self.scales[..] {
            [scale] => Some(PerTensor { scale, zero_point }),
            _ => None,
        }
    }

    /// Returns a short text for a table.
    pub(crate) fn text(&self) -> String {
        if let Some(PerTensor { scale, zero_point }) = self.per_tensor() {
            return format!("scale {scale}, zero point {zero_point}");
        }
        let dimension = self.dimension.unwrap_or(0);
        let zero_points = match self.zero_points[..] {
            [first, ref rest @ ..] if rest.iter().any(|other| *other != first) => {
                String::from("zero points vary")
            }
            [first, ..] => format!("zero point {first}"),
            [] => String::from("no zero points"),
        };
        format!("{} scales along dimension {dimension}, {zero_points}", self.scales.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantization(scales: &[f32], zero_points: &[i64]) -> Quantization {
        Quantization {
            scales: scales.to_vec(),
            zero_points: zero_points.to_vec(),
            dimension: (scales.len() > 1).then_some(3),
        }
    }

    #[test]
    fn quantization_in_words() {
        assert_eq!(quantization(&[0.5], &[-128]).text(), "scale 0.5, zero point -128");
        assert_eq!(quantization(&[0.5], &[]).text(), "scale 0.5, zero point 0");
        let channels = quantization(&[0.5, 0.25], &[0, 0]);
        assert_eq!(channels.text(), "2 scales along dimension 3, zero point 0");
        let channels = quantization(&[0.5, 0.25], &[0, 1]);
        assert_eq!(channels.text(), "2 scales along dimension 3, zero points vary");
    }

    #[test]
    fn shapes_as_in_the_schema() {
        assert_eq!(shape_text(&[1, -1]), "[1, -1]");
        assert_eq!(shape_text(&[]), "[]");
    }
}
