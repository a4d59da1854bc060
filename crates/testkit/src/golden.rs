//! Golden files: what TensorFlow Lite Micro computes for each of [`cases`](crate::cases).
//!
//! There is a text file for each family. A case begins with its name and a fingerprint of its model
//! and inputs; then comes a line for each inference, with its outputs in hexadecimal digits:
//!
//! ```text
//! RELU/i8/1x2 4f1b2b0c9d3e8a77
//! > 037f
//! ```
//!
//! Inputs are those of [`Case::feeds`], so they need no place. `cargo xtask golden` writes the
//! files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bantam_schema::TensorType;

use crate::{Case, Exactness, Tensor};

/// The bytes of the tensors of one inference.
pub type Tensors = Vec<Vec<u8>>;

/// The outputs of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Golden {
    /// The name of the case.
    pub name: String,
    /// [`fingerprint`] of the case.
    pub fingerprint: u64,
    /// The outputs of inferences that follow one another.
    pub outputs: Vec<Tensors>,
}

/// Where the golden file of a family is.
pub fn path(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(family).with_extension("txt")
}

/// FNV-1a of the model of a case and of its inputs.
pub fn fingerprint(case: &Case) -> u64 {
    let inputs = case.feeds().into_iter().flatten().flatten();
    case.file().into_iter().chain(inputs).fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    })
}

impl Golden {
    /// The outputs of a case, for each inference.
    pub fn new(case: &Case, outputs: Vec<Tensors>) -> Self {
        Self { name: case.name.clone(), fingerprint: fingerprint(case), outputs }
    }
}

/// The text of a golden file.
pub fn write(golden: &[Golden]) -> String {
    let mut text = String::new();
    for case in golden {
        text += &format!("{} {:016x}\n", case.name, case.fingerprint);
        for outputs in &case.outputs {
            text.push('>');
            for tensor in outputs {
                text.push(' ');
                tensor
                    .iter()
                    .for_each(|byte| write!(text, "{byte:02x}").expect("strings take all"));
            }
            text.push('\n');
        }
    }
    text
}

/// The contents of a golden file.
///
/// # Errors
///
/// What is wrong with which line.
pub fn read(text: &str) -> Result<Vec<Golden>, String> {
    let mut all: Vec<Golden> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let fault = |what: &str| format!("line {number}: {what}");
        let (mark, rest) = line.split_once(' ').ok_or_else(|| fault("one word"))?;
        match (mark, all.last_mut()) {
            (">", Some(case)) => {
                case.outputs.push(tensors(rest).ok_or_else(|| fault("no bytes"))?);
            }
            (">", None) => return Err(fault("no case")),
            (name, _) => {
                let fingerprint = u64::from_str_radix(rest, 16);
                let fingerprint = fingerprint.map_err(|_| fault("no fingerprint"))?;
                all.push(Golden { name: name.to_owned(), fingerprint, outputs: vec![] });
            }
        }
    }
    Ok(all)
}

fn tensors(text: &str) -> Option<Tensors> {
    text.split(' ').map(bytes).collect()
}

/// The bytes of hexadecimal digits.
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

/// The first element of an output that is another one than TFLM's.
pub fn difference(
    exactness: Exactness,
    tensor: &Tensor,
    got: &[u8],
    want: &[u8],
) -> Option<String> {
    if tensor.tensor_type == TensorType::FLOAT32 {
        let floats = |bytes: &[u8]| {
            bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect::<Vec<_>>()
        };
        let pairs = floats(got).into_iter().zip(floats(want)).enumerate();
        let mut other = pairs.filter(|(_, (got, want))| !alike(exactness, *got, *want));
        return other.next().map(|(i, (got, want))| format!("[{i}] is {got:e}, TFLM has {want:e}"));
    }
    let at = got.iter().zip(want).position(|(got, want)| got != want)?;
    Some(format!("byte {at} is {:?}, TFLM has {:?}", got.get(at), want.get(at)))
}

/// Whether two floats are close enough. What kind of NaN an operation gives is not specified, so
/// all are alike.
fn alike(exactness: Exactness, got: f32, want: f32) -> bool {
    // The bits of finite floats, in the order of the floats.
    let place = |value: f32| {
        let bits = i64::from(value.to_bits() & 0x7FFF_FFFF);
        if value.is_sign_negative() { -bits } else { bits }
    };
    match exactness {
        _ if got.is_nan() || want.is_nan() => got.is_nan() && want.is_nan(),
        Exactness::Ulps(ulps) if got.is_finite() && want.is_finite() => {
            place(got).abs_diff(place(want)) <= ulps.into()
        }
        _ => got.to_bits() == want.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let golden = [
            Golden {
                name: "ADD/i8/2".into(),
                fingerprint: 0x1F,
                outputs: vec![vec![vec![1, 255], vec![0x0A]]; 2],
            },
            Golden { name: "X".into(), fingerprint: u64::MAX, outputs: vec![] },
        ];
        let text = write(&golden);
        assert!(text.starts_with("ADD/i8/2 000000000000001f\n> 01ff 0a\n> 01ff 0a\nX "));
        assert_eq!(read(&text).as_deref(), Ok(&golden[..]));
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(read("> 00"), Err("line 1: no case".into()));
        assert_eq!(read("A 0\n> 0"), Err("line 2: no bytes".into()));
        assert_eq!(read("A 0\n> 0g"), Err("line 2: no bytes".into()));
        assert_eq!(read("A g"), Err("line 1: no fingerprint".into()));
        assert_eq!(read("A"), Err("line 1: one word".into()));
    }

    #[test]
    fn floats_are_compared_by_their_bits() {
        let next = f32::from_bits(1.0_f32.to_bits() + 1);
        for (exactness, got, want, expected) in [
            (Exactness::Bits, 1.0, 1.0, true),
            (Exactness::Bits, 1.0, next, false),
            (Exactness::Bits, 0.0, -0.0, false),
            (Exactness::Bits, f32::NAN, -f32::NAN, true),
            (Exactness::Ulps(9), f32::NAN, 1.0, false),
            (Exactness::Ulps(1), next, 1.0, true),
            (Exactness::Ulps(1), f32::from_bits(1.0_f32.to_bits() + 2), 1.0, false),
            (Exactness::Ulps(2), f32::from_bits(1), -f32::from_bits(1), true),
            (Exactness::Ulps(9), f32::MAX, f32::INFINITY, false),
            (Exactness::Ulps(9), f32::INFINITY, f32::INFINITY, true),
        ] {
            assert_eq!(alike(exactness, got, want), expected, "{exactness:?} {got:e} {want:e}");
        }
    }
}
