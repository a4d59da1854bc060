//! CAST: numbers as numbers of another type.
//!
//! Each block of numbers goes through words of 32 bits: a loop takes them in, another one converts
//! them, a third one writes them. So there are loops for each type, and none for each pair of
//! types.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/cast.cc` (`copyCast`); truth values as results are of
//! later builds.

use crate::error::{LengthMismatch, Operand};

/// Numbers that go through the words at a time.
const BLOCK: usize = 32;

/// A type of numbers, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Bytes with a sign.
    I8,
    /// Bytes that are 0 or 1; what is not 0 is true.
    Bool,
    /// 16 bits with a sign.
    I16,
    /// 32 bits with a sign.
    I32,
    /// 32 bits without a sign.
    U32,
    /// Real numbers of 32 bits.
    F32,
}

impl Number {
    /// Bytes of a number.
    pub const fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::Bool => 1,
            Self::I16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
        }
    }
}

/// Casts each number of `input`, which are of the type `from`, to the type `to`.
///
/// Integers wrap; fractions are dropped. What the reference makes of a float that does not fit is
/// undefined; here it is taken as an integer of 64 bits, a NaN as 0, and wraps.
///
/// # Errors
///
/// [`LengthMismatch`] if there is not room for as many numbers as there are. Nothing is written.
///
/// ```
/// use bantam_kernels::unary::cast::{Number, cast};
/// let reals = [-1.9_f32, 127.0, 257.5].map(f32::to_le_bytes);
/// let mut output = [0; 3];
/// cast([Number::F32, Number::I8], reals.as_flattened(), &mut output)?;
/// assert_eq!(output.map(|byte| byte as i8), [-1, 127, 1]);
/// # Ok::<(), bantam_kernels::LengthMismatch>(())
/// ```
pub fn cast(types: [Number; 2], input: &[u8], output: &mut [u8]) -> Result<(), LengthMismatch> {
    let [from, to] = types;
    let [from_bytes, to_bytes] = types.map(Number::bytes);
    let numbers = input.len().checked_div(from_bytes).unwrap_or(0);
    let expected = numbers.saturating_mul(to_bytes);
    LengthMismatch::check(Operand::Output, expected, output.len())?;
    let mut words = [0; BLOCK];
    let (mut input, mut output) = (input, output);
    // By hand: the compiler does not see that no type has 0 bytes, for which `chunks` panics.
    while !output.is_empty() {
        let len = output.len().min(BLOCK * to_bytes);
        let (block, rest) = output.split_at_mut_checked(len).unwrap_or_default();
        load(from, input, &mut words);
        convert(from, to, &mut words);
        store(to, &words, block);
        input = input.get(BLOCK * from_bytes..).unwrap_or(&[]);
        output = rest;
    }
    Ok(())
}

/// Takes numbers in: integers as those of 32 bits, a float as its bits.
fn load(from: Number, input: &[u8], words: &mut [u32; BLOCK]) {
    match from {
        Number::I8 => {
            words.iter_mut().zip(input).for_each(|(word, &x)| *word = (x as i8) as u32);
        }
        Number::Bool => words.iter_mut().zip(input).for_each(|(word, &x)| *word = x.into()),
        Number::I16 => {
            let numbers = input.as_chunks().0;
            let value = |bytes: &[u8; 2]| i16::from_le_bytes(*bytes) as u32;
            words.iter_mut().zip(numbers).for_each(|(word, bytes)| *word = value(bytes));
        }
        Number::I32 | Number::U32 | Number::F32 => {
            let numbers = input.as_chunks().0;
            words.iter_mut().zip(numbers).for_each(|(word, &x)| *word = u32::from_le_bytes(x));
        }
    }
}

/// Makes what was taken in from one type into what the other one is written from.
fn convert(from: Number, to: Number, words: &mut [u32; BLOCK]) {
    match (from, to) {
        (Number::F32, Number::F32) => {}
        (Number::F32, Number::Bool) => {
            words.iter_mut().for_each(|word| *word = (f32::from_bits(*word) != 0.0).into());
        }
        (Number::F32, _) => {
            words.iter_mut().for_each(|word| *word = f32::from_bits(*word) as i64 as u32);
        }
        (Number::U32, Number::F32) => {
            words.iter_mut().for_each(|word| *word = (*word as f32).to_bits());
        }
        (_, Number::F32) => {
            words.iter_mut().for_each(|word| *word = (*word as i32 as f32).to_bits());
        }
        (_, Number::Bool) => words.iter_mut().for_each(|word| *word = (*word != 0).into()),
        _ => {}
    }
}

