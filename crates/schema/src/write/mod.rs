//! Builds models in memory: for tests, fuzzers and tools that edit models.
//!
//! It needs the feature `write`, and allocates. The builder does not check the model, so that tests
//! can build wrong ones: parse the result to know.
//!
//! # Examples
//!
//! ```
//! use bantam_schema::{
//!     ActivationFunction, BuiltinOperator, Model, TensorType,
//!     options::AddOptions,
//!     write::{ModelBuilder, TensorSpec},
//! };
//!
//! let mut builder = ModelBuilder::new();
//! let mut graph = builder.subgraph("main");
//! let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1, 4]).quantized(0.5, -1));
//! let y = graph.tensor(
//!     TensorSpec::new("y", TensorType::INT8, &[1, 4]).quantized(0.25, 0).data(&[1, 2, 3, 4]),
//! );
//! let z = graph.tensor(TensorSpec::new("z", TensorType::INT8, &[1, 4]).quantized(0.5, 3));
//! graph.operator(
//!     BuiltinOperator::ADD,
//!     &[x, y],
//!     &[z],
//!     AddOptions {
//!         fused_activation_function: ActivationFunction::RELU,
//!         ..AddOptions::default()
//!     },
//! );
//! graph.inputs(&[x]).outputs(&[z]);
//! let file = builder.finish();
//!
//! let model = Model::parse(&file)?;
//! let operator = model.subgraph(0).unwrap().operator(0).unwrap();
//! assert_eq!(operator.inputs(), [0, 1]);
//! # Ok::<(), bantam_schema::Error>(())
//! ```

mod builder;
mod compression;
mod copy;
mod emit;
mod flexbuffer;
mod spec;
mod value;

pub(crate) use self::value::Value;
pub use self::{
    builder::{ModelBuilder, SubgraphBuilder},
    copy::CopyError,
    flexbuffer::{FlexValue, flexbuffer},
    spec::{OperatorSpec, TensorSpec},
};
