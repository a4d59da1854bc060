//! Operators that are not in the list: whose they are, and what to do without them.

use super::rows::ROWS;
use super::site::operator_name;
use crate::{Code, Op, ops};
use bantam_schema::{BuiltinOperator as B, Operator};
use std::borrow::ToOwned;
use std::format;
use std::string::String;

/// The builtin operators of TensorFlow Lite Micro.
///
/// Source: TFLM 90b983c2b, `micro/micro_mutable_op_resolver.h`.
#[cfg(test)]
#[rustfmt::skip]
const MICRO: &[B] = &[
    B::ABS, B::ADD, B::ADD_N, B::ARG_MAX, B::ARG_MIN, B::ASSIGN_VARIABLE, B::AVERAGE_POOL_2D,
    B::BATCH_MATMUL, B::BATCH_TO_SPACE_ND, B::BROADCAST_ARGS, B::BROADCAST_TO, B::CALL_ONCE,
    B::CAST, B::CEIL, B::CONCATENATION, B::CONV_2D, B::COS, B::CUMSUM, B::DEPTH_TO_SPACE,
    B::DEPTHWISE_CONV_2D, B::DEQUANTIZE, B::DIV, B::DYNAMIC_UPDATE_SLICE, B::ELU,
    B::EMBEDDING_LOOKUP, B::EQUAL, B::EXP, B::EXPAND_DIMS, B::FILL, B::FLOOR, B::FLOOR_DIV,
    B::FLOOR_MOD, B::FULLY_CONNECTED, B::GATHER, B::GATHER_ND, B::GREATER, B::GREATER_EQUAL,
    B::HARD_SWISH, B::IF, B::L2_NORMALIZATION, B::L2_POOL_2D, B::LEAKY_RELU, B::LESS,
    B::LESS_EQUAL, B::LOG, B::LOGICAL_AND, B::LOGICAL_NOT, B::LOGICAL_OR, B::LOGISTIC,
    B::LOG_SOFTMAX, B::MAX_POOL_2D, B::MAXIMUM, B::MEAN, B::MINIMUM, B::MIRROR_PAD, B::MUL,
    B::NEG, B::NOT_EQUAL, B::PACK, B::PAD, B::PADV2, B::PRELU, B::QUANTIZE, B::READ_VARIABLE,
    B::REDUCE_ALL, B::REDUCE_MAX, B::REDUCE_MIN, B::RELU, B::RELU6, B::RESHAPE,
    B::RESIZE_BILINEAR,
    B::RESIZE_NEAREST_NEIGHBOR, B::REVERSE_V2, B::ROUND, B::RSQRT, B::SELECT_V2, B::SHAPE, B::SIN,
    B::SLICE, B::SOFTMAX, B::SPACE_TO_BATCH_ND, B::SPACE_TO_DEPTH, B::SPLIT, B::SPLIT_V, B::SQRT,
    B::SQUARE, B::SQUARED_DIFFERENCE, B::SQUEEZE, B::STRIDED_SLICE, B::SUB, B::SUM, B::SVDF,
    B::TANH, B::TRANSPOSE, B::TRANSPOSE_CONV, B::UNIDIRECTIONAL_SEQUENCE_LSTM, B::UNPACK,
    B::VAR_HANDLE, B::WHILE, B::ZEROS_LIKE,
];

/// Those of TFLM that are not there.
#[cfg(test)]
pub(super) fn lacking() -> std::vec::Vec<B> {
    let is_there = |code: &&B| ops::ALL.iter().any(|op| op.code() == Code::Builtin(**code));
    MICRO.iter().filter(|code| !is_there(code)).copied().collect()
}

/// Custom operators that stand for a whole graph, compiled for an accelerator: how they begin, for
/// which, and what compiled them.
const ACCELERATORS: &[(&str, &str, &str)] = &[
    ("edgetpu-custom-op", "the Google Edge TPU", "edgetpu_compiler (its name has no _edgetpu)"),
    ("ethos-u", "an Arm Ethos-U NPU", "Vela (its name has no _vela)"),
    ("DISPATCH_OP", "an NPU", "LiteRT compiled it ahead of time"),
    ("XC_", "an XMOS xcore processor", "xmos-ai-tools"),
];

/// Why there is no operator for the node, and what its user can do.
pub(super) fn missing(operator: &Operator<'_>, ops: &[Op]) -> (String, String) {
    let name = operator_name(operator);
    if operator.builtin() == B::CUSTOM {
        return custom(&name, ops);
    }
    builtin(operator.builtin(), &name)
}

fn custom(name: &str, ops: &[Op]) -> (String, String) {
    if name.is_empty() {
        let reason = "a custom operator without a name: none can stand for it".to_owned();
        let advice = "set custom_code of the operator code to the operator's name, as the \
                      converter should have done";
        return (reason, advice.to_owned());
    }
    if let Some((_, chip, compiler)) =
        ACCELERATORS.iter().find(|(start, ..)| name.starts_with(start))
    {
        let reason = format!("the model was compiled for {chip}, and runs nowhere else");
        return (reason, format!("take the .tflite file from before {compiler}"));
    }
    let own = format!("implement Operator for a type T and list Op::custom::<T>(\"{name}\")");
    if name.starts_with("Flex") {
        let reason = format!("{name} is an operator of full TensorFlow");
        let advice = "convert without tf.lite.OpsSet.SELECT_TF_OPS, which tells what to replace";
        return (reason, format!("{advice}, or {own}"));
    }
    if name.starts_with("Signal") && ROWS.iter().any(|row| row.operator == name) {
        let reason = format!("{name} is of the signal library, and not in the operator list");
        let advice = "switch on the feature signal of bantam, which has it in signal::ops";
        return (reason, advice.to_owned());
    }
    let listed = ops.iter().filter(|op| matches!(op.code(), Code::Custom(_))).count();
    let reason = match listed {
        0 => format!("{name} is a custom operator: bantam has none of its own"),
        _ => format!("{name} is a custom operator, and not in the operator list"),
    };
    (reason, own)
}

fn builtin(code: B, name: &str) -> (String, String) {
    let own = "implement Operator for a type T and list Op::builtin::<T>(";
    let own = match code.name() {
        Some(name) => format!("{own}BuiltinOperator::{name})"),
        None => format!("{own}BuiltinOperator({}))", code.0),
    };
    if ops::ALL.iter().any(|op| op.code() == Code::Builtin(code)) {
        return (format!("{name} is not in the operator list"), format!("add ops::{name} to it"));
    }
    if code == B::DELEGATE {
        let reason = "the model was changed by a delegate, which ran on another machine";
        return (reason.to_owned(), "take the .tflite file that the converter wrote".to_owned());
    }
    if code.name().is_none() {
        let reason = format!("{name} is no operator number of the schema that bantam knows");
        return (reason, format!("convert for an older TensorFlow, or {own}"));
    }
    let reason = format!("{name} is no operator for microcontrollers: TFLM has none either");
    if name.starts_with("STABLEHLO_") {
        let advice = "convert to builtins: converter.target_spec.supported_ops = \
                      [tf.lite.OpsSet.TFLITE_BUILTINS]";
        return (reason, format!("{advice}, or {own}"));
    }
    (reason, format!("build the layer from other operators, or {own}"))
}
