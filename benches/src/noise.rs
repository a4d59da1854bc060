//! Numbers without a pattern, the same each time and on every machine.

use bantam_schema::TensorType;

/// A linear congruential generator; the high bits are good.
fn numbers(seed: u32) -> impl Iterator<Item = u32> {
    let step = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(seed), step).skip(1)
}

/// So many bytes of a tensor: integers from their whole range if narrow, small ones if wide, floats
/// in −1..1.
pub(crate) fn bytes(tensor_type: TensorType, len: usize, seed: u32) -> Vec<u8> {
    let signed = numbers(seed).map(|n| n.cast_signed());
    match tensor_type {
        TensorType::FLOAT32 => {
            spread(len, signed.map(|n| (n as f32 / 2_f32.powi(31)).to_le_bytes()))
        }
        TensorType::INT32 => spread(len, signed.map(|n| (n >> 20).to_le_bytes())),
        TensorType::INT64 => spread(len, signed.map(|n| i64::from(n >> 20).to_le_bytes())),
        _ => numbers(seed).map(|n| (n >> 24) as u8).take(len).collect(),
    }
}

fn spread<const N: usize>(len: usize, values: impl Iterator<Item = [u8; N]>) -> Vec<u8> {
    values.flatten().take(len).collect()
}
