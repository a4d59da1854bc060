//! What went wrong, as numbers: texts are linked only where a program asks for them.

use bantam_interp::{Cause, Error, EvalError, InvokeError};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum bantam_status {
    /// All went well; a run is at its end.
    BANTAM_OK = 0,
    /// A streaming operator waits for more input: later nodes did not run.
    BANTAM_NEED_MORE_INPUT = 1,
    /// Nodes are left to run (bantam_step).
    BANTAM_MORE = 2,
    /// A pointer is null that must not be.
    BANTAM_NULL = 16,
    /// A pointer is not aligned for what it leads to.
    BANTAM_MISALIGNED = 17,
    /// A length is larger than any memory.
    BANTAM_LENGTH = 18,
    /// Two memories overlap that must not: model, image, arena, interpreter.
    BANTAM_OVERLAP = 19,
    /// The interpreter is not one: it was never made, its making failed, or it was copied.
    BANTAM_NO_INTERPRETER = 20,
    /// An entry of the operator list is not an operator.
    BANTAM_NO_OPERATOR = 21,
    /// There is no input, output or operand with this index.
    BANTAM_INDEX = 22,
    /// The bytes are not a model, or the file is damaged.
    BANTAM_INVALID_MODEL = 32,
    /// The operator list lacks an operator of the model: node, builtin_operator.
    BANTAM_MISSING_OPERATOR = 33,
    /// An operator refuses its node: node, tensor, builtin_operator, cause.
    BANTAM_PREPARE = 34,
    /// An input or output of the model cannot be used: tensor, cause.
    BANTAM_PORT = 35,
    /// The arena is too small: needed, available.
    BANTAM_OUT_OF_MEMORY = 36,
    /// The image is damaged, or not one of this model, these operators or this version.
    BANTAM_INVALID_IMAGE = 37,
    /// The memory of the model's tensors cannot be planned.
    BANTAM_PLAN = 38,
    /// The model has more than 65,535 nodes, 255 operators or 512 MiB.
    BANTAM_TOO_LARGE = 39,
    /// A subgraph is missing, calls itself, or goes too deep: node, if it is one.
    BANTAM_SUBGRAPH = 40,
    /// A node failed while it ran: node, subgraph, cause.
    BANTAM_INVOKE = 41,
    /// The prepared data contradict each other.
    BANTAM_RECORDS = 42,
}

impl bantam_status {
    /// Returns how a call ended that has nothing else to say.
    pub(crate) fn of(result: Result<(), Self>) -> Self {
        result.map_or_else(|status| status, |()| Self::BANTAM_OK)
    }
}

/// Why a node is refused or fails; bantam_cause_text says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum bantam_cause {
    /// None was given.
    BANTAM_CAUSE_NONE = 0,
    /// The node has too many or too few inputs.
    BANTAM_CAUSE_INPUT_COUNT = 1,
    /// The node has too many or too few outputs.
    BANTAM_CAUSE_OUTPUT_COUNT = 2,
    /// An input that must be there is absent.
    BANTAM_CAUSE_MISSING_INPUT = 3,
    /// The operator does not work on this type.
    BANTAM_CAUSE_TYPE = 4,
    /// Shapes do not fit each other.
    BANTAM_CAUSE_SHAPE = 5,
    /// A dimension is not known before the model runs.
    BANTAM_CAUSE_DYNAMIC_SHAPE = 6,
    /// The tensor must be a constant.
    BANTAM_CAUSE_NOT_CONSTANT = 7,
    /// The tensor must not be a constant, or has too few bytes.
    BANTAM_CAUSE_CONSTANT = 8,
    /// Quantization is missing or incomplete.
    BANTAM_CAUSE_QUANTIZATION = 9,
    /// The options are missing, or a value in them is not supported.
    BANTAM_CAUSE_OPTIONS = 10,
    /// A parameter is out of range.
    BANTAM_CAUSE_PARAMETER = 11,
    /// What the text names is not supported: reason.
    BANTAM_CAUSE_UNSUPPORTED = 12,
    /// The operator is one for prepared images only (its name ends with _PREPARED).
    BANTAM_CAUSE_ONLY_PREPARED = 13,
    /// The operator says why: reason.
    BANTAM_CAUSE_REASON = 14,
    /// The model is not consistent.
    BANTAM_CAUSE_MODEL = 15,
    /// An operand, an index or a value is out of range while the model runs.
    BANTAM_CAUSE_VALUE = 16,
    /// Subgraphs were called too often.
    BANTAM_CAUSE_CALLS = 17,
    /// The prepared data of the node is damaged.
    BANTAM_CAUSE_RECORD = 18,
}

/// What went wrong, and where. Numbers that do not apply are -1, sizes 0.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct bantam_error {
    /// What the call returned.
    pub status: bantam_status,
    /// Why the node is refused or failed.
    pub cause: bantam_cause,
    /// The subgraph of the node.
    pub subgraph: i32,
    /// The node.
    pub node: i32,
    /// The tensor at fault.
    pub tensor: i32,
    /// The operator as the schema of TensorFlow Lite numbers it; 32 for custom ones.
    pub builtin_operator: i32,
    /// Bytes that are enough for the arena at its address.
    pub needed: usize,
    /// Bytes that the arena has.
    pub available: usize,
    /// The reason in words, or null. It is not terminated: print it with "%.*s".
    pub reason: *const core::ffi::c_char,
    /// The bytes of the reason.
    pub reason_len: usize,
}

