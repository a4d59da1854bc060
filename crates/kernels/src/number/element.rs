//! Elements as they lie in memory.
//!
//! Constants of a model may lie at any address. Kernels therefore read elements wider than a byte
//! through [`Load`], which is implemented for the plain type and for [`Le`], its little-endian
//! bytes with an alignment of one. Where a core can read unaligned words both compile to the same
//! load.

use crate::number::choice::{Choice, First, Second};
use crate::number::clamp::within;
use crate::number::requant::Requant;

/// An element that can be read as a `T`.
pub trait Load<T>: Copy {
    /// The element's value.
    fn load(self) -> T;

    /// The elements as `i8`, if that is what they are.
    #[inline(always)] // no instruction
    fn as_i8(_: &[Self]) -> Option<&[i8]> {
        None
    }
}

/// An element that can be written, too.
pub trait Store<T>: Load<T> {
    /// The element of this value.
    fn store(value: T) -> Self;
}

/// `N` little-endian bytes with an alignment of one: an `i16` (`Le<2>`), `f32` or `i32` (`Le<4>`),
/// or `i64` (`Le<8>`) anywhere in memory.
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

impl Le<4> {
    /// Makes numbers of a program what they are in a model.
    pub fn floats<const M: usize>(floats: [f32; M]) -> [Self; M] {
        floats.map(|number| Self(number.to_le_bytes()))
    }
}

impl<const N: usize> Default for Le<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

macro_rules! load {
    ($($t:ty: $n:literal),*) => {$(
        impl Load<$t> for $t {
            #[inline(always)] // a load
            fn load(self) -> $t { self }
        }
        impl Load<$t> for Le<$n> {
            #[inline(always)] // a load
            fn load(self) -> $t { <$t>::from_le_bytes(self.0) }
        }
        impl Store<$t> for $t {
            #[inline(always)] // a move
            fn store(value: $t) -> Self { value }
        }
        impl Store<$t> for Le<$n> {
            #[inline(always)] // a move
            fn store(value: $t) -> Self { Self(value.to_le_bytes()) }
        }
    )*};
}
load!(i16: 2, u16: 2, i32: 4, u32: 4, f32: 4, i64: 8, u64: 8, f64: 8);

/// An element of the bias of a quantized layer: an integer of 16, 32 or 64 bits, or its bytes as
/// [`Le`].
///
/// With `i16` activations its width decides how sums are kept and rounded: those with a bias of 32
/// bits are `i32`, all others `i64`.
pub trait BiasElement: Copy + private::Sealed + 'static {
    /// Whether sums with such a bias are of 32 bits, whatever the activations.
    const IS_32_BITS: bool;
    /// The bias.
    fn value(self) -> i64;
    /// The elements as little-endian bytes of 32 bits, if they lie so in memory.
    #[inline(always)] // no instruction
    fn words(_: &[Self]) -> Option<&[[u8; 4]]> {
        None
    }
}

macro_rules! bias_element {
    ($($t:ty: $bits:literal $(, $words:item)?;)*) => {$(
        impl BiasElement for $t {
            const IS_32_BITS: bool = $bits == 32;
            #[inline(always)] // a load
            fn value(self) -> i64 { self.into() }
            $(#[cfg(target_endian = "little")] $words)?
        }
        impl BiasElement for Le<{ $bits / 8 }> {
            const IS_32_BITS: bool = $bits == 32;
            #[inline(always)] // a load
            fn value(self) -> i64 { <$t>::from_le_bytes(self.0).into() }
            $($words)?
        }
    )*};
}
bias_element! {
    i16: 16;
    i32: 32,
        #[cfg(feature = "bytemuck")]
        #[inline(always)] // no instruction
        fn words(elements: &[Self]) -> Option<&[[u8; 4]]> {
            bytemuck::try_cast_slice(elements).ok()
        };
    i64: 64;
}

impl Load<Self> for i8 {
    #[inline(always)] // a load
    fn load(self) -> Self {
        self
    }

    #[inline(always)] // no instruction
    fn as_i8(elements: &[Self]) -> Option<&[i8]> {
        Some(elements)
    }
}

impl Load<Self> for u8 {
    #[inline(always)] // a load
    fn load(self) -> Self {
        self
    }
}

impl Store<Self> for i8 {
    #[inline(always)] // a move
    fn store(value: Self) -> Self {
        value
    }
}

impl Store<Self> for u8 {
    #[inline(always)] // a move
    fn store(value: Self) -> Self {
        value
    }
}

/// An element of a quantized activation tensor: `i8` or `i16`.
pub trait Quantized:
    Load<Self> + Ord + Into<i32> + Into<i64> + SaturatingFrom + private::Sealed + 'static
{
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
    /// The value in 16 bits.
    fn widened(self) -> i16;
    /// Converts a value that is already within `MIN..=MAX`; the high bits of any other are lost.
    fn from_clamped(value: i32) -> Self;

    /// The first for elements of a byte, the second for wider ones.
    type Narrow: Choice;
    /// The elements, if they are bytes.
    fn bytes(elements: &[Self]) -> Option<&[i8]>;
    /// The elements, if they are bytes, to be written.
    fn bytes_mut(elements: &mut [Self]) -> Option<&mut [i8]>;
    /// The elements, if they have 16 bits.
    fn halves(elements: &[Self]) -> Option<&[i16]>;
    /// The elements, if they have 16 bits, to be written.
    fn halves_mut(elements: &mut [Self]) -> Option<&mut [i16]>;
}

impl Quantized for i8 {
    const LOWEST: Self = Self::MIN;
    const HIGHEST: Self = Self::MAX;
    #[inline(always)] // at most one instruction
    fn widened(self) -> i16 {
        self.into()
    }
    const MIN: i32 = -128;
    const MAX: i32 = 127;
    type Sum = i32;
    #[inline(always)] // at most one instruction
    fn from_clamped(value: i32) -> Self {
        value as Self
    }
    type Narrow = First;
    #[inline(always)] // no instruction
    fn bytes(elements: &[Self]) -> Option<&[i8]> {
        Some(elements)
    }
    #[inline(always)] // no instruction
    fn bytes_mut(elements: &mut [Self]) -> Option<&mut [i8]> {
        Some(elements)
    }
    #[inline(always)] // no instruction
    fn halves(_: &[Self]) -> Option<&[i16]> {
        None
    }
    #[inline(always)] // no instruction
    fn halves_mut(_: &mut [Self]) -> Option<&mut [i16]> {
        None
    }
}

impl Quantized for i16 {
    const LOWEST: Self = Self::MIN;
    const HIGHEST: Self = Self::MAX;
    #[inline(always)] // at most one instruction
    fn widened(self) -> i16 {
        self
    }
    const MIN: i32 = -32768;
    const MAX: i32 = 32767;
    type Sum = i64;
    #[inline(always)] // at most one instruction
    fn from_clamped(value: i32) -> Self {
        value as Self
    }
    type Narrow = Second;
    #[inline(always)] // no instruction
    fn bytes(_: &[Self]) -> Option<&[i8]> {
        None
    }
    #[inline(always)] // no instruction
    fn bytes_mut(_: &mut [Self]) -> Option<&mut [i8]> {
        None
    }
    #[inline(always)] // no instruction
    fn halves(elements: &[Self]) -> Option<&[i16]> {
        Some(elements)
    }
    #[inline(always)] // no instruction
    fn halves_mut(elements: &mut [Self]) -> Option<&mut [i16]> {
        Some(elements)
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
            #[inline(always)] // two instructions
            fn saturating_from(value: i32) -> Self {
                within(value, Self::MIN as i32, Self::MAX as i32) as Self
            }
        }
    )*};
}
saturating_from!(i8, u8, i16, i32);

