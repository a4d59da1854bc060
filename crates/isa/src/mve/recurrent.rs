//! What the functions for recurrent layers work on, and the checks of its lengths.

/// Units of an LSTM whose gates are computed at a time.
pub const UNITS: usize = 16;

/// The sigmoid at 0 and at 255 steps behind it, 1/24 apart, with 16 fractional bits.
pub type Table = [u16; 256];

/// A factor `multiplier · 2^(shift - 31)` for sums, which are rounded twice as TFLite does.
#[derive(Clone, Copy, Debug)]
pub struct Factor {
    /// Not negative.
    pub multiplier: i32,
    /// Bits to the left, or bits to the right where it is negative: at most 31.
    pub shift: i32,
}

impl Factor {
    /// Bits to the left, and bits to the right.
    pub(super) fn shifts(self) -> [u32; 2] {
        let right = self.shift.wrapping_neg().max(0);
        [self.shift.max(0) as u32 & 31, right as u32 & 31]
    }
}

/// The activation of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// The sigmoid.
    Logistic,
    /// The hyperbolic tangent.
    Tanh,
}

/// The input of an LSTM, or its hidden values, and what they are multiplied with.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// At least one.
    pub inputs: &'a [i8],
    /// Less than 127 for the function in assembly.
    pub zero_point: i8,
    /// Weights of the first unit, of the second, and so on.
    pub weights: &'a [i8],
    /// What scales the sums to 12 fractional bits.
    pub factor: Factor,
}

impl Source<'_> {
    /// Whether weights are there for so many units.
    #[inline(always)] // stack: the operands stay in registers
    fn is_for(&self, units: usize) -> bool {
        let depth = self.inputs.len();
        depth != 0 && units.checked_mul(depth).is_some_and(|len| len <= self.weights.len())
    }
}

/// What makes a gate of some units of an LSTM:
/// `activation(round(bias + W · input) + round(R · hidden))`.
///
/// Both sums are saturated to 16 bits, and so is their sum.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// The input, and `W`.
    pub input: Source<'a>,
    /// The hidden values, and `R`.
    pub hidden: Source<'a>,
    /// Four little-endian bytes for each unit.
    pub bias: &'a [[u8; 4]],
    /// The activation.
    pub activation: Activation,
    /// The table of the activation.
    pub table: &'a Table,
}

impl Gate<'_> {
    /// Whether weights and biases are there for so many units.
    #[inline(always)] // stack: the operands stay in registers
    pub(super) fn is_for(&self, units: usize) -> bool {
        units <= self.bias.len() && self.input.is_for(units) && self.hidden.is_for(units)
    }
}

/// What makes the next cells and hidden values of some units of an LSTM of their gates:
///
/// ```text
/// cell   = clip(round(forget · cell) + round(input · candidate))
/// hidden = round(output · tanh(cell)) + zero_point
/// ```
///
/// Cells have 16 bits, hidden values 8; both are saturated.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// The gates: input, forget, candidate, output. Those of the first units count.
    pub gates: &'a [[i16; UNITS]; 4],
    /// What scales `forget · cell`, `input · candidate` and the hidden value.
    pub factors: [Factor; 3],
    /// The least and the greatest cell.
    pub range: [i16; 2],
    /// What brings a cell to steps of TANH, of which 256 are one of the table: a multiplier, and
    /// bits to the right, at most 30.
    pub steps: [u16; 2],
    /// The zero point of the hidden values.
    pub zero_point: i8,
    /// The table of TANH.
    pub table: &'a Table,
}

/// What makes the outputs of an SVDF layer: of each unit the products of its state, less the zero
/// point, with its weights for time.
#[derive(Clone, Copy, Debug)]
pub struct Responses<'a> {
    /// The state: `depth` elements of the first unit, of the second, and so on.
    pub state: &'a [i8],
    /// A weight for each.
    pub weights: &'a [i8],
    /// Elements of a unit: at least 1.
    pub depth: usize,
    /// Four little-endian bytes for each unit, or nothing at all.
    pub bias: &'a [[u8; 4]],
    /// The zero point of the state, less than 127 for the function in assembly.
    pub state_zero_point: i8,
    /// What scales the sums.
    pub factor: Factor,
    /// The zero point of the output.
    pub zero_point: i8,
}

impl Responses<'_> {
    /// Whether state, weights and biases are there for so many units.
    pub(super) fn are_for(&self, units: usize) -> bool {
        self.depth != 0
            && (self.bias.is_empty() || units <= self.bias.len())
            && units
                .checked_mul(self.depth)
                .is_some_and(|len| len <= self.state.len() && len <= self.weights.len())
    }
}
