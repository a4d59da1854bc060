//! Control flow: nodes that run other subgraphs.

mod branch;
pub(super) mod call_once;
pub(super) mod if_else;
pub(super) mod while_loop;
