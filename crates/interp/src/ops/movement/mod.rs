//! Elements moved, nothing computed.

pub(super) mod concatenation;
pub(super) mod expand_dims;
pub(super) mod pad;
pub(super) mod padv2;
mod parts;
pub(super) mod reshape;
pub(super) mod split;
pub(super) mod split_v;
pub(super) mod squeeze;
pub(super) mod strided_slice;
pub(super) mod transpose;
mod views;
