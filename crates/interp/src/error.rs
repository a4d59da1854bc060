//! What can go wrong, when, and where.

use bantam_schema::{BuiltinOperator, TensorType};
use core::fmt;

mod cause;
mod run;
mod site;

pub use cause::{Cause, PrepareError};
pub use run::{EvalError, InvokeError};
use site::prefix;
pub(crate) use site::{PackedSite, Site};

/// The name of an operator as the model spells it.
///
/// Custom names longer than 24 bytes are cut: `…` then stands for the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OperatorName {
    builtin: BuiltinOperator,
    custom: [u8; 24],
    custom_len: u8,
}

impl OperatorName {
    pub(crate) fn new(builtin: BuiltinOperator, custom: &[u8]) -> Self {
        let mut name = Self { builtin, custom: [0; 24], custom_len: 0 };
        name.custom.iter_mut().zip(custom).for_each(|(slot, &byte)| *slot = byte);
        name.custom_len = custom.len().min(0xFF) as u8;
        name
    }

    /// The builtin code; `CUSTOM` for custom operators.
    pub fn builtin(&self) -> BuiltinOperator {
        self.builtin
    }

    /// Whether it stands for a part of the model that a compiler has made a program for an
    /// accelerator of: for Arm's Ethos-U (Vela) or for Google's Edge TPU. Nothing else can run it.
    pub fn is_accelerated(&self) -> bool {
        let names: [&[u8]; 2] = [b"ethos-u", b"edgetpu-custom-op"];
        self.builtin == BuiltinOperator::CUSTOM && names.contains(&self.custom())
    }

