//! Sums of products and what is done with them, and blocks of elements that are combined or
//! rescaled: the ways that suit different cores.
//!
//! [`Native`] is the one that suits the target. The others are compiled as well, and are not linked
//! unless somebody names them; tests run them against each other.

mod compact;
pub mod elementwise;
pub mod layer;
mod portable;
mod primitives;

use crate::target::VECTORS;

pub use compact::Compact;
pub use portable::Portable;
pub use primitives::{Backend, Dense, Depthwise, FloatWindows, NoWindows, Windows};

/// Chooses by what the core has.
#[derive(Debug)]
pub enum Core<const VECTORS: bool> {}

/// The backend of a kind of core.
pub trait Suits {
    /// That backend.
    type Backend: Backend;
}

impl Suits for Core<true> {
    type Backend = Portable;
}

impl Suits for Core<false> {
    type Backend = Compact;
}

/// The backend of the target.
pub type Native = <Core<VECTORS> as Suits>::Backend;

#[cfg(test)]
mod tests;
