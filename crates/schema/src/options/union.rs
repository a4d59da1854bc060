//! The options of an operator, whichever they are.

use core::fmt;

use super::{
    control::*, declare::OptionsTable, elementwise::*, recurrent::*, shape::*, spatial::*,
};
use crate::{Operator, OptionsType, fields::Kind};

/// Ties the structs to the union's types and to [`Operator`].
macro_rules! union {
    ($a:lifetime; $(
        $type:ident, $method:ident, $variant:ident($table:ident $(<$lifetime:lifetime>)?);
    )*) => {
        /// The options of an operator.
        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        #[non_exhaustive]
        pub enum Options<$a> {
            /// The operator carries no options.
            #[default]
            None,
            /// A table without fields, or one that this crate does not know.
            Other(OptionsType),
            $(
                #[doc = concat!("`", stringify!($type), "`.")]
                $variant($table $(<$lifetime>)?),
            )*
        }

        impl<$a> Options<$a> {
            /// Returns the type of the table.
            pub fn options_type(&self) -> OptionsType {
                match self {
                    Self::None => OptionsType::NONE,
                    Self::Other(other) => *other,
                    $(Self::$variant(_) => OptionsType::$type,)*
                }
            }

            /// Calls `visit` with the name and the value of each field, in the schema's order.
            pub fn visit(&self, visit: &mut dyn FnMut(&'static str, &dyn core::fmt::Debug)) {
                match self {
                    Self::None | Self::Other(_) => {}
                    $(Self::$variant(options) => options.visit(visit),)*
                }
            }

            /// Returns the fields that differ from their defaults.
            #[cfg(feature = "write")]
            pub(crate) fn values(&self) -> alloc::vec::Vec<(u16, crate::write::Value)> {
                match self {
                    Self::None | Self::Other(_) => alloc::vec::Vec::new(),
                    $(Self::$variant(options) => options.values(),)*
                }
            }
        }

        $(
            impl<$a> From<$table $(<$lifetime>)?> for Options<$a> {
                fn from(options: $table $(<$lifetime>)?) -> Self {
                    Self::$variant(options)
                }
            }
        )*

        impl<$a> Operator<$a> {
            /// Returns the options, of any operator. Code for one operator calls its own method,
            /// which costs less.
            pub fn options(&self) -> Options<$a> {
                let options_type = self.options_type();
                let known = match options_type {
                    $(OptionsType::$type => self.$method().map(Options::$variant),)*
                    OptionsType::NONE => Some(Options::None),
                    _ => None,
                };
                known.unwrap_or(Options::Other(options_type))
            }

            $(
                #[doc = concat!(
                    "The options of type `", stringify!($type), "`, if the operator carries them."
                )]
                pub fn $method(&self) -> Option<$table $(<$lifetime>)?> {
                    self.options_table(OptionsType::$type).map(|table| OptionsTable::read(&table))
                }
            )*
        }

        impl<$a> Options<$a> {
            pub(super) const TABLES: &'static [(OptionsType, &'static [(u8, Kind)])] = &[$(
                (OptionsType::$type, <$table $(<$lifetime>)? as OptionsTable<$a>>::FIELDS),
            )*];
        }
    };
}

