//! The input of a planner: [`Buffer`], [`Lifetime`] and the [`Problem`] that yields them.

use crate::{Error, Overlap};

/// The steps during which a buffer is live: from the first to the last, both included.
///
/// A step is usually one operator. The scratch memory of a kernel, which only one step uses, has
/// `first == last`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// The step that first writes the buffer.
    pub first: u32,
    /// The step that last reads it; not before `first`.
    pub last: u32,
}

impl Lifetime {
    /// Returns a lifetime from step `first` to step `last`, both included.
    #[must_use]
    pub const fn new(first: u32, last: u32) -> Self {
        Self { first, last }
    }

    /// Returns whether the buffer is live during `step`.
    #[must_use]
    pub const fn contains(self, step: u32) -> bool {
        self.first <= step && step <= self.last
    }

    /// Returns whether the last step of this buffer is the first of `output`, and not its own first
    /// as well: it was written before the step that reads it for the last time.
    #[must_use]
    pub const fn dies_for(self, output: Self) -> bool {
        self.last == output.first && self.first < self.last
    }

    /// Returns whether there is a step during which both are live.
    ///
    /// ```
    /// use bantam_planner::Lifetime;
    ///
    /// let input = Lifetime::new(0, 1);
    /// assert!(input.overlaps(Lifetime::new(1, 2)));
    /// assert!(!input.overlaps(Lifetime::new(2, 3)));
    /// ```
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Returns the lifetime from the first step of either to the last of either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// One block of memory that needs an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Buffer {
    /// Its length, before rounding up to the alignment. May be 0.
    pub bytes: u32,
    /// The steps during which it is live.
    pub lifetime: Lifetime,
    /// The offset that it must have, if an earlier plan decided it (an "offline" plan).
    pub fixed: Option<u32>,
}

impl Buffer {
    /// Returns a buffer of `bytes` bytes, live from step `first` to step `last`, to be placed
    /// anywhere.
    #[must_use]
    pub const fn new(bytes: u32, first: u32, last: u32) -> Self {
        Self { bytes, lifetime: Lifetime::new(first, last), fixed: None }
    }

    /// Returns the same buffer, fixed at `offset`.
    #[must_use]
    pub const fn fixed_at(self, offset: u32) -> Self {
        Self { fixed: Some(offset), ..self }
    }
}

/// Steps of a buffer's lifetime in which it holds nothing, or only a part of its bytes.
///
/// A buffer keeps its offset in its gaps, and others may use its bytes.
///
/// If only a part is in use, planners look for plans in which one of two buffers lies above the
/// other all the time: it begins no lower, and in each step the bytes in use of one lie above those
/// of the other. A plan is called optimal if it is the smallest of these.
#[cfg(feature = "gaps")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gap {
    /// The first and the last step of the gap; both within the buffer's lifetime.
    pub steps: Lifetime,
    /// The first byte of the buffer that is in use all the same.
    pub start: u32,
    /// The byte after the last that is; equal to `start` if there is none.
    pub end: u32,
}

#[cfg(feature = "gaps")]
impl Gap {
    /// Returns a gap from step `first` to step `last`, both included, in which the buffer holds
    /// nothing.
    #[must_use]
    pub const fn new(first: u32, last: u32) -> Self {
        Self { steps: Lifetime::new(first, last), start: 0, end: 0 }
    }

    /// Returns the same gap, with the bytes from `start` up to `end` in use.
    #[must_use]
    pub const fn using(self, start: u32, end: u32) -> Self {
        Self { start, end, ..self }
    }
}

/// A numbered set of buffers.
///
/// Slices of [`Buffer`] implement it. If you keep sizes and lifetimes in another form, implement it
/// for that form, and copy nothing.
///
/// Planners call [`buffer`](Self::buffer) up to about `len²` times, so it should be cheap, and it
/// must give the same answer each time. If it does not, the offsets are meaningless (and
/// [`validate`](crate::validate) is likely to say so), but no function of this crate panics or runs
/// for ever.
pub trait Problem {
    /// Returns the number of buffers.
    fn len(&self) -> usize;

