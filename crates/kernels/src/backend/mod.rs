//! Sums of products and what is done with them: the ways that suit different cores.

pub mod accumulate;
pub(crate) mod compact;
pub(crate) mod dot;
pub(crate) mod tile;
