//! The interpreter: prepares a model with a list of operators, plans its memory, and runs it, all
//! out of one arena.
//!
//! [`Interpreter::new`] checks every node, plans the memory of all activations, and leaves in the
//! arena nothing but fixed-width records without pointers. So
//! [`arena_used_bytes`](Interpreter::arena_used_bytes) is the same on every target; an arena of
//! exactly so many bytes is enough, and one byte less is an [`Error::OutOfMemory`] that says so.
//!
//! # Examples
//!
//! A model of one node, made with the writer of `bantam-schema`:
//!
//! ```
//! use bantam_interp::{Error, Interpreter, Op, ops};
//! use bantam_schema::write::{ModelBuilder, TensorSpec};
//! use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
//!
//! let mut builder = ModelBuilder::new();
//! let mut graph = builder.subgraph("main");
//! let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
//! let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
//! graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
//! graph.inputs(&[x]).outputs(&[y]);
//! let file = builder.finish();
//!
//! let model = Model::parse(&file)?;
//! static OPS: &[Op] = &[ops::RELU];
//! let mut arena = vec![0; 1024];
//! let mut interpreter = Interpreter::new(&model, OPS, &mut arena)?;
//! interpreter.input::<f32>(0)?.copy_from_slice(&[-1.0, 0.0, 1.0, 2.0]);
//! interpreter.invoke()?;
//! assert_eq!(interpreter.output::<f32>(0)?, [0.0, 0.0, 1.0, 2.0]);
//!
//! // Too small an arena says how many bytes are enough at its address.
//! let enough = interpreter.arena_used_bytes();
//! let error = Interpreter::new(&model, OPS, &mut arena[..64]).unwrap_err();
//! let Error::OutOfMemory { needed, available: 64 } = error else { panic!("{error}") };
//! assert!((enough..enough + 16).contains(&needed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Operators of your own
//!
//! An [`Operator`] is prepared once for each node and runs with what it prepared; [`Op::custom`]
//! puts it into the list.
//!
//! ```
//! use bantam_interp::{EvalError, Io, Op, Operator, Prepare, Failed};
//!
//! /// Adds a constant, the first byte of the custom options, to every byte.
//! struct Shift;
//!
//! impl Operator for Shift {
//!     type Data = u32;
//!
//!     fn prepare(node: &mut Prepare<'_, '_>) -> Result<u32, Failed> {
//!         node.require_operands(1..=1, 1)?;
//!         node.output(0)?.require_shape_of(&node.input(0)?)?;
//!         Ok(node.operator().custom_options().first().copied().unwrap_or(0).into())
//!     }
//!
//!     fn eval(shift: &u32, io: &mut Io<'_>) -> Result<(), EvalError> {
//!         let (output, reader) = io.output::<u8>(0)?;
//!         for (y, x) in output.iter_mut().zip(reader.input::<u8>(0)?) {
//!             *y = x.wrapping_add(*shift as u8);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! static OPS: &[Op] = &[Op::custom::<Shift>("Shift")];
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "host"),
    deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)
)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(target_endian = "big")]
compile_error!("records and tensors are little-endian");

#[cfg(any(test, feature = "host"))]
extern crate std;

mod build;
mod call;
mod callee;
#[cfg(feature = "host")]
mod constants;
pub mod cost;
mod dims;
mod element;
mod error;
mod handle;
#[cfg(feature = "host")]
pub mod host;
mod image;
mod interpreter;
mod io;
mod lut;
mod machine;
mod name;
mod new;
mod observer;
mod op;
mod operator;
pub mod ops;
mod overlap;
pub mod plan;
mod ports;
mod prepare;
pub mod profile;
mod reason;
mod record;
mod resource;
mod running;
mod shared;
mod signature;
mod slot;
mod stage;
mod store;
mod tensor;
mod tensors;

pub use bantam_arena::{Category, Slice, Usage};
pub use bantam_kernels::walk::rows::{Activations, Slack};
/// What operators of users' own derive for the data that nodes keep.
pub use bytemuck;
pub use callee::Call;
pub use element::Element;
pub use error::{
    Cause, Error, EvalError, ImageFault, InvokeError, MAX_CALL_DEPTH, OperatorName, PlanFault,
    PortError, PrepareError,
};
pub use image::VERSION as IMAGE_VERSION;
pub use interpreter::Interpreter;
pub use io::{MAX_SLOTS, OutputReader, Reader, WithActivations, cast_mut};
pub use machine::{Outcome, Progress};
pub use new::Options;
pub use observer::{Node, Observer, Outputs};
pub use op::{Code, Io, Op};
#[cfg(feature = "foreign")]
pub use op::{FOREIGN_WORDS, Foreign};
pub use operator::{Operator, Reset};
pub use overlap::{Overlap, Overlaps, Parts};
pub use plan::{Effort, OfflinePlan, Planner, Sharing};
pub use prepare::Prepare;
pub use reason::Failed;
pub use shared::{Overlay, Resident, Share, SharedArena};
pub use signature::SignatureRunner;
pub use slot::{Extra, Slot};
pub use tensor::TensorInfo;
