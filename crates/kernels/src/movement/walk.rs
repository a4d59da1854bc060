//! Copies that walk their input in steps: the engine of TRANSPOSE, STRIDED_SLICE and their like.

use crate::error::{LengthMismatch, ParamsError};
use crate::number::element::Load;
use crate::walk::chunks::{chunks_mut, copy, part};
use crate::walk::rows::{Activations, Slack};
use crate::walk::shape::Shape;

/// An operator whose output is a [`Walk`] over its input. Elements may be of any type.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::transpose::Transpose;
/// use bantam_kernels::movement::walk::WalkOp;
/// let walk = Transpose::walk(&Shape::new(&[2, 3])?, &[1, 0], &Shape::new(&[3, 2])?)?;
/// let mut output = [0; 6];
/// walk.copy((&[1, 2, 3, 4, 5, 6][..], &mut output[..]))?;
/// assert_eq!(output, [1, 4, 2, 5, 3, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait WalkOp {
    /// What the model states besides the shapes; lists are of elements `I`.
    type Options<'a, I: Load<i32> + 'a>;

    /// The walk over a tensor of shape `input` that fills one of shape `output`.
    ///
    /// # Errors
    ///
    /// Those that the operator lists.
    fn walk<I: Load<i32>>(
        input: &Shape,
        options: Self::Options<'_, I>,
        output: &Shape,
    ) -> Result<Walk, ParamsError>;
}

/// Most dimensions of a [`Walk`].
pub const MAX_WALK_RANK: usize = 5;

/// A walk over a tensor: output element `[i, j, ..]` is input element
/// `base + i · steps[0] + j · steps[1] + ..`.
///
/// Dimensions that can be walked as one are merged, so that the innermost is as long as possible.
///
/// Or the shapes of both, if the options are yet to be known: such a walk is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Walk {
    input_len: u32,
    base: u32,
    counts: [u32; MAX_WALK_RANK],
    steps: [i32; MAX_WALK_RANK],
}

impl Walk {
    /// A walk from element `base`, with `(count, step)` of each output dimension, outermost first.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a count of 0, [`ParamsError::Rank`] if more than
    /// [`MAX_WALK_RANK`] dimensions are left after merging, [`ParamsError::TooLarge`] if it is not
    /// within the input's `0..input_len` throughout.
    pub fn new(
        input_len: usize,
        base: u32,
        dims: impl DoubleEndedIterator<Item = (u32, i32)> + Clone,
    ) -> Result<Self, ParamsError> {
        let input_len = u32::try_from(input_len).map_err(|_| ParamsError::TooLarge)?;
        let mut walk =
            Self { input_len, base, counts: [1; MAX_WALK_RANK], steps: [0; MAX_WALK_RANK] };
        // The extremes that the walk comes to.
        let (mut low, mut high) = (i64::from(base), i64::from(base));
        let mut slots = walk.counts.iter_mut().zip(&mut walk.steps).rev();
        let mut inner: Option<(&mut u32, &mut i32)> = None;
        for (count, step) in dims.clone().rev() {
            if count == 0 {
                return Err(ParamsError::Dimension { value: 0 });
            }
            if count == 1 {
                continue;
            }
            let reach = i64::from(count - 1) * i64::from(step);
            low += reach.min(0);
            high += reach.max(0);
            if low < 0 || high >= i64::from(input_len) {
                return Err(ParamsError::TooLarge);
            }
            match &mut inner {
                Some((n, s)) if i64::from(**n) * i64::from(**s) == i64::from(step) => {
                    **n = n.checked_mul(count).ok_or(ParamsError::TooLarge)?;
                }
                _ => {
                    let (n, s) = slots
                        .next()
                        .ok_or_else(|| ParamsError::Rank { actual: dims.clone().count() })?;
                    (*n, *s) = (count, step);
                    inner = Some((n, s));
                }
            }
        }
        if high >= i64::from(input_len) { Err(ParamsError::TooLarge) } else { Ok(walk) }
    }

