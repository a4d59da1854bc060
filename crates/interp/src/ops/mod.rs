//! The operators: a constant each, named as the schema names it, and [`ALL`] of them.
//!
//! An operator list names what a program links: `&[ops::CONV_2D, ops::SOFTMAX]` links two operators
//! and nothing of the others. `ALL` is for hosts.
//!
//! [`int8`], [`int16`] and [`float32`] have the same names for tensors of one type only, in less
//! code: for models that are of one type. [`lut`] and [`int8_lut`] take constants as indices of
//! tables besides (`COMPRESSION_METADATA`), in more code.

mod binary;
mod common;
mod compare;
mod control;
mod decode;
mod decoded;
mod detection;
mod elementwise;
mod movement;
mod pool;
mod recurrent;
mod reduce;
mod resize;
mod rowwise;
mod state;
mod types;
mod unary;
mod weighted;

pub(crate) use weighted::HAS_LENT;

#[cfg(all(test, feature = "host"))]
pub(crate) use weighted::lent;
mod widths;

/// Declares the constants of each operator, and its places in `ALL`: for all types, and for one
/// type each of those with `<Types>`, or with `<Filters>` where those may be of other types or of
/// tables. With `<Tables>` only that makes a difference.
macro_rules! operators {
    ($($family:ident::$module:ident::$operator:ident$(<$types:ident>)? => $name:ident$(, $custom:literal)?;)*) => {
        operators!(list Any $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);

        operators!(names ($) $($name$(<$types>)?;)*);
        /// Every operator that there is: those of [`lut`], which take all that there is.
        pub static ALL: &[$crate::Op] = lut::ALL;

        /// The operators of this module, which take no tables.
        #[cfg(feature = "host")]
        pub(crate) static GENERAL: &[$crate::Op] = &[$($name),*];

        /// What models call custom operators, and the constants' names.
        #[cfg(feature = "host")]
        pub(crate) const CUSTOM: &[(&str, &str)] = &[$($(($custom, stringify!($name)),)?)*];

        /// The operators for `i8`: what they take of other types is not linked, and nodes of those
        /// are refused.
        ///
        /// Operators whose code does not depend on the type, or which convert between types, are
        /// the general ones.
        pub mod int8 {
            operators!(every Int8 $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);
        }

        /// The operators for `i8` with filters of 4 bits: as in `int8`, and CONV_2D,
        /// DEPTHWISE_CONV_2D and FULLY_CONNECTED take filters of `int4` as well.
        pub mod int4 {
            operators!(every Int4 $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);
        }

        /// The operators for `i8` with weights as indices of tables: as in `int8`, and CONV_2D,
        /// DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV look up weights that the metadata
        /// `COMPRESSION_METADATA` list, where they multiply them. Their biases, and what
        /// CONCATENATION and ASSIGN_VARIABLE read, are decoded into scratch memory.
        ///
        /// The other modules refuse indices, since these are shorter than constants; but those of
        /// fewer than eight elements may be as long, and are then taken for elements.
        pub mod int8_lut {
            operators!(every Int8Lut $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);
        }

        /// The operators for all types, with constants as indices of tables: as in `int8_lut`.
        /// Filters of `f32` are decoded into scratch memory.
        pub mod lut {
            operators!(every Lut $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);
        }

        /// The operators for `i16`, as in `int8`.
        pub mod int16 {
            operators!(every Int16 $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);
        }

        /// The operators for `f32`, as in `int8`.
        pub mod float32 {
            operators!(every Float32 $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);
        }
    };
    (every $only:ident $($family:ident::$module:ident::$operator:ident$(<$types:ident>)? => $name:ident$(, $custom:literal)?;)*) => {
        operators!(list $only $($family::$module::$operator$(<$types>)? => $name$(, $custom)?;)*);

        /// Every operator that there is.
        pub static ALL: &[$crate::Op] = &[$($name),*];
    };
    (list $only:ident $($family:ident::$module:ident::$operator:ident$(<$types:ident>)? => $name:ident$(, $custom:literal)?;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`", $(", which models call `", $custom, "`",)? ".")]
            pub const $name: $crate::Op = operators!(
                op $crate::ops::$family::$module::$operator$(<operators!($types $only)>)?,
                $name $($custom)?
            );
        )*
    };
    (names ($dollar:tt) $($name:ident$(<$types:ident>)?;)*) => {
        /// Calls a macro with the names of all operators; those with lists for single types have
        /// `<Types>` or `<Filters>` behind them.
        #[macro_export]
        macro_rules! for_each_operator {
            ($dollar then:ident) => { $dollar then! { $($name$(<$types>)?;)* } };
        }
    };
    (op $operator:ty, $name:ident) => {
        $crate::Op::builtin::<$operator>(bantam_schema::BuiltinOperator::$name)
    };
    (op $operator:ty, $name:ident $custom:literal) => { $crate::Op::custom::<$operator>($custom) };
    (Types Int4) => { $crate::ops::types::Int8 };
    (Types Int8Lut) => { $crate::ops::types::Int8 };
    (Types Lut) => { $crate::ops::types::Any };
    (Types $only:ident) => { $crate::ops::types::$only };
    (Filters $only:ident) => { $crate::ops::types::$only };
    (Tables Int8Lut) => { $crate::ops::types::Lut };
    (Tables Lut) => { $crate::ops::types::Lut };
    (Tables $only:ident) => { $crate::ops::types::Any };
}

operators! {
    unary::abs::Abs<Types> => ABS;
    binary::add::Add<Types> => ADD;
    binary::add_n::AddN<Types> => ADD_N;
    reduce::arg_max::ArgMax<Types> => ARG_MAX;
    reduce::arg_min::ArgMin<Types> => ARG_MIN;
    state::assign_variable::AssignVariable<Tables> => ASSIGN_VARIABLE;
    pool::average_pool_2d::AveragePool2d<Types> => AVERAGE_POOL_2D;
    detection::basic_classifier::BasicClassifier => BASIC_CLASSIFIER, "BasicClassifier";
    weighted::batch_matmul::BatchMatmul<Types> => BATCH_MATMUL;
    movement::batch_to_space_nd::BatchToSpaceNd<Types> => BATCH_TO_SPACE_ND;
    movement::broadcast_args::BroadcastArgs => BROADCAST_ARGS;
    movement::broadcast_to::BroadcastTo<Types> => BROADCAST_TO;
    control::call_once::CallOnce => CALL_ONCE;
    unary::cast::Cast => CAST;
    unary::float_maps::Ceil => CEIL;
    state::circular_buffer::CircularBuffer => CIRCULAR_BUFFER, "CIRCULAR_BUFFER";
    movement::concatenation::Concatenation<Tables> => CONCATENATION;
    weighted::conv_2d::Conv2d<Filters> => CONV_2D;
    unary::float_maps::Cos => COS;
    reduce::cumsum::Cumsum<Types> => CUMSUM;
    weighted::depthwise_conv_2d::DepthwiseConv2d<Filters> => DEPTHWISE_CONV_2D;
    movement::depth_to_space::DepthToSpace<Types> => DEPTH_TO_SPACE;
    unary::dequantize::Dequantize<Types> => DEQUANTIZE;
    detection::postprocess::DetectionPostprocess => DETECTION_POSTPROCESS, "TFLite_Detection_PostProcess";
    binary::div::Div<Types> => DIV;
    movement::dynamic_update_slice::DynamicUpdateSlice<Types> => DYNAMIC_UPDATE_SLICE;
    unary::elu::Elu<Types> => ELU;
    movement::embedding_lookup::EmbeddingLookup<Types> => EMBEDDING_LOOKUP;
    compare::comparisons::Equal<Types> => EQUAL;
    unary::float_maps::Exp => EXP;
    movement::expand_dims::ExpandDims => EXPAND_DIMS;
    movement::fill::Fill => FILL;
    unary::float_maps::Floor => FLOOR;
    binary::floor_div::FloorDiv => FLOOR_DIV;
    binary::floor_div::FloorMod => FLOOR_MOD;
    weighted::fully_connected::FullyConnected<Filters> => FULLY_CONNECTED;
    movement::gather::Gather<Types> => GATHER;
    movement::gather_nd::GatherNd<Types> => GATHER_ND;
    compare::comparisons::Greater<Types> => GREATER;
    compare::comparisons::GreaterEqual<Types> => GREATER_EQUAL;
    unary::hard_swish::HardSwish<Types> => HARD_SWISH;
    control::if_else::If => IF;
    rowwise::l2_normalization::L2Normalization<Types> => L2_NORMALIZATION;
    pool::l2_pool_2d::L2Pool2d => L2_POOL_2D;
    unary::leaky_relu::LeakyRelu<Types> => LEAKY_RELU;
    compare::comparisons::Less<Types> => LESS;
    compare::comparisons::LessEqual<Types> => LESS_EQUAL;
    unary::float_maps::Log => LOG;
    binary::logical::LogicalAnd => LOGICAL_AND;
    unary::logical_not::LogicalNot => LOGICAL_NOT;
    binary::logical::LogicalOr => LOGICAL_OR;
    unary::logistic::Logistic<Types> => LOGISTIC;
    rowwise::log_softmax::LogSoftmax<Types> => LOG_SOFTMAX;
    binary::extremum::Maximum<Types> => MAXIMUM;
    pool::max_pool_2d::MaxPool2d<Types> => MAX_POOL_2D;
    reduce::mean::Mean<Types> => MEAN;
    binary::extremum::Minimum<Types> => MINIMUM;
    movement::mirror_pad::MirrorPad<Types> => MIRROR_PAD;
    binary::mul::Mul<Types> => MUL;
    unary::float_maps::Neg => NEG;
    compare::comparisons::NotEqual<Types> => NOT_EQUAL;
    movement::pack::Pack => PACK;
    movement::pad::Pad<Types> => PAD;
    movement::padv2::PadV2<Types> => PADV2;
    binary::prelu::Prelu<Types> => PRELU;
    unary::quantize::Quantize<Types> => QUANTIZE;
    state::read_variable::ReadVariable => READ_VARIABLE;
    reduce::reduce_all::ReduceAll => REDUCE_ALL;
    reduce::reduce_max::ReduceMax<Types> => REDUCE_MAX;
    reduce::reduce_min::ReduceMin<Types> => REDUCE_MIN;
    unary::relu::Relu<Types> => RELU;
    unary::relu6::Relu6<Types> => RELU6;
    movement::reshape::Reshape => RESHAPE;
    resize::resize_bilinear::ResizeBilinear<Types> => RESIZE_BILINEAR;
    resize::resize_nearest_neighbor::ResizeNearestNeighbor<Types> => RESIZE_NEAREST_NEIGHBOR;
    movement::reverse_v2::ReverseV2<Types> => REVERSE_V2;
    unary::float_maps::Round => ROUND;
    unary::rsqrt::Rsqrt<Types> => RSQRT;
    movement::select_v2::SelectV2<Types> => SELECT_V2;
    movement::shape::Shape => SHAPE;
    unary::float_maps::Sin => SIN;
    movement::slice::Slice<Types> => SLICE;
    rowwise::softmax::Softmax<Types> => SOFTMAX;
    movement::space_to_batch_nd::SpaceToBatchNd<Types> => SPACE_TO_BATCH_ND;
    movement::space_to_depth::SpaceToDepth<Types> => SPACE_TO_DEPTH;
    movement::split::Split => SPLIT;
    movement::split_v::SplitV => SPLIT_V;
    unary::float_maps::Sqrt => SQRT;
    unary::float_maps::Square => SQUARE;
    binary::squared_difference::SquaredDifference<Types> => SQUARED_DIFFERENCE;
    movement::squeeze::Squeeze => SQUEEZE;
    movement::strided_slice::StridedSlice<Types> => STRIDED_SLICE;
    binary::sub::Sub<Types> => SUB;
    reduce::sum::Sum<Types> => SUM;
    recurrent::svdf::Svdf<Types> => SVDF;
    unary::tanh::Tanh<Types> => TANH;
    decode::tflm_decode::TflmDecode => TFLM_DECODE, "TFLM_DECODE";
    movement::transpose::Transpose<Types> => TRANSPOSE;
    weighted::transpose_conv::TransposeConv<Filters> => TRANSPOSE_CONV;
    recurrent::unidirectional_sequence_lstm::UnidirectionalSequenceLstm<Types> => UNIDIRECTIONAL_SEQUENCE_LSTM;
    movement::unpack::Unpack => UNPACK;
    state::var_handle::VarHandle => VAR_HANDLE;
    control::while_loop::While => WHILE;
    movement::zeros_like::ZerosLike => ZEROS_LIKE;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests;
