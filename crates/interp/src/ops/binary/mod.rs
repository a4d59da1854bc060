//! Two operands that broadcast against each other, one result for each pair of their elements.

pub(super) mod add;
pub(super) mod add_n;
pub(super) mod div;
pub(super) mod extremum;
pub(super) mod floor_div;
pub(super) mod logical;
pub(super) mod mul;
mod node;
mod plain;
pub(super) mod prelu;
pub(super) mod squared_difference;
pub(super) mod sub;
