//! Memory for slices with bytes around them, and numbers to fill it.

/// Bytes before and behind each slice.
const GUARD: usize = 8;

/// Bytes of the largest slices. A Cortex-M0 takes its time to fill and to compare them.
const BYTES: [usize; 3] = if bantam_isa::THUMB1 { [1024, 1088, 320] } else { [2048, 4096, 1024] };

/// Elements of the largest slices of 16 bits, which no loop in Thumb-1 has.
const HALVES: [usize; 2] =
    if bantam_isa::DSP || bantam_isa::mve::MVE { [1024, 256] } else { [0, 0] };

/// What a case reads and writes. A slice begins at any address, and what lies around it must not
/// change.
#[derive(Clone, PartialEq)]
pub(crate) struct Memory {
    pub(crate) input: [i8; BYTES[0]],
    pub(crate) filter: [i8; BYTES[1]],
    pub(crate) output: [i8; BYTES[2]],
    pub(crate) wide_input: [i16; HALVES[0]],
    pub(crate) wide_output: [i16; HALVES[1]],
    pub(crate) bias: [[u8; 4]; 48],
    pub(crate) patch: [i32; 512],
    pub(crate) sums: [i32; 256],
    pub(crate) multipliers: [i32; 48],
    pub(crate) shifts: [u8; 48],
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self {
            input: [0; BYTES[0]],
            filter: [0; BYTES[1]],
            output: [0; BYTES[2]],
            wide_input: [0; HALVES[0]],
            wide_output: [0; HALVES[1]],
            bias: [[0; 4]; 48],
            patch: [0; 512],
            sums: [0; 256],
            multipliers: [0; 48],
            shifts: [0; 48],
        }
    }

    /// Fills all of it.
    pub(crate) fn fill(&mut self, noise: &mut Noise, kind: Kind) {
        self.input.iter_mut().for_each(|x| *x = noise.element(kind, false));
        self.filter.iter_mut().for_each(|w| *w = noise.element(kind, true));
        self.output.iter_mut().for_each(|y| *y = noise.next() as i8);
        for bias in &mut self.bias {
            // With the products of a test a sum stays within 2^30.
            *bias = noise.bounded(kind, (1 << 30) - (1 << 25)).to_le_bytes();
        }
        self.patch.fill(0);
        self.sums.iter_mut().for_each(|sum| *sum = noise.bounded(kind, (1 << 30) - (1 << 25)));
        let choice = noise.next() % 3;
        let wide = choice == 0;
        // Shifts to the left, too, by up to 40 bits; or few, and small biases, so that products are
        // seen in the outputs.
        let (least, most, bound) = match choice {
            0 => (-40, 31, u32::MAX),
            1 => (1, 23, 0),
            _ => (8, 12, 0),
        };
        if choice == 2 && kind == Kind::Noise {
            self.bias.iter_mut().for_each(|bias| {
                *bias = (noise.next() as i32 % 5000).to_le_bytes();
            });
        }
        if wide && kind == Kind::Noise {
            self.bias.iter_mut().for_each(|bias| *bias = noise.next().to_le_bytes());
            self.sums.iter_mut().for_each(|sum| *sum = noise.next() as i32);
        }
        for (multiplier, shift) in self.multipliers.iter_mut().zip(&mut self.shifts) {
            *multiplier = (noise.next() >> 2 | 1 << 30) as i32;
            let right = least + (noise.next() % (most + 1 - least) as u32) as i32;
            *shift = bantam_isa::shift(right, bound);
        }
        if kind == Kind::Low {
            self.multipliers.fill(i32::MAX);
        }
        self.wide_input.iter_mut().for_each(|x| *x = noise.wide(kind));
        self.wide_output.iter_mut().for_each(|y| *y = noise.next() as i16);
    }
}

/// The elements of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Any.
    Noise,
    /// Inputs of -128, weights of 127, bounds below.
    Low,
    /// Inputs of 127, weights of -128, bounds above.
    High,
    /// Inputs and weights of -128.
    Lowest,
    /// Small ones, so that most outputs are not saturated.
    Small,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Noise, Self::Low, Self::High, Self::Lowest, Self::Small];
}

/// Numbers that look random, the same in each run.
pub(crate) struct Noise(pub(crate) u32);

impl Noise {
    /// Xorshift: a Cortex-M0 has no products of 64 bits.
    pub(crate) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn element(&mut self, kind: Kind, weight: bool) -> i8 {
        match (kind, weight) {
            (Kind::Noise, _) => self.next() as i8,
            (Kind::Low, false) | (Kind::High, true) | (Kind::Lowest, _) => -128,
            (Kind::Low, true) | (Kind::High, false) => 127,
            (Kind::Small, _) => (self.next() % 7) as i8 - 3,
        }
    }

    fn wide(&mut self, kind: Kind) -> i16 {
        match kind {
            Kind::Noise => self.next() as i16,
            Kind::Low | Kind::Lowest => i16::MIN,
            Kind::High => i16::MAX,
            Kind::Small => (self.next() % 2001) as i16 - 1000,
        }
    }

    fn bounded(&mut self, kind: Kind, bound: i32) -> i32 {
        match kind {
            Kind::Noise | Kind::Lowest => (self.next() as i32) % bound,
            Kind::Low => -bound,
            Kind::High => bound,
            Kind::Small => (self.next() % 2000) as i32 - 1000,
        }
    }
}

/// A slice of this length at this alignment, with bytes before and behind it.
pub(crate) fn place<T>(memory: &[T], align: usize, len: usize) -> &[T] {
    let slice = memory.get(GUARD + align..).and_then(|rest| rest.get(..len));
    assert!(slice.is_some(), "a case needs more memory");
    slice.unwrap_or_default()
}

/// As [`place`], to be written.
pub(crate) fn place_mut<T>(memory: &mut [T], align: usize, len: usize) -> &mut [T] {
    let slice = memory.get_mut(GUARD + align..).and_then(|rest| rest.get_mut(..len));
    assert!(slice.is_some(), "a case needs more memory");
    slice.unwrap_or_default()
}
