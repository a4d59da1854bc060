//! Operators with two operands that broadcast against each other; [`add_n`] has more of one shape.
//!
//! [`op`] has what an arithmetic operator is, and the kernels that run any of them.

pub mod add_n;
pub mod div;
pub mod extremum;
pub mod floor_div;
pub mod logical;
pub mod mul;
pub mod op;
pub mod plain;
pub mod prelu;
pub mod squared_difference;
pub mod sum;

#[cfg(test)]
mod tests;
