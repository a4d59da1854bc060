//! The operators on `f32` that differ in their function.

use crate::ops::unary::node::FloatNode;
use bantam_kernels::unary::float_maps;

/// CEIL: the least integer that is not less.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Ceil = FloatNode<float_maps::Ceil>;

/// COS: the cosine.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Cos = FloatNode<float_maps::Cos>;

/// EXP: the exponential.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Exp = FloatNode<float_maps::Exp>;

/// FLOOR: the greatest integer that is not greater.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Floor = FloatNode<float_maps::Floor>;

/// LOG: the natural logarithm.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Log = FloatNode<float_maps::Log>;

/// NEG: the number with the other sign.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Neg = FloatNode<float_maps::Neg>;

/// ROUND: the nearest integer, the even one of two.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Round = FloatNode<float_maps::Round>;

/// SIN: the sine.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Sin = FloatNode<float_maps::Sin>;

/// SQRT: the square root.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Sqrt = FloatNode<float_maps::Sqrt>;

/// SQUARE: the square.
///
/// * Types: `f32`
/// * Conformance: float32
pub(crate) type Square = FloatNode<float_maps::Square>;
