//! Recurrent operators and embeddings.

use super::declare::options;
use crate::{ActivationFunction, CombinerType, LshProjectionType, LstmKernelType, Vector};

options! { 'a;
    /// Options of `SVDF`.
    SvdfOptions {
        /// Number of filters whose results are added up for one unit.
        rank = 0: i32 = 0,
        /// The activation function of the result.
        fused_activation_function = 1: ActivationFunction = ActivationFunction::NONE,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 2: bool = false,
    }

    /// Options of `UNIDIRECTIONAL_SEQUENCE_LSTM`.
    UnidirectionalSequenceLstmOptions {
        /// The activation function of the cell gate and of the cell.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// Bound of the cell's magnitude; 0 for none.
        cell_clip = 1: f32 = 0.0,
        /// Bound of the projection's magnitude; 0 for none.
        proj_clip = 2: f32 = 0.0,
        /// Whether the first dimension is time, and not the batch.
        time_major = 3: bool = false,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 4: bool = false,
        /// Whether recurrent weights are diagonals.
        diagonal_recurrent_tensors = 5: bool = false,
    }

    /// Options of `BIDIRECTIONAL_SEQUENCE_LSTM`.
    BidirectionalSequenceLstmOptions {
        /// The activation function of the cell gate and of the cell.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// Bound of the cell's magnitude; 0 for none.
        cell_clip = 1: f32 = 0.0,
        /// Bound of the projection's magnitude; 0 for none.
        proj_clip = 2: f32 = 0.0,
        /// Whether both directions go into the first output.
        merge_outputs = 3: bool = false,
        /// Whether the first dimension is time, and not the batch.
        time_major = 4: bool = true,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 5: bool = false,
    }

    /// Options of `LSTM`.
    LstmOptions {
        /// The activation function of the cell gate and of the cell.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// Bound of the cell's magnitude; 0 for none.
        cell_clip = 1: f32 = 0.0,
        /// Bound of the projection's magnitude; 0 for none.
        proj_clip = 2: f32 = 0.0,
        /// Which inputs and outputs the operator has.
        kernel_type = 3: LstmKernelType = LstmKernelType::FULL,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 4: bool = false,
    }

    /// Options of `RNN`.
    RnnOptions {
        /// The activation function of the result.
        fused_activation_function = 0: ActivationFunction = ActivationFunction::NONE,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 1: bool = false,
    }

    /// Options of `UNIDIRECTIONAL_SEQUENCE_RNN`.
    SequenceRnnOptions {
        /// Whether the first dimension is time, and not the batch.
        time_major = 0: bool = false,
        /// The activation function of the result.
        fused_activation_function = 1: ActivationFunction = ActivationFunction::NONE,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 2: bool = false,
    }

    /// Options of `BIDIRECTIONAL_SEQUENCE_RNN`.
    BidirectionalSequenceRnnOptions {
        /// Whether the first dimension is time, and not the batch.
        time_major = 0: bool = false,
        /// The activation function of the result.
        fused_activation_function = 1: ActivationFunction = ActivationFunction::NONE,
        /// Whether both directions go into the first output.
        merge_outputs = 2: bool = false,
        /// Whether float inputs are quantized asymmetrically where the weights are quantized.
        asymmetric_quantize_inputs = 3: bool = false,
    }

    /// Options of `CONCAT_EMBEDDINGS`.
    ConcatEmbeddingsOptions<'a> {
        /// Number of channels.
        num_channels = 0: i32 = 0,
        /// Number of columns of each channel.
        num_columns_per_channel = 1: Vector<'a, i32> = Vector::EMPTY,
        /// Length of each channel's embedding.
        embedding_dim_per_channel = 2: Vector<'a, i32> = Vector::EMPTY,
    }

    /// Options of `EMBEDDING_LOOKUP_SPARSE`.
    EmbeddingLookupSparseOptions {
        /// The way to combine embeddings.
        combiner = 0: CombinerType = CombinerType::SUM,
    }

    /// Options of `LSH_PROJECTION`.
    LshProjectionOptions {
        /// The kind of hash.
        projection_type = 0: LshProjectionType = LshProjectionType::UNKNOWN,
    }

    /// Options of `SKIP_GRAM`.
    SkipGramOptions {
        /// Words of one gram.
        ngram_size = 0: i32 = 0,
        /// Words that may be skipped.
        max_skip_size = 1: i32 = 0,
        /// Whether shorter grams are included.
        include_all_ngrams = 2: bool = false,
    }
}
