//! Comparisons of two operands that broadcast against each other.

pub mod comparisons;