    /// A walk whose options are yet to be known.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] for shapes of more than ten dimensions together, unless they are
    /// equal.
    pub fn open(input: &Shape, output: &Shape) -> Result<Self, ParamsError> {
        let others = if input == output { &[] } else { output.dims() };
        if input.rank() + others.len() > 2 * MAX_WALK_RANK {
            return Err(ParamsError::Rank { actual: input.rank() });
        }
        let ranks = input.rank() as u32 | (others.len() as u32) << 8;
        let mut walk = Self {
            input_len: 0,
            base: ranks,
            counts: [0; MAX_WALK_RANK],
            steps: [0; MAX_WALK_RANK],
        };
        let mut dims = input.dims().iter().chain(others);
        walk.counts.iter_mut().zip(&mut dims).for_each(|(slot, &dim)| *slot = dim);
        walk.steps.iter_mut().zip(dims).for_each(|(slot, &dim)| *slot = dim as i32);
        Ok(walk)
    }

    /// The shapes of the input and of the output if the options are yet to be known.
    pub fn shapes(&self) -> Option<[Shape; 2]> {
        if self.input_len != 0 {
            return None;
        }
        let mut dims = [0; 2 * MAX_WALK_RANK];
        let words = self.counts.iter().map(|&dim| dim as i32).chain(self.steps);
        dims.iter_mut().zip(words).for_each(|(slot, dim)| *slot = dim);
        let (rank, other) = ((self.base & 0xFF) as usize, (self.base >> 8) as usize);
        let (input, rest) = dims.split_at_checked(rank)?;
        let output = if other == 0 { input } else { rest.get(..other)? };
        Some([Shape::new(input).ok()?, Shape::new(output).ok()?])
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.counts.iter().fold(1_usize, |len, &n| len.saturating_mul(n as usize))
    }

    /// Where in the input the output lies as a whole, its elements one after the other, if it does.
    pub fn part(&self) -> Option<usize> {
        let [outer @ .., count] = self.counts;
        let [.., step] = self.steps;
        let is_part = outer == [1; MAX_WALK_RANK - 1] && (step == 1 || count == 1);
        if is_part && self.input_len != 0 { Some(self.base as usize) } else { None }
    }

    /// The least distances between input and output with which every element is read before
    /// another comes to its place.
    ///
    /// Forwards, what has been written ends at the place that an element comes to: so no element
    /// may come to a place above its own. That holds for slices, wherever the output lies below
    /// the input. Backwards, no element may come to a place below its own. A transposed image of
    /// few channels leaves some of it.
    ///
    /// With more than 65536 lines nothing overlaps, nor where the walk is open.
    pub fn slack(&self) -> Slack {
        let line_len = self.line_len();
        let lines = self.output_len().checked_div(line_len).unwrap_or(0);
        if self.input_len == 0 || lines > Slack::MAX_ROWS {
            return Slack::NONE;
        }
        let mut slack = Slack::default();
        for (line, at) in (0..lines).zip(self.lines(true)) {
            for (to, from) in self.ends(line.wrapping_mul(line_len), at) {
                slack.below = slack.below.max(to.saturating_sub(from));
                slack.above = slack.above.max(from.saturating_sub(to));
            }
        }
        slack
    }

    fn line_len(&self) -> usize {
        let [.., len] = self.counts;
        len as usize
    }

    /// The first and the last place of a line of the output that begins at `to`, each with the
    /// element of the input that comes there.
    fn ends(&self, to: usize, at: i32) -> [(usize, usize); 2] {
        let last = self.line_len().wrapping_sub(1);
        let [.., step] = self.steps;
        let end = at.wrapping_add(step.wrapping_mul(last as i32));
        [(to, at as usize), (to.wrapping_add(last), end as usize)]
    }

