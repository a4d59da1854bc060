//! The scratch memory that TFLM's reference kernels ask for: bytes by node, in the order of the
//! requests.
//!
//! Source: TFLM 90b983c2b, the calls of `RequestScratchBufferInArena` in `micro/kernels` and
//! `signal/micro/kernels`. The requests of a build with `USE_TFLM_COMPRESSION` are left out: they
//! are for compressed models only, which are refused.

use bantam_schema::flexbuffer::Reader;
use bantam_schema::{BuiltinOperator as Code, TensorType};

use crate::graph::{Graph, Node, Tensor};
use crate::refusal::Refusal;

/// Bytes of an `int`, which is also what accumulators of 32 bits take.
const INT: u64 = 4;
/// Bytes of a 64-bit accumulator, and of a pointer on the largest targets. A plan for these fits
/// shorter pointers as well.
const LONG: u64 = 8;

/// Returns the buffers of a node.
pub(crate) fn requests(graph: &Graph<'_>, node: &Node<'_>) -> Result<Vec<u32>, Refusal> {
    let unknown = || Refusal::Scratch(node.name.clone());
    let bytes = if node.builtin == Code::CUSTOM {
        custom(graph, node)
    } else if NONE.contains(&node.builtin) {
        Some(Vec::new())
    } else {
        builtin(graph, node)
    };
    let buffers = bytes.ok_or_else(unknown)?;
    buffers.into_iter().map(|bytes| u32::try_from(bytes).map_err(|_| unknown())).collect()
}

/// Builtin operators that ask for nothing.
const NONE: &[Code] = &[
    Code::ABS,
    Code::ADD,
    Code::ARG_MAX,
    Code::ARG_MIN,
    Code::ASSIGN_VARIABLE,
    Code::AVERAGE_POOL_2D,
    Code::BATCH_MATMUL,
    Code::BATCH_TO_SPACE_ND,
    Code::BROADCAST_ARGS,
    Code::BROADCAST_TO,
    Code::CALL_ONCE,
    Code::CAST,
    Code::CEIL,
    Code::CONCATENATION,
    Code::COS,
    Code::CUMSUM,
    Code::DEPTH_TO_SPACE,
    Code::DEQUANTIZE,
    Code::DIV,
    Code::DYNAMIC_UPDATE_SLICE,
    Code::ELU,
    Code::EMBEDDING_LOOKUP,
    Code::EQUAL,
    Code::EXP,
    Code::EXPAND_DIMS,
    Code::FILL,
    Code::FLOOR,
    Code::FLOOR_DIV,
    Code::FLOOR_MOD,
    Code::GATHER,
    Code::GATHER_ND,
    Code::GREATER,
    Code::GREATER_EQUAL,
    Code::HARD_SWISH,
    Code::IF,
    Code::L2_NORMALIZATION,
    Code::L2_POOL_2D,
    Code::LEAKY_RELU,
    Code::LESS,
    Code::LESS_EQUAL,
    Code::LOG,
    Code::LOGICAL_AND,
    Code::LOGICAL_NOT,
    Code::LOGICAL_OR,
    Code::LOGISTIC,
    Code::LOG_SOFTMAX,
    Code::MAXIMUM,
    Code::MAX_POOL_2D,
    Code::MINIMUM,
    Code::MUL,
    Code::NEG,
    Code::NOT_EQUAL,
    Code::PACK,
    Code::PAD,
    Code::PADV2,
    Code::PRELU,
    Code::QUANTIZE,
    Code::READ_VARIABLE,
    Code::RELU,
    Code::RELU6,
    Code::RESHAPE,
    Code::RESIZE_BILINEAR,
    Code::RESIZE_NEAREST_NEIGHBOR,
    Code::REVERSE_V2,
    Code::ROUND,
    Code::RSQRT,
    Code::SELECT_V2,
    Code::SHAPE,
    Code::SIN,
    Code::SLICE,
    Code::SOFTMAX,
    Code::SPACE_TO_BATCH_ND,
    Code::SPACE_TO_DEPTH,
    Code::SPLIT,
    Code::SPLIT_V,
    Code::SQRT,
    Code::SQUARE,
    Code::SQUARED_DIFFERENCE,
    Code::SQUEEZE,
    Code::STRIDED_SLICE,
    Code::SUB,
    Code::TANH,
    Code::TRANSPOSE,
    Code::UNPACK,
    Code::VAR_HANDLE,
    Code::WHILE,
    Code::ZEROS_LIKE,
];

