//! Permissions for outputs to overlap inputs that are read for the last time.

/// The distances that an operator's output must keep from one of its inputs, if the operator is the
/// last to read that input.
///
/// Without permission the two must not share bytes. With it, the difference of their *offsets* may
/// be less than the size of the lower one. The order in which the operator reads and writes decides
/// the distances:
///
/// ```text
/// The output lies below the input: the operator runs forwards and writes behind what it reads.
///
///            below
/// output  oooo|ooooooo
/// input       iiiiiiiiiiiiii
///
/// The output lies above the input: the operator runs backwards.
///
///            above
/// input   iiii|iiiiiiiiii
/// output      ooooooo
/// ```
///
/// A distance of 0 permits the same offset, and any shift in that direction. Offsets are multiples
/// of the alignment, so any distance is as good as the next such multiple.
///
/// The steps alone do not tell whether an input may be overwritten: if it is an output of the whole
/// graph or read by something outside it, give no permission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Overlap {
    /// The output may lie below the input if `input offset >= output offset + below`; `None`: only
    /// entirely below.
    pub below: Option<u32>,
    /// The output may lie above the input if `output offset >= input offset + above`; `None`: only
    /// entirely above.
    pub above: Option<u32>,
}

impl Overlap {
    /// No byte may be shared.
    pub const NONE: Self = Self { below: None, above: None };
}