    /// The element that each line begins with, first to last or the other way round.
    fn lines(&self, forwards: bool) -> Lines {
        let ([counts @ .., _], [mut steps @ .., _]) = (self.counts, self.steps);
        let mut at = self.base as i32;
        if !forwards {
            for (step, &count) in steps.iter_mut().zip(&counts) {
                at = at.wrapping_add(step.wrapping_mul(count.wrapping_sub(1) as i32));
                *step = step.wrapping_neg();
            }
        }
        Lines { counts, steps, index: [0; MAX_WALK_RANK - 1], at }
    }

    /// Copies the walked elements of the input to the output, which may lie over it as far as
    /// [`slack`](Self::slack) permits.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if a slice is not as long as its shape, and nothing is written; or if the
    /// output lies closer to the input, and the output is unspecified.
    pub fn copy<'m, T: Copy + 'm>(
        &self,
        activations: impl Into<Activations<'m, T>>,
    ) -> Result<(), LengthMismatch> {
        self.copy_lines(activations.into())
    }

    fn copy_lines<T: Copy>(&self, activations: Activations<'_, T>) -> Result<(), LengthMismatch> {
        activations.check(self.input_len as usize, self.output_len())?;
        match activations {
            Activations::Apart { input, output } => {
                let [.., step] = self.steps;
                let lines = chunks_mut(output, self.line_len()).zip(self.lines(true));
                lines.for_each(|(line, at)| copy_line(input, at, step, line));
                Ok(())
            }
            Activations::Shared { memory, input, output } => self.shift(memory, input, output),
        }
    }

    /// Copies within one memory, line by line and each element by itself.
    fn shift<T: Copy>(
        &self,
        memory: &mut [T],
        input: usize,
        output: usize,
    ) -> Result<(), LengthMismatch> {
        let forwards = self.slack().goes_forwards(input, output)?;
        let (len, [.., step]) = (self.line_len(), self.steps);
        let lines = self.output_len().checked_div(len).unwrap_or(0);
        for (number, at) in (0..lines).zip(self.lines(forwards)) {
            let line = if forwards { number } else { lines - 1 - number };
            let to = line.wrapping_mul(len).wrapping_add(output);
            let from = (at as usize).wrapping_add(input);
            if step == 1 && to.abs_diff(from) >= len {
                copy_apart(memory, from, to, len);
                continue;
            }
            for i in 0..len {
                let i = if forwards { i } else { len - 1 - i };
                let from = from.wrapping_add((step as usize).wrapping_mul(i));
                if let Some(&x) = memory.get(from)
                    && let Some(y) = memory.get_mut(to.wrapping_add(i))
                {
                    *y = x;
                }
            }
        }
        Ok(())
    }
}

/// Where each line of a walk begins: as many as are asked for.
struct Lines {
    counts: [u32; MAX_WALK_RANK - 1],
    steps: [i32; MAX_WALK_RANK - 1],
    index: [u32; MAX_WALK_RANK - 1],
    at: i32,
}

impl Iterator for Lines {
    type Item = i32;

    #[inline(always)] // a few instructions in a loop
    fn next(&mut self) -> Option<i32> {
        let at = self.at;
        let dims = self.index.iter_mut().zip(&self.counts).zip(&self.steps);
        for ((index, &count), &step) in dims.rev() {
            self.at = self.at.wrapping_add(step);
            *index = index.wrapping_add(1);
            if *index < count {
                break;
            }
            self.at = self.at.wrapping_sub(step.wrapping_mul(count as i32));
            *index = 0;
        }
        Some(at)
    }
}

/// Copies `len` elements within a memory to a place that they do not reach.
fn copy_apart<T: Copy>(memory: &mut [T], from: usize, to: usize, len: usize) {
    let (low, high) = memory.split_at_mut_checked(from.max(to)).unwrap_or_default();
    if to < from {
        copy(part(high, 0, len), low.get_mut(to..).unwrap_or_default());
    } else {
        let line = high.get_mut(..len).unwrap_or_default();
        copy(part(low, from, len), line);
    }
}

