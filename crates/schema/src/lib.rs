//! Checked, zero-copy, allocation-free views of `.tflite` files.
//!
//! [`Model::parse`] checks a whole file once. Everything behind it (subgraphs, tensors, operators
//! with their options, buffers, metadata, signatures) is a `Copy` view of a few words that reads
//! the file where it lies, at any alignment, and can neither fail nor panic. What a file may say
//! is bounded by its length: no file, however crafted, makes reading it take disproportionately
//! long.
//!
//! Operators, element types and options that the schema does not know are no error here: numbers
//! of the schema's enumerations are kept as they are.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

#[cfg(feature = "write")]
extern crate alloc;

mod buffer;
mod builtin_operator;
mod bytes;
mod check;
mod error;
pub mod fields;
pub mod flexbuffer;
mod iter;
mod model;
mod names;
mod operator;
pub mod options;
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
    bytes::Scalar,
    error::{Error, Part, Place},
    iter::{Iter, View},
    model::Model,
    operator::{Operator, OperatorCode},
    options::Options,
    subgraph::Subgraph,
    tensor::{Quantization, Tensor},
    types::*,
    vector::{Indices, Vector, VectorIter},
};
