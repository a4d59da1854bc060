//! Layers that keep a state from one inference to the next.

pub(super) mod svdf;
mod tensors;
pub(super) mod unidirectional_sequence_lstm;