/// `line[i] = input[at + i · step]`.
#[inline] // size: one caller for each width
fn copy_line<T: Copy>(input: &[T], at: i32, step: i32, line: &mut [T]) {
    let at = at as usize;
    let stride = step.unsigned_abs() as usize;
    match step {
        0 => {
            if let Some(&x) = input.get(at) {
                line.fill(x);
            }
        }
        1 => copy(input.get(at..).unwrap_or(&[]), line),
        2.. => {
            let input = input.get(at..).unwrap_or(&[]);
            line.iter_mut().zip(input.iter().step_by(stride)).for_each(|(y, &x)| *y = x);
        }
        _ => {
            let input = input.get(..=at).unwrap_or(&[]);
            line.iter_mut().zip(input.iter().rev().step_by(stride)).for_each(|(y, &x)| *y = x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Operand;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn walk(len: usize, base: u32, dims: &[(u32, i32)]) -> Result<Walk, ParamsError> {
        Walk::new(len, base, dims.iter().copied())
    }

    #[test]
    fn dimensions_that_follow_on_are_merged() {
        let merged = walk(24, 0, &[(2, 12), (1, 99), (3, 4), (4, 1)]).unwrap();
        assert_eq!((merged.counts, merged.steps), ([1, 1, 1, 1, 24], [0, 0, 0, 0, 1]));
        let reversed = walk(6, 5, &[(2, -3), (3, -1)]).unwrap();
        assert_eq!(reversed.counts, [1, 1, 1, 1, 6]);
        let mut output = [0; 6];
        reversed.copy((&[1, 2, 3, 4, 5, 6][..], &mut output[..])).unwrap();
        assert_eq!(output, [6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_step_of_zero_repeats() {
        let mut output = [0; 6];
        walk(2, 0, &[(2, 1), (3, 0)]).unwrap().copy((&[7, 8][..], &mut output[..])).unwrap();
        assert_eq!(output, [7, 7, 7, 8, 8, 8]);
    }

    #[test]
    fn walks_beyond_the_input_are_refused() {
        assert_eq!(walk(6, 6, &[]), Err(ParamsError::TooLarge));
        assert_eq!(walk(6, 0, &[(2, 3), (4, 1)]), Err(ParamsError::TooLarge));
        assert_eq!(walk(6, 2, &[(2, -3)]), Err(ParamsError::TooLarge));
        assert_eq!(walk(6, 0, &[(0, 1)]), Err(ParamsError::Dimension { value: 0 }));
        let dims = [(2, 1), (2, 2), (2, 4), (2, 8), (2, 16), (2, 32)];
        assert_eq!(walk(64, 0, &dims), Err(ParamsError::Rank { actual: 6 }));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let walk = walk(6, 0, &[(3, 2)]).unwrap();
        let operand =
            |input: &[u8], output: &mut [u8]| walk.copy((input, output)).unwrap_err().operand;
        assert_eq!(operand(&[0; 5], &mut [0; 3]), Operand::Input);
        assert_eq!(operand(&[0; 6], &mut [0; 4]), Operand::Output);
    }

    proptest! {
        #[test]
        fn full_slack_changes_nothing_and_one_more_is_too_much(
            dims in prop::collection::vec((1..5_u32, -9..9_i32), 1..5), extra in 0..9_u32,
        ) {
            let reach = |sign: i32| -> u32 {
                let reaches = dims.iter().map(|&(n, step)| (n as i32 - 1) * step * sign);
                reaches.map(|reach| reach.max(0) as u32).sum()
            };
            let (base, len) = (reach(-1) + extra / 3, reach(-1) + reach(1) + 1 + extra);
            let walk = walk(len as usize, base, &dims).unwrap();
            let input: Vec<u32> = (1..=len).collect();
            let mut want = vec![0; walk.output_len()];
            walk.copy((&input[..], &mut want[..])).unwrap();
            let shared = |from: usize, to: usize| {
                let mut memory = vec![0; (from + input.len()).max(to + want.len())];
                memory[from..from + input.len()].copy_from_slice(&input);
                let shared = Activations::Shared { memory: &mut memory, input: from, output: to };
                walk.copy(shared).map(|()| memory[to..to + want.len()].to_vec())
            };
            let Slack { below, above } = walk.slack();
            for more in [0, 1, 7] {
                prop_assert_eq!(&shared(below + more, 0).unwrap(), &want);
                prop_assert_eq!(&shared(0, above + more).unwrap(), &want);
            }
            if below > 0 && above > 0 {
                prop_assert!(shared(below - 1, 0).is_err());
                prop_assert!(shared(0, above - 1).is_err());
            }
            if let Some(at) = walk.part() {
                prop_assert_eq!(&input[at..at + want.len()], &want[..]);
                prop_assert_eq!(walk.slack(), Slack { below: 0, above: at });
            }
        }
    }

    #[test]
    fn slices_and_repeated_elements_may_lie_over_the_input() {
        // Two of three channels; all but the first row; each element twice; two channels of an
        // image of six pixels.
        for (len, base, dims, below, above, part) in [
            (12, 0, [(4, 3), (2, 1)], 0, 3, None),
            (12, 3, [(3, 3), (3, 1)], 0, 3, Some(3)),
            (4, 0, [(4, 1), (2, 0)], 4, 0, None),
            (12, 0, [(2, 1), (6, 2)], 5, 5, None),
        ] {
            let walk = walk(len, base, &dims).unwrap();
            assert_eq!((walk.slack(), walk.part()), (Slack { below, above }, part), "{dims:?}");
        }
        let open = Walk::open(&Shape::new(&[2]).unwrap(), &Shape::new(&[1]).unwrap()).unwrap();
        assert_eq!((open.slack(), open.part()), (Slack::NONE, None));
        let lines = [(1 << 16, 2), (2, 0)];
        assert_eq!(walk(1 << 17, 0, &lines).unwrap().slack(), Slack { below: 1, above: 0 });
        let lines = [((1 << 16) + 1, 2), (2, 0)];
        assert_eq!(walk(1 << 18, 0, &lines).unwrap().slack(), Slack::NONE);
    }

    proptest! {
        #[test]
        fn shapes_of_open_walks_come_back(
            input in prop::collection::vec(1..9_i32, 0..6), output in prop::collection::vec(1..9_i32, 1..6),
        ) {
            let [input, output] = [&input, &output].map(|dims| Shape::new(dims).unwrap());
            for output in [input, output] {
                let open = Walk::open(&input, &output).unwrap();
                prop_assert_eq!(open.shapes(), Some([input, output]));
                prop_assert!(open.copy((&[0; 9][..], &mut [0; 9][..])).is_err());
            }
        }

        #[test]
        fn any_fields_are_harmless(input_len in 0..40_u32, base: u32, counts: [u32; 5], steps: [i32; 5]) {
            let mut walk = Walk { input_len, base, counts, steps };
            walk.shapes();
            let input = vec![0_u8; input_len as usize];
            let _ = walk.copy((&input[..], &mut [0; 9][..]));
            for limit in [i32::MAX, 9] {
                walk.counts = counts.map(|n| n % 4);
                walk.steps = steps.map(|s| s % limit);
                let mut output = vec![0; walk.output_len()];
                prop_assert_eq!(walk.copy((&input[..], &mut output[..])), Ok(()));
                let len = input.len().max(output.len());
                let mut memory = vec![0_u8; len];
                let places = [len - input.len(), len - output.len()];
                let [input, output] = places;
                let _ = walk.copy(Activations::Shared { memory: &mut memory, input, output });
                walk.base %= 40;
            }
        }
    }
}