/// An accumulator of products: `i32`, or `i64` for long sums over 16-bit activations.
pub trait Accumulator:
    Load<Self> + Into<i64> + Default + PartialEq + core::fmt::Debug + private::Sealed + 'static
{
    /// The accumulator of no products.
    const ZERO: Self;

    /// The low bits of `sum`.
    fn truncated(sum: i64) -> Self;
    /// The sum, modulo the type's range.
    fn plus(self, sum: Self) -> Self;
    /// `self + a · b`, modulo the type's range.
    fn plus_product(self, a: i32, b: i32) -> Self;
    /// The accumulator that holds `sum`.
    fn of(sum: i32) -> Self;
    /// The sum times a factor whose multiplier is not negative; `narrow` sums are rounded as `i32`
    /// are.
    fn scaled(self, factor: Requant, narrow: bool) -> i32;
    /// The low 32 bits.
    fn low(self) -> i32;
    /// The accumulators, if they are words, to be written.
    fn words_mut(sums: &mut [Self]) -> Option<&mut [i32]>;
}

impl Accumulator for i32 {
    const ZERO: Self = 0;

    #[inline(always)] // at most one instruction
    fn truncated(sum: i64) -> Self {
        sum as Self
    }
    #[inline(always)] // in the loop that makes outputs
    fn scaled(self, factor: Requant, _narrow: bool) -> i32 {
        factor.apply_short(self)
    }
    #[inline(always)] // an addition
    fn plus(self, sum: Self) -> Self {
        self.wrapping_add(sum)
    }
    #[inline(always)] // an addition and a multiplication
    fn plus_product(self, a: i32, b: i32) -> Self {
        self.wrapping_add(a.wrapping_mul(b))
    }
    #[inline(always)] // at most one instruction
    fn of(sum: i32) -> Self {
        sum
    }
    #[inline(always)] // no instruction
    fn low(self) -> i32 {
        self
    }
    #[inline(always)] // no instruction
    fn words_mut(sums: &mut [Self]) -> Option<&mut [i32]> {
        Some(sums)
    }
}

impl Accumulator for i64 {
    const ZERO: Self = 0;

    #[inline(always)] // at most one instruction
    fn truncated(sum: i64) -> Self {
        sum
    }
    #[inline(always)] // in the loop that makes outputs
    fn scaled(self, factor: Requant, narrow: bool) -> i32 {
        if narrow { factor.apply_short(self as i32) } else { factor.apply_i64(self) }
    }
    #[inline(always)] // an addition
    fn plus(self, sum: Self) -> Self {
        self.wrapping_add(sum)
    }
    #[inline(always)] // an addition and a multiplication
    fn plus_product(self, a: i32, b: i32) -> Self {
        self.wrapping_add(Self::from(a) * Self::from(b))
    }
    #[inline(always)] // at most one instruction
    fn of(sum: i32) -> Self {
        sum.into()
    }
    #[inline(always)] // no instruction
    fn low(self) -> i32 {
        self as i32
    }
    #[inline(always)] // no instruction
    fn words_mut(_: &mut [Self]) -> Option<&mut [i32]> {
        None
    }
}

mod private {
    /// Limits the traits of elements and sums to the types of this crate.
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for i16 {}
    impl Sealed for i32 {}
    impl Sealed for i64 {}
    impl<const N: usize> Sealed for super::Le<N> {}
}
