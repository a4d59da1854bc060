//! The arithmetic of samples, as kissfft has it for each type.

/// A complex number: real part, imaginary part.
pub type Complex<T> = [T; 2];

/// A sample: `i16` and `i32` are fractions of 15 and 31 bits, `f32` is itself.
///
/// Integers wrap where they overflow, as they do in the reference on all cores that it runs on.
pub trait Sample: Arithmetic {}

impl Sample for i16 {}
impl Sample for i32 {}
impl Sample for f32 {}

/// What butterflies are made of.
// Public in name only: the module is private, so that nobody else implements it.
pub trait Arithmetic: Copy + Default + PartialEq + core::fmt::Debug + 'static {
    /// `self + other`.
    fn plus(self, other: Self) -> Self;
    /// `self - other`.
    fn minus(self, other: Self) -> Self;
    /// `-self`.
    fn negated(self) -> Self;
    /// `self · other`, rounded to nearest.
    fn times(self, other: Self) -> Self;
    /// `a · b`, each part rounded once.
    fn product(a: Complex<Self>, b: Complex<Self>) -> Complex<Self>;
    /// `self / radix` for integers, so that the sum of `radix` such numbers fits; `self` for
    /// floats.
    fn scaled(self, radix: u16) -> Self;
    /// Half of `self`, rounded down.
    fn half(self) -> Self;
    /// Half of `self + other`, whose bits all count for `i16`.
    fn half_sum(self, other: Self) -> Self;
    /// Half of `self - other`, whose bits all count for `i16`.
    fn half_difference(self, other: Self) -> Self;
    /// `self / length` for floats; `self` for integers, which are scaled on the way.
    fn normalized(self, length: u32) -> Self;
    /// The nearest to a number in −1..1.
    fn from_real(value: f64) -> Self;
    /// `self + other` as overlapping frames are added: integers stop at their bounds.
    fn overlaid(self, other: Self) -> Self;
}

macro_rules! fraction {
    ($t:ty, $wide:ty, $half_sum:ty) => {
        impl Arithmetic for $t {
            #[inline(always)] // an instruction
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)] // an instruction
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline(always)] // an instruction
            fn negated(self) -> Self {
                self.wrapping_neg()
            }

            #[inline(always)] // a few instructions
            fn times(self, other: Self) -> Self {
                rounded(<$wide>::from(self) * <$wide>::from(other))
            }

            #[inline(always)] // a few instructions
            fn product([a, b]: Complex<Self>, [c, d]: Complex<Self>) -> Complex<Self> {
                let times = |x: Self, y: Self| <$wide>::from(x) * <$wide>::from(y);
                [
                    rounded(times(a, c).wrapping_sub(times(b, d))),
                    rounded(times(a, d).wrapping_add(times(b, c))),
                ]
            }

            #[inline(always)] // a few instructions
            fn scaled(self, radix: u16) -> Self {
                self.times(match radix {
                    2 => Self::MAX / 2,
                    3 => Self::MAX / 3,
                    4 => Self::MAX / 4,
                    _ => Self::MAX / 5,
                })
            }

            #[inline(always)] // an instruction
            fn half(self) -> Self {
                self >> 1
            }

            #[inline(always)] // two instructions
            fn half_sum(self, other: Self) -> Self {
                (<$half_sum>::from(self).wrapping_add(other.into()) >> 1) as Self
            }

            #[inline(always)] // two instructions
            fn half_difference(self, other: Self) -> Self {
                (<$half_sum>::from(self).wrapping_sub(other.into()) >> 1) as Self
            }

            #[inline(always)] // nothing
            fn normalized(self, _length: u32) -> Self {
                self
            }

            fn from_real(value: f64) -> Self {
                libm::floor(0.5 + f64::from(Self::MAX) * value) as Self
            }

            #[inline(always)] // an instruction
            fn overlaid(self, other: Self) -> Self {
                self.saturating_add(other)
            }
        }
    };
}

fraction!(i16, i32, i32);
fraction!(i32, i64, i32);

/// A product of two fractions as a fraction.
trait Product<T> {
    /// The upper bits, rounded to nearest.
    fn upper(self) -> T;
}

impl Product<i16> for i32 {
    #[inline(always)] // two instructions
    fn upper(self) -> i16 {
        (self.wrapping_add(1 << 14) >> 15) as i16
    }
}

impl Product<i32> for i64 {
    #[inline(always)] // a few instructions
    fn upper(self) -> i32 {
        (self.wrapping_add(1 << 30) >> 31) as i32
    }
}

#[inline(always)] // a few instructions
fn rounded<T>(product: impl Product<T>) -> T {
    product.upper()
}

impl Arithmetic for f32 {
    #[inline(always)] // an instruction
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)] // an instruction
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)] // an instruction
    fn negated(self) -> Self {
        -self
    }

    #[inline(always)] // an instruction
    fn times(self, other: Self) -> Self {
        self * other
    }

    #[inline(always)] // a few instructions
    fn product([a, b]: Complex<Self>, [c, d]: Complex<Self>) -> Complex<Self> {
        [a * c - b * d, a * d + b * c]
    }

    #[inline(always)] // nothing
    fn scaled(self, _radix: u16) -> Self {
        self
    }

    #[inline(always)] // an instruction
    fn half(self) -> Self {
        self * 0.5
    }

    #[inline(always)] // two instructions
    fn half_sum(self, other: Self) -> Self {
        (self + other) * 0.5
    }

    #[inline(always)] // two instructions
    fn half_difference(self, other: Self) -> Self {
        (self - other) * 0.5
    }

    #[inline(always)] // an instruction
    fn normalized(self, length: u32) -> Self {
        self / length as Self
    }

    fn from_real(value: f64) -> Self {
        value as Self
    }

    #[inline(always)] // an instruction
    fn overlaid(self, other: Self) -> Self {
        self + other
    }
}
