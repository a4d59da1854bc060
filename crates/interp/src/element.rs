//! Rust types of tensor elements.

use crate::error::PortError;
use bantam_schema::TensorType;
use bytemuck::Pod;

/// A Rust type that some tensors hold. `bool` tensors are read as `u8`: 0 or 1.
pub trait Element: Pod {
    /// The tensor types that are slices of this type.
    const TENSOR_TYPES: &'static [TensorType];

    /// `Ok` if `actual` is one of them.
    ///
    /// # Errors
    ///
    /// [`PortError::Type`] otherwise.
    fn check(actual: TensorType) -> Result<(), PortError> {
        if Self::TENSOR_TYPES.contains(&actual) { Ok(()) } else { Err(PortError::Type(actual)) }
    }
}

macro_rules! element {
    ($($t:ty: $($tensor:ident),*;)*) => {$(
        impl Element for $t {
            const TENSOR_TYPES: &'static [TensorType] = &[$(TensorType::$tensor),*];
        }
    )*};
}
element! {
    i8: INT8;
    u8: UINT8, BOOL;
    i16: INT16;
    u16: UINT16;
    i32: INT32;
    u32: UINT32;
    i64: INT64;
    u64: UINT64;
    f32: FLOAT32;
    f64: FLOAT64;
}
