//! What is to be placed: [`Buffer`], [`Lifetime`] and the [`Problem`] that yields them.

use crate::{Error, Overlap};

/// The steps during which a buffer holds something: from the first to the last, both included.
///
/// A step is usually one operator. A buffer of which only one step knows, such as the scratch
/// memory of a kernel, has `first == last`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// The step that first writes the buffer.
    pub first: u32,
    /// The step that last reads it; not before `first`.
    pub last: u32,
}

impl Lifetime {
    /// A lifetime from step `first` to step `last`, both included.
    #[must_use]
    pub const fn new(first: u32, last: u32) -> Self {
        Self { first, last }
    }

    /// Whether the buffer is live during `step`.
    #[must_use]
    pub const fn contains(self, step: u32) -> bool {
        self.first <= step && step <= self.last
    }

    /// Whether the last step of this buffer is the first of `output`, and not its own first as
    /// well: it was written before the step that reads it for the last time.
    #[must_use]
    pub const fn dies_for(self, output: Self) -> bool {
        self.last == output.first && self.first < self.last
    }

    /// Whether there is a step during which both are live.
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

    /// From the first step of either to the last of either.
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
    /// When it holds something.
    pub lifetime: Lifetime,
    /// The offset it must have, if that was decided elsewhere (an "offline" plan).
    pub fixed: Option<u32>,
}

impl Buffer {
    /// A buffer of `bytes` bytes, live from step `first` to step `last`, to be placed anywhere.
    #[must_use]
    pub const fn new(bytes: u32, first: u32, last: u32) -> Self {
        Self { bytes, lifetime: Lifetime::new(first, last), fixed: None }
    }

    /// The same buffer, held at `offset`.
    #[must_use]
    pub const fn fixed_at(self, offset: u32) -> Self {
        Self { fixed: Some(offset), ..self }
    }
}

/// A numbered set of buffers.
///
/// Implemented for slices of [`Buffer`]; whoever keeps sizes and lifetimes in another form
/// implements it for that form, and nothing need be copied.
///
/// [`buffer`](Self::buffer) is called up to about `len²` times, so it should be cheap, and it must
/// give the same answer each time. If it does not, the offsets are meaningless (and
/// [`validate`](crate::validate) is likely to say so), but no function of this crate panics or runs
/// for ever.
pub trait Problem {
    /// The number of buffers.
    fn len(&self) -> usize;

    /// The buffer with this index, which is less than [`len`](Self::len).
    fn buffer(&self, index: usize) -> Buffer;

    /// Whether there are no buffers.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How `output` may share bytes with `input` during the one step that writes the first and
    /// reads the other for the last time. By default, and for slices of [`Buffer`], not at all.
    ///
    /// Only asked for an output whose first step is the last of an [input](Lifetime::dies_for); no
    /// other two buffers may overlap.
    fn overlap(&self, _output: usize, _input: usize) -> Overlap {
        Overlap::NONE
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
}

/// Rounds up to a multiple of `alignment`, a power of two; `None` on overflow.
///
/// Without division: small cores have none.
pub(crate) const fn round_up(bytes: u32, alignment: u32) -> Option<u32> {
    let mask = alignment.wrapping_sub(1);
    match bytes.checked_add(mask) {
        Some(sum) => Some(sum & !mask),
        None => None,
    }
}

/// The part of the checks that every planner makes before it writes anything. Returns the highest
/// end of a fixed buffer, if any is fixed.
pub(crate) fn check<P: Problem + ?Sized>(
    problem: &P,
    alignment: u32,
) -> Result<Option<u32>, Error> {
    if !alignment.is_power_of_two() {
        return Err(Error::Alignment { alignment });
    }
    let mut fixed_end = None;
    for index in 0..problem.len() {
        let Buffer { bytes, lifetime: Lifetime { first, last }, fixed } = problem.buffer(index);
        if first > last {
            return Err(Error::Lifetime { index, first, last });
        }
        let offset = fixed.unwrap_or(0);
        if offset & (alignment - 1) != 0 {
            return Err(Error::FixedMisaligned { index, offset });
        }
        let end = round_up(bytes, alignment).and_then(|bytes| bytes.checked_add(offset));
        let Some(end) = end else { return Err(Error::Overflow { index }) };
        if fixed.is_some() {
            fixed_end = fixed_end.max(Some(end));
        }
    }
    Ok(fixed_end)
}
