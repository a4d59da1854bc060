//! The first node whose result differs from a reference.

use std::fmt;

use bantam_schema::{Model, Tensor, TensorType};
use serde::Serialize;

use crate::model::type_name;
use crate::taps::Taps;
use crate::value::{Number, numbers};

/// Why a reference cannot be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch<E> {
    /// The caller could not give a tensor.
    Reference(E),
    /// A tensor of the reference has another length.
    Length {
        /// The index of the tensor.
        tensor: u32,
        /// The bytes of the reference.
        found: usize,
        /// The bytes of the model's.
        needed: usize,
    },
}

impl<E: fmt::Display> fmt::Display for Mismatch<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(error) => error.fmt(f),
            Self::Length { tensor, found, needed } => {
                write!(f, "the array has {found} bytes, tensor {tensor} has {needed}")
            }
        }
    }
}

impl<E: std::error::Error> std::error::Error for Mismatch<E> {}

/// Compares each tensor that a node has written with what `reference` gives for it, little-endian;
/// tensors without a reference are left out. `tolerance` is the largest difference that counts as
/// none: in steps of the scale, or of floats as it is.
///
/// # Errors
///
/// [`Mismatch`].
pub fn compare<E>(
    model: &Model<'_>,
    taps: &Taps<'_>,
    tolerance: f64,
    mut reference: impl FnMut(u32, &Tensor<'_>) -> Result<Option<Vec<u8>>, E>,
) -> Result<Comparison, Mismatch<E>> {
    let mut comparison = Comparison {
        nodes: model.subgraph(0).map_or(0, |graph| graph.operator_len()),
        compared: 0,
        same: true,
        first: None,
        differences: Vec::new(),
    };
    let subgraph = taps.subgraph();
    for (&index, written) in &taps.written {
        let Some(tensor) = subgraph.tensor(index) else { continue };
        let Some(wanted) = reference(index, &tensor).map_err(Mismatch::Reference)? else {
            continue;
        };
        if wanted.len() != written.bytes.len() {
            let (found, needed) = (wanted.len(), written.bytes.len());
            return Err(Mismatch::Length { tensor: index, found, needed });
        }
        comparison.compared += 1;
        let kind = tensor.tensor_type();
        let Some(found) = difference(kind, &written.bytes, &wanted, tolerance) else { continue };
        let operator = subgraph.operator(written.node);
        comparison.differences.push(Difference {
            node: written.node,
            operator: operator.map(|operator| operator.code().to_string()).unwrap_or_default(),
            tensor: index,
            name: tensor.name().map(str::to_owned),
            tensor_type: type_name(kind),
            quantized: tensor.quantization().is_some_and(|q| !q.scale().is_empty()),
            found,
        });
    }
    comparison.differences.sort_by_key(|difference| (difference.node, difference.tensor));
    comparison.first = comparison.differences.first().cloned();
    comparison.same = comparison.differences.is_empty();
    Ok(comparison)
}

/// By how much elements differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// Elements of the tensor.
    pub elements: usize,
    /// Elements that differ by more than the tolerance.
    pub different: usize,
    /// The largest difference; NaN where one side is no number.
    pub largest: f64,
    /// The mean difference of all elements.
    pub mean: f64,
    /// The element with the largest difference.
    pub at: usize,
    /// What the model computed there.
    pub ours: Number,
    /// What the reference has there.
    pub reference: Number,
}

/// Compares two tensors; `None` if they are the same but for the tolerance.
fn difference(kind: TensorType, ours: &[u8], reference: &[u8], tolerance: f64) -> Option<Found> {
    let (Some(ours), Some(reference)) = (numbers(ours, kind), numbers(reference, kind)) else {
        return None;
    };
    let mut found: Option<Found> = None;
    let (mut different, mut sum) = (0, 0.0);
    for (at, (&ours, &reference)) in ours.iter().zip(&reference).enumerate() {
        let by = distance(ours, reference);
        sum += by;
        if by <= tolerance {
            continue;
        }
        different += 1;
        // One that is no number counts as the largest.
        if found.is_none_or(|found| by > found.largest || by.is_nan() && !found.largest.is_nan()) {
            let (elements, mean) = (0, 0.0);
            found = Some(Found { elements, different, largest: by, mean, at, ours, reference });
        }
    }
    let elements = ours.len();
    found.map(|found| Found { elements, different, mean: sum / elements as f64, ..found })
}

/// The difference of two elements; 0 for any two that are no numbers.
fn distance(ours: Number, reference: Number) -> f64 {
    match (ours, reference) {
        (Number::Bool(a), Number::Bool(b)) => f64::from(u8::from(a != b)),
        (Number::Int(a), Number::Int(b)) => a.abs_diff(b) as f64,
        (Number::Uint(a), Number::Uint(b)) => a.abs_diff(b) as f64,
        (Number::Float(a), Number::Float(b)) => float_distance(a.into(), b.into()),
        (Number::Double(a), Number::Double(b)) => float_distance(a, b),
        _ => f64::NAN,
    }
}

fn float_distance(a: f64, b: f64) -> f64 {
    if a == b || a.is_nan() && b.is_nan() { 0.0 } else { (a - b).abs() }
}

/// How the tensors of a run differ from those of a reference.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Comparison {
    /// All nodes.
    pub nodes: u32,
    /// The tensors that the reference has.
    pub compared: usize,
    /// Whether none of them differs.
    pub same: bool,
    /// The first node that differs.
    pub first: Option<Difference>,
    /// All tensors that differ, by node.
    pub differences: Vec<Difference>,
}

/// A tensor that differs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Difference {
    /// The node that wrote it.
    pub node: u32,
    /// Its operator.
    pub operator: String,
    /// The index of the tensor.
    pub tensor: u32,
    /// Its name, if the file has one.
    pub name: Option<String>,
    /// The type of its elements, such as `int8`.
    #[serde(rename = "type")]
    pub tensor_type: String,
    /// Whether differences are in steps of a scale.
    pub quantized: bool,
    /// By how much.
    #[serde(flatten)]
    pub found: Found,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted_in_steps() {
        let found = difference(TensorType::INT8, &[1, 255, 5, 0], &[1, 2, 4, 0], 0.0).unwrap();
        assert_eq!((found.different, found.largest, found.mean, found.at), (2, 3.0, 1.0, 1));
        assert_eq!((found.ours, found.reference), (Number::Int(-1), Number::Int(2)));
        assert_eq!(difference(TensorType::INT8, &[1, 2], &[2, 1], 1.0), None);
    }

    #[test]
    fn what_is_no_number_is_the_largest_difference() {
        let bytes =
            |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        let (ours, reference) = (bytes(&[f32::NAN, 1.0, f32::NAN]), bytes(&[f32::NAN, 2.0, 3.0]));
        let found = difference(TensorType::FLOAT32, &ours, &reference, 0.5).unwrap();
        assert!(found.largest.is_nan() && found.at == 2 && found.different == 2, "{found:?}");
        let same = bytes(&[f32::INFINITY, -0.0]);
        assert_eq!(
            difference(TensorType::FLOAT32, &same, &bytes(&[f32::INFINITY, 0.0]), 0.0),
            None
        );
    }
}
