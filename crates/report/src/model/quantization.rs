//! What integers of a tensor mean.

use bantam_schema::Tensor;
use serde::Serialize;

/// The quantization of a tensor: `scale * (q - zero_point)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quantization {
    /// One, or one for each index of the dimension.
    pub scales: Vec<f32>,
    /// As many, or one for all.
    pub zero_points: Vec<i64>,
    /// The dimension that the scales belong to, if there are several.
    pub dimension: Option<i32>,
}

/// One scale and one zero point for a whole tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerTensor {
    /// The real number that a step of the integers stands for.
    pub scale: f32,
    /// The integer that stands for 0.
    pub zero_point: i64,
}

impl Quantization {
    /// Returns the quantization of a tensor; `None` for real numbers and for integers that are just
    /// numbers.
    pub fn of(tensor: &Tensor<'_>) -> Option<Self> {
        let quantization = tensor.quantization()?;
        let scales: Vec<f32> = quantization.scale().iter().collect();
        let dimension = (scales.len() > 1).then(|| quantization.quantized_dimension());
        let zero_points = quantization.zero_point().iter().collect();
        (!scales.is_empty()).then_some(Self { scales, zero_points, dimension })
    }

    /// Returns the scale and the zero point that all elements share.
    pub fn per_tensor(&self) -> Option<PerTensor> {
        let zero_point = self.zero_points.first().copied().unwrap_or(0);
        match self.scales[..] {
            [scale] => Some(PerTensor { scale, zero_point }),
            _ => None,
        }
    }

    /// Returns a short text for a table.
    pub fn text(&self) -> String {
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
