//! In plain Rust.

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
