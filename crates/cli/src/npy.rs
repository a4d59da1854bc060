//! Tensors as NumPy's `.npy` files.

use std::io::Read;
use std::path::Path;

use bantam_schema::TensorType;
use npyz::{DType, NpyFile, Order, WriteOptions, WriterBuilder as _};

use crate::failure::{Failure, Result};
use crate::files;

/// Whether the file is to be read as an array: by its name.
pub(crate) fn is_npy(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
}

/// What NumPy calls the type; `None` for one that it does not have.
fn code(tensor_type: TensorType) -> Option<&'static str> {
    Some(match tensor_type {
        TensorType::BOOL => "|b1",
        TensorType::INT8 => "|i1",
        TensorType::UINT8 => "|u1",
        TensorType::INT16 => "<i2",
        TensorType::UINT16 => "<u2",
        TensorType::INT32 => "<i4",
        TensorType::UINT32 => "<u4",
        TensorType::INT64 => "<i8",
        TensorType::UINT64 => "<u8",
        TensorType::FLOAT16 => "<f2",
        TensorType::FLOAT32 => "<f4",
        TensorType::FLOAT64 => "<f8",
        TensorType::COMPLEX64 => "<c8",
        TensorType::COMPLEX128 => "<c16",
        _ => return None,
    })
}

/// The bytes of the file of a little-endian tensor; `None` for types that NumPy does not have.
pub(crate) fn encoded(tensor_type: TensorType, shape: &[u64], bytes: &[u8]) -> Option<Vec<u8>> {
    let dtype = DType::Plain(code(tensor_type)?.parse().ok()?);
    let options = WriteOptions::new_header_only().dtype(dtype).shape(shape).writer(Vec::new());
    let mut file = options.write_header_only().ok()?;
    file.extend_from_slice(bytes);
    Some(file)
}

/// The little-endian elements of an array of this type, in the order of their indices.
pub(crate) fn read(path: &Path, tensor_type: TensorType) -> Result<Vec<u8>> {
    let file = files::read(path)?;
    let at = |message: String| Failure::at(path, message);
    let array = NpyFile::new(&file[..]).map_err(|error| Failure::at(path, error))?;
    let found = array.dtype().descr();
    let found = found.trim_matches('\'');
    let needed = code(tensor_type).unwrap_or("another type");
    // Of one byte, an order makes no difference.
    let plain = |code: &str| code.trim_start_matches(['|', '<', '=']).to_owned();
    if plain(found) != plain(needed) {
        return Err(at(format!("the array is of type {found} where {needed} is needed")));
    }
    if array.order() == Order::Fortran && array.shape().len() > 1 {
        let message = "the array is in Fortran's order: save np.ascontiguousarray of it";
        return Err(at(message.to_owned()));
    }
    let mut bytes = Vec::new();
    array.into_inner().read_to_end(&mut bytes).map_err(|error| Failure::at(path, error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let path = std::env::temp_dir().join(format!("bantam-{}.npy", std::process::id()));
        for (tensor_type, bytes) in [
            (TensorType::INT8, &[1, 255][..]),
            (TensorType::BOOL, &[0, 1]),
            (TensorType::FLOAT32, &[0, 0, 128, 63, 0, 0, 0, 64]),
            (TensorType::INT64, &[7; 16]),
        ] {
            std::fs::write(&path, encoded(tensor_type, &[2, 1], bytes).unwrap()).unwrap();
            assert_eq!(read(&path, tensor_type).unwrap(), bytes);
            let error = read(&path, TensorType::INT16).unwrap_err().to_string();
            assert!(error.contains("<i2 is needed"), "{error}");
        }
        std::fs::remove_file(path).unwrap();
        assert_eq!(encoded(TensorType::STRING, &[1], &[0]), None);
    }
}
