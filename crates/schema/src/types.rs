//! The small enumerations of the schema.

use crate::names::names;

names! {
    /// The type of a tensor's elements (`TensorType` of the schema).
    TensorType(i8) {
        FLOAT32 = 0, FLOAT16 = 1, INT32 = 2, UINT8 = 3, INT64 = 4, STRING = 5, BOOL = 6,
        INT16 = 7, COMPLEX64 = 8, INT8 = 9, FLOAT64 = 10, COMPLEX128 = 11, UINT64 = 12,
        RESOURCE = 13, VARIANT = 14, UINT32 = 15, UINT16 = 16, INT4 = 17, BFLOAT16 = 18,
        INT2 = 19, UINT4 = 20, FLOAT8_E4M3FN = 21, FLOAT8_E5M2 = 22,
    }
}

/// Bits of an element of each type.
// size: a table is smaller than the jumps of a `match`.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "compile time")]
static BITS: [u8; TensorType::ALL.len()] = {
    let mut bits = [0; TensorType::ALL.len()];
    let mut index = 0;
    while index < bits.len() {
        bits[index] = TensorType::ALL[index].element_bits();
        index += 1;
    }
    bits
};

impl TensorType {
    /// Returns the bits of one element, `None` if elements have no fixed size: strings, resources,
    /// variants and types that the schema does not name.
    pub fn bits(self) -> Option<u32> {
        let bits = BITS.get(usize::try_from(self.0).ok()?)?;
        (*bits != 0).then_some(u32::from(*bits))
    }

    /// Returns the bits of one element, 0 for none.
    const fn element_bits(self) -> u8 {
        match self {
            Self::INT2 => 2,
            Self::INT4 | Self::UINT4 => 4,
            Self::BOOL | Self::INT8 | Self::UINT8 => 8,
            Self::FLOAT8_E4M3FN | Self::FLOAT8_E5M2 => 8,
            Self::FLOAT16 | Self::BFLOAT16 | Self::INT16 | Self::UINT16 => 16,
            Self::FLOAT32 | Self::INT32 | Self::UINT32 => 32,
            Self::FLOAT64 | Self::INT64 | Self::UINT64 | Self::COMPLEX64 => 64,
            Self::COMPLEX128 => 128,
            _ => 0,
        }
    }

    /// Returns the bytes of one element, `None` if elements have no fixed size or are smaller than
    /// a byte.
    pub fn size_bytes(self) -> Option<u32> {
        self.bits().filter(|bits| bits.is_multiple_of(8)).and_then(|bits| bits.checked_div(8))
    }
}

names! {
    /// The padding of a window at the border (`Padding` of the schema).
    Padding(i8) {
        SAME = 0, VALID = 1,
    }
}

names! {
    /// The fused activation function of an operator (`ActivationFunctionType` of the schema).
    ActivationFunction(i8) {
        NONE = 0, RELU = 1, RELU_N1_TO_1 = 2, RELU6 = 3, TANH = 4, SIGN_BIT = 5,
    }
}

names! {
    /// The layout of a fully connected operator's filter (`FullyConnectedOptionsWeightsFormat` of
    /// the schema).
    WeightsFormat(i8) {
        DEFAULT = 0, SHUFFLED4X16INT8 = 1,
    }
}

names! {
    /// The pixels that mirrored padding repeats (`MirrorPadMode` of the schema): only `SYMMETRIC`
    /// repeats the border itself.
    MirrorPadMode(i8) {
        REFLECT = 0, SYMMETRIC = 1,
    }
}

names! {
    /// The kind of an LSTM operator (`LSTMKernelType` of the schema).
    LstmKernelType(i8) {
        FULL = 0, BASIC = 1,
    }
}

names! {
    /// The kind of a locality-sensitive hash (`LSHProjectionType` of the schema).
    LshProjectionType(i8) {
        UNKNOWN = 0, SPARSE = 1, DENSE = 2,
    }
}

names! {
    /// The way to combine embeddings (`CombinerType` of the schema).
    CombinerType(i8) {
        SUM = 0, MEAN = 1, SQRTN = 2,
    }
}

