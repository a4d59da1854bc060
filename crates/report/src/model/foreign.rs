//! Recognises files that are no models, by how they begin.

/// Says what a file that is no model is, and what to do; `None` if that is not known.
pub(super) fn recognise(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.is_empty() {
        return Some("the file is empty");
    }
    if starts(b"version https://git-lfs.github.com/spec") {
        return Some(
            "this is a pointer of Git LFS, not the model: `git lfs pull` fetches what it stands for",
        );
    }
    let binary: &[(&[u8], &str)] = &[
        (
            b"\x93NUMPY",
            "this is a NumPy array (.npy): inputs are such files; the model is a .tflite file",
        ),
        (
            b"PK\x03\x04",
            "this is a zip archive (.task, .keras, .npz): unpack it (`unzip FILE`), the .tflite \
             file may be in it; a .keras model has yet to be converted",
        ),
        (
            b"\x89HDF\r\n\x1a\n",
            "this is an HDF5 file (.h5), a Keras model: tf.lite.TFLiteConverter converts it",
        ),
        (b"\x1f\x8b", "this is compressed by gzip: unpack it (`gunzip`)"),
        (b"BTMI", "this is a prepared image of `bantam prepare`, which belongs to a model"),
        (b"\x7fELF", "this is a program (ELF)"),
        (b"MZ", "this is a program for Windows"),
        (b"\x80\x02", "this is a Python pickle, such as a PyTorch model: it has to be converted"),
        (b"RIFF", "this is a RIFF file, such as a sound (.wav)"),
        (b"\x89PNG", "this is a picture (PNG)"),
        (b"GGUF", "this is a GGUF model, for llama.cpp"),
    ];
    if let Some((_, what)) = binary.iter().find(|(magic, _)| starts(magic)) {
        return Some(what);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("this is a tar archive: unpack it (`tar xf FILE`)");
    }
    if bytes.get(4..6) == Some(b"ET") {
        return Some("this is an ExecuTorch program (.pte): only TensorFlow Lite models run here");
    }
    if let Some(&[b'T', b'F', b'L', version]) = bytes.get(4..8)
        && version != b'3'
    {
        return Some("this is a TensorFlow Lite model of another version of the schema than 3");
    }
    // Protocol buffers of ONNX begin with the version of its format and the name of a producer.
    if let [0x08, 1..=20, 0x12, _, name @ ..] = bytes
        && name.first().is_some_and(u8::is_ascii_alphabetic)
    {
        return Some("this looks like an ONNX model: convert it to .tflite (onnx2tf)");
    }
    text(bytes)
}

/// Says what a text is.
fn text(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let head = match str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if head.contains('\0') {
        return None;
    }
    let lower = head.trim_start().to_lowercase();
    let is_array =
        ["unsigned char", "uint8_t", "const char", "alignas", "0x1c, 0x00", "0x54, 0x46"];
    Some(if lower.starts_with("<!doctype") || lower.starts_with("<html") {
        "this is a web page: the download link leads to a page about the file, not to it"
    } else if is_array.iter().any(|part| lower.contains(part)) {
        "this is a C array of a model: `xxd -r -p` on its numbers gives the .tflite file back"
    } else if lower.starts_with('{') || lower.starts_with('[') {
        "this is JSON: `flatc -b schema.fbs FILE` makes a .tflite file of one that flatc wrote"
    } else if lower.starts_with(":10") || lower.starts_with(":02") {
        "this is a program in Intel HEX"
    } else {
        "this is a text file"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_mistakes_are_recognised() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git lfs pull"),
            (b"\x93NUMPY\x01\0", "NumPy"),
            (b"PK\x03\x04\x14\0", "unzip"),
            (b"\x89HDF\r\n\x1a\n\0", "Keras"),
            (b"\x1f\x8b\x08\0", "gunzip"),
            (b"BTMI\0\0\0\0", "prepared image"),
            (b"// model\nalignas(16) const unsigned char g_model[] = { 0x1c, 0x00,", "C array"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"{\n  \"version\": 3,", "flatc"),
            (b"\x1c\0\0\0TFL2", "version of the schema"),
            (b"\x08\x07\x12\x07pytorch", "ONNX"),
            (b"id,lower,upper,size\n", "text file"),
            ("Größe".as_bytes(), "text file"),
        ] {
            let found = recognise(bytes).unwrap_or("nothing");
            assert!(found.contains(word), "{word}: {found}");
        }
        for unknown in [&b"\x1c\0\0\0TFL3\xff\xfe"[..], b"\0\0\0\0", &[0xFF; 300]] {
            assert_eq!(recognise(unknown), None);
        }
    }
}
