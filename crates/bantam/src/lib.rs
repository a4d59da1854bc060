//! Runs TensorFlow Lite models on microcontrollers: one arena, no heap, bit for bit what TensorFlow
//! Lite Micro computes.
//!
//! You hand the interpreter a model and one slice of memory, the *arena*. When you make the
//! interpreter, it prepares and plans everything there; after that nothing is allocated. It needs
//! the same bytes on every target, so the figure that `bantam size MODEL` prints on your desk is
//! the figure on the device, to the byte.
//!
//! ```
//! use bantam::{ArenaBytes, Interpreter, Model, Op, ops};
//!
//! // Only the operators that the list names are linked.
//! static OPS: &[Op] = &[
//!     ops::CONV_2D, ops::DEPTHWISE_CONV_2D, ops::ADD, ops::MAX_POOL_2D, ops::AVERAGE_POOL_2D,
//!     ops::RESHAPE, ops::FULLY_CONNECTED, ops::SOFTMAX,
//! ];
//! static MODEL: &[u8] = bantam::include_model!("../models/digits.tflite");
//! const ARENA_BYTES: usize = 8 * 1024;
//!
//! let model = Model::parse(MODEL)?;
//! let mut arena = ArenaBytes::<ARENA_BYTES>::new();
//! let mut interpreter = Interpreter::new(&model, OPS, &mut arena)?;
//!
//! interpreter.input::<i8>(0)?.fill(-128); // a blank 8 × 8 image
//! interpreter.invoke()?;
//! let scores: &[i8] = interpreter.output::<i8>(0)?; // one for each digit
//! assert_eq!(scores.len(), 10);
//! assert!(interpreter.arena_used_bytes() <= ARENA_BYTES);
//! # Ok::<(), bantam::Error>(())
//! ```
//!
//! # Prepared models
//!
//! With [`model!`] the compiler does all of the preparing: the device needs memory for activations
//! and variables only, links no code that prepares, and a model that cannot run does not compile.
//!
//! ```
//! bantam::model!(Digits, "models/digits.tflite");
//!
//! let mut arena = [0; Digits::ARENA_BYTES];
//! let mut digits = Digits::new(&mut arena)?;
//! digits.input::<i8>(0)?.fill(-128);
//! digits.invoke()?;
//! assert_eq!(digits.output::<i8>(0)?.len(), 10);
//! # Ok::<(), bantam::Error>(())
//! ```
//!
//! An arena of another size is a compile error:
//!
//! ```compile_fail,E0308
//! bantam::model!(Digits, "models/digits.tflite");
//!
//! let mut arena = [0; Digits::ARENA_BYTES - 1];
//! let mut digits = Digits::new(&mut arena)?;
//! # Ok::<(), bantam::Error>(())
//! ```
//!
//! An operator of your own is a type with two functions:
//!
//! ```
//! use bantam::{EvalError, Failed, Io, Op, Operator, Prepare};
//!
//! /// Negates every second element.
//! struct Alternate;
//!
//! impl Operator for Alternate {
//!     type Data = ();
//!     fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
//!         node.require_operands(1..=1, 1)?;
//!         node.output(0)?.require_shape_of(&node.input(0)?)
//!     }
//!     fn eval(_: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
//!         let (output, reader) = io.output::<f32>(0)?;
//!         output.copy_from_slice(reader.input::<f32>(0)?);
//!         output.iter_mut().skip(1).step_by(2).for_each(|x| *x = -*x);
//!         Ok(())
//!     }
//! }
//!
//! static OPS: &[Op] = &[Op::custom::<Alternate>("Alternate")]; // and those of `bantam::ops`
//! ```
//!
//! Its test makes a model of one such node. That takes `bantam-schema` with the feature `write`
//! among the dev-dependencies:
//!
//! ```
//! # use bantam::{EvalError, Failed, Io, Op, Operator, Prepare};
//! # struct Alternate;
//! # impl Operator for Alternate {
//! #     type Data = ();
//! #     fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
//! #         node.require_operands(1..=1, 1)?;
//! #         node.output(0)?.require_shape_of(&node.input(0)?)
//! #     }
//! #     fn eval(_: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
//! #         let (output, reader) = io.output::<f32>(0)?;
//! #         output.copy_from_slice(reader.input::<f32>(0)?);
//! #         output.iter_mut().skip(1).step_by(2).for_each(|x| *x = -*x);
//! #         Ok(())
//! #     }
//! # }
//! # static OPS: &[Op] = &[Op::custom::<Alternate>("Alternate")];
//! use bantam::schema::write::{ModelBuilder, TensorSpec};
//! use bantam::{ArenaBytes, Interpreter, Model, TensorType};
//!
//! let mut builder = ModelBuilder::new();
//! let mut graph = builder.subgraph("main");
//! let [x, y] = ["x", "y"].map(|name| TensorSpec::new(name, TensorType::FLOAT32, &[4]));
//! let (x, y) = (graph.tensor(x), graph.tensor(y));
//! graph.custom("Alternate", &[x], &[y], &[]);
//! graph.inputs(&[x]).outputs(&[y]);
//! let file = builder.finish();
//!
//! let model = Model::parse(&file)?;
//! let mut arena = ArenaBytes::<1024>::new();
//! let mut interpreter = Interpreter::new(&model, OPS, &mut arena)?;
//! interpreter.input::<f32>(0)?.copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
//! interpreter.invoke()?;
//! assert_eq!(interpreter.output::<f32>(0)?, [1.0, -2.0, 3.0, -4.0]);
//! # Ok::<(), bantam::Error>(())
//! ```
//!
//! The parts are crates of their own, each usable alone: [`arena`] (memory), [`schema`] (the file),
//! [`planner`] (offsets), [`kernels`] (arithmetic), and [`interp`], which combines them.
//! `docs/architecture.md` walks one inference through them, and `docs/glossary.md` lists the words.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use bantam_arena as arena;
pub use bantam_interp as interp;
pub use bantam_kernels as kernels;
pub use bantam_planner as planner;
pub use bantam_schema as schema;

