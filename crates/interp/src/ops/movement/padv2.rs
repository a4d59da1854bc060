//! PADV2: PAD by another name, with a value given for the border.
//!
//! * Types: `i8`, `i16`, `i32`, `f32`
//! * Limits: at most five dimensions; paddings are constant; the value of `i8` has the output's
//!   quantization
//! * Conformance: float32, int16, int32, int8

pub(crate) use super::pad::Pad as PadV2;
