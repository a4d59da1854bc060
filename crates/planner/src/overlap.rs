//! Permission for an output to overlap an input that is read for the last time.

use crate::problem::round_up;
use crate::{Buffer, Error, Lifetime, Problem};

/// How far an operator's output must be from one of its inputs, if the operator is the last to read that input.
///
/// Without permission the two must not share bytes. With it, there may be less between their *offsets* than the size of
/// the lower one. What an operator permits follows from the order in which it reads and writes:
///
/// ```text
///            below             output below the input: the operator writes behind what it has yet to read
/// output  oooo|ooooooo
/// input       iiiiiiiiiiiiii
///
///             above            output above the input: it runs backwards
/// input   iiii|iiiiiiiiii
/// output      ooooooo
/// ```
///
/// A distance of 0 permits the output at the very place of the input and any shift in that direction. Offsets are multiples
/// of the alignment, so a distance that is none is as good as the next that is.
///
/// The steps alone do not say that an input may be overwritten: if it is an output of the whole graph or read by something
/// outside it, give no permission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Overlap {
    /// The output may lie below the input if `input offset >= output offset + below`; `None`: only entirely below.
    pub below: Option<u32>,
    /// The output may lie above the input if `output offset >= input offset + above`; `None`: only entirely above.
    pub above: Option<u32>,
}

impl Overlap {
    /// No byte may be shared.
    pub const NONE: Self = Self { below: None, above: None };
}

/// The permission for one pair of buffers, as [`WithOverlaps`] takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permission {
    /// The index of the buffer that the operator writes; its first step is that operator.
    pub output: u32,
    /// The index of the buffer that it reads; its last step is that operator.
    pub input: u32,
    /// How far apart they must be.
    pub overlap: Overlap,
}

/// Buffers and permissions in slices.
///
/// ```
/// use bantam_planner::{Buffer, Overlap, Permission, WithOverlaps, greedy, validate};
///
/// // A layer turns 96 bytes into 64 and may begin to write 16 bytes below what it reads.
/// let buffers = [Buffer::new(96, 0, 1), Buffer::new(64, 1, 2)];
/// let overlap = Overlap { below: Some(16), above: None };
/// let permissions = [Permission { output: 1, input: 0, overlap }];
/// let problem = WithOverlaps::new(&buffers, &permissions)?;
///
/// assert_eq!(validate(&problem, 16, &[16, 0], 112), Ok(()));
/// assert!(validate(&problem, 16, &[0, 0], 112).is_err());
/// assert!(validate(&buffers, 16, &[16, 0], 112).is_err()); // without permission
/// # Ok::<(), bantam_planner::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithOverlaps<'a> {
    buffers: &'a [Buffer],
    permissions: &'a [Permission],
}

impl<'a> WithOverlaps<'a> {
    /// Joins `buffers` and `permissions`, which must be in ascending order of output, then input.
    ///
    /// # Errors
    ///
    /// [`Error::Permission`] for the first that is out of order or repeated, names a buffer that does not exist, or has an
    /// output whose first step is not the last of the input, or whose input is not [written before](Lifetime::dies_for).
    pub fn new(buffers: &'a [Buffer], permissions: &'a [Permission]) -> Result<Self, Error> {
        let mut before = None;
        for (index, permission) in permissions.iter().enumerate() {
            let key = Some(permission.key());
            let output = buffers.get(permission.output as usize);
            let input = buffers.get(permission.input as usize);
            let meet = output
                .zip(input)
                .is_some_and(|(output, input)| input.lifetime.dies_for(output.lifetime));
            if before >= key || !meet {
                return Err(Error::Permission { index });
            }
            before = key;
        }
        Ok(Self { buffers, permissions })
    }

    /// What [`new`](Self::new) would accept.
    #[cfg(feature = "std")]
    pub(crate) const fn trusted(buffers: &'a [Buffer], permissions: &'a [Permission]) -> Self {
        Self { buffers, permissions }
    }

    /// The buffers.
    #[must_use]
    pub const fn buffers(&self) -> &'a [Buffer] {
        self.buffers
    }

    /// The permissions, in ascending order of output, then input.
    #[must_use]
    pub const fn permissions(&self) -> &'a [Permission] {
        self.permissions
    }
}

impl Permission {
    const fn key(&self) -> (u32, u32) {
        (self.output, self.input)
    }
}

impl Problem for WithOverlaps<'_> {
    fn len(&self) -> usize {
        self.buffers.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.buffers.buffer(index)
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        let key = |permission: &Permission| (permission.output as usize, permission.input as usize);
        let found = self.permissions.binary_search_by_key(&(output, input), key).ok();
        found.and_then(|at| self.permissions.get(at)).map_or(Overlap::NONE, |found| found.overlap)
    }
}

/// A buffer as the planners see it: its size rounded up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) index: usize,
    /// Rounded up to the alignment.
    pub(crate) bytes: u32,
    pub(crate) lifetime: Lifetime,
}

impl Item {
    /// The buffer with this index; its size has been checked.
    // Without `std` size comes first: one copy of what hosts have inlined. So elsewhere.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn new<P: Problem + ?Sized>(problem: &P, alignment: u32, index: usize) -> Self {
        let Buffer { bytes, lifetime, .. } = problem.buffer(index);
        Self { index, bytes: round_up(bytes, alignment).unwrap_or(u32::MAX), lifetime }
    }
}

/// How far apart two buffers must be, each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Apart {
    /// The least distance if the first buffer lies below the second.
    pub(crate) below: u32,
    /// The least distance if it lies above.
    pub(crate) above: u32,
}

impl Apart {
    /// `None` if the two may lie anywhere because they are never live together.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn new<P: Problem + ?Sized>(
        problem: &P,
        alignment: u32,
        a: &Item,
        b: &Item,
    ) -> Option<Self> {
        if !a.lifetime.overlaps(b.lifetime) {
            return None;
        }
        let mut apart = Self { below: a.bytes, above: b.bytes };
        let at_most = |distance: &mut u32, permitted: Option<u32>| {
            if let Some(permitted) = permitted.and_then(|bytes| round_up(bytes, alignment)) {
                *distance = permitted.min(*distance);
            }
        };
        if b.lifetime.dies_for(a.lifetime) {
            let overlap = problem.overlap(a.index, b.index);
            at_most(&mut apart.below, overlap.below);
            at_most(&mut apart.above, overlap.above);
        }
        if a.lifetime.dies_for(b.lifetime) {
            let overlap = problem.overlap(b.index, a.index);
            at_most(&mut apart.above, overlap.below);
            at_most(&mut apart.below, overlap.above);
        }
        Some(apart)
    }

    /// The bytes that the two can share at most.
    pub(crate) const fn shared(self, a: &Item, b: &Item) -> u32 {
        self.shared_bytes(a.bytes, b.bytes)
    }

    /// The bytes that buffers of `a` and `b` bytes can share at most.
    pub(crate) const fn shared_bytes(self, a: u32, b: u32) -> u32 {
        // At the least distance, from the upper one's offset to the lower end of the two.
        let below = smaller(a.saturating_sub(self.below), b);
        let above = smaller(b.saturating_sub(self.above), a);
        if below > above { below } else { above }
    }
}

const fn smaller(a: u32, b: u32) -> u32 {
    if a < b { a } else { b }
}
