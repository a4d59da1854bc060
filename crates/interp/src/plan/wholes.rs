//! Which nodes have their parts in the whole.

/// A bit for each node that has a whole and parts, in the order of the nodes; those from the 64th
/// on share the last bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wholes(pub(crate) u64);

impl Wholes {
    pub(crate) const ALL: Self = Self(u64::MAX);
    pub(crate) const NONE: Self = Self(0);
    /// Bits.
    pub(super) const LEN: u32 = u64::BITS;

    /// Whether the node has its parts in the whole: the one before which so many others have parts.
    pub(super) fn contains(self, before: u32) -> bool {
        self.0 & Self::only(before).0 != 0
    }

    /// These, and one more.
    pub(super) fn with(self, before: u32) -> Self {
        Self(self.0 | Self::only(before).0)
    }

    /// These, but one.
    pub(super) fn without(self, before: u32) -> Self {
        Self(self.0 & !Self::only(before).0)
    }

    /// Whether it has all nodes of a graph in which so many have parts.
    pub(super) fn has_all(self, nodes: u32) -> bool {
        (0..nodes.min(Self::LEN)).all(|before| self.contains(before))
    }

    fn only(before: u32) -> Self {
        Self(1 << before.min(Self::LEN - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bit_is_for_all_that_follow() {
        let wholes = Wholes::NONE.with(3).with(100);
        for (before, expected) in [(0, false), (3, true), (62, false), (63, true), (64, true)] {
            assert_eq!(wholes.contains(before), expected, "{before}");
            assert!(Wholes::ALL.contains(before) && !Wholes::NONE.contains(before));
        }
        assert_eq!(wholes.without(70).without(3), Wholes::NONE);
        assert!(Wholes::NONE.has_all(0) && Wholes::ALL.has_all(1000));
        assert!(Wholes::NONE.with(0).with(1).has_all(2) && !Wholes::NONE.with(1).has_all(2));
    }
}
