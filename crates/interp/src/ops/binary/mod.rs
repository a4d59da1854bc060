//! Two operands that broadcast against each other, one result for each pair of their elements.

pub(super) mod add;
pub(super) mod mul;
mod node;
pub(super) mod sub;
