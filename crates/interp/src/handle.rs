//! Tensors that stand for resource variables.

use bytemuck::{Pod, Zeroable};

/// A tensor that stands for a resource variable: that of a node that names it, or an input of a
/// subgraph to which another hands it. Those that mean the same variable refer to the first, which
/// has its place.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Handle {
    /// The subgraph.
    pub(crate) subgraph: u32,
    /// The tensor.
    pub(crate) tensor: u32,
    /// The node that names it; [`UNKNOWN`] for an input.
    pub(crate) node: u32,
    /// The handle that names the same variable first; [`UNKNOWN`] before that is found, and
    /// [`SEVERAL`] if it is not always the same.
    pub(crate) first: u32,
    /// Where the variable lies in the variables block.
    pub(crate) at: u32,
    /// Its length; [`UNKNOWN`] before an assignment is found.
    pub(crate) bytes: u32,
    /// What each of its bytes begins with.
    pub(crate) value: u32,
}

/// What is not known, or not there.
pub(crate) const UNKNOWN: u32 = u32::MAX;
/// Different nodes hand different variables to an input.
pub(crate) const SEVERAL: u32 = u32::MAX - 1;
