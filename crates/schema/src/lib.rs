//! Checked, zero-copy, allocation-free views of `.tflite` files.
//!
//! [`Model::parse`] checks a whole file once. Everything behind it (subgraphs, tensors, operators
//! with their options, buffers, metadata, signatures) is a `Copy` view of a few words. A view reads
//! the file where it lies, at any alignment, and can neither fail nor panic. The length of a file
//! bounds the time to read it: no file, however crafted, takes disproportionately long.
//!
//! Unknown operators, element types and options are no error: the crate keeps numbers of the
//! schema's enumerations as they are.
//!
//! # Examples
//!
//! ```
//! use bantam_schema::{BuiltinOperator, Model};
//!
//! # #[cfg(feature = "write")]
//! # {
//! # use bantam_schema::{TensorType, options::SoftmaxOptions, write::{ModelBuilder, TensorSpec}};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let scores = TensorSpec::new("scores", TensorType::INT8, &[1, 10]).quantized(0.5, 3);
//! # let chances = TensorSpec::new("chances", TensorType::INT8, &[1, 10]);
//! # let chances = chances.quantized(1.0 / 256.0, -128);
//! # let (x, y) = (graph.tensor(scores), graph.tensor(chances));
//! # graph.operator(BuiltinOperator::SOFTMAX, &[x], &[y], SoftmaxOptions { beta: 1.0 });
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let file = builder.finish();
//! // let file = include_bytes!("model.tflite");
//! let model = Model::parse(&file)?;
//! let graph = model.subgraph(0).unwrap();
//! for operator in graph.operators() {
//!     println!("{} {:?} -> {:?}", operator.code().builtin, operator.inputs(), operator.outputs());
//! }
//!
//! let softmax = graph.operator(0).unwrap();
//! assert_eq!(softmax.code().builtin, BuiltinOperator::SOFTMAX);
//! assert_eq!(softmax.softmax_options().unwrap().beta, 1.0);
//!
//! let output = graph.tensor(graph.outputs().first().unwrap() as u32).unwrap();
//! assert_eq!(output.shape(), [1, 10]);
//! assert_eq!(output.quantization().unwrap().zero_point(), [-128]);
//! assert_eq!(output.data(), None, "no constant");
//! # }
//! # Ok::<(), bantam_schema::Error>(())
//! ```
//!
//! # Features
//!
//! * `write`: the module `write`, which builds models in memory. For hosts: it allocates.
//!
//! # Source
//!
//! The format is FlatBuffers with TensorFlow Lite's schema, version 3d
//! (`tensorflow/compiler/mlir/lite/schema/schema.fbs` in TFLM @ 90b983c2b).
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(feature = "write")]
extern crate alloc;
#[cfg(feature = "steps")]
extern crate std;

mod buffer;
mod builtin_operator;
mod bytes;
mod check;
mod compression;
mod error;
pub mod fields;
pub mod flexbuffer;
mod iter;
mod model;
mod names;
mod operator;
pub mod options;
mod scalar;
#[doc(hidden)]
pub mod steps;
mod subgraph;
mod table;
mod tensor;
mod types;
mod vector;
#[cfg(feature = "write")]
pub mod write;

pub use self::{
    buffer::{Buffer, Metadata, NamedTensor, Signature},
    builtin_operator::BuiltinOperator,
    compression::{Compression, LutTensor},
    error::{Error, Part, Place},
    iter::{Iter, View},
    model::Model,
    operator::{Operator, OperatorCode},
    options::Options,
    scalar::Scalar,
    subgraph::{Subgraph, TensorsWhere},
    tensor::{Quantization, Tensor},
    types::*,
    vector::{Indices, Vector, VectorIter},
};