    fn custom(&self) -> &[u8] {
        self.custom.get(..self.custom_len.into()).unwrap_or(&self.custom)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for OperatorName {
    fn format(&self, f: defmt::Formatter<'_>) {
        if self.builtin == BuiltinOperator::CUSTOM {
            defmt::write!(f, "{=[u8]:a}", self.custom());
        } else {
            defmt::write!(f, "{}", self.builtin);
        }
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.builtin == BuiltinOperator::CUSTOM {
            let rest = if usize::from(self.custom_len) > self.custom.len() { "…" } else { "" };
            return write!(f, "{}{rest}", self.custom().escape_ascii());
        }
        match self.builtin.name() {
            Some(name) => f.pad(name),
            None => write!(f, "operator {}", self.builtin.0),
        }
    }
}

impl fmt::Debug for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How deep subgraphs may call each other: the first that is called is one deep.
pub const MAX_CALL_DEPTH: u32 = 16;

/// Why an interpreter could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The operator list lacks an operator of the model.
    MissingOperator {
        /// The subgraph.
        subgraph: u32,
        /// The first node that needs it.
        node: u32,
        /// What to add to the list.
        operator: OperatorName,
    },
    /// An operator refuses its node.
    Prepare {
        /// The subgraph.
        subgraph: u32,
        /// The node.
        node: u32,
        /// Its operator.
        operator: OperatorName,
        /// What is wrong, and with which tensor.
        error: PrepareError,
    },
    /// A graph input or output cannot be used.
    Port {
        /// The subgraph.
        subgraph: u32,
        /// The tensor.
        tensor: u32,
        /// What is wrong with it.
        cause: Cause,
    },
    /// The arena is too small.
    OutOfMemory {
        /// Bytes that are enough at the address of this arena (and not one byte more than needed),
        /// unless `available` does not even hold the planning table (36 bytes a buffer): then it is
        /// a lower bound. An address that is no multiple of 16 takes up to 15 bytes more.
        needed: usize,
        /// Bytes that the given arena has: its length.
        available: usize,
    },
    /// The separate memory of the overlay is too small.
    OverlayTooSmall {
        /// Bytes that are enough at its address: the fewest at a multiple of 16.
        needed: usize,
        /// Bytes that it has.
        available: usize,
    },
    /// The plan that the model carries, or that a planner made, cannot be used; for one of the
    /// model, only if the options insist on it.
    InvalidPlan(PlanFault),
    /// The prepared image cannot be used, or not with this model or these operators.
    InvalidImage(ImageFault),
    /// The memory of the model's tensors cannot be planned: more than 65,535 buffers or 512 MiB.
    Plan(bantam_planner::Error),
    /// The model exceeds what records can express: 255 operators in the list, 65,535 nodes, 512
    /// MiB.
    TooLarge,
    /// An invoke would take more steps than the options [allow](crate::Options::allowance).
    TooManySteps {
        /// The node with which they become more.
        node: u32,
        /// Its operator.
        operator: OperatorName,
        /// The steps up to that node, it included.
        steps: u64,
        /// The steps that are allowed.
        allowance: u64,
    },
    /// The model has no subgraph with this index.
    NoSubgraph(u32),
    /// The model has no such node: its file is not one that `Model::parse` accepts.
    NoNode(u32),
    /// A subgraph calls itself, or one that is calling it.
    Recursion {
        /// The subgraph with the node that calls.
        caller: u32,
        /// The subgraph that is called.
        callee: u32,
    },
    /// Subgraphs call each other more than [`MAX_CALL_DEPTH`] deep.
    CallDepth {
        /// The one whose nodes go too deep.
        subgraph: u32,
    },
    /// The records contradict each other: an operator prepares the same node in two ways, or this
    /// crate has a defect.
    Records,
    /// A node cannot bring its state to the beginning.
    Reset(InvokeError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingOperator { subgraph, node, operator } => {
                let place = Site { subgraph: *subgraph, node: *node };
                if operator.is_accelerated() {
                    let advice = "take the model as it was before it was compiled for that";
                    return write!(
                        f,
                        "{place} is a program for an accelerator ({operator}): {advice}"
                    );
                }
                let custom = operator.builtin == BuiltinOperator::CUSTOM;
                let kind = if custom { "the custom operator " } else { "" };
                write!(f, "{place} needs {kind}{operator}, which is not in the operator list")
            }
            Self::Prepare { subgraph, node, operator, error } => {
                let place = Site { subgraph: *subgraph, node: *node };
                write!(f, "{place} ({operator}): {error}")
            }
            Self::Port { subgraph, tensor, cause } => {
                prefix(f, *subgraph)?;
                write!(f, "graph input or output, tensor {tensor}: {cause}")
            }
            Self::OutOfMemory { needed, available } => {
                write!(f, "the arena has {available} bytes, {needed} are needed at its address")
            }
            Self::OverlayTooSmall { needed, available } => {
                write!(f, "the overlay has {available} bytes, {needed} are needed at its address")
            }
            Self::InvalidPlan(fault) => write!(f, "memory plan: {fault}"),
            Self::InvalidImage(fault) => write!(f, "prepared image: {fault}"),
            Self::Plan(error) => write!(f, "memory planning: {error}"),
            Self::TooLarge => f.write_str("the model is too large for the interpreter's records"),
            Self::TooManySteps { node, operator, steps, allowance } => write!(
                f,
                "node {node} ({operator}): up to here an invoke takes {steps} steps, {allowance} \
                 are allowed"
            ),
            Self::NoSubgraph(index) => write!(f, "the model has no subgraph {index}"),
            Self::NoNode(node) => {
                write!(f, "node {node} is not in the model: parse the file to learn why")
            }
            Self::Recursion { caller, callee } => {
                write!(f, "subgraph {caller} calls subgraph {callee}, which is calling it")
            }
            Self::CallDepth { subgraph } => {
                write!(f, "subgraph {subgraph} calls others more than {MAX_CALL_DEPTH} deep")
            }
            Self::Records => f.write_str("records contradict each other"),
            Self::Reset(error) => write!(f, "reset: {error}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Prepare { error, .. } => Some(error),
            Self::Plan(error) => Some(error),
            Self::InvalidPlan(fault) => Some(fault),
            Self::InvalidImage(fault) => Some(fault),
            Self::Reset(error) => Some(error),
            _ => None,
        }
    }
}

/// What is wrong with a memory plan that was not made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PlanFault {
    /// The entry is of another version of the format.
    Version(u32),
    /// It was made for kernels that keep other distances.
    Contract(u32),
    /// Its checksum is wrong.
    Checksum,
    /// It is too short or too long, or contradicts itself.
    Malformed,
    /// It was made for another graph, or for another order of its operators.
    Graph,
    /// Its offsets are not a plan.
    Violation(bantam_planner::Violation),
    /// The `OfflineMemoryAllocation` is malformed or not a plan.
    Tflm,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "version {version} of the format is not known"),
            Self::Contract(contract) => {
                write!(f, "made for version {contract} of the kernels: plan the model again")
            }
            Self::Checksum => f.write_str("the checksum is wrong"),
            Self::Malformed => f.write_str("the entry is malformed"),
            Self::Graph => f.write_str("made for another graph: plan the model again"),
            Self::Violation(violation) => violation.fmt(f),
            Self::Tflm => f.write_str("the OfflineMemoryAllocation is not a valid plan"),
        }
    }
}

