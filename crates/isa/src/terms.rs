//! What the functions of two inputs take, element by element.

/// What makes sums of two inputs: as `AddElementwise` of TFLite's `reference/add.h` does for
/// elements of a byte, each input less its zero point is shifted to the left by 20 bits, multiplied
/// and shifted to the right; so is the sum, and its zero point is added.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub(crate) multipliers: [i32; 3],
    pub(crate) shifts: [u8; 3],
    pub(crate) zero_points: [i8; 3],
}

impl Terms {
    /// Of multipliers, bits to shift to the right, and zero points of both inputs and of the
    /// output. `None` unless an input is not shifted, that of the larger scale; if its multiplier
    /// is not 2^30, which is a half; if an input is shifted by more than 30 bits; or the sum by
    /// none or more than 23.
    pub fn new(multipliers: [i32; 3], shifts: [u8; 3], zero_points: [i8; 3]) -> Option<Self> {
        let [a, b, output] = shifts;
        let [first, second, _] = multipliers;
        let is_short =
            |shift: u8, multiplier: i32| shift <= 30 && (shift > 0 || multiplier == 1 << 30);
        let are_short = (a == 0 || b == 0)
            && is_short(a, first)
            && is_short(b, second)
            && (1..=23).contains(&output)
            && multipliers.iter().all(|&multiplier| multiplier >= 0);
        are_short.then_some(Self { multipliers, shifts, zero_points })
    }
}

/// What makes outputs of products of two inputs, each less its zero point: the product is
/// multiplied, rounded and shifted as by [`Factors`](crate::Factors), and its zero point is added.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    pub(crate) multiplier: i32,
    /// Bits to the right, less one.
    pub(crate) shift: u8,
    pub(crate) zero_points: [i8; 3],
}

impl Product {
    /// Of a multiplier, bits to shift to the right, and zero points of both inputs and of the
    /// output. `None` unless 1 to 23 bits are shifted, and the multiplier is not negative.
    pub fn new(multiplier: i32, right: i32, zero_points: [i8; 3]) -> Option<Self> {
        let is_short = (1..=23).contains(&right) && multiplier >= 0;
        is_short.then(|| Self { multiplier, shift: right.wrapping_sub(1) as u8, zero_points })
    }

    /// Whether operands of these lengths make so many outputs.
    pub(crate) fn fit([a, b]: [usize; 2], outputs: usize) -> bool {
        a == outputs && (b == outputs || b == 1)
    }
}
