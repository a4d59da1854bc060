//! Operators that move elements and compute nothing.

pub mod batch_space;
pub mod broadcast_to;
pub mod concatenation;
pub mod depth_space;
pub mod dynamic_update_slice;
pub mod embedding_lookup;
pub mod expand_dims;
pub mod fill;
pub mod gather;
pub mod gather_nd;
pub mod lookup;
pub mod mirror_pad;
pub mod pad;
pub mod reshape;
pub mod reverse;
pub mod select;
pub mod slice;
pub mod split;
pub mod squeeze;
pub mod strided_slice;
pub mod transpose;
pub mod walk;
