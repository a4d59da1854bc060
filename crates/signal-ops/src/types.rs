//! Operators for tensors of one type: what the others need is not linked.

use bantam_schema::TensorType;

/// The types of tensors that an operator is for.
///
/// It is asked for in constants, so that the compiler drops what is for other types. What a node
/// keeps does not depend on it.
pub(crate) trait Types: 'static {
    /// The only type.
    const ONLY: Option<TensorType>;

    /// `actual`, or what it must be.
    #[inline(always)] // a constant where there is one type
    fn known(actual: TensorType) -> TensorType {
        Self::ONLY.unwrap_or(actual)
    }
}

/// All types that the operator takes.
pub(crate) enum Any {}
/// `i16`.
pub(crate) enum Int16 {}
/// `i32`.
pub(crate) enum Int32 {}
/// `f32`.
pub(crate) enum Float32 {}

impl Types for Any {
    const ONLY: Option<TensorType> = None;
}

impl Types for Int16 {
    const ONLY: Option<TensorType> = Some(TensorType::INT16);
}

impl Types for Int32 {
    const ONLY: Option<TensorType> = Some(TensorType::INT32);
}

impl Types for Float32 {
    const ONLY: Option<TensorType> = Some(TensorType::FLOAT32);
}
