//! Files for the inputs of a model.

use std::path::{Path, PathBuf};

use bantam_interp::Interpreter;
use bantam_report::model::type_name;
use bantam_report::text::{grouped, printable, shape_text};
use bantam_schema::Tensor;

use crate::failure::{Failure, Result};
use crate::model_file;
use crate::npy;

/// Returns the bytes for each input, of all steps; none at all stands for zeros.
pub(crate) fn feeds(
    files: &[PathBuf],
    interpreter: &mut Interpreter<'_>,
    steps: usize,
) -> Result<Vec<Vec<u8>>> {
    let expected = interpreter.input_len();
    if !files.is_empty() && files.len() != expected {
        let all = (0..expected).map(|index| of(index, interpreter.input_tensor(index)));
        let all: Vec<String> = all.collect();
        let given = files.len();
        let message =
            format!("--input is given {given} times; needed is one for {}", all.join(", "));
        return Err(Failure::new(message));
    }
    let mut feeds = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let len = interpreter.input_bytes(index).map_or(0, |bytes| bytes.len());
        feeds.push(feed(file, index, interpreter.input_tensor(index), (len, steps))?);
    }
    Ok(feeds)
}

/// Returns the input as messages name it.
fn of(index: usize, tensor: Option<Tensor<'_>>) -> String {
    let Some(tensor) = tensor else { return format!("input {index}") };
    let name = tensor.name().map(|name| format!(" \"{}\"", printable(name))).unwrap_or_default();
    let shape: Vec<i32> = tensor.shape().iter().collect();
    format!("input {index}{name} ({} {})", type_name(tensor.tensor_type()), shape_text(&shape))
}

/// Reads the file of an input of `len` bytes a step.
fn feed(
    file: &Path,
    index: usize,
    tensor: Option<Tensor<'_>>,
    (len, steps): (usize, usize),
) -> Result<Vec<u8>> {
    let input = of(index, tensor);
    let (found, bytes) = if npy::is_npy(file) {
        let kind = tensor.map(|tensor| tensor.tensor_type()).unwrap_or_default();
        let array = npy::read(file, kind, &input)?;
        let shape: Vec<i32> = tensor.iter().flat_map(|tensor| tensor.shape().iter()).collect();
        if len.checked_mul(steps) == Some(array.bytes.len()) && !ends_alike(&array.shape, &shape) {
            let found = &array.shape;
            let message = format!(
                "the array is {found:?}, and {input} has its elements in another order: np.transpose"
            );
            return Err(Failure::at(file, message));
        }
        (format!("the array is {:?}, of {} bytes", array.shape, array.bytes.len()), array.bytes)
    } else {
        let bytes = model_file::read(file)?;
        (format!("the file has {} bytes", grouped(bytes.len())), bytes)
    };
    if len.checked_mul(steps) == Some(bytes.len()) {
        return Ok(bytes);
    }
    let times = if steps == 1 { String::new() } else { format!(", {steps} times for --steps") };
    let mut message = format!("{found}; {input} takes {} bytes{times}", grouped(len));
    if len != 0 && bytes.len().is_multiple_of(len) && bytes.len() / len > 1 {
        message += &format!(": for all of it, --steps {}", bytes.len() / len);
    }
    Err(Failure::at(file, message))
}

/// Returns whether the array could be the tensor, or one for each step, but for dimensions of 1;
/// one without structure always could.
fn ends_alike(array: &[u64], tensor: &[i32]) -> bool {
    let array: Vec<u64> = array.iter().copied().filter(|&dim| dim != 1).collect();
    let tensor = tensor.iter().filter_map(|&dim| u64::try_from(dim).ok());
    let tensor: Vec<u64> = tensor.filter(|&dim| dim != 1).collect();
    // The first dimension of either may count steps, or be open.
    array.len() <= 1 || array.ends_with(tensor.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_another_order_are_told_apart() {
        assert!(ends_alike(&[1, 8, 8, 3], &[1, 8, 8, 3]));
        assert!(ends_alike(&[5, 1, 8, 8, 3], &[1, 8, 8, 3]));
        assert!(ends_alike(&[40, 8, 3], &[1, 8, 8, 3]));
        assert!(ends_alike(&[192], &[1, 8, 8, 3]));
        assert!(!ends_alike(&[1, 3, 8, 8], &[1, 8, 8, 3]));
        assert!(!ends_alike(&[8, 3, 8], &[1, 8, 8, 3]));
    }
}
