//! Elements as they lie in memory.
//!
//! Constants of a model may lie at any address. Kernels therefore read elements wider than a byte through
//! [`Load`], which is implemented for the plain type and for [`Le`], its little-endian bytes with an
//! alignment of one. Where a core can read unaligned words both compile to the same load.

use crate::number::clamp::within;
use crate::number::requant::Requant;

/// An element that can be read as a `T`.
pub trait Load<T>: Copy {
    /// The element's value.
    fn load(self) -> T;
}

/// `N` little-endian bytes with an alignment of one: an `i16` (`Le<2>`), `f32` or `i32` (`Le<4>`), or `i64` (`Le<8>`)
/// anywhere in memory.
///
/// ```
/// use bantam_kernels::{Le, Load};
/// let x: f32 = Le::new(1.5_f32.to_le_bytes()).load();
/// assert_eq!(x, 1.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct Le<const N: usize>([u8; N]);

impl<const N: usize> Le<N> {
    /// Wraps little-endian bytes.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes, least significant first.
    pub const fn bytes(self) -> [u8; N] {
        self.0
    }
}

macro_rules! load {
    ($($t:ty: $n:literal),*) => {$(
        impl Load<$t> for $t {
            #[inline(always)]
            fn load(self) -> $t { self }
        }
        impl Load<$t> for Le<$n> {
            #[inline(always)]
            fn load(self) -> $t { <$t>::from_le_bytes(self.0) }
        }
    )*};
}
load!(i16: 2, u16: 2, i32: 4, u32: 4, f32: 4, i64: 8, u64: 8, f64: 8);

/// A 16-bit bias of 64-bit sums.
impl Load<i64> for i16 {
    #[inline(always)]
    fn load(self) -> i64 {
        self.into()
    }
}

/// A 16-bit bias of 64-bit sums.
impl Load<i64> for Le<2> {
    #[inline(always)]
    fn load(self) -> i64 {
        i16::from_le_bytes(self.0).into()
    }
}

impl Load<Self> for i8 {
    #[inline(always)]
    fn load(self) -> Self {
        self
    }
}

impl Load<Self> for u8 {
    #[inline(always)]
    fn load(self) -> Self {
        self
    }
}

/// An element of a quantized activation tensor: `i8` or `i16`.
pub trait Quantized: Load<Self> + Ord + Into<i32> + Into<i64> + private::Sealed + 'static {
    /// The smallest value.
    const LOWEST: Self;
    /// The largest value.
    const HIGHEST: Self;
    /// The smallest value, as a wider number.
    const MIN: i32;
    /// The largest value, as a wider number.
    const MAX: i32;
    /// What holds sums of products with `i8`, whatever the bias: `i32` for `i8`, `i64` for `i16`.
    type Sum: Accumulator;
    /// Converts a value that is already within `MIN..=MAX`; the high bits of any other are lost.
    fn from_clamped(value: i32) -> Self;
}

impl Quantized for i8 {
    const LOWEST: Self = Self::MIN;
    const HIGHEST: Self = Self::MAX;
    const MIN: i32 = -128;
    const MAX: i32 = 127;
    type Sum = i32;
    #[inline(always)]
    fn from_clamped(value: i32) -> Self {
        value as Self
    }
}

impl Quantized for i16 {
    const LOWEST: Self = Self::MIN;
    const HIGHEST: Self = Self::MAX;
    const MIN: i32 = -32768;
    const MAX: i32 = 32767;
    type Sum = i64;
    #[inline(always)]
    fn from_clamped(value: i32) -> Self {
        value as Self
    }
}

/// An integer that a 32-bit result is saturated to.
pub trait SaturatingFrom: Copy + Default {
    /// The value of this type nearest to `value`.
    fn saturating_from(value: i32) -> Self;
}

macro_rules! saturating_from {
    ($($t:ty),*) => {$(
        impl SaturatingFrom for $t {
            #[inline(always)]
            fn saturating_from(value: i32) -> Self {
                within(value, Self::MIN as i32, Self::MAX as i32) as Self
            }
        }
    )*};
}
saturating_from!(i8, u8, i16, i32);

