//! Operators that reduce some dimensions to one element.

pub mod axes;
pub mod mean;
