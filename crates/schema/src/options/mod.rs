//! The options of builtin operators.
//!
//! One struct for each table of the schema that has fields, with the schema's names and defaults.
//! Read them with the methods of [`Operator`](crate::Operator), or as [`Options`].
//!
//! To add a table: declare the struct in one of the files here (`field = slot: type = default`),
//! and name it in the list of `union.rs`.

mod control;
mod declare;
mod elementwise;
mod field;
pub(crate) mod layout;
mod recurrent;
mod shape;
mod spatial;
mod union;

pub use self::{control::*, elementwise::*, recurrent::*, shape::*, spatial::*, union::Options};
