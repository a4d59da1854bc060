//! By the instructions of SSE2, which `safe_arch` names.

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
