//! Memory plans for TensorFlow Lite Micro, which Bantam makes and TFLM follows.
//!
//! TFLM reads the offsets of tensors from a metadata entry of the model, `OfflineMemoryAllocation`,
//! and does not check them. A plan may therefore let an output lie over the input that it is
//! computed from, wherever the loops of TFLM's kernel read every byte before they write to it
//! (`loops`). Scratch memory cannot be given a place; TFLM fits it around the tensors
//! (`placement`), which a plan has to leave room for (`scratch`).
//!
//! The order of the nodes is that of the file. To plan for another, reorder the model first.
//!
//! ```
//! use bantam_tflm_plan::{Effort, plan, rewrite};
//!
//! # use bantam_schema::write::{ModelBuilder, TensorSpec};
//! # use bantam_schema::{BuiltinOperator, Options, TensorType};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
//! # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
//! # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let file = builder.finish();
//! let model = bantam_schema::Model::parse(&file)?;
//! let plan = plan(&model, &Effort::default())?;
//! assert!(plan.lower_bound_bytes <= plan.head_bytes && plan.head_bytes <= plan.before_bytes);
//! let planned = match &plan.offsets {
//!     Some(offsets) => rewrite(&model, offsets)?,
//!     None => file.clone(), // TFLM does as well by itself
//! };
//! # assert!(planned.len() >= file.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod graph;
mod lifetimes;
mod loops;
mod metadata;
mod placement;
mod problem;
mod refusal;
mod scratch;
mod solve;

pub use metadata::rewrite;
pub use refusal::Refusal;
pub use solve::{Effort, Plan, Shared, plan};
