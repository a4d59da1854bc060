//! Comparisons of two operands that broadcast against each other, to truth values.

pub(super) mod comparisons;
mod node;
