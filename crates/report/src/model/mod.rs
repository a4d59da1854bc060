//! Models, and the words for their parts.

mod foreign;
mod quantization;

use bantam_interp::host;
use bantam_schema::{Model, Tensor, TensorType};

use crate::Error;

pub use quantization::{PerTensor, Quantization};

/// Checks a model. What else the bytes are is said as far as it is known: a zip archive, a pointer
/// of Git LFS, a Keras model.
///
/// # Errors
///
/// [`Error::NotAModel`].
pub fn parse(bytes: &[u8]) -> Result<Model<'_>, Error> {
    use bantam_schema::Error as Fault;
    Model::parse(bytes).map_err(|error| {
        Error::NotAModel(match error {
            Fault::Length { .. } | Fault::Identifier(_) => match foreign::recognise(bytes) {
                Some(what) => what.to_owned(),
                None => format!("{error}, which every .tflite file has at byte 4"),
            },
            // The header is that of a model, so it was one.
            _ => format!("{error}; the file is damaged or cut short: convert or copy it again"),
        })
    })
}

/// Returns the file of the model with `batch` samples at a time, where its file leaves the number
/// open (-1).
///
/// # Errors
///
/// [`Error::Copy`].
pub fn with_batch(model: &Model<'_>, batch: u32) -> Result<Vec<u8>, Error> {
    Ok(host::with_batch(model, batch)?)
}

/// Returns the type's name in lower case, such as `int8`.
pub fn type_name(tensor_type: TensorType) -> String {
    tensor_type.to_string().to_lowercase()
}

/// Returns the bytes of a tensor of that type and shape; `None` if they are not known from the
/// file.
pub fn tensor_bytes(tensor: &Tensor<'_>) -> Option<usize> {
    let elements = tensor
        .shape()
        .iter()
        .try_fold(1_usize, |len, size| len.checked_mul(usize::try_from(size).ok()?))?;
    let bits = usize::try_from(tensor.tensor_type().bits()?).ok()?;
    Some(elements.checked_mul(bits)?.div_ceil(8))
}
