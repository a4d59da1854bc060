//! Types and shapes that most operators are tested and measured with.

use bantam_schema::TensorType;

pub(crate) const I8: TensorType = TensorType::INT8;
pub(crate) const I4: TensorType = TensorType::INT4;
pub(crate) const U8: TensorType = TensorType::UINT8;
pub(crate) const I16: TensorType = TensorType::INT16;
pub(crate) const I32: TensorType = TensorType::INT32;
pub(crate) const U32: TensorType = TensorType::UINT32;
pub(crate) const I64: TensorType = TensorType::INT64;
pub(crate) const U64: TensorType = TensorType::UINT64;
pub(crate) const F32: TensorType = TensorType::FLOAT32;
pub(crate) const BOOL: TensorType = TensorType::BOOL;

/// The types of most operators.
pub(crate) const USUAL: &[TensorType] = &[I8, I16, F32];
/// Those of arithmetic.
pub(crate) const NUMBERS: &[TensorType] = &[I8, I16, I32, F32];

/// The activation that most operators are tested with.
pub(crate) const SMALL: &[i32] = &[1, 4, 3, 2];
/// One with odd dimensions, and more elements than a vector register holds.
pub(crate) const ODD: &[i32] = &[2, 2, 1, 9];
/// The activation that most operators are measured with: one of the image classification model of
/// MLPerf Tiny.
pub(crate) const MAP: &[i32] = &[1, 32, 32, 16];
