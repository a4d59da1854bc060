//! Vectors of floats, for the one place where the compiler does not find the best instructions.
//!
//! Where vectors are multiplied, transposed and added, LLVM moves plain loops of floats about until
//! a transpose takes 12 instructions. On x86-64 the crate `safe_arch` names the 8 that suffice
//! (`unpcklps`, `unpckhps`, `movlhps`, `movhlps`), and one that asks for a line of the cache. Every
//! other target compiles plain Rust.

use crate::target::if_sse2;

/// Floats in a vector.
pub(super) const LANES: usize = 4;

if_sse2! {
    {
        #[cfg(test)]
        mod plain;
        mod sse2;
        pub(super) use sse2::{Lanes, prefetch};
    } else {
        mod plain;
        pub(super) use plain::Lanes;

        /// Leaves it to the core which lines of the cache it fetches.
        #[inline(always)] // does nothing
        pub(super) fn prefetch<T>(_: &T) {}
    }
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
