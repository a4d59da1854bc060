//! What Bantam's tests, fuzz targets and benchmarks share. It is for development only: no crate
//! that a firmware links may depend on it, except as a dev-dependency.
//!
//! [`table`] has an [`Entry`] for each operator. An entry makes models of one node:
//!
//! * [`cases`], small ones: for tests, as seeds for fuzzing, and for the golden files,
//! * [`benchmarks`], with shapes of real models,
//! * [`Entry::node`], of any shape, for random graphs.
//!
//! A new operator is a line in the file of its family, such as `src/table/unary.rs`.
//!
//! ```
//! let cases = bantam_testkit::cases();
//! let add = cases.iter().find(|case| case.name == "ADD/i8/1x4x3x2_1x4x3x2").unwrap();
//! let file = add.file();
//! let model = bantam_schema::Model::parse(&file)?;
//! assert_eq!(model.subgraph(0).unwrap().operator_len(), 1);
//! # Ok::<(), bantam_schema::Error>(())
//! ```

#![allow(clippy::panic, clippy::expect_used, reason = "a test may fail")]

mod case;
mod data;
pub mod dense;
mod entry;
mod flex;
pub mod golden;
mod memory;
pub mod noise;
mod params;
mod table;
mod tables;
mod tensor;
mod usual;

pub use case::{Case, Exactness};
pub use data::{SKIPPED, conformance, planning_instances, skipped};
pub use entry::Entry;
pub use flex::flex_map;
pub use memory::Memory;
pub use params::Params;
pub use table::{FAMILIES, benchmarks, cases, table};
pub use tables::{Tables, seeds, takes_tables};
pub use tensor::Tensor;
