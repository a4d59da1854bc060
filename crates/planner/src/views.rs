//! Views: buffers that lie in others.

use crate::validate::judge;
use crate::{Buffer, Error, Lifetime, Overlap, Problem, ViewFault, Violation};

/// A buffer that lies inside another, its *base*: a slice of it, an operand of a concatenation that
/// is made in place, or the same bytes in another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// The index of the view, which takes no memory of its own.
    pub buffer: u32,
    /// The index of the base. It may itself be a view of another.
    pub base: u32,
    /// Where the view begins in its base, in bytes. It need not be aligned.
    pub offset: u32,
}

/// A problem in which some buffers are [views](View) of others.
///
/// It is a [`Problem`] for all planners and both judges. It has the same buffers with the same
/// numbers, but
///
/// * a view has no bytes, and is live in a step of its own;
/// * a base is live from the first step of any of its views to the last, its own steps included. If
///   a view is fixed, so is its base.
/// * gaps of a base or of a view are not used: one may be live where the other is not.
///
/// The offset that a planner gives to a view has no meaning; [`place`](Self::place) fills in the
/// right one.
///
/// Permissions to [overlap](Problem::overlap) remain: an output may lie over a view that dies, and
/// a view may lie over an input. They become distances between the buffers that have memory of
/// their own. Only those views count that are live in the step where the two meet: the others hold
/// nothing there.
///
/// ```
/// use bantam_planner::{Buffer, View, WithViews, greedy, greedy_workspace_len, validate};
///
/// // Two layers write 32 bytes each, and a third reads both as one: nothing is copied.
/// let buffers = [
///     Buffer::new(64, 2, 3), // the base
///     Buffer::new(32, 0, 2),
///     Buffer::new(32, 1, 2),
/// ];
/// let views = [View { buffer: 1, base: 0, offset: 0 }, View { buffer: 2, base: 0, offset: 32 }];
/// let problem = WithViews::new(&buffers, &views)?;
///
/// let mut offsets = [0; 3];
/// let mut workspace = [0; greedy_workspace_len(3)];
/// let total = greedy(&problem, 16, &mut offsets, &mut workspace)?;
/// problem.place(&mut offsets)?;
/// assert_eq!((total, offsets), (64, [0, 0, 32])); // 128 with the copy
/// assert_eq!(problem.validate(16, &offsets, total), Ok(()));
/// # Ok::<(), bantam_planner::Error>(())
/// ```
///
/// # Cost
///
/// [`buffer`](Problem::buffer) takes O(v·log v) time for v views, and [`overlap`](Problem::overlap)
/// that times the views in the two buffers.
#[derive(Clone, Copy, Debug)]
pub struct WithViews<'a, P> {
    problem: P,
    views: &'a [View],
}

impl<'a, P: Problem> WithViews<'a, P> {
    /// Combines a problem and its views, which must be in ascending order of [`View::buffer`].
    ///
    /// # Errors
    ///
    /// [`Error::View`] for the first view that is out of order or repeated, names a buffer that
    /// does not exist, does not lie inside its base, is its own base (perhaps by way of others), is
    /// fixed at another place than its base, or has an alignment of its own that its base does not
    /// ensure; and [`Error::Lifetime`].
    pub fn new(problem: P, views: &'a [View]) -> Result<Self, Error> {
        let this = Self { problem, views };
        let mut before = None;
        for (index, view) in views.iter().enumerate() {
            if before >= Some(view.buffer) {
                return Err(Error::View { index, fault: ViewFault::Order });
            }
            before = Some(view.buffer);
        }
        for (index, view) in views.iter().enumerate() {
            for buffer in [view.buffer, view.base] {
                let fault = Error::View { index, fault: ViewFault::NoBuffer { buffer } };
                let index = usize::try_from(buffer).map_err(|_| fault)?;
                if index >= this.problem.len() {
                    return Err(fault);
                }
                let Lifetime { first, last } = this.problem.buffer(index).lifetime;
                if first > last {
                    return Err(Error::Lifetime { index, first, last });
                }
            }
            this.check(view).map_err(|fault| Error::View { index, fault })?;
        }
        Ok(this)
    }

    /// Makes it without the checks of [`new`](Self::new), which the caller has done.
    #[cfg(feature = "std")]
    pub(crate) const fn trusted(problem: P, views: &'a [View]) -> Self {
        Self { problem, views }
    }

    fn check(&self, view: &View) -> Result<(), ViewFault> {
        let buffer = self.problem.buffer(view.buffer as usize);
        let base_bytes = self.problem.buffer(view.base as usize).bytes;
        match view.offset.checked_add(buffer.bytes) {
            Some(end) if end <= base_bytes => {}
            end => return Err(ViewFault::Outside { end: end.unwrap_or(u32::MAX), base_bytes }),
        }
        let (base, offset) = self.base_of(view.buffer as usize).ok_or(ViewFault::Circle)?;
        #[cfg(feature = "gaps")]
        {
            let alignment = self.problem.alignment(view.buffer as usize);
            let of_base = self.problem.alignment(base);
            if alignment > of_base || !offset.is_multiple_of(alignment.max(1)) {
                return Err(ViewFault::Misaligned { alignment });
            }
        }
        let Some(fixed) = buffer.fixed else { return Ok(()) };
        match fixed.checked_sub(offset) {
            Some(at) if self.buffer(base).fixed == Some(at) => Ok(()),
            _ => Err(ViewFault::Fixed { offset: fixed }),
        }
    }

    /// Returns the problem without the views.
    #[must_use]
    pub const fn problem(&self) -> &P {
        &self.problem
    }

