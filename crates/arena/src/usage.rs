//! What the memory of an arena is used for.

use core::fmt;

use crate::ledger::granules;

/// What a persistent allocation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// Records of tensors.
    Tensors,
    /// Records of nodes.
    Nodes,
    /// What operators prepared: multipliers, shifts, tables.
    OperatorData,
    /// Tensors that keep their values between invocations.
    Variables,
    /// Memory that kernels write while they run, where that is not part of the overlay.
    Scratch,
    /// The memory plan.
    Plan,
    /// Anything else.
    Other,
    /// Bytes skipped so that what follows is aligned. Counted by the arena itself.
    Alignment,
}

impl Category {
    /// All categories, in the order in which they are shown.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Tensors,
        Self::Nodes,
        Self::OperatorData,
        Self::Variables,
        Self::Scratch,
        Self::Plan,
        Self::Other,
        Self::Alignment,
    ];

    pub(crate) const COUNT: usize = 8;

    /// Its name in reports, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tensors => "tensors",
            Self::Nodes => "nodes",
            Self::OperatorData => "operator data",
            Self::Variables => "variables",
            Self::Scratch => "scratch",
            Self::Plan => "plan",
            Self::Other => "other",
            Self::Alignment => "alignment",
        }
    }
}

/// What the memory of an arena is used for, in bytes.
///
/// The figures depend on the sequence of allocations only: not on the target, nor on the size or
/// the place of the arena (except for [`capacity`](Self::capacity)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    capacity: u32,
    by_category: [u32; Category::COUNT],
    overlay: u32,
    separate_overlay: bool,
    used: u32,
    peak: u32,
}

pub(crate) fn new(
    capacity: u32,
    by_category: [u32; Category::COUNT],
    (overlay, separate_overlay): (u32, bool),
    used: u32,
    peak: u32,
) -> Usage {
    Usage { capacity, by_category, overlay, separate_overlay, used, peak }
}

impl Usage {
    /// The bytes of the arena.
    #[must_use]
    pub const fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The persistent bytes of one category.
    #[must_use]
    pub fn category(&self, category: Category) -> u32 {
        self.by_category.get(category as usize).copied().unwrap_or(0)
    }

    /// The persistent bytes of all categories.
    #[must_use]
    pub fn persistent(&self) -> u32 {
        self.by_category.iter().sum()
    }

    /// The bytes of the overlay, wherever it lies.
    #[must_use]
    pub const fn overlay(&self) -> u32 {
        self.overlay
    }

    /// The bytes of the arena in use at this moment: persistent, overlay (unless it has memory of
    /// its own) and temporary.
    #[must_use]
    pub const fn used(&self) -> u32 {
        self.used
    }

    /// The most bytes of the arena that were in use at the same moment.
    #[must_use]
    pub const fn peak(&self) -> u32 {
        self.peak
    }

    /// The length that an arena aligned to 16 must have for the allocations made so far, temporary
    /// ones included: [`peak`](Self::peak) rounded up to 16. The same calls succeed with that many
    /// bytes, and fail with one less.
    #[must_use]
    pub fn required(&self) -> u32 {
        granules(self.peak)
    }

    /// The length that the separate memory of the overlay must have, aligned to 16; 0 if the
    /// overlay is part of the arena.
    #[must_use]
    pub fn required_overlay(&self) -> u32 {
        if self.separate_overlay { granules(self.overlay) } else { 0 }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for category in Category::ALL {
            let bytes = self.category(category);
            if bytes > 0 {
                writeln!(f, "{:<14}{bytes:>10}", category.name())?;
            }
        }
        writeln!(f, "{:<14}{:>10}", "overlay", self.overlay)?;
        writeln!(f, "{:<14}{:>10}", "used", self.used)?;
        writeln!(f, "{:<14}{:>10}", "required", self.required())?;
        write!(f, "{:<14}{:>10}", "capacity", self.capacity)
    }
}
