//! What the loops read and write.

use bantam_isa::DOTS;

/// Inputs of two pixels, an image, weights, and fours of sums, of which the first and the last are
/// not to be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    pub inputs: [i16; 40],
    pub others: [i16; 40],
    pub image: [i8; 512],
    pub weights: [i8; 640],
    pub sums: [[i32; DOTS]; 6],
    pub other_sums: [[i32; DOTS]; 6],
}

/// Numbers that look random, the same in each run.
pub struct Noise(u32);

impl Noise {
    pub fn new() -> Self {
        Self(1)
    }

    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

/// What a case multiplies.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Any,
    /// The largest products there are.
    Lowest,
    /// The smallest ones.
    Opposite,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Any, Self::Lowest, Self::Opposite];

    /// That of the image.
    pub fn zero_point(self) -> i16 {
        match self {
            Self::Any => -19,
            Self::Lowest => 127,
            Self::Opposite => -128,
        }
    }
}

impl Memory {
    pub fn new(noise: &mut Noise, kind: Kind) -> Self {
        let mut memory = Self {
            inputs: [0; 40],
            others: [0; 40],
            image: [0; 512],
            weights: [0; 640],
            sums: [[0; DOTS]; 6],
            other_sums: [[0; DOTS]; 6],
        };
        for input in memory.inputs.iter_mut().chain(&mut memory.others) {
            *input = match kind {
                Kind::Any => noise.next() as i16,
                Kind::Lowest => i16::MIN,
                Kind::Opposite => i16::MAX,
            };
        }
        for x in &mut memory.image {
            *x = match kind {
                Kind::Any => noise.next() as i8,
                Kind::Lowest => i8::MIN,
                Kind::Opposite => i8::MAX,
            };
        }
        for weight in &mut memory.weights {
            *weight = if matches!(kind, Kind::Any) { noise.next() as i8 } else { i8::MIN };
        }
        let sums = memory.sums.iter_mut().chain(&mut memory.other_sums);
        sums.flatten().for_each(|sum| *sum = noise.next() as i32);
        memory
    }
}