/// An accumulator of products: `i32`, or `i64` for long sums over 16-bit activations.
pub trait Accumulator: Load<Self> + Into<i64> + Default + private::Sealed + 'static {
    /// The low bits of `sum`.
    fn truncated(sum: i64) -> Self;
    /// The sum, modulo the type's range.
    fn plus(self, sum: Self) -> Self;
    /// `self + a · b`, modulo the type's range.
    fn plus_product(self, a: i32, b: i32) -> Self;
    /// The accumulator that holds `sum`.
    fn of(sum: i32) -> Self;
    /// The scaled accumulator, rounded as TFLite rounds this type.
    fn requantize(self, factor: Requant) -> i32;
    /// [`Self::requantize`] in little code, for a multiplier that is not negative; `narrow` sums are rounded as `i32` are.
    fn scaled(self, factor: Requant, narrow: bool) -> i32;
    /// [`Self::requantize`] for a factor below a half, with a shift of -31 to -1: cheaper in vector registers.
    fn shrink(self, multiplier: i32, shift: i8) -> i32;
    /// [`Self::shrink`] with the shift as a factor of 2^(32 + shift): cheaper where vectors have no shifts by vectors.
    fn shrink_by(self, multiplier: i32, power: u32) -> i32;
}

impl Accumulator for i32 {
    #[inline(always)]
    fn truncated(sum: i64) -> Self {
        sum as Self
    }
    #[inline(always)]
    fn scaled(self, factor: Requant, _narrow: bool) -> i32 {
        factor.apply_short(self)
    }
    #[inline(always)]
    fn plus(self, sum: Self) -> Self {
        self.wrapping_add(sum)
    }
    #[inline(always)]
    fn plus_product(self, a: i32, b: i32) -> Self {
        self.wrapping_add(a.wrapping_mul(b))
    }
    #[inline(always)]
    fn of(sum: i32) -> Self {
        sum
    }
    #[inline(always)]
    fn requantize(self, factor: Requant) -> i32 {
        factor.apply(self)
    }
    #[inline(always)]
    fn shrink(self, multiplier: i32, shift: i8) -> i32 {
        // With 2^31 added to one factor neither is negative. That adds the multiplier to the result.
        let product = u64::from(self as u32 ^ (1 << 31)) * u64::from(multiplier as u32);
        let high = ((product + (1 << 30)) >> 31) as Self;
        let high = high.wrapping_sub(multiplier);
        // Ties go away from zero: what is negative is lowered before it is rounded half up.
        let lowered = high.wrapping_add(high >> 31);
        lowered.wrapping_shr((-1 - Self::from(shift)) as u32).wrapping_add(1) >> 1
    }
    #[inline(always)]
    fn shrink_by(self, multiplier: i32, power: u32) -> i32 {
        let product = u64::from(self as u32 ^ (1 << 31)) * u64::from(multiplier as u32);
        let high = ((product + (1 << 30)) >> 31) as Self;
        let high = high.wrapping_sub(multiplier);
        let lowered = high.wrapping_add(high >> 31);
        // Again with 2^31 added to one factor, which adds half the power (an even number) to the result.
        let product = u64::from(lowered as u32 ^ (1 << 31)) * u64::from(power);
        ((product + (1 << 31)) >> 32) as Self - (power >> 1) as Self
    }
}

impl Accumulator for i64 {
    #[inline(always)]
    fn truncated(sum: i64) -> Self {
        sum
    }
    #[inline(always)]
    fn scaled(self, factor: Requant, narrow: bool) -> i32 {
        if narrow { factor.apply_short(self as i32) } else { factor.apply_i64(self) }
    }
    #[inline(always)]
    fn plus(self, sum: Self) -> Self {
        self.wrapping_add(sum)
    }
    #[inline(always)]
    fn plus_product(self, a: i32, b: i32) -> Self {
        self.wrapping_add(Self::from(a) * Self::from(b))
    }
    #[inline(always)]
    fn of(sum: i32) -> Self {
        sum.into()
    }
    #[inline(always)]
    fn requantize(self, factor: Requant) -> i32 {
        factor.apply_i64(self)
    }
    #[inline(always)]
    fn shrink(self, multiplier: i32, shift: i8) -> i32 {
        Requant { multiplier, shift: shift.into() }.apply_i64(self)
    }
    #[inline(always)]
    fn shrink_by(self, multiplier: i32, power: u32) -> i32 {
        let shift = power.trailing_zeros() as i32 - 32;
        Requant { multiplier, shift }.apply_i64(self)
    }
}

mod private {
    /// Limits the traits of elements and sums to the types of this crate.
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for i16 {}
    impl Sealed for i32 {}
    impl Sealed for i64 {}
}
