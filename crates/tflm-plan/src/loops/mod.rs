//! Computes how close TFLM's reference kernels let an output come below an input that they read for
//! the last time.
//!
//! A reference kernel writes its output from the first element to the last. If the output begins
//! `below` bytes under the input, or more, it never writes a byte of the input that it has yet to
//! read:
//!
//! ```text
//!            below
//! output  oooo|ooooooo
//! input       iiiiiiiiiiiiii
//! ```
//!
//! A list of *steps*, in the order of its loops, describes each family of kernels: the lowest byte
//! that a step reads, and the end of the written output when it is done. [`step::distance`] finds
//! the smallest `below` from them, byte for byte; it rounds nothing.
//!
//! Kernels without a description permit no overlap. Among them are all that write their output more
//! than once (MEAN and the like, which begin by filling it with zeros) and those with several
//! outputs. Types must be equal, or one of them a byte: C++ lets a compiler assume that, say,
//! `int16_t` and `float` never overlap, and reorder reads and writes.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference` and `lite/micro/kernels`.

mod dense;
mod elementwise;
mod movement;
mod step;
#[cfg(test)]
mod tests;
mod window;

use bantam_schema::{BuiltinOperator as Code, TensorType};

pub(crate) use step::Budget;

use self::step::Operands;
use super::graph::{Graph, Node};

/// Returns the distance to keep between the beginning of the first output of `node` and that of the
/// input at `position`, in bytes; `None` if they may not overlap.
pub(crate) fn below(
    graph: &Graph<'_>,
    node: &Node<'_>,
    position: usize,
    budget: &mut Budget,
) -> Option<u32> {
    let (input, output) = (graph.input(node, position)?, graph.output(node)?);
    if node.outputs.len() != 1 || !may_alias(input.tensor_type, output.tensor_type) {
        return None;
    }
    let operands = Operands { graph, node, input, output, budget };
    let below = match (node.builtin, position) {
        (Code::CONV_2D, 0) => window::conv_2d(operands),
        (Code::DEPTHWISE_CONV_2D, 0) => window::depthwise_conv_2d(operands),
        (Code::AVERAGE_POOL_2D | Code::MAX_POOL_2D | Code::L2_POOL_2D, 0) => window::pool(operands),
        (Code::FULLY_CONNECTED, 0) => dense::fully_connected(operands),
        (Code::TRANSPOSE_CONV, 2) => dense::transpose_conv(operands),
        (Code::PAD | Code::PADV2, 0) => movement::pad(operands),
        (Code::TRANSPOSE, 0) => movement::transpose(operands),
        (Code::RESIZE_NEAREST_NEIGHBOR, 0) => movement::resize_nearest_neighbor(operands),
        (Code::SLICE, 0) => movement::slice(operands),
        (Code::STRIDED_SLICE, 0) => movement::strided_slice(operands),
        (Code::CONCATENATION, _) => movement::concatenation(operands, position),
        (code, 0) if elementwise::UNARY.contains(&code) => elementwise::unary(operands),
        (code, 0 | 1) if elementwise::BINARY.contains(&code) => elementwise::binary(operands),
        _ => None,
    };
    u32::try_from(below?).ok()
}

/// Returns whether a node copies its input to its output and may do so in place: a loop that writes
/// each element to where it was, or RESHAPE, which compares the pointers first.
pub(crate) fn is_view(graph: &Graph<'_>, node: &Node<'_>) -> bool {
    let sizes = graph.input(node, 0).zip(graph.output(node));
    matches!(node.builtin, Code::RESHAPE | Code::EXPAND_DIMS)
        && node.outputs.len() == 1
        && sizes.is_some_and(|(input, output)| {
            input.bytes == output.bytes && input.tensor_type == output.tensor_type
        })
}

/// Returns whether a compiler must expect that pointers to these types overlap.
fn may_alias(a: TensorType, b: TensorType) -> bool {
    let is_char = |t| matches!(t, TensorType::INT8 | TensorType::UINT8);
    a == b || is_char(a) || is_char(b)
}