    /// Returns the views, in ascending order of buffer.
    #[must_use]
    pub const fn views(&self) -> &'a [View] {
        self.views
    }

    /// Returns, for a view, the last base of its chain, which has memory of its own, and the view's
    /// offset in it.
    #[must_use]
    pub fn base_of(&self, index: usize) -> Option<(usize, u32)> {
        let mut view = self.view(index)?;
        let mut offset = view.offset;
        // A chain without a circle is no longer than the number of views.
        for _ in 0..self.views.len() {
            let Some(next) = self.view(view.base as usize) else {
                return Some((view.base as usize, offset));
            };
            offset = offset.checked_add(next.offset)?;
            view = next;
        }
        None
    }

    /// Gives each view its offset, once the other buffers have theirs.
    ///
    /// # Errors
    ///
    /// [`Error::OffsetsLen`], and [`Error::Overflow`] for a base where no planner can have put it.
    /// The offsets are then unspecified.
    pub fn place(&self, offsets: &mut [u32]) -> Result<(), Error> {
        if offsets.len() != self.len() {
            return Err(Error::OffsetsLen { expected: self.len(), actual: offsets.len() });
        }
        for view in self.views {
            let index = view.buffer as usize;
            let at = self.base_of(index);
            let at = at.and_then(|(base, offset)| offsets.get(base)?.checked_add(offset));
            if let Some(slot) = offsets.get_mut(index) {
                *slot = at.ok_or(Error::Overflow { index })?;
            }
        }
        Ok(())
    }

    /// Checks that `offsets`, those of views included, is a plan within `total` bytes.
    ///
    /// Each view must be exactly at its offset in its base, and [`validate`](crate::validate) must
    /// accept the other buffers. The offsets of views need not be aligned.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] it meets.
    ///
    /// # Cost
    ///
    /// That of [`validate`](crate::validate), no memory.
    pub fn validate(&self, alignment: u32, offsets: &[u32], total: u32) -> Result<(), Violation> {
        if offsets.len() != self.len() {
            return Err(Violation::OffsetsLen { expected: self.len(), actual: offsets.len() });
        }
        let at = |index: usize| offsets.get(index).copied().unwrap_or(u32::MAX);
        for view in self.views {
            let (index, offset) = (view.buffer as usize, at(view.buffer as usize));
            let expected = u64::from(at(view.base as usize)) + u64::from(view.offset);
            if expected != u64::from(offset) {
                return Err(Violation::Displaced { index, expected, offset });
            }
        }
        // The bytes of a view belong to its base.
        let own = |index: usize| if self.view(index).is_some() { 0 } else { at(index) };
        judge(self, alignment, total, own)
    }

    fn view(&self, index: usize) -> Option<&'a View> {
        let found = self.views.binary_search_by_key(&index, |view| view.buffer as usize).ok();
        found.and_then(|at| self.views.get(at))
    }

    /// Returns a buffer that is no view, and all views in it, with their offsets in it.
    fn members(&self, base: usize) -> impl Iterator<Item = (usize, u32)> {
        let views = self.views.iter().filter_map(move |view| {
            let (other, offset) = self.base_of(view.buffer as usize)?;
            (other == base).then_some((view.buffer as usize, offset))
        });
        core::iter::once((base, 0)).chain(views)
    }

    /// Returns those of them that are live during `step`.
    fn live(&self, base: usize, step: u32) -> impl Iterator<Item = (usize, u32, Buffer)> {
        self.members(base)
            .map(|(index, offset)| (index, offset, self.problem.buffer(index)))
            .filter(move |(.., buffer)| buffer.bytes != 0 && buffer.lifetime.contains(step))
    }
}

impl<P: Problem> Problem for WithViews<'_, P> {
    fn len(&self) -> usize {
        self.problem.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        if self.view(index).is_some() {
            // Greedy orders treat an empty buffer as an obstacle, so it must not be in the way of
            // others.
            return Buffer::new(0, u32::MAX, u32::MAX);
        }
        let mut base = self.problem.buffer(index);
        for (view, offset) in self.members(index).skip(1) {
            let Buffer { lifetime, fixed, .. } = self.problem.buffer(view);
            base.lifetime = base.lifetime.union(lifetime);
            base.fixed = base.fixed.or(fixed.and_then(|fixed| fixed.checked_sub(offset)));
        }
        base
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        if self.views.is_empty() {
            return self.problem.overlap(output, input);
        }
        let step = self.buffer(output).lifetime.first;
        let (mut below, mut above) = (0, 0);
        for (written, written_offset, to) in self.live(output, step) {
            for (read, read_offset, from) in self.live(input, step) {
                let mut overlap = Overlap::NONE;
                if from.lifetime.dies_for(to.lifetime) {
                    overlap = self.problem.overlap(written, read);
                }
                // Side by side is far enough.
                let to_below = overlap.below.unwrap_or(u32::MAX).min(to.bytes);
                let to_above = overlap.above.unwrap_or(u32::MAX).min(from.bytes);
                let distance = |low: u32, bytes: u32, high: u32| {
                    low.saturating_add(bytes).saturating_sub(high)
                };
                below = below.max(distance(written_offset, to_below, read_offset));
                above = above.max(distance(read_offset, to_above, written_offset));
            }
        }
        Overlap { below: Some(below), above: Some(above) }
    }

    #[cfg(feature = "gaps")]
    fn alignment(&self, index: usize) -> u32 {
        if self.view(index).is_some() { 1 } else { self.problem.alignment(index) }
    }

    #[cfg(feature = "gaps")]
    fn gap(&self, index: usize, step: u32) -> Option<crate::Gap> {
        // A view may be live in a gap of its base.
        let gap = self.problem.gap(index, step)?;
        (self.view(index).is_none() && self.members(index).nth(1).is_none()).then_some(gap)
    }
}
