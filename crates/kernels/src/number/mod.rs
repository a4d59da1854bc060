//! Numbers: fixed-point factors, quantizations, elements as they lie in memory, tables.

pub mod activation;
pub mod bits;
pub mod channel_factors;
pub mod channel_requant;
pub mod channel_scales;
pub mod choice;
pub mod clamp;
pub(crate) mod const_math;
pub mod either;
pub mod element;
pub mod fixed_point;
pub(crate) mod float_parts;
pub mod long_sum;
pub(crate) mod ratio;
pub mod requant;
pub(crate) mod room;
pub mod weights;
