//! The tensors of a model as files of a folder.

use std::path::Path;

use bantam_report::model::tensor_bytes;
use bantam_report::taps::Taps;
use bantam_schema::Tensor;

use crate::failure::Result;
use crate::{files, npy};

/// Writes all tensors, constants too, to files of a folder; gives how many. Those of types that
/// NumPy does not have are left out.
pub(crate) fn write(taps: &Taps<'_>, folder: &Path) -> Result<usize> {
    files::make_folder(folder)?;
    let mut count = 0;
    for (tensor, index) in taps.subgraph().tensors().zip(0_u32..) {
        let file = taps.bytes(index).and_then(|bytes| file_of(&tensor, bytes));
        if let Some(file) = file {
            files::write(&folder.join(file_name(index)), &file)?;
            count += 1;
        }
    }
    Ok(count)
}

/// The name of the file of a tensor.
pub(crate) fn file_name(tensor: u32) -> String {
    format!("tensor_{tensor}.npy")
}

/// The `.npy` file of a tensor; `None` if NumPy has no such type, or if there are more or less
/// bytes than its shape says.
fn file_of(tensor: &Tensor<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let shape: Option<Vec<u64>> =
        tensor.shape().iter().map(|size| u64::try_from(size).ok()).collect();
    let tensor_type = tensor.tensor_type();
    let fits = tensor_bytes(tensor) == Some(bytes.len());
    npy::encoded(tensor_type, &shape?, bytes).filter(|_| fits)
}
