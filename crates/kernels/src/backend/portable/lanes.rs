//! Vectors of floats, for the one place where the compiler does not find the best instructions.
//!
//! Where vectors are multiplied, transposed and added, LLVM moves plain loops of floats about until
//! a transpose takes 12 instructions. On x86-64 the crate `safe_arch` names the 8 that suffice
//! (`unpcklps`, `unpckhps`, `movlhps`, `movhlps`), and one that asks for a line of the cache. Every
//! other target compiles plain Rust.

/// Floats in a vector.
pub(super) const LANES: usize = 4;

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
pub(super) use plain::{Lanes, prefetch};
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(super) use sse2::{Lanes, prefetch};

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2 {
    use safe_arch::{add_m128, m128, mul_m128, prefetch_t0, transpose_four_m128};

    use super::LANES;

    /// A vector of floats.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Lanes(m128);

    impl Lanes {
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn of(lanes: [f32; LANES]) -> Self {
            Self(m128::from_array(lanes))
        }

        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn to_array(self) -> [f32; LANES] {
            self.0.to_array()
        }

        /// The products, lane by lane.
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn times(self, other: Self) -> Self {
            Self(mul_m128(self.0, other.0))
        }

        /// The sums, lane by lane.
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(add_m128(self.0, other.0))
        }

        /// Lane `f` of vector `k` for lane `k` of vector `f`.
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn transposed(vectors: [Self; LANES]) -> [Self; LANES] {
            let [Self(mut a), Self(mut b), Self(mut c), Self(mut d)] = vectors;
            transpose_four_m128(&mut a, &mut b, &mut c, &mut d);
            [Self(a), Self(b), Self(c), Self(d)]
        }
    }

    /// Asks for the line of the cache that `value` lies in.
    #[inline(always)] // one instruction
    pub(in super::super) fn prefetch<T>(value: &T) {
        prefetch_t0(value);
    }
}

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod plain {
    use core::array;

    use super::LANES;

    /// A vector of floats.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Lanes([f32; LANES]);

    impl Lanes {
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn of(lanes: [f32; LANES]) -> Self {
            Self(lanes)
        }

        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn to_array(self) -> [f32; LANES] {
            self.0
        }

        /// The products, lane by lane.
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn times(self, other: Self) -> Self {
            Self(array::from_fn(|k| self.0[k] * other.0[k]))
        }

        /// The sums, lane by lane.
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(array::from_fn(|k| self.0[k] + other.0[k]))
        }

        /// Lane `f` of vector `k` for lane `k` of vector `f`.
        #[inline(always)] // vectors stay in registers
        pub(in super::super) fn transposed(vectors: [Self; LANES]) -> [Self; LANES] {
            array::from_fn(|k| Self(vectors.map(|vector| vector.0[k])))
        }
    }

    /// Leaves it to the core which lines of the cache it fetches.
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
    #[inline(always)] // does nothing
    pub(in super::super) fn prefetch<T>(_: &T) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bits, in which all NaN are alike: which of two operands' an instruction passes on is open.
    fn bits(lanes: [f32; LANES]) -> [u32; LANES] {
        lanes.map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() })
    }

    fn vector() -> impl Strategy<Value = [f32; LANES]> {
        prop::array::uniform4(prop_oneof![4 => -10.0..10.0_f32, 1 => any::<f32>()])
    }

    proptest! {
        #[test]
        fn vectors_of_the_target_are_plain_rust(vectors in prop::array::uniform4(vector())) {
            let [a, b, ..] = vectors.map(Lanes::of);
            let [c, d, ..] = vectors.map(plain::Lanes::of);
            prop_assert_eq!(bits(a.times(b).to_array()), bits(c.times(d).to_array()));
            prop_assert_eq!(bits(a.plus(b).to_array()), bits(c.plus(d).to_array()));
            let transposed = Lanes::transposed(vectors.map(Lanes::of)).map(Lanes::to_array);
            let plain = plain::Lanes::transposed(vectors.map(plain::Lanes::of));
            prop_assert_eq!(transposed.map(bits), plain.map(|lanes| bits(lanes.to_array())));
            for (k, lanes) in transposed.iter().enumerate() {
                prop_assert_eq!(bits(*lanes), bits(vectors.map(|vector| vector[k])));
            }
        }
    }
}
