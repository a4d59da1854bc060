//! Reads the file of a model, and formats its tensors for all commands.

use std::path::Path;

use bantam_report::model;
use bantam_schema::{Model, Tensor};
use serde::Serialize;

use crate::args::Sizes;
use crate::failure::{Failure, Result};

pub(crate) use crate::files::read;

/// Gives the sizes that a model leaves open the values of the command line; gives its file.
pub(crate) fn with_batch(path: &Path, bytes: Vec<u8>, sizes: Sizes) -> Result<Vec<u8>> {
    let Some(batch) = sizes.batch else { return Ok(bytes) };
    let model = parse(path, &bytes)?;
    model::with_batch(&model, batch.get()).map_err(|error| Failure::report(path, error))
}

/// Checks a model.
pub(crate) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<Model<'a>> {
    model::parse(bytes).map_err(|error| Failure::report(path, error))
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
}
