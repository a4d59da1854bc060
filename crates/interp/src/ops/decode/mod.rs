//! Tensors that a model has in fewer bytes.

mod encoded;
pub(super) mod tflm_decode;
