//! What a user can do about a refused node.

use super::reason::{Known, known};
use super::site::Site;
use crate::Cause;
use bantam_kernels::ParamsError;
use bantam_schema::{Tensor, TensorType as T};
use std::borrow::ToOwned;
use std::string::String;

/// What helps; empty where nothing is known to.
pub(super) fn advice(site: &Site<'_>, tensor: Option<u32>, cause: Cause) -> String {
    let blamed = site.tensor(tensor);
    let advice = match known(site, tensor, cause) {
        Some(Known::Hybrid) => {
            "quantize activations, too: converter.representative_dataset and \
             converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]; or \
             weights neither: leave converter.optimizations empty"
        }
        Some(Known::Int4Scales(_)) => "quantize the weights per tensor, or to 8 bits",
        Some(Known::Mask(..)) => {
            "slice with a range for every dimension: x[:, :, 0:2] instead of x[..., 0:2], and \
             tf.expand_dims instead of tf.newaxis"
        }
        Some(Known::Dynamic) => {
            "set it: `bantam simplify MODEL --batch 1 --output FIXED`; or give every input a fixed \
             shape before converting: keras.Input(batch_size=1, ...), \
             or a concrete function with an input_signature"
        }
        Some(Known::Outside { .. }) => {
            "copy the whole file again; or keep weights inside: convert with \
             converter._experimental_use_buffer_offset = False"
        }
        Some(Known::ExternalFile) => "convert into one file, with weights inside",
        Some(Known::Sparse) => "convert without tf.lite.Optimize.EXPERIMENTAL_SPARSITY",
        None => match cause {
            Cause::TensorType(found) => of_type(found, blamed),
            Cause::Params(ParamsError::ScaleNeeded { .. }) => {
                "let the converter quantize this operator: it always writes that scale"
            }
            Cause::Params(ParamsError::Scale | ParamsError::Multiplier) => {
                "calibrate with samples that reach the layer: converter.representative_dataset"
            }
            Cause::Quantization | Cause::Params(ParamsError::Quantization) => {
                "quantize the whole model with the converter: converter.representative_dataset"
            }
            Cause::NotConstant => {
                "make it a constant of the model: a value that is known when the model is converted"
            }
            Cause::NeverWritten => {
                "the file is damaged, or was cut out of a larger model: convert it again"
            }
            Cause::ConstantTooShort { .. } => {
                "the file is damaged: convert or copy it again; or it has lookup tables in its \
                 metadata (COMPRESSION_METADATA): `bantam compress MODEL --output FILE`"
            }
            Cause::Options => "the file was not written by the converter, or is damaged",
            Cause::FusedActivation => "apply the activation as an operator of its own",
            Cause::NotCalled(_) | Cause::Custom(_) => "",
            _ => "docs/operators.md lists what the operator takes",
        },
    };
    advice.to_owned()
}

fn of_type(found: T, tensor: Option<Tensor<'_>>) -> &'static str {
    match found {
        T::FLOAT16 | T::BFLOAT16 => {
            "convert without converter.target_spec.supported_types = [tf.float16]"
        }
        T::UINT8 => {
            "quantize to int8: convert with converter.representative_dataset in TensorFlow 2, and \
             converter.inference_input_type = tf.int8"
        }
        T::INT4 | T::UINT4 | T::INT2 if tensor.is_some_and(|tensor| tensor.is_constant()) => {
            "quantize weights to 8 bits"
        }
        T::INT4 | T::UINT4 | T::INT2 => "quantize activations to 8 or 16 bits",
        T::INT64 if tensor.is_some_and(|tensor| tensor.is_constant()) => {
            "make the constant tf.int32 before converting"
        }
        T::INT64 => "cast to tf.int32 in the model",
        T::FLOAT64 => "make the model float32 before converting: tf.keras.backend.set_floatx",
        T::STRING => "handle text outside of the model",
        T::RESOURCE | T::VARIANT => "convert a model without variables and lists, or unroll it",
        T::FLOAT32 => "quantize the operator, too, or use another one",
        _ => "cast to a type that the operator takes, or use another operator",
    }
}
