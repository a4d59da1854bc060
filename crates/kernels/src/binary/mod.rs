//! Operators with two operands that broadcast against each other.

pub mod add;
pub mod arithmetic;
pub mod mul;
pub mod sub;