    /// Returns the buffer with this index, which is less than [`len`](Self::len).
    fn buffer(&self, index: usize) -> Buffer;

    /// Returns whether there are no buffers.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the distances at which `output` may overlap `input` during the one step that writes
    /// the first and reads the other for the last time. By default, and for slices of [`Buffer`],
    /// they may not.
    ///
    /// Planners ask only for an output whose first step is the last of an
    /// [input](Lifetime::dies_for); no other two buffers may overlap.
    fn overlap(&self, _output: usize, _input: usize) -> Overlap {
        Overlap::NONE
    }

    /// Returns the alignment of this buffer's offset, a power of two. The alignment of the plan
    /// applies as well. By default 1.
    #[cfg(feature = "gaps")]
    fn alignment(&self, _index: usize) -> u32 {
        1
    }

    /// Returns the first [gap](Gap) of this buffer that ends in `step` or later. By default
    /// there is none.
    #[cfg(feature = "gaps")]
    fn gap(&self, _index: usize, _step: u32) -> Option<Gap> {
        None
    }
}

impl Problem for [Buffer] {
    fn len(&self) -> usize {
        <[Buffer]>::len(self)
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.get(index).copied().unwrap_or_default()
    }
}

impl<const N: usize> Problem for [Buffer; N] {
    fn len(&self) -> usize {
        N
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.as_slice().buffer(index)
    }
}

impl<P: Problem + ?Sized> Problem for &P {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        (**self).buffer(index)
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        (**self).overlap(output, input)
    }

    #[cfg(feature = "gaps")]
    fn alignment(&self, index: usize) -> u32 {
        (**self).alignment(index)
    }

    #[cfg(feature = "gaps")]
    fn gap(&self, index: usize, step: u32) -> Option<Gap> {
        (**self).gap(index, step)
    }
}

/// A buffer with its size rounded up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) index: usize,
    /// Rounded up to the alignment.
    pub(crate) bytes: u32,
    pub(crate) lifetime: Lifetime,
}

/// Returns the alignment of a buffer in a plan with a `common` alignment, or the one that is no
/// power of two.
#[cfg(feature = "gaps")]
pub(crate) fn alignment<P: Problem + ?Sized>(
    problem: &P,
    index: usize,
    common: u32,
) -> Result<u32, u32> {
    let own = problem.alignment(index);
    if own.is_power_of_two() { Ok(own.max(common)) } else { Err(own) }
}

/// Returns the common alignment.
#[cfg(not(feature = "gaps"))]
pub(crate) const fn alignment<P: ?Sized>(_: &P, _: usize, common: u32) -> Result<u32, u32> {
    Ok(common)
}

/// Rounds up to a multiple of `alignment`, a power of two; `None` on overflow.
///
/// It does not divide: small cores have no instruction for it.
pub(crate) const fn round_up(bytes: u32, alignment: u32) -> Option<u32> {
    let mask = alignment.wrapping_sub(1);
    match bytes.checked_add(mask) {
        Some(sum) => Some(sum & !mask),
        None => None,
    }
}

/// Makes the checks that every planner makes before it writes anything, and returns the highest end
/// of a fixed buffer, if any is fixed.
pub(crate) fn check<P: Problem + ?Sized>(problem: &P, common: u32) -> Result<Option<u32>, Error> {
    if !common.is_power_of_two() {
        return Err(Error::Alignment { alignment: common });
    }
    let mut fixed_end = None;
    for index in 0..problem.len() {
        let Buffer { bytes, lifetime: Lifetime { first, last }, fixed } = problem.buffer(index);
        if first > last {
            return Err(Error::Lifetime { index, first, last });
        }
        let offset = fixed.unwrap_or(0);
        let alignment = alignment(problem, index, common)
            .map_err(|alignment| Error::Alignment { alignment })?;
        if offset & (alignment - 1) != 0 {
            return Err(Error::FixedMisaligned { index, offset });
        }
        let end = round_up(bytes, common).and_then(|bytes| bytes.checked_add(offset));
        let Some(end) = end else { return Err(Error::Overflow { index }) };
        if fixed.is_some() {
            fixed_end = fixed_end.max(Some(end));
        }
    }
    Ok(fixed_end)
}
