//! Two operands that broadcast against each other.

pub(super) mod add;
pub(super) mod mul;
pub(super) mod sub;