union! { 'a;
    CONV_2D, conv_2d_options, Conv2d(Conv2dOptions);
    DEPTHWISE_CONV_2D, depthwise_conv_2d_options, DepthwiseConv2d(DepthwiseConv2dOptions);
    LSH_PROJECTION, lsh_projection_options, LshProjection(LshProjectionOptions);
    CONCAT_EMBEDDINGS, concat_embeddings_options, ConcatEmbeddings(ConcatEmbeddingsOptions<'a>);
    POOL_2D, pool_2d_options, Pool2d(Pool2dOptions);
    SVDF, svdf_options, Svdf(SvdfOptions);
    RNN, rnn_options, Rnn(RnnOptions);
    FULLY_CONNECTED, fully_connected_options, FullyConnected(FullyConnectedOptions);
    SOFTMAX, softmax_options, Softmax(SoftmaxOptions);
    CONCATENATION, concatenation_options, Concatenation(ConcatenationOptions);
    ADD, add_options, Add(AddOptions);
    L2_NORM, l2_norm_options, L2Norm(L2NormOptions);
    LOCAL_RESPONSE_NORMALIZATION, local_response_normalization_options,
        LocalResponseNormalization(LocalResponseNormalizationOptions);
    LSTM, lstm_options, Lstm(LstmOptions);
    RESIZE_BILINEAR, resize_bilinear_options, ResizeBilinear(ResizeBilinearOptions);
    CALL, call_options, Call(CallOptions);
    RESHAPE, reshape_options, Reshape(ReshapeOptions<'a>);
    SKIP_GRAM, skip_gram_options, SkipGram(SkipGramOptions);
    SPACE_TO_DEPTH, space_to_depth_options, SpaceToDepth(SpaceToDepthOptions);
    EMBEDDING_LOOKUP_SPARSE, embedding_lookup_sparse_options,
        EmbeddingLookupSparse(EmbeddingLookupSparseOptions);
    MUL, mul_options, Mul(MulOptions);
    GATHER, gather_options, Gather(GatherOptions);
    REDUCER, reducer_options, Reducer(ReducerOptions);
    SUB, sub_options, Sub(SubOptions);
    DIV, div_options, Div(DivOptions);
    SQUEEZE, squeeze_options, Squeeze(SqueezeOptions<'a>);
    SEQUENCE_RNN, sequence_rnn_options, SequenceRnn(SequenceRnnOptions);
    STRIDED_SLICE, strided_slice_options, StridedSlice(StridedSliceOptions);
    SPLIT, split_options, Split(SplitOptions);
    CAST, cast_options, Cast(CastOptions);
    ARG_MAX, arg_max_options, ArgMax(ArgMaxOptions);
    TRANSPOSE_CONV, transpose_conv_options, TransposeConv(TransposeConvOptions);
    SPARSE_TO_DENSE, sparse_to_dense_options, SparseToDense(SparseToDenseOptions);
    SHAPE, shape_options, Shape(ShapeOptions);
    ARG_MIN, arg_min_options, ArgMin(ArgMinOptions);
    FAKE_QUANT, fake_quant_options, FakeQuant(FakeQuantOptions);
    PACK, pack_options, Pack(PackOptions);
    ONE_HOT, one_hot_options, OneHot(OneHotOptions);
    UNPACK, unpack_options, Unpack(UnpackOptions);
    BIDIRECTIONAL_SEQUENCE_LSTM, bidirectional_sequence_lstm_options,
        BidirectionalSequenceLstm(BidirectionalSequenceLstmOptions);
    BIDIRECTIONAL_SEQUENCE_RNN, bidirectional_sequence_rnn_options,
        BidirectionalSequenceRnn(BidirectionalSequenceRnnOptions);
    UNIDIRECTIONAL_SEQUENCE_LSTM, unidirectional_sequence_lstm_options,
        UnidirectionalSequenceLstm(UnidirectionalSequenceLstmOptions);
    RESIZE_NEAREST_NEIGHBOR, resize_nearest_neighbor_options,
        ResizeNearestNeighbor(ResizeNearestNeighborOptions);
    LEAKY_RELU, leaky_relu_options, LeakyRelu(LeakyReluOptions);
    MIRROR_PAD, mirror_pad_options, MirrorPad(MirrorPadOptions);
    SPLIT_V, split_v_options, SplitV(SplitVOptions);
    UNIQUE, unique_options, Unique(UniqueOptions);
    REVERSE_SEQUENCE, reverse_sequence_options, ReverseSequence(ReverseSequenceOptions);
    IF, if_options, If(IfOptions);
    WHILE, while_options, While(WhileOptions);
    DEPTH_TO_SPACE, depth_to_space_options, DepthToSpace(DepthToSpaceOptions);
    BATCH_MATMUL, batch_matmul_options, BatchMatmul(BatchMatmulOptions);
    CUMSUM, cumsum_options, Cumsum(CumsumOptions);
    CALL_ONCE, call_once_options, CallOnce(CallOnceOptions);
    CONV_3D, conv_3d_options, Conv3d(Conv3dOptions);
    HASHTABLE, hashtable_options, Hashtable(HashtableOptions);
    VAR_HANDLE, var_handle_options, VarHandle(VarHandleOptions<'a>);
    RANDOM, random_options, Random(RandomOptions);
    BUCKETIZE, bucketize_options, Bucketize(BucketizeOptions<'a>);
    GELU, gelu_options, Gelu(GeluOptions);
}

// Here and not beside the type, because it shows the options.
impl fmt::Debug for Operator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("code", &self.code())
            .field("inputs", &self.inputs())
            .field("outputs", &self.outputs())
            .field("options", &self.options())
            .finish_non_exhaustive()
    }
}
