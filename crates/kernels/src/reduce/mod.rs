//! Operators that reduce some dimensions to one element.

pub mod arg;
pub mod axes;
pub mod extreme;
pub mod sum;
