//! Operators that reduce some dimensions to one element, or go along one.

pub mod all;
pub mod arg;
pub mod axes;
pub mod cumsum;
pub mod extreme;
pub mod sum;
