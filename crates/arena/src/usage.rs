//! The figures of an arena.

use core::fmt;

use crate::align::granules;

/// The purpose of a persistent allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// Records of tensors.
    Tensors,
    /// Records of nodes.
    Nodes,
    /// Prepared data of operators: multipliers, shifts, tables.
    OperatorData,
    /// Variables, which keep their values between inferences.
    Variables,
    /// Scratch memory of kernels, where it is not part of the overlay.
    Scratch,
    /// The memory plan.
    Plan,
    /// Anything else.
    Other,
    /// Bytes skipped for alignment. The arena counts them itself.
    Alignment,
}

impl Category {
    /// All categories, in the order of reports.
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

    /// Returns its name for reports, in lower case.
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

/// The bytes in use, by category.
///
/// The figures depend only on the sequence of allocations: not on the target, and not on the
/// arena's size or address (except for [`capacity`](Self::capacity)).
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
    /// Returns the bytes of the arena.
    #[must_use]
    pub const fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Returns the persistent bytes of one category.
    #[must_use]
    pub fn category(&self, category: Category) -> u32 {
        self.by_category.get(category as usize).copied().unwrap_or(0)
    }

    /// Returns the persistent bytes of all categories.
    #[must_use]
    pub fn persistent(&self) -> u32 {
        self.by_category.iter().sum()
    }

    /// Returns the bytes of the overlay, wherever it lies.
    #[must_use]
    pub const fn overlay(&self) -> u32 {
        self.overlay
    }

    /// Returns the bytes of the arena in use at this moment: persistent, overlay (unless it has
    /// memory of its own) and temporary.
    #[must_use]
    pub const fn used(&self) -> u32 {
        self.used
    }

    /// Returns the most bytes of the arena that were in use at the same moment.
    #[must_use]
    pub const fn peak(&self) -> u32 {
        self.peak
    }

    /// Returns the length that an arena aligned to 16 must have for the allocations so far,
    /// temporary ones included: [`peak`](Self::peak) rounded up to 16. The same calls succeed with
    /// that many bytes, and fail with one less.
    #[must_use]
    pub fn required(&self) -> u32 {
        granules(self.peak)
    }

    /// Returns the length that the separate memory of the overlay must have, aligned to 16; 0 if
    /// the overlay is part of the arena.
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
