//! The memories, and the demands of buffers.

/// A memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The capacity in bytes.
    pub capacity_bytes: u32,
    /// The cost of an access to a byte, in any unit. Of regions with equal costs, the first is
    /// filled first.
    pub cost: u32,
}

impl Region {
    /// Returns a region of so many bytes with this cost.
    #[must_use]
    pub const fn new(capacity_bytes: u32, cost: u32) -> Self {
        Self { capacity_bytes, cost }
    }

    /// Returns a region with room for everything that 32 bits can address.
    #[must_use]
    pub const fn unlimited(cost: u32) -> Self {
        Self::new(u32::MAX, cost)
    }
}

/// The demands of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The regions in which it may lie: bit 0 for the first. Bits of regions that do not exist are
    /// ignored.
    pub regions: u32,
    /// How often each of its bytes is accessed.
    pub weight: u32,
}

impl Demand {
    /// Returns a demand for any region, accessed so often.
    #[must_use]
    pub const fn weighing(weight: u32) -> Self {
        Self { regions: u32::MAX, weight }
    }
}

impl Default for Demand {
    /// Returns a demand for any region, accessed once.
    fn default() -> Self {
        Self::weighing(1)
    }
}