/// Writes the low bits.
fn store(to: Number, words: &[u32; BLOCK], output: &mut [u8]) {
    match to {
        Number::I8 | Number::Bool => {
            output.iter_mut().zip(words).for_each(|(byte, &word)| *byte = word as u8);
        }
        Number::I16 => {
            let numbers = output.as_chunks_mut().0.iter_mut();
            numbers.zip(words).for_each(|(bytes, &word)| *bytes = (word as u16).to_le_bytes());
        }
        Number::I32 | Number::U32 | Number::F32 => {
            let numbers = output.as_chunks_mut().0.iter_mut();
            numbers.zip(words).for_each(|(bytes, &word)| *bytes = word.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const ALL: [Number; 6] =
        [Number::I8, Number::Bool, Number::I16, Number::I32, Number::U32, Number::F32];

    /// A number of any type.
    #[derive(Clone, Copy, Debug)]
    enum Value {
        Integer(i64),
        Real(f32),
    }

    fn read(number: Number, bytes: &[u8]) -> Value {
        let four = || <[u8; 4]>::try_from(bytes).unwrap();
        match number {
            Number::I8 => Value::Integer((bytes[0] as i8).into()),
            Number::Bool => Value::Integer(bytes[0].into()),
            Number::I16 => Value::Integer(i16::from_le_bytes([bytes[0], bytes[1]]).into()),
            Number::I32 => Value::Integer(i32::from_le_bytes(four()).into()),
            Number::U32 => Value::Integer(u32::from_le_bytes(four()).into()),
            Number::F32 => Value::Real(f32::from_le_bytes(four())),
        }
    }

    /// The bytes of a value as another type, by Rust's own conversions.
    fn written(value: Value, number: Number) -> Vec<u8> {
        let integer = match value {
            Value::Integer(integer) => integer,
            Value::Real(real) => real as i64,
        };
        match (number, value) {
            (Number::F32, Value::Integer(integer)) => (integer as f32).to_le_bytes().to_vec(),
            (Number::F32, Value::Real(real)) => real.to_le_bytes().to_vec(),
            (Number::Bool, Value::Real(real)) => vec![u8::from(real != 0.0)],
            (Number::Bool, Value::Integer(integer)) => vec![u8::from(integer != 0)],
            (Number::I8, _) => (integer as i8).to_le_bytes().to_vec(),
            (Number::I16, _) => (integer as i16).to_le_bytes().to_vec(),
            (Number::I32 | Number::U32, _) => (integer as u32).to_le_bytes().to_vec(),
        }
    }

    fn check(types: [Number; 2], input: &[u8]) {
        let [from, to] = types;
        let numbers = input.chunks_exact(from.bytes());
        let want: Vec<u8> = numbers.flat_map(|bytes| written(read(from, bytes), to)).collect();
        let mut got = vec![7; want.len()];
        cast(types, input, &mut got).unwrap();
        assert_eq!(got, want, "{types:?} of {input:?}");
    }

    proptest! {
        #[test]
        fn any_bits_are_cast_as_by_rust(words in prop::collection::vec(any::<u32>(), 0..70)) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            ALL.iter().for_each(|&from| ALL.iter().for_each(|&to| check([from, to], &bytes)));
        }
    }

    #[test]
    fn edges_are_cast_as_by_rust() {
        let reals = [
            0.0,
            -0.0,
            0.5,
            -0.5,
            1.9,
            -1.9,
            127.5,
            128.0,
            255.9,
            32_767.9,
            65_536.0,
            2e9,
            3e9,
            -3e9,
            9e18,
            -9e18,
            1e19,
            1e38,
            1e-45,
            f32::MAX,
            f32::MIN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            -f32::NAN,
        ];
        let reals: Vec<u8> = reals.iter().flat_map(|real: &f32| real.to_le_bytes()).collect();
        let integers = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 16_777_217];
        let more = [0x7FFF_FFFF, 0x8000_0000, 0x8000_0080, 0xFFFF_FF7F, 0xFFFF_FFFF_u32];
        let integers = integers.iter().chain(&more);
        let integers: Vec<u8> = integers.flat_map(|word: &u32| word.to_le_bytes()).collect();
        for to in ALL {
            check([Number::F32, to], &reals);
            ALL.iter().for_each(|&from| check([from, to], &integers));
        }
    }

    #[test]
    fn lengths_are_checked() {
        let mut output = [9; 5];
        for (types, input) in [([Number::I16, Number::I8], 8), ([Number::I8, Number::I16], 2)] {
            assert!(cast(types, &[0; 8][..input], &mut output).is_err());
        }
        assert_eq!(output, [9; 5]);
    }
}
