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

/// What NumPy's users call a type, such as `float32`.
fn word(code: &str) -> String {
    let (kind, bytes) =
        code.trim_start_matches(['|', '<', '=', '>']).split_at_checked(1).unwrap_or_default();
    let bits = bytes.parse::<u32>().unwrap_or(0) * 8;
    match kind {
        "b" => "bool".to_owned(),
        "i" => format!("int{bits}"),
        "u" => format!("uint{bits}"),
        "f" => format!("float{bits}"),
        "c" => format!("complex{bits}"),
        _ => code.to_owned(),
    }
}

/// An array from a file.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<u64>,
    /// The little-endian elements, in the order of their indices.
    pub(crate) bytes: Vec<u8>,
}

/// Reads an array of this type, for the tensor that `wanted` describes.
pub(crate) fn read(path: &Path, tensor_type: TensorType, wanted: &str) -> Result<Array> {
    let file = files::read(path)?;
    let at = |message: String| Failure::at(path, message);
    let array = NpyFile::new(&file[..]).map_err(|error| Failure::at(path, error))?;
    let found = array.dtype().descr();
    let found = found.trim_matches('\'');
    let Some(needed) = code(tensor_type) else {
        return Err(at(format!("NumPy has no type for {wanted}: give its bytes in another file")));
    };
    // Of one byte, an order makes no difference.
    let plain = |code: &str| code.trim_start_matches(['|', '<', '=']).to_owned();
    if plain(found) != plain(needed) {
        let (found, needed) = (word(found), word(needed));
        let way = if found.starts_with("float") && !needed.starts_with("float") {
            "quantize it: np.round(array / scale) + zero_point, then "
        } else {
            ""
        };
        return Err(at(format!(
            "the array is {found}; {needed} is needed for {wanted}: {way}array.astype(np.{needed})"
        )));
    }
    if array.order() == Order::Fortran && array.shape().len() > 1 {
        let message = "the array is in Fortran's order: save np.ascontiguousarray of it";
        return Err(at(message.to_owned()));
    }
    let shape = array.shape().to_vec();
    let mut bytes = Vec::new();
    array.into_inner().read_to_end(&mut bytes).map_err(|error| Failure::at(path, error))?;
    Ok(Array { shape, bytes })
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
            let array = read(&path, tensor_type, "input 0").unwrap();
            assert_eq!((&*array.bytes, &*array.shape), (bytes, &[2, 1][..]));
            let error = read(&path, TensorType::INT16, "input 0").unwrap_err().to_string();
            assert!(error.contains("; int16 is needed for input 0"), "{error}");
        }
        std::fs::remove_file(path).unwrap();
        assert_eq!(encoded(TensorType::STRING, &[1], &[0]), None);
    }
}
