//! Which way a transform goes.

/// Which way a transform goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From samples to a spectrum.
    Forward,
    /// From a spectrum to samples.
    Inverse,
}