impl core::error::Error for PlanFault {}

/// What is wrong with a prepared image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ImageFault {
    /// It is shorter than it says.
    Truncated,
    /// It does not lie at a multiple of 4.
    Misaligned,
    /// It does not begin as an image does.
    Magic,
    /// It is of another version of the format, or of the operators.
    Version(u16),
    /// It is for this kind of processors, and the program is not: 0 is for any, 1 for programs with
    /// the feature `dsp` on cores with the DSP extension.
    Isa(u16),
    /// Its checksum is wrong.
    Checksum,
    /// It was made for another model.
    Model,
    /// The operator list has another operator, or none, in this place.
    Operator {
        /// The place in the list.
        index: u32,
        /// What belongs there.
        builtin: BuiltinOperator,
    },
    /// It contradicts itself.
    Malformed,
    /// The file that belongs to it does not lie at a multiple of 4, as one with weights in pairs
    /// has to.
    MisalignedModel,
}

impl fmt::Display for ImageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("it is cut short"),
            Self::Misaligned => f.write_str("it does not lie at a multiple of 4"),
            Self::Magic => f.write_str("it does not begin as an image does"),
            Self::Version(version) => {
                write!(f, "version {version} is not known: prepare the model again")
            }
            Self::Isa(isa) => write!(
                f,
                "made for processors of kind {isa} (0: any, 1: with the DSP extension and the \
                 feature `dsp`), which the program is not for: prepare the model for its target"
            ),
            Self::Checksum => f.write_str("the checksum is wrong"),
            Self::Model => f.write_str("made for another model: prepare this one"),
            Self::Operator { index, builtin } => {
                write!(f, "operator {index} of the list must be that for {builtin}")
            }
            Self::Malformed => f.write_str("it contradicts itself"),
            Self::MisalignedModel => f.write_str("the model's file must lie at a multiple of 4"),
        }
    }
}

impl core::error::Error for ImageFault {}

impl From<ImageFault> for Error {
    fn from(fault: ImageFault) -> Self {
        Self::InvalidImage(fault)
    }
}

/// The caller asked for an input or output that is not there, or as another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PortError {
    /// The model has only this many.
    Index {
        /// The index asked for.
        index: usize,
        /// How many there are.
        len: usize,
    },
    /// The tensor is of another type.
    Type(TensorType),
    /// The tensor is a constant of the model: it cannot be written, or not be read in place where
    /// the model is not aligned for its type.
    Constant,
    /// The model has no signature of this name.
    NoSignature,
    /// The signature is one of this subgraph: only those of the first can be run.
    OtherSubgraph(u32),
    /// The signature names no input or output so.
    Name,
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index { index, len } => write!(f, "index {index} where there are {len}"),
            Self::Type(t) => match t.name() {
                Some(name) => write!(f, "the tensor is of type {name}"),
                None => write!(f, "the tensor is of type {}", t.0),
            },
            Self::Constant => f.write_str("the tensor is a constant of the model"),
            Self::NoSignature => f.write_str("no such signature"),
            Self::OtherSubgraph(subgraph) => {
                write!(f, "the signature is one of subgraph {subgraph}")
            }
            Self::Name => f.write_str("no such name"),
        }
    }
}

impl core::error::Error for PortError {}