impl From<bantam_status> for bantam_error {
    #[inline(never)] // size: one copy for all functions
    fn from(status: bantam_status) -> Self {
        Self {
            status,
            cause: bantam_cause::BANTAM_CAUSE_NONE,
            subgraph: -1,
            node: -1,
            tensor: -1,
            builtin_operator: -1,
            needed: 0,
            available: 0,
            reason: core::ptr::null(),
            reason_len: 0,
        }
    }
}

impl bantam_error {
    fn place(&mut self, subgraph: u32, node: u32) {
        self.subgraph = subgraph as i32;
        self.node = node as i32;
    }

    fn because(&mut self, (cause, reason): (bantam_cause, &'static str)) {
        self.cause = cause;
        if !reason.is_empty() {
            self.reason = reason.as_ptr().cast();
            self.reason_len = reason.len();
        }
    }
}

impl From<Error> for bantam_error {
    // One place where all fields are written takes less code than one for each kind.
    fn from(error: Error) -> Self {
        let mut told = Self::from(status(&error));
        match error {
            Error::MissingOperator { subgraph, node, operator } => {
                told.place(subgraph, node);
                told.builtin_operator = operator.builtin().0;
            }
            Error::Prepare { subgraph, node, operator, error } => {
                told.place(subgraph, node);
                told.builtin_operator = operator.builtin().0;
                told.tensor = error.tensor.map_or(-1, |tensor| tensor as i32);
                told.because(cause(&error.cause));
            }
            Error::Port { subgraph, tensor, cause: why } => {
                told.subgraph = subgraph as i32;
                told.tensor = tensor as i32;
                told.because(cause(&why));
            }
            Error::OutOfMemory { needed, available } => {
                told.needed = needed;
                told.available = available;
            }
            Error::NoSubgraph(subgraph)
            | Error::CallDepth { subgraph }
            | Error::Recursion { caller: subgraph, .. } => told.subgraph = subgraph as i32,
            Error::Reset(error) => return error.into(),
            _ => {}
        }
        told
    }
}

fn status(error: &Error) -> bantam_status {
    use bantam_status as status;
    match error {
        Error::MissingOperator { .. } => status::BANTAM_MISSING_OPERATOR,
        Error::Prepare { .. } => status::BANTAM_PREPARE,
        Error::Port { .. } => status::BANTAM_PORT,
        Error::OutOfMemory { .. } => status::BANTAM_OUT_OF_MEMORY,
        Error::InvalidImage(_) => status::BANTAM_INVALID_IMAGE,
        Error::InvalidPlan(_) | Error::Plan(_) => status::BANTAM_PLAN,
        Error::TooLarge => status::BANTAM_TOO_LARGE,
        Error::NoSubgraph(_) | Error::CallDepth { .. } | Error::Recursion { .. } => {
            status::BANTAM_SUBGRAPH
        }
        _ => status::BANTAM_RECORDS,
    }
}

impl From<InvokeError> for bantam_error {
    #[inline(never)] // size: one copy for all functions
    fn from(error: InvokeError) -> Self {
        Self::from(&error)
    }
}

// size: where it lies, as moving it would link a routine that copies bytes.
impl From<&InvokeError> for bantam_error {
    fn from(error: &InvokeError) -> Self {
        use bantam_cause as cause;
        let why = match error.cause {
            EvalError::Custom(reason) => (cause::BANTAM_CAUSE_REASON, reason),
            EvalError::Calls(_) | EvalError::CallDepth => (cause::BANTAM_CAUSE_CALLS, ""),
            EvalError::Record | EvalError::Memory | EvalError::MissingOperand => {
                (cause::BANTAM_CAUSE_RECORD, "")
            }
            _ => (cause::BANTAM_CAUSE_VALUE, ""),
        };
        let mut told = Self::from(bantam_status::BANTAM_INVOKE);
        told.place(error.subgraph, error.node);
        told.because(why);
        told
    }
}

#[inline(never)] // size: one copy for nodes and ports
fn cause(cause: &Cause) -> (bantam_cause, &'static str) {
    use bantam_cause as c;
    let cause = match cause {
        Cause::Unsupported(what) => return (c::BANTAM_CAUSE_UNSUPPORTED, what),
        Cause::Custom(reason) => return (c::BANTAM_CAUSE_REASON, reason),
        Cause::InputCount(_) => c::BANTAM_CAUSE_INPUT_COUNT,
        Cause::OutputCount(_) => c::BANTAM_CAUSE_OUTPUT_COUNT,
        Cause::MissingInput(_) => c::BANTAM_CAUSE_MISSING_INPUT,
        Cause::TensorType(_) => c::BANTAM_CAUSE_TYPE,
        Cause::Shape => c::BANTAM_CAUSE_SHAPE,
        Cause::DynamicShape => c::BANTAM_CAUSE_DYNAMIC_SHAPE,
        Cause::NotConstant => c::BANTAM_CAUSE_NOT_CONSTANT,
        Cause::Constant | Cause::ConstantTooShort { .. } => c::BANTAM_CAUSE_CONSTANT,
        Cause::Quantization => c::BANTAM_CAUSE_QUANTIZATION,
        Cause::Options | Cause::FusedActivation => c::BANTAM_CAUSE_OPTIONS,
        Cause::Params(_) => c::BANTAM_CAUSE_PARAMETER,
        Cause::OnlyPrepared => c::BANTAM_CAUSE_ONLY_PREPARED,
        _ => c::BANTAM_CAUSE_MODEL,
    };
    (cause, "")
}
