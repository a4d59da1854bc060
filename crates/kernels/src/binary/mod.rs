//! Operators with two operands that broadcast against each other.
//!
//! [`op`] has what an arithmetic operator is, and the kernels that run any of them.

pub mod mul;
pub mod op;
pub mod sum;

#[cfg(test)]
mod tests;
