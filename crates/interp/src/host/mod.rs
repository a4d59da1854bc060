//! Planning with all the effort that a host can afford: exact placement, another order of the
//! operators, and models that carry their plan; and why a model cannot run.
//!
//! ```
//! use bantam_interp::host::{Request, plan};
//! use bantam_interp::{Interpreter, ops};
//! # use bantam_schema::write::{ModelBuilder, TensorSpec};
//! # use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
//! # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
//! # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let file = builder.finish();
//!
//! let model = Model::parse(&file)?;
//! let planned = plan(&model, ops::ALL, &Request::default(), &mut |_| {})?;
//! assert!(planned.map.is_optimal());
//!
//! // The rewritten model carries the plan, which its interpreter checks and uses.
//! let model = Model::parse(&planned.file)?;
//! let mut arena = vec![0; 4096];
//! let interpreter = Interpreter::new(&model, ops::ALL, &mut arena)?;
//! assert_eq!(interpreter.overlay_bytes(), planned.map.overlay_bytes as usize);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(clippy::indexing_slicing, reason = "the indices are made here, or were checked")]

mod check;
mod compress;
mod free;
mod image;
mod lean;
mod map;
mod memory;
mod order;
mod owned;
mod planned;
mod regions;
mod simplify;
mod store;
mod watch;

pub use crate::constants::{Constants, Folded, Isa};
pub use bantam_planner::exact::{Options as Search, Progress};
pub use check::{Fault, MOST_FAULTS, TensorName, check, explain};
pub use compress::{
    CompressError, Compressed, CompressedTensor, Compression, Decoder, Form, LutFault, compress,
};
pub use image::{
    Choice, LISTS, List, Prepared, operators, operators_of, prepare, prepare_for, seal,
};
pub use lean::{Lean, lean};
pub use map::{CalleeMap, Effort, MemoryMap, Placed, map};
pub use owned::{OwnedInterpreter, arena_bytes, shared_arena_bytes};
pub use planned::{PlanError, Planned, Request, plan};
pub use regions::{TwoMemoriesError, prepare_for_two_memories};
pub use simplify::{Simplified, simplify, with_batch};
pub use watch::Event;
