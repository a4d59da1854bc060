//! Alignments and gaps of single buffers, in slices.

use crate::{Buffer, Error, Gap, Overlap, Problem};

/// A problem with alignments and gaps for its buffers.
///
/// ```
/// use bantam_planner::{Buffer, Gap, WithLimits, greedy, greedy_workspace_len, validate};
///
/// // A sensor fills the first buffer in step 0, and in step 3 again; the second is for DMA.
/// let buffers = [Buffer::new(64, 0, 3), Buffer::new(40, 1, 2), Buffer::new(8, 3, 4)];
/// let gaps = [(0, Gap::new(1, 2))];
/// let problem = WithLimits::new(&buffers, &[1, 32, 1], &gaps)?;
///
/// let mut offsets = [0; 3];
/// let mut workspace = [0; greedy_workspace_len(3)];
/// let total = greedy(&problem, 4, &mut offsets, &mut workspace)?;
/// assert_eq!((total, offsets), (72, [0, 0, 64])); // 104 without the gap
/// assert_eq!(validate(&problem, 4, &offsets, total), Ok(()));
/// # Ok::<(), bantam_planner::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithLimits<'a, P> {
    problem: P,
    alignments: &'a [u32],
    gaps: &'a [(u32, Gap)],
}

impl<'a, P: Problem> WithLimits<'a, P> {
    /// Combines a problem, the alignment of each buffer, and gaps with the indices of their
    /// buffers.
    ///
    /// Buffers beyond the end of `alignments` have none of their own. The gaps must be in ascending
    /// order of buffer, then step, and those of one buffer must not overlap.
    ///
    /// # Errors
    ///
    /// [`Error::Alignment`] for the first that is not a power of two; [`Error::Gap`] for the first
    /// gap that is out of order, names a buffer that does not exist, or is not within the lifetime
    /// and the bytes of its buffer.
    pub fn new(problem: P, alignments: &'a [u32], gaps: &'a [(u32, Gap)]) -> Result<Self, Error> {
        if let Some(&alignment) = alignments.iter().find(|alignment| !alignment.is_power_of_two()) {
            return Err(Error::Alignment { alignment });
        }
        let mut before: Option<(u32, u32)> = None;
        for (index, &(buffer, Gap { steps, start, end })) in gaps.iter().enumerate() {
            let fault = Error::Gap { index };
            let exists = usize::try_from(buffer).is_ok_and(|buffer| buffer < problem.len());
            let in_order = before.is_none_or(|before| before < (buffer, steps.first));
            if !exists || !in_order || steps.first > steps.last {
                return Err(fault);
            }
            let Buffer { bytes, lifetime, .. } = problem.buffer(buffer as usize);
            let within = lifetime.contains(steps.first) && lifetime.contains(steps.last);
            if !within || start > end || end > bytes {
                return Err(fault);
            }
            before = Some((buffer, steps.last));
        }
        Ok(Self { problem, alignments, gaps })
    }

    /// Makes it without the checks of [`new`](Self::new), which the caller has done.
    #[cfg(feature = "std")]
    pub(crate) const fn trusted(problem: P, alignments: &'a [u32], gaps: &'a [(u32, Gap)]) -> Self {
        Self { problem, alignments, gaps }
    }

    /// Returns the gaps, in ascending order of buffer, then step.
    #[must_use]
    pub const fn gaps(&self) -> &'a [(u32, Gap)] {
        self.gaps
    }
}

impl<P: Problem> Problem for WithLimits<'_, P> {
    fn len(&self) -> usize {
        self.problem.len()
    }

    fn buffer(&self, index: usize) -> Buffer {
        self.problem.buffer(index)
    }

    fn overlap(&self, output: usize, input: usize) -> Overlap {
        self.problem.overlap(output, input)
    }

    fn alignment(&self, index: usize) -> u32 {
        self.alignments.get(index).copied().unwrap_or(1)
    }

    fn gap(&self, index: usize, step: u32) -> Option<Gap> {
        let is_before =
            |(buffer, gap): &(u32, Gap)| (*buffer as usize, gap.steps.last) < (index, step);
        let at = self.gaps.partition_point(is_before);
        self.gaps.get(at).filter(|(buffer, _)| *buffer as usize == index).map(|&(_, gap)| gap)
    }
}
