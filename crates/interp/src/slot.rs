//! Operands that a node writes.

/// A scratch or state operand, as [`Prepare`](crate::Prepare) hands it out. Kept in the prepared
/// data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct Extra(pub(crate) u32);

/// An operand that a node writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Output at this position.
    Output(usize),
    /// An input that is a variable tensor (state that the graph carries).
    Variable(usize),
    /// Scratch or state.
    Extra(Extra),
}
