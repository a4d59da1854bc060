//! Numbers without a pattern, the same each time and on every machine.

use bantam_schema::TensorType;

/// A linear congruential generator; the high bits are good.
fn numbers(seed: u32) -> impl Iterator<Item = u32> {
    let step = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(seed), step).skip(1)
}

/// The first `len` bytes of a tensor: narrow integers from their whole range, wide ones up to
/// ±2048, floats in −1..1.
pub fn bytes(tensor_type: TensorType, len: usize, seed: u32) -> Vec<u8> {
    let signed = numbers(seed).map(|n| n.cast_signed());
    match tensor_type {
        TensorType::FLOAT32 => {
            spread(len, signed.map(|n| (n as f32 / 2_f32.powi(31)).to_le_bytes()))
        }
        TensorType::INT32 => spread(len, signed.map(|n| (n >> 20).to_le_bytes())),
        TensorType::UINT32 => spread(len, numbers(seed).map(u32::to_le_bytes)),
        TensorType::INT64 => spread(len, signed.map(|n| i64::from(n >> 20).to_le_bytes())),
        TensorType::BOOL => numbers(seed).map(|n| (n >> 31) as u8).take(len).collect(),
        _ => numbers(seed).map(|n| (n >> 24) as u8).take(len).collect(),
    }
}

/// Indices, from 0 to less than `places`.
pub fn indices(tensor_type: TensorType, len: usize, seed: u32, places: i32) -> Vec<u8> {
    let places = places.unsigned_abs().max(1);
    let numbers = numbers(seed).map(|n| (n >> 8) % places);
    match tensor_type {
        TensorType::INT16 => spread(len, numbers.map(|n| (n as u16).to_le_bytes())),
        _ => spread(len, numbers.map(u32::to_le_bytes)),
    }
}

/// As [`bytes`], but every third element is one of the type's `extremes`.
pub fn extremes(tensor_type: TensorType, len: usize, seed: u32) -> Vec<u8> {
    match tensor_type {
        TensorType::FLOAT32 => mix(tensor_type, len, seed, &FLOATS.map(f32::to_le_bytes)),
        TensorType::INT8 => {
            mix(tensor_type, len, seed, &[-128_i8, 127, 0, -127].map(i8::to_le_bytes))
        }
        TensorType::UINT8 => mix(tensor_type, len, seed, &[[0_u8], [255], [128]]),
        TensorType::INT16 => {
            let values = [-32768_i16, 32767, 0, -32767, 1, -1];
            mix(tensor_type, len, seed, &values.map(i16::to_le_bytes))
        }
        // Products of two of them have 31 bits.
        TensorType::INT32 => {
            mix(tensor_type, len, seed, &[-32768_i32, 32767, 0, 1, -1].map(i32::to_le_bytes))
        }
        _ => bytes(tensor_type, len, seed),
    }
}

/// As [`extremes`] of floats, of which none is further from zero than `limit`.
pub fn limited(len: usize, seed: u32, limit: Option<f32>) -> Vec<u8> {
    let mut data = extremes(TensorType::FLOAT32, len, seed);
    if let Some(limit) = limit {
        for element in data.as_chunks_mut().0 {
            *element = f32::from_le_bytes(*element).clamp(-limit, limit).to_le_bytes();
        }
    }
    data
}

/// As [`bytes`], but every seventh element is not a number.
pub fn with_nan(len: usize, seed: u32) -> Vec<u8> {
    let mut data = bytes(TensorType::FLOAT32, len, seed);
    let elements = data.as_chunks_mut().0.iter_mut().skip(seed as usize % 5);
    elements.step_by(7).for_each(|element| *element = f32::NAN.to_le_bytes());
    data
}

/// Infinities, zeros, the largest and the smallest numbers, halves, which are rounded to even or
/// not.
const FLOATS: [f32; 15] = [
    f32::INFINITY,
    -0.0,
    f32::MAX,
    0.5,
    f32::from_bits(1),
    -1.5,
    f32::NEG_INFINITY,
    f32::MIN_POSITIVE,
    2.5,
    f32::MIN,
    0.0,
    89.5,
    -f32::from_bits(0x007F_FFFF),
    6.0,
    -100.25,
];

fn mix<const N: usize>(
    tensor_type: TensorType,
    len: usize,
    seed: u32,
    values: &[[u8; N]],
) -> Vec<u8> {
    let mut data = bytes(tensor_type, len, seed);
    let elements = data.as_chunks_mut().0.iter_mut().skip(seed as usize % 3).step_by(3);
    // Where the list begins depends on the seed: two operands meet in other pairs.
    let values = values.iter().cycle().skip(seed as usize % values.len());
    elements.zip(values).for_each(|(element, value)| *element = *value);
    data
}

fn spread<const N: usize>(len: usize, values: impl Iterator<Item = [u8; N]>) -> Vec<u8> {
    values.flatten().take(len).collect()
}