names! {
    /// The type of an operator's table of options (`BuiltinOptions` of the schema, without the word
    /// `Options`).
    OptionsType(u8) {
        NONE = 0, CONV_2D = 1, DEPTHWISE_CONV_2D = 2, CONCAT_EMBEDDINGS = 3, LSH_PROJECTION = 4,
        POOL_2D = 5, SVDF = 6, RNN = 7, FULLY_CONNECTED = 8, SOFTMAX = 9, CONCATENATION = 10,
        ADD = 11, L2_NORM = 12, LOCAL_RESPONSE_NORMALIZATION = 13, LSTM = 14,
        RESIZE_BILINEAR = 15, CALL = 16, RESHAPE = 17, SKIP_GRAM = 18, SPACE_TO_DEPTH = 19,
        EMBEDDING_LOOKUP_SPARSE = 20, MUL = 21, PAD = 22, GATHER = 23, BATCH_TO_SPACE_ND = 24,
        SPACE_TO_BATCH_ND = 25, TRANSPOSE = 26, REDUCER = 27, SUB = 28, DIV = 29, SQUEEZE = 30,
        SEQUENCE_RNN = 31, STRIDED_SLICE = 32, EXP = 33, TOPK_V2 = 34, SPLIT = 35,
        LOG_SOFTMAX = 36, CAST = 37, DEQUANTIZE = 38, MAXIMUM_MINIMUM = 39, ARG_MAX = 40,
        LESS = 41, NEG = 42, PADV2 = 43, GREATER = 44, GREATER_EQUAL = 45, LESS_EQUAL = 46,
        SELECT = 47, SLICE = 48, TRANSPOSE_CONV = 49, SPARSE_TO_DENSE = 50, TILE = 51,
        EXPAND_DIMS = 52, EQUAL = 53, NOT_EQUAL = 54, SHAPE = 55, POW = 56, ARG_MIN = 57,
        FAKE_QUANT = 58, PACK = 59, LOGICAL_OR = 60, ONE_HOT = 61, LOGICAL_AND = 62,
        LOGICAL_NOT = 63, UNPACK = 64, FLOOR_DIV = 65, SQUARE = 66, ZEROS_LIKE = 67, FILL = 68,
        BIDIRECTIONAL_SEQUENCE_LSTM = 69, BIDIRECTIONAL_SEQUENCE_RNN = 70,
        UNIDIRECTIONAL_SEQUENCE_LSTM = 71, FLOOR_MOD = 72, RANGE = 73,
        RESIZE_NEAREST_NEIGHBOR = 74, LEAKY_RELU = 75, SQUARED_DIFFERENCE = 76, MIRROR_PAD = 77,
        ABS = 78, SPLIT_V = 79, UNIQUE = 80, REVERSE_V2 = 81, ADD_N = 82, GATHER_ND = 83,
        COS = 84, WHERE = 85, RANK = 86, REVERSE_SEQUENCE = 87, MATRIX_DIAG = 88, QUANTIZE = 89,
        MATRIX_SET_DIAG = 90, HARD_SWISH = 91, IF = 92, WHILE = 93, DEPTH_TO_SPACE = 94,
        NON_MAX_SUPPRESSION_V4 = 95, NON_MAX_SUPPRESSION_V5 = 96, SCATTER_ND = 97,
        SELECT_V2 = 98, DENSIFY = 99, SEGMENT_SUM = 100, BATCH_MATMUL = 101, CUMSUM = 102,
        CALL_ONCE = 103, BROADCAST_TO = 104, RFFT2D = 105, CONV_3D = 106, HASHTABLE = 107,
        HASHTABLE_FIND = 108, HASHTABLE_IMPORT = 109, HASHTABLE_SIZE = 110, VAR_HANDLE = 111,
        READ_VARIABLE = 112, ASSIGN_VARIABLE = 113, RANDOM = 114, BUCKETIZE = 115, GELU = 116,
        DYNAMIC_UPDATE_SLICE = 117, UNSORTED_SEGMENT_PROD = 118, UNSORTED_SEGMENT_MAX = 119,
        UNSORTED_SEGMENT_MIN = 120, UNSORTED_SEGMENT_SUM = 121, ATAN2 = 122, SIGN = 123,
        BITCAST = 124, BITWISE_XOR = 125, RIGHT_SHIFT = 126,
    }
}
