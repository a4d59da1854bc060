//! Operators that move elements and compute nothing.

pub mod concatenation;
pub mod expand_dims;
pub mod pad;
pub mod reshape;
pub mod split;
pub mod squeeze;
pub mod strided_slice;
pub mod transpose;
pub mod walk;
