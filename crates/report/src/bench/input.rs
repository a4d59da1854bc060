//! The input of `bantam bench`: the same numbers in every run, and the same that the scripts in
//! `benches/peers` give to other engines.

/// The seed of the first input; the next ones count up.
const SEED: u32 = 12_345;

/// The way to make the bytes of a type from the upper bits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// 8-bit integers.
    Bits8,
    /// 16-bit integers.
    Bits16,
    /// Floats from -1 to 1.
    Float32,
    /// Every other type stays zero: the model decides what its numbers mean.
    Zero,
}

/// Fills an input tensor, `input` being its place among the model's inputs.
pub(super) fn fill(bytes: &mut [u8], kind: Fill, input: u32) {
    let mut state = SEED.wrapping_add(input);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    };
    match kind {
        Fill::Bits8 => bytes.fill_with(|| next().to_be_bytes()[0]),
        Fill::Bits16 => {
            for element in bytes.as_chunks_mut::<2>().0 {
                let [high, low, ..] = next().to_be_bytes();
                *element = [low, high];
            }
        }
        Fill::Float32 => {
            for element in bytes.as_chunks_mut::<4>().0 {
                *element = unit(next()).to_le_bytes();
            }
        }
        Fill::Zero => bytes.fill(0),
    }
}

/// Returns the upper 24 bits as a float from -1 to 1; every step is exact.
fn unit(number: u32) -> f32 {
    let upper = (number >> 8) as f32;
    upper / 16_777_216.0 * 2.0 - 1.0
}

/// FNV-1a with 64 bits: a check sum to compare outputs of engines by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fnv1a(u64);

impl Fnv1a {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Continues with these bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// Returns 16 hexadecimal digits.
    pub(super) fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 12345 * 1664525 + 1013904223 = 87628868 modulo 2^32, and so on: worked out by hand.
    const FIRST: [u32; 3] = [87_628_868, 71_072_467, 2_332_836_374];

    #[test]
    fn bytes_are_the_upper_bits_of_the_sequence() {
        let mut bytes = [0; 3];
        fill(&mut bytes, Fill::Bits8, 0);
        assert_eq!(bytes, FIRST.map(|number| (number >> 24) as u8));

        let mut bytes = [0; 6];
        fill(&mut bytes, Fill::Bits16, 0);
        let shorts: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        assert_eq!(shorts, FIRST.map(|number| (number >> 16) as u16));
    }

    #[test]
    fn floats_lie_in_the_unit_interval() {
        let mut bytes = [0; 4000];
        fill(&mut bytes, Fill::Float32, 1);
        let floats: Vec<f32> =
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert!(floats.iter().all(|float| (-1.0..1.0).contains(float)));
        assert!(
            floats.iter().any(|float| *float < -0.5) && floats.iter().any(|float| *float > 0.5)
        );
    }

    #[test]
    fn hash_of_known_texts() {
        let mut hash = Fnv1a::new();
        assert_eq!(hash.hex(), "cbf29ce484222325");
        hash.update(b"foo");
        hash.update(b"bar");
        assert_eq!(hash.hex(), "85944171f73967e8");
    }
}
