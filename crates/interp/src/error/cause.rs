//! Why an operator refuses a node.

use bantam_kernels::ParamsError;
use bantam_schema::TensorType;
use core::fmt;

/// Why an operator refuses a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PrepareError {
    /// The tensor at fault, if it is one.
    pub tensor: Option<u32>,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong with a node or a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Cause {
    /// The node has a wrong number of inputs.
    InputCount(u32),
    /// The node has a wrong number of outputs.
    OutputCount(u32),
    /// An input that must be there is absent.
    MissingInput(u32),
    /// The operator does not work on this type, or not in this combination.
    TensorType(TensorType),
    /// Tensors that must have one shape (or number of elements) do not.
    Shape,
    /// A dimension is unknown (-1) or, in a result, zero.
    DynamicShape,
    /// The tensor must be a constant of the model.
    NotConstant,
    /// The tensor must not be a constant: something writes to it.
    Constant,
    /// The constant's buffer has too few bytes.
    ConstantTooShort {
        /// Bytes that its shape calls for.
        needed: u32,
        /// Bytes that it has.
        actual: u32,
    },
    /// The tensor has no quantization, or not the number of scales that it must have.
    Quantization,
    /// The operator's options are missing or of another operator.
    Options,
    /// The fused activation function is not supported here.
    FusedActivation,
    /// A parameter is out of range.
    Params(ParamsError),
    /// Intermediate tensors are not supported.
    Intermediates,
    /// The tensor is read before anything has written it.
    NeverWritten,
    /// An operator would have to write over its own input.
    InPlace,
    /// More scratch or state requests than a node may make.
    TooManyExtras,
    /// Sizes or counts beyond what records can express.
    TooLarge,
    /// The arena is too small; turned into [`Error::OutOfMemory`](crate::Error::OutOfMemory) before
    /// a user sees it.
    OutOfMemory,
    /// The operator list has [`Op::prepared`](crate::Op::prepared) in this place, which runs nodes
    /// of prepared images only.
    OnlyPrepared,
    /// The constant is not aligned for its type: the model has to be, to 16 bytes.
    Unaligned,
    /// It is a long list that many nodes share: the file's length would not bound the work.
    SharedList,
    /// The operator does not support what this names.
    Unsupported(&'static str),
    /// The model has no such tensor: its file is not one that `Model::parse` accepts.
    NoTensor,
    /// The operator does not say, by [`Operator::CALLS`](crate::Operator::CALLS), that it calls
    /// this subgraph.
    NotCalled(u32),
    /// The tensor is not of the type and shape that this subgraph, which is called, has there; or,
    /// where no tensor is named, the subgraph has another number of inputs or outputs.
    Callee(u32),
    /// The reason in words, for operators of users' own: a sentence without a full stop.
    Custom(&'static str),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InputCount(n) => write!(f, "{n} inputs are too many or too few"),
            Self::OutputCount(n) => write!(f, "{n} outputs are too many or too few"),
            Self::MissingInput(i) => write!(f, "input {i} is absent"),
            Self::TensorType(t) => match t.name() {
                Some(name) => write!(f, "type {name} is not supported here"),
                None => write!(f, "type {} is not known", t.0),
            },
            Self::Shape => f.write_str("shape does not fit the other operands"),
            Self::DynamicShape => f.write_str("shape is not known before it runs"),
            Self::NotConstant => f.write_str("must be a constant"),
            Self::Constant => f.write_str("is a constant, but something writes to it"),
            Self::ConstantTooShort { needed, actual } => {
                write!(f, "constant has {actual} bytes where its shape calls for {needed}")
            }
            Self::Quantization => f.write_str("quantization is missing or incomplete"),
            Self::Options => f.write_str("options are missing or of another operator"),
            Self::FusedActivation => f.write_str("fused activation is not supported"),
            Self::Params(error) => error.fmt(f),
            Self::Intermediates => f.write_str("intermediate tensors are not supported"),
            Self::NeverWritten => f.write_str("is read before anything has written it"),
            Self::InPlace => f.write_str("is input and output of one node"),
            Self::TooManyExtras => f.write_str("too many scratch buffers"),
            Self::TooLarge => f.write_str("too large"),
            Self::OutOfMemory => f.write_str("arena too small"),
            Self::OnlyPrepared => f.write_str("the operator list is one for prepared images"),
            Self::Unaligned => f.write_str(
                "a constant that is not aligned for its type (align the model to 16 bytes) is not \
                 supported",
            ),
            Self::SharedList => f.write_str("a long list that many nodes share is not supported"),
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
            Self::NoTensor => f.write_str("is not in the model"),
            Self::NotCalled(subgraph) => {
                write!(f, "the operator does not say that it calls subgraph {subgraph}")
            }
            Self::Callee(subgraph) => {
                write!(f, "differs from what subgraph {subgraph}, which is called, has there")
            }
            Self::Custom(reason) => f.write_str(reason),
        }
    }
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tensor) = self.tensor {
            write!(f, "tensor {tensor}: ")?;
        }
        self.cause.fmt(f)
    }
}

impl core::error::Error for PrepareError {}

impl From<Cause> for PrepareError {
    fn from(cause: Cause) -> Self {
        Self { tensor: None, cause }
    }
}

impl From<ParamsError> for Cause {
    fn from(error: ParamsError) -> Self {
        Self::Params(error)
    }
}
