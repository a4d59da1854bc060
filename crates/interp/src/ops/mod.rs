//! The operators: a constant each, named as the schema names it, and [`ALL`] of them.
//!
//! An operator list names what a program links: `&[ops::CONV_2D, ops::SOFTMAX]` links two operators and nothing of the
//! others. `ALL` is for hosts.
//!
//! [`int8`], [`int16`] and [`float32`] have the same names for tensors of one type only, in less code: for models that are of one type.

mod binary;
mod common;
mod compare;
mod elementwise;
mod movement;
mod pool;
mod reduce;
mod resize;
mod rowwise;
mod types;
mod unary;
mod weighted;
mod widths;

/// Declares the constants of each operator, and its places in `ALL`: for all types, and for one type each of those with `<Types>`.
macro_rules! operators {
    ($($family:ident::$module:ident::$operator:ident$(<$types:ident>)? => $name:ident;)*) => {
        operators!(list Any $($family::$module::$operator$(<$types>)? => $name;)*);

        /// The operators for `i8`: what they take of other types is not linked, and nodes of those are refused.
        ///
        /// Operators whose code does not depend on the type, or which convert between types, are the general ones.
        pub mod int8 {
            operators!(list Int8 $($family::$module::$operator$(<$types>)? => $name;)*);
        }

        /// The operators for `i16`, as in `int8`.
        pub mod int16 {
            operators!(list Int16 $($family::$module::$operator$(<$types>)? => $name;)*);
        }

        /// The operators for `f32`, as in `int8`.
        pub mod float32 {
            operators!(list Float32 $($family::$module::$operator$(<$types>)? => $name;)*);
        }
    };
    (list $only:ident $($family:ident::$module:ident::$operator:ident$(<$types:ident>)? => $name:ident;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`.")]
            pub const $name: $crate::Op =
                $crate::Op::builtin::<$crate::ops::$family::$module::$operator$(<operators!($types $only)>)?>(
                    bantam_schema::BuiltinOperator::$name,
                );
        )*
        /// Every builtin operator that there is.
        pub static ALL: &[$crate::Op] = &[$($name),*];
    };
    (Types $only:ident) => { $crate::ops::types::$only };
}

operators! {
    unary::abs::Abs<Types> => ABS;
    binary::add::Add<Types> => ADD;
    pool::average_pool_2d::AveragePool2d<Types> => AVERAGE_POOL_2D;
    unary::float_maps::Ceil => CEIL;
    movement::concatenation::Concatenation => CONCATENATION;
    weighted::conv_2d::Conv2d<Types> => CONV_2D;
    unary::float_maps::Cos => COS;
    weighted::depthwise_conv_2d::DepthwiseConv2d<Types> => DEPTHWISE_CONV_2D;
    unary::dequantize::Dequantize => DEQUANTIZE;
    binary::div::Div<Types> => DIV;
    compare::comparisons::Equal<Types> => EQUAL;
    unary::float_maps::Exp => EXP;
    movement::expand_dims::ExpandDims => EXPAND_DIMS;
    unary::float_maps::Floor => FLOOR;
    binary::floor_div::FloorDiv => FLOOR_DIV;
    binary::floor_div::FloorMod => FLOOR_MOD;
    weighted::fully_connected::FullyConnected<Types> => FULLY_CONNECTED;
    compare::comparisons::Greater<Types> => GREATER;
    compare::comparisons::GreaterEqual<Types> => GREATER_EQUAL;
    compare::comparisons::Less<Types> => LESS;
    compare::comparisons::LessEqual<Types> => LESS_EQUAL;
    unary::float_maps::Log => LOG;
    binary::logical::LogicalAnd => LOGICAL_AND;
    unary::logical_not::LogicalNot => LOGICAL_NOT;
    binary::logical::LogicalOr => LOGICAL_OR;
    unary::logistic::Logistic<Types> => LOGISTIC;
    binary::extremum::Maximum<Types> => MAXIMUM;
    pool::max_pool_2d::MaxPool2d<Types> => MAX_POOL_2D;
    reduce::mean::Mean<Types> => MEAN;
    binary::extremum::Minimum<Types> => MINIMUM;
    binary::mul::Mul<Types> => MUL;
    unary::float_maps::Neg => NEG;
    compare::comparisons::NotEqual<Types> => NOT_EQUAL;
    movement::pad::Pad<Types> => PAD;
    movement::padv2::PadV2<Types> => PADV2;
    unary::quantize::Quantize => QUANTIZE;
    unary::relu6::Relu6<Types> => RELU6;
    unary::relu::Relu<Types> => RELU;
    movement::reshape::Reshape => RESHAPE;
    resize::resize_bilinear::ResizeBilinear<Types> => RESIZE_BILINEAR;
    resize::resize_nearest_neighbor::ResizeNearestNeighbor<Types> => RESIZE_NEAREST_NEIGHBOR;
    unary::float_maps::Round => ROUND;
    unary::rsqrt::Rsqrt<Types> => RSQRT;
    unary::float_maps::Sin => SIN;
    rowwise::softmax::Softmax<Types> => SOFTMAX;
    movement::split::Split => SPLIT;
    movement::split_v::SplitV => SPLIT_V;
    unary::float_maps::Sqrt => SQRT;
    unary::float_maps::Square => SQUARE;
    binary::squared_difference::SquaredDifference<Types> => SQUARED_DIFFERENCE;
    movement::squeeze::Squeeze => SQUEEZE;
    movement::strided_slice::StridedSlice<Types> => STRIDED_SLICE;
    binary::sub::Sub<Types> => SUB;
    unary::tanh::Tanh<Types> => TANH;
    movement::transpose::Transpose<Types> => TRANSPOSE;
    weighted::transpose_conv::TransposeConv<Types> => TRANSPOSE_CONV;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests;
