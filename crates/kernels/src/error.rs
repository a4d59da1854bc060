//! Errors: a length that is wrong, a parameter that is out of range.

use core::fmt;

/// Which operand of a kernel an error speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
// size: errors with it are copied as whole words.
#[repr(u32)]
pub enum Operand {
    /// The first (or only) input.
    Input,
    /// The second input of a binary kernel.
    Input2,
    /// Weights.
    Filter,
    /// Bias.
    Bias,
    /// Per-channel multipliers and shifts.
    Requant,
    /// The tensor of indices, of a kernel that looks elements up.
    Indices,
    /// Scratch memory.
    Scratch,
    /// The output.
    Output,
}

/// A slice is not as long as the parameters say. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LengthMismatch {
    /// Which slice.
    pub operand: Operand,
    /// Elements it must have.
    pub expected: usize,
    /// Elements it has.
    pub actual: usize,
}

impl LengthMismatch {
    /// `Ok` if `actual == expected`.
    ///
    /// # Errors
    ///
    /// The mismatch otherwise.
    #[inline] // a comparison
    pub fn check(operand: Operand, expected: usize, actual: usize) -> Result<(), Self> {
        if expected == actual { Ok(()) } else { Err(Self { operand, expected, actual }) }
    }
}

impl fmt::Display for LengthMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} has {} elements where {} are needed",
            self.operand, self.actual, self.expected
        )
    }
}

impl core::error::Error for LengthMismatch {}

/// An element of an index tensor is out of range. What the output holds is unspecified.
///
/// ```
/// use bantam_kernels::{IndexError, Operand};
///
/// let error = IndexError { operand: Operand::Indices, position: 3, value: -7, limit: 5 };
/// assert_eq!(error.to_string(), "element 3 of Indices is -7, which is not within 0..5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct IndexError {
    /// Which tensor holds the index.
    pub operand: Operand,
    /// The position of the index in that tensor, counted in elements.
    pub position: usize,
    /// The index; the nearest `i32` for a value beyond that type.
    pub value: i32,
    /// Indices are at least 0 and below this.
    pub limit: u32,
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operand, position, value, limit } = self;
        write!(f, "element {position} of {operand:?} is {value}, which is not within 0..{limit}")
    }
}

impl core::error::Error for IndexError {}

/// What a kernel with an index tensor refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LookupError {
    /// A slice is not as long as the parameters say. Nothing was written.
    Length(LengthMismatch),
    /// An index is out of range.
    Index(IndexError),
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(error) => error.fmt(f),
            Self::Index(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for LookupError {}

impl From<LengthMismatch> for LookupError {
    fn from(error: LengthMismatch) -> Self {
        Self::Length(error)
    }
}

impl From<IndexError> for LookupError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

/// A parameter that no kernel can work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
// size: words are written, compared and copied with less code than bytes and the gaps behind them.
#[repr(u32)]
pub enum ParamsError {
    /// A shape of more dimensions than [`crate::walk::shape::MAX_RANK`], or another rank than the
    /// kernel takes.
    Rank {
        /// The rank found.
        actual: usize,
    },
    /// A dimension, stride, dilation or window is zero, negative or beyond what fits.
    Dimension {
        /// The value found; the nearest of the type for those beyond it.
        value: i32,
    },
    /// Two shapes that must agree do not.
    ShapeMismatch {
        /// What was expected.
        expected: u32,
        /// What was found.
        actual: u32,
    },
    /// Shapes that do not broadcast against each other, or not to the output's shape.
    Broadcast,
    /// An axis outside the rank, or one named twice.
    Axis {
        /// The axis found.
        axis: i32,
    },
    /// The number of elements does not fit into 31 bits.
    TooLarge,
    /// A scale that is not finite or negative, or one of 0 where a kernel divides by it.
    Scale,
    /// A scale other than the only one that the kernel writes in.
    ScaleNeeded {
        /// The logarithm of that one to base 2.
        exponent: i8,
    },
    /// A scale whose fixed-point form is out of the kernel's range.
    Multiplier,
    /// A zero point outside the type's range, or not the one that the kernel needs.
    ZeroPoint {
        /// The zero point found.
        value: i32,
    },
    /// An activation whose clamping range does not fit the type.
    Activation,
    /// Two quantizations that must be equal are not.
    Quantization,
}

impl fmt::Display for ParamsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Rank { actual } => write!(f, "rank {actual} is not supported"),
            Self::Dimension { value } => write!(f, "dimension {value} is out of range"),
            Self::ShapeMismatch { expected, actual } => {
                write!(f, "dimension is {actual} where {expected} is needed")
            }
            Self::Broadcast => f.write_str("shapes do not broadcast"),
            Self::Axis { axis } => write!(f, "axis {axis} is out of range or named twice"),
            Self::TooLarge => f.write_str("more than 2^31-1 elements"),
            Self::Scale => f.write_str("scale is not a positive number"),
            Self::ScaleNeeded { exponent } => write!(f, "scale is not 2^{exponent}"),
            Self::Multiplier => f.write_str("scale is out of the fixed-point range"),
            Self::ZeroPoint { value } => write!(f, "zero point {value} is not allowed"),
            Self::Activation => f.write_str("activation range does not fit the type"),
            Self::Quantization => f.write_str("quantizations differ where they must be equal"),
        }
    }
}

impl core::error::Error for ParamsError {}