/// Audio front ends: window, FFT, filter bank, noise, gain. [`ops`](signal::ops) has them as
/// operators for models; without an interpreter they are functions on slices.
#[cfg(feature = "signal")]
pub mod signal {
    pub use bantam_signal::*;
    pub use bantam_signal_ops as ops;
}

mod error;

pub use bantam_arena::ArenaBytes;
#[cfg(feature = "host")]
pub use bantam_interp::host;
pub use bantam_interp::{
    Activations, Call, Cause, Code, Effort, Element, EvalError, Extra, Failed, ImageFault,
    Interpreter, InvokeError, Io, Node, Observer, OfflinePlan, Op, Operator, OperatorName, Options,
    Outcome, OutputReader, Outputs, Overlap, Overlaps, Overlay, Parts, PortError, Prepare,
    PrepareError, Progress, Reader, Reset, Resident, Share, SharedArena, Sharing, SignatureRunner,
    Slack, Slice, Slot, TensorInfo, WithActivations, bytemuck, cast_mut, ops, profile,
};
#[cfg(feature = "macros")]
pub use bantam_macros::model;
pub use bantam_schema::{BuiltinOperator, Model, TensorType};
pub use error::Error;

/// The bytes of a model's or an image's file, embedded in the program and aligned to 16.
///
/// The path is relative to the file that calls the macro, as for [`include_bytes!`]. A model runs
/// at any address; if it is aligned, every core reads its wider constants with single loads.
#[macro_export]
macro_rules! include_model {
    ($path:expr $(,)?) => {{
        #[repr(C, align(16))]
        struct Aligned<Bytes: ?Sized>(Bytes);
        static MODEL: &Aligned<[u8]> = &Aligned(*include_bytes!($path));
        &MODEL.0
    }};
}
