//! Operators that keep a state from one inference to the next.

pub mod lstm;
pub(crate) mod lstm_constants;
pub mod ring;
pub mod svdf;
pub(crate) mod svdf_constants;
