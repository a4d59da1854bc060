//! Sums of products and what is done with them, and blocks of elements that are combined or
//! rescaled: the ways that suit different cores.
//!
//! [`Native`] is the one that suits the target. The others are compiled as well, and are not linked
//! unless somebody names them; tests run them against each other.

mod compact;
mod convolution;
mod depthwise;
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
mod dsp;
pub mod elementwise;
mod floats;
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
mod inside;
pub mod layer;
#[cfg(any(test, all(feature = "mve", target_arch = "arm")))]
mod mve;
mod portable;
mod primitives;
mod products;

use crate::target::{KIND, PLAIN, VECTOR};

pub use compact::Compact;
pub use convolution::ConvolutionWindow;
pub use depthwise::{Depthwise, DepthwiseWindow};
#[cfg(any(test, all(feature = "loops", target_arch = "arm")))]
pub use dsp::Dsp;
#[cfg(any(test, all(feature = "mve", target_arch = "arm")))]
pub use mve::Mve;
pub use portable::Portable;
pub use primitives::{Backend, Convolution, Dense, FloatWindows, NoWindows, Windows};
pub use products::Rows;

/// Chooses by the kind of core.
#[derive(Debug)]
pub enum Core<const KIND: usize> {}

/// The backend of a kind of core.
pub trait Suits {
    /// That backend.
    type Backend: Backend;
}

impl Suits for Core<PLAIN> {
    type Backend = Compact;
}

impl Suits for Core<VECTOR> {
    type Backend = Portable;
}

#[cfg(all(feature = "loops", target_arch = "arm"))]
impl Suits for Core<{ crate::target::LOOPS }> {
    type Backend = Dsp;
}

#[cfg(all(feature = "mve", target_arch = "arm"))]
impl Suits for Core<{ crate::target::MVE }> {
    type Backend = Mve;
}

/// The backend of the target.
pub type Native = <Core<KIND> as Suits>::Backend;

#[cfg(test)]
mod tests;
