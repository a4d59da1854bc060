//! The operators: a constant each, named as the schema names it, and [`ALL`] of them.
//!
//! An operator list names what a program links: `&[ops::CONV_2D, ops::SOFTMAX]` links two operators and nothing of the
//! others. `ALL` is for hosts.
//!
//! [`int8`], [`int16`] and [`float32`] have the same names for tensors of one type only, in less code: for models that are of one type.

mod common;
mod convolution;
mod elementwise;
mod movement;
mod parts;
mod pool2d;
mod resize;
mod types;
mod views;
mod weighted;

/// Declares the module of each operator, and its constants and places in `ALL`: for all types, and for one type each of those with `<Types>`.
macro_rules! operators {
    ($($module:ident::$operator:ident$(<$types:ident>)? => $name:ident;)*) => {
        $(mod $module;)*
        operators!(list Any $($module::$operator$(<$types>)? => $name;)*);

        /// The operators for `i8`: what they take of other types is not linked, and nodes of those are refused.
        ///
        /// Operators whose code does not depend on the type, or which convert between types, are the general ones.
        pub mod int8 {
            operators!(list Int8 $($module::$operator$(<$types>)? => $name;)*);
        }

        /// The operators for `i16`, as in `int8`.
        pub mod int16 {
            operators!(list Int16 $($module::$operator$(<$types>)? => $name;)*);
        }

        /// The operators for `f32`, as in `int8`.
        pub mod float32 {
            operators!(list Float32 $($module::$operator$(<$types>)? => $name;)*);
        }
    };
    (list $only:ident $($module:ident::$operator:ident$(<$types:ident>)? => $name:ident;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`.")]
            pub const $name: $crate::Op =
                $crate::Op::builtin::<$crate::ops::$module::$operator$(<operators!($types $only)>)?>(
                    bantam_schema::BuiltinOperator::$name,
                );
        )*
        /// Every builtin operator that there is.
        pub static ALL: &[$crate::Op] = &[$($name),*];
    };
    (Types $only:ident) => { $crate::ops::types::$only };
}

operators! {
    add::Add<Types> => ADD;
    average_pool_2d::AveragePool2d<Types> => AVERAGE_POOL_2D;
    concatenation::Concatenation => CONCATENATION;
    conv_2d::Conv2d<Types> => CONV_2D;
    depthwise_conv_2d::DepthwiseConv2d<Types> => DEPTHWISE_CONV_2D;
    dequantize::Dequantize => DEQUANTIZE;
    expand_dims::ExpandDims => EXPAND_DIMS;
    fully_connected::FullyConnected<Types> => FULLY_CONNECTED;
    logistic::Logistic<Types> => LOGISTIC;
    max_pool_2d::MaxPool2d<Types> => MAX_POOL_2D;
    mean::Mean<Types> => MEAN;
    mul::Mul<Types> => MUL;
    pad::Pad<Types> => PAD;
    padv2::PadV2<Types> => PADV2;
    quantize::Quantize => QUANTIZE;
    relu6::Relu6<Types> => RELU6;
    relu::Relu<Types> => RELU;
    reshape::Reshape => RESHAPE;
    resize_bilinear::ResizeBilinear<Types> => RESIZE_BILINEAR;
    resize_nearest_neighbor::ResizeNearestNeighbor<Types> => RESIZE_NEAREST_NEIGHBOR;
    softmax::Softmax<Types> => SOFTMAX;
    split::Split => SPLIT;
    split_v::SplitV => SPLIT_V;
    squeeze::Squeeze => SQUEEZE;
    strided_slice::StridedSlice<Types> => STRIDED_SLICE;
    sub::Sub<Types> => SUB;
    tanh::Tanh<Types> => TANH;
    transpose::Transpose<Types> => TRANSPOSE;
    transpose_conv::TransposeConv<Types> => TRANSPOSE_CONV;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests;
