//! The operators: a constant each, named as the schema names it, and [`ALL`] of them.
//!
//! An operator list names what a program links: `&[ops::CONV_2D, ops::SOFTMAX]` links two operators and nothing of the
//! others. `ALL` is for hosts.

use crate::operator::Op;
use bantam_schema::BuiltinOperator;

mod common;
mod elementwise;
mod movement;
mod parts;
mod pool2d;
mod resize;
mod views;
mod weighted;

/// Declares the module, the constant and the place in [`ALL`] of each operator.
macro_rules! operators {
    ($($module:ident::$operator:ident => $name:ident;)*) => {
        $(mod $module;)*
        $(
            #[doc = concat!("`", stringify!($name), "`.")]
            pub const $name: Op = Op::builtin::<$module::$operator>(BuiltinOperator::$name);
        )*
        /// Every builtin operator that there is.
        pub static ALL: &[Op] = &[$($name),*];
    };
}

operators! {
    add::Add => ADD;
    average_pool_2d::AveragePool2d => AVERAGE_POOL_2D;
    concatenation::Concatenation => CONCATENATION;
    conv_2d::Conv2d => CONV_2D;
    depthwise_conv_2d::DepthwiseConv2d => DEPTHWISE_CONV_2D;
    dequantize::Dequantize => DEQUANTIZE;
    expand_dims::ExpandDims => EXPAND_DIMS;
    fully_connected::FullyConnected => FULLY_CONNECTED;
    logistic::Logistic => LOGISTIC;
    max_pool_2d::MaxPool2d => MAX_POOL_2D;
    mean::Mean => MEAN;
    mul::Mul => MUL;
    pad::Pad => PAD;
    padv2::PadV2 => PADV2;
    quantize::Quantize => QUANTIZE;
    relu6::Relu6 => RELU6;
    relu::Relu => RELU;
    reshape::Reshape => RESHAPE;
    resize_bilinear::ResizeBilinear => RESIZE_BILINEAR;
    resize_nearest_neighbor::ResizeNearestNeighbor => RESIZE_NEAREST_NEIGHBOR;
    softmax::Softmax => SOFTMAX;
    split::Split => SPLIT;
    split_v::SplitV => SPLIT_V;
    squeeze::Squeeze => SQUEEZE;
    strided_slice::StridedSlice => STRIDED_SLICE;
    sub::Sub => SUB;
    tanh::Tanh => TANH;
    transpose::Transpose => TRANSPOSE;
    transpose_conv::TransposeConv => TRANSPOSE_CONV;
}
