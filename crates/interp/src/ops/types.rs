//! Operators for tensors of one type: what the others need is not linked.

use crate::{Failed, TensorInfo};
use bantam_schema::TensorType;

/// The types of tensors that an operator of a list is for.
///
/// It is asked for in constants, so that the compiler drops what is for other types. What a node
/// keeps does not depend on it.
pub(crate) trait Types: 'static {
    /// The only type of the first input (of the activations, where that is not data).
    const ONLY: Option<TensorType>;

    /// Whether filters of `i8` activations may be of 4 bits, where the operator takes such.
    const INT4_FILTERS: bool = false;

    /// Whether weights, and what CONCATENATION and ASSIGN_VARIABLE read, may be indices of tables.
    const TABLES: bool = false;

    /// `actual`, or what it must be.
    #[inline(always)] // a constant where there is one type
    fn known(actual: TensorType) -> TensorType {
        match Self::ONLY {
            Some(only) => only,
            None => actual,
        }
    }

    /// The type of `info`, if it is among them.
    #[inline(always)] // a constant where there is one type
    fn of(info: &TensorInfo<'_>) -> Result<TensorType, Failed> {
        match Self::ONLY {
            Some(only) => info.require(only).map(|()| only),
            None => Ok(info.tensor_type()),
        }
    }

    /// The type of `info`, if it is among them and in `types`, all that the operator takes.
    #[inline(always)] // a constant where there is one type
    fn among(info: &TensorInfo<'_>, types: &[TensorType]) -> Result<TensorType, Failed> {
        match Self::ONLY {
            Some(only) => info.require(only).map(|()| only),
            None => info.require_type(types).map(|()| info.tensor_type()),
        }
    }
}

/// All types that the operator takes.
pub(crate) enum Any {}
/// `i8`.
pub(crate) enum Int8 {}
/// `i8`, with filters of 8 or 4 bits.
pub(crate) enum Int4 {}
/// All types that the operator takes, constants as indices of tables, too.
pub(crate) enum Lut {}
/// `i8`, with weights as indices of tables, too.
pub(crate) enum Int8Lut {}
/// `i16`.
pub(crate) enum Int16 {}
/// `f32`.
pub(crate) enum Float32 {}

impl Types for Any {
    const ONLY: Option<TensorType> = None;
    const INT4_FILTERS: bool = true;
}

impl Types for Int4 {
    const ONLY: Option<TensorType> = Some(TensorType::INT8);
    const INT4_FILTERS: bool = true;
}

impl Types for Lut {
    const ONLY: Option<TensorType> = None;
    const INT4_FILTERS: bool = true;
    const TABLES: bool = true;
}

impl Types for Int8Lut {
    const ONLY: Option<TensorType> = Some(TensorType::INT8);
    const TABLES: bool = true;
}

impl Types for Int8 {
    const ONLY: Option<TensorType> = Some(TensorType::INT8);
}

impl Types for Int16 {
    const ONLY: Option<TensorType> = Some(TensorType::INT16);
}

impl Types for Float32 {
    const ONLY: Option<TensorType> = Some(TensorType::FLOAT32);
}

/// Whether elements of any of `types` have so many bytes, 2 or 8.
///
/// It is asked for in constants, so that the compiler drops what is for other types.
pub(crate) const fn any_of_size(types: &[TensorType], bytes: u32) -> bool {
    use TensorType as T;
    let mut rest = types;
    while let [first, others @ ..] = rest {
        let size = match *first {
            T::INT16 | T::UINT16 | T::FLOAT16 | T::BFLOAT16 => 2,
            T::INT64 | T::UINT64 | T::FLOAT64 | T::COMPLEX64 => 8,
            _ => 0,
        };
        if size == bytes {
            return true;
        }
        rest = others;
    }
    false
}
