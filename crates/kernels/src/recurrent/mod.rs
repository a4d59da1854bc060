//! Operators that keep a state from one inference to the next.

pub mod lstm;
pub mod ring;
pub mod svdf;
