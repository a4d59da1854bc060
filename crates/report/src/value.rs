//! The elements of tensors, as numbers.

use std::fmt;

use bantam_schema::TensorType;
use serde::Serialize;

use crate::model::PerTensor;

/// An element.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Number {
    /// A boolean.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer of any width.
    Uint(u64),
    /// A float of 32 bits.
    Float(f32),
    /// A float of 64 bits.
    Double(f64),
}

impl Number {
    /// Returns the real number that a quantized element stands for; `None` for booleans.
    pub fn dequantized(self, quantization: PerTensor) -> Option<f64> {
        let number = match self {
            Self::Bool(_) => return None,
            Self::Int(int) => int as f64,
            Self::Uint(uint) => uint as f64,
            Self::Float(float) => f64::from(float),
            Self::Double(double) => double,
        };
        Some((number - quantization.zero_point as f64) * f64::from(quantization.scale))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(set) => set.fmt(f),
            Self::Int(int) => int.fmt(f),
            Self::Uint(uint) => uint.fmt(f),
            Self::Float(float) => f.write_str(&significant(f64::from(*float))),
            Self::Double(double) => f.write_str(&significant(*double)),
        }
    }
}

/// Returns a number with about five significant digits.
pub fn significant(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return format!("{number:.4e}");
    }
    let digits = match size {
        size if size >= 1e4 => 0,
        size if size >= 1e2 => 2,
        size if size >= 1.0 => 4,
        _ => 5,
    };
    let text = format!("{number:.digits$}");
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// Returns the elements of a little-endian tensor; `None` for types that are not numbers of whole
/// bytes.
pub fn numbers(bytes: &[u8], tensor_type: TensorType) -> Option<Vec<Number>> {
    Some(match tensor_type {
        TensorType::BOOL => each(bytes, |[byte]| Number::Bool(byte != 0)),
        TensorType::INT8 => each(bytes, |b| Number::Int(i8::from_le_bytes(b).into())),
        TensorType::INT16 => each(bytes, |b| Number::Int(i16::from_le_bytes(b).into())),
        TensorType::INT32 => each(bytes, |b| Number::Int(i32::from_le_bytes(b).into())),
        TensorType::INT64 => each(bytes, |b| Number::Int(i64::from_le_bytes(b))),
        TensorType::UINT8 => each(bytes, |b| Number::Uint(u8::from_le_bytes(b).into())),
        TensorType::UINT16 => each(bytes, |b| Number::Uint(u16::from_le_bytes(b).into())),
        TensorType::UINT32 => each(bytes, |b| Number::Uint(u32::from_le_bytes(b).into())),
        TensorType::UINT64 => each(bytes, |b| Number::Uint(u64::from_le_bytes(b))),
        TensorType::FLOAT32 => each(bytes, |b| Number::Float(f32::from_le_bytes(b))),
        TensorType::FLOAT64 => each(bytes, |b| Number::Double(f64::from_le_bytes(b))),
        _ => return None,
    })
}

fn each<const N: usize>(bytes: &[u8], number: fn([u8; N]) -> Number) -> Vec<Number> {
    bytes.as_chunks().0.iter().map(|chunk| number(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8], tensor_type: TensorType) -> Vec<String> {
        numbers(bytes, tensor_type).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn elements_are_little_endian() {
        assert_eq!(texts(&[128, 1], TensorType::INT8), ["-128", "1"]);
        assert_eq!(texts(&[128, 1], TensorType::UINT8), ["128", "1"]);
        assert_eq!(texts(&[0, 128], TensorType::INT16), ["-32768"]);
        assert_eq!(texts(&[0, 2], TensorType::BOOL), ["false", "true"]);
        assert_eq!(texts(&0.5_f32.to_le_bytes(), TensorType::FLOAT32), ["0.5"]);
        assert_eq!(numbers(&[0; 4], TensorType::INT4), None);
        assert_eq!(numbers(&[0; 4], TensorType::STRING), None);
    }

    #[test]
    fn significant_digits() {
        for (number, text) in [
            (0.0, "0"),
            (0.996_093_75, "0.99609"),
            (-1.5, "-1.5"),
            (1234.567, "1234.57"),
            (100.0, "100"),
            (123_456.0, "123456"),
            (1e-7, "1.0000e-7"),
            (-2.5e9, "-2.5000e9"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(significant(number), text);
        }
    }

    #[test]
    fn quantized_numbers_mean_real_ones() {
        assert_eq!(
            Number::Int(127).dequantized(PerTensor { scale: 1.0 / 256.0, zero_point: -128 }),
            Some(255.0 / 256.0)
        );
        assert_eq!(Number::Bool(true).dequantized(PerTensor { scale: 1.0, zero_point: 0 }), None);
    }
}
