//! What the operands of a node may share: an output with an input, or parts with the whole.

use bantam_kernels::walk::rows::Slack;

/// A permission for the first output of a node to lie over an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Position of the input.
    pub input: usize,
    /// The distances to keep, in elements of the output; beyond what a tensor may have, the two are
    /// apart in that direction.
    pub slack: Slack,
}

/// How the operands of a node make up each other, without gaps and in the order in which they
/// stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    /// Not at all.
    #[default]
    None,
    /// The inputs make up the first output.
    Inputs,
    /// The outputs make up an input, or a part of it.
    Outputs {
        /// Position of the input.
        input: usize,
        /// Elements of the input before the first output.
        offset: usize,
    },
}

/// The permissions of a node, the most useful one first.
pub type Overlaps = [Option<Overlap>; 2];
