//! What can be said about a `.tflite` model, as data: for the command `bantam`, Python, a web page.
//!
//! Every function takes bytes or a checked [`Model`](bantam_schema::Model), and returns a value
//! that is [`serde::Serialize`]. Nothing here prints, opens a file or asks for the time, so it also
//! runs in a browser (`wasm32-unknown-unknown`).
//!
//! ```
//! use bantam_interp::Sharing;
//! # use bantam_schema::write::{ModelBuilder, TensorSpec};
//! # use bantam_schema::{BuiltinOperator, Options, TensorType};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
//! # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
//! # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let bytes = builder.finish();
//!
//! let model = bantam_report::model::parse(&bytes)?;
//! assert!(bantam_report::check(&model).runs);
//! assert_eq!(bantam_report::inspect(&model).subgraphs[0].operators[0].operator, "RELU");
//! let size = bantam_report::size(&model, Sharing::default())?;
//! let map = bantam_report::memory_map(&model)?;
//! assert!(map.overlay_bytes as usize <= size.overlay_bytes);
//! assert!(bantam_report::svg("relu", &map).starts_with("<svg"));
//! # Ok::<(), bantam_report::Error>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod bench;
pub mod buffers;
pub mod check;
pub mod codegen;
pub mod compare;
mod document;
pub mod engine;
mod error;
pub mod graph;
pub mod inspect;
pub mod map;
pub mod model;
pub mod plan;
#[cfg(feature = "schema")]
pub mod schema;
pub mod size;
pub mod statistics;
mod svg;
pub mod taps;
pub mod target;
pub mod text;
pub mod tflm;
pub mod value;

pub use document::{Named, OfFile, Timed, VERSION, Versioned};
pub use error::Error;

pub use self::bench::bench;
pub use self::check::check;
pub use self::codegen::codegen;
pub use self::compare::compare;
pub use self::graph::graph;
pub use self::inspect::inspect;
pub use self::plan::{memory_map, plan};
pub use self::size::size;
pub use self::svg::svg;