/// Custom operators that ask for nothing.
const NONE_CUSTOM: &[&str] = &[
    "CIRCULAR_BUFFER",
    "SignalDelay",
    "SignalEnergy",
    "SignalFftAutoScale",
    "SignalFilterBank",
    "SignalFilterBankLog",
    "SignalFilterBankSpectralSubtraction",
    "SignalFilterBankSquareRoot",
    "SignalFramer",
    "SignalIrfft",
    "SignalOverlapAdd",
    "SignalPCAN",
    "SignalStacker",
    "SignalWindow",
];

fn builtin(graph: &Graph<'_>, node: &Node<'_>) -> Option<Vec<u64>> {
    let (input, output) = (|position| graph.input(node, position), graph.output(node)?);
    match node.builtin {
        Code::CONV_2D | Code::DEPTHWISE_CONV_2D | Code::FULLY_CONNECTED => {
            Some(unpacked(input(1)?))
        }
        Code::TRANSPOSE_CONV => Some(transpose_conv(input(2)?, input(3), output)),
        Code::MEAN | Code::SUM => {
            let mut buffers = reduction(input(0)?, input(1)?);
            if matches!(input(0)?.tensor_type, TensorType::INT8 | TensorType::INT16) {
                buffers.insert(0, INT * output.len());
            }
            Some(buffers)
        }
        Code::REDUCE_MAX | Code::REDUCE_MIN | Code::REDUCE_ALL => {
            Some(reduction(input(0)?, input(1)?))
        }
        Code::MIRROR_PAD => Some(vec![INT * rank(input(0)?); 2]),
        Code::ADD_N => {
            let known = matches!(output.tensor_type, TensorType::FLOAT32 | TensorType::INT8);
            known.then(|| vec![LONG * node.inputs.len() as u64])
        }
        Code::SVDF => svdf(graph, node),
        Code::UNIDIRECTIONAL_SEQUENCE_LSTM => lstm(graph, node),
        _ => None,
    }
}

fn rank(tensor: &Tensor<'_>) -> u64 {
    tensor.dims.len() as u64
}

/// Returns the scratch of a filter of 4-bit integers, which TFLM unpacks to bytes.
fn unpacked(filter: &Tensor<'_>) -> Vec<u64> {
    if filter.tensor_type == TensorType::INT4 { vec![filter.len()] } else { Vec::new() }
}

/// Returns the accumulators of all outputs, and a bias of 16 bits made wider.
fn transpose_conv(input: &Tensor<'_>, bias: Option<&Tensor<'_>>, output: &Tensor<'_>) -> Vec<u64> {
    let narrow = bias.filter(|bias| bias.tensor_type == TensorType::INT16);
    match input.tensor_type {
        TensorType::INT8 => vec![INT * output.len()],
        TensorType::INT16 => {
            let bias = narrow.map(|bias| LONG * bias.len());
            std::iter::once(LONG * output.len()).chain(bias).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the position in the input, and the axes without negative numbers.
fn reduction(input: &Tensor<'_>, axes: &Tensor<'_>) -> Vec<u64> {
    vec![INT * rank(input), INT * axes.len()]
}

fn svdf(graph: &Graph<'_>, node: &Node<'_>) -> Option<Vec<u64>> {
    let input = graph.input(node, 0)?;
    let filters = *graph.input(node, 1)?.dims.first()?;
    let batches = *input.dims.first()?;
    let rank = u64::try_from(node.operator.svdf_options()?.rank).ok()?;
    let mut buffers = vec![batches.checked_mul(filters)?.checked_mul(INT)?];
    if input.tensor_type == TensorType::INT8 {
        buffers.push(batches.checked_mul(filters.checked_div(rank)?)?.checked_mul(INT)?);
    }
    Some(buffers)
}

/// Returns the scratch of four gates, in the type of the cell's state.
fn lstm(graph: &Graph<'_>, node: &Node<'_>) -> Option<Vec<u64>> {
    const HIDDEN_STATE: usize = 18;
    const CELL_STATE: usize = 19;
    let time_major = node.operator.unidirectional_sequence_lstm_options()?.time_major;
    let batches = *graph.input(node, 0)?.dims.get(usize::from(time_major))?;
    let state = *graph.input(node, HIDDEN_STATE)?.dims.get(1)?;
    let element = graph.input(node, CELL_STATE)?.element_bytes();
    Some(vec![batches.checked_mul(state)?.checked_mul(element)?; 4])
}

fn custom(graph: &Graph<'_>, node: &Node<'_>) -> Option<Vec<u64>> {
    if NONE_CUSTOM.contains(&node.name.as_str()) {
        return Some(Vec::new());
    }
    if node.name != "SignalRfft" {
        return None;
    }
    let options = Reader::root(node.operator.custom_options())?.as_map()?;
    let length = u64::try_from(options.get("fft_length")?.as_i32()?).ok()?;
    Some(vec![length * graph.input(node, 0)?.element_bytes()])
}
