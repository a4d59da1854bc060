//! Reductions over any axes: the engine of SUM, MEAN, REDUCE_ALL, REDUCE_MAX and REDUCE_MIN.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/reduce.h` (`ResolveAxis`, `Reduce`).

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::Quantization;
use crate::number::element::{Load, Store};
use crate::target::LONGER_LOOPS;
use crate::walk::chunks::chunks;
use crate::walk::open_shape::{WORDS, opened, shape};
use crate::walk::rows::{Activations, Slack};
use crate::walk::shape::Shape;

/// Outputs that are accumulated at a time, on the stack.
const BLOCK: usize = 64;

/// Alternations between dimensions that are kept and such that are reduced.
const GROUPS: usize = WORDS;

/// Marks the first group as the outermost of seven: reduced, kept and so on, of which the
/// innermost, a reduced one, is 1. Elements are fewer than that, and the last word tells an open
/// shape.
const SHIFTED: u32 = 1 << 31;

/// What an operator computes of the elements that are reduced to one.
pub trait ReduceOp {
    /// What a node needs to know, the [`Reduction`] among it.
    type Params: AsRef<Reduction>;

    /// The parameters for elements that are not quantized.
    fn unscaled(reduction: Reduction) -> Self::Params;

    /// Parameters of an open reduction with what that was resolved to.
    fn resolved(params: &Self::Params, reduction: Reduction) -> Self::Params;
}

/// An operator on quantized tensors.
pub trait QuantizedReduceOp: ReduceOp {
    /// The parameters for quantized tensors.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::Quantization`] for quantizations that the operator
    /// cannot work with.
    fn params(
        reduction: Reduction,
        input: Quantization,
        output: Quantization,
    ) -> Result<Self::Params, ParamsError>;
}

/// How an operator reduces elements `T`: `i8`, `i16`, `f32`, or `u8` for truth values. They come in
/// the order of the input.
pub trait Reduce<T>: ReduceOp {
    /// What elements are accumulated in.
    type Sum: Copy;

    /// The sum of no elements.
    fn start() -> Self::Sum;

    /// The sum with one more element.
    fn add(sum: Self::Sum, x: T) -> Self::Sum;

    /// Makes outputs of sums.
    fn finish(params: &Self::Params) -> impl Fn(Self::Sum) -> T;

    /// The sums of four elements that lie side by side, over rows and columns of inputs, `count` of
    /// them and `steps` apart, where the core has loops for that.
    #[inline(always)] // a constant to most
    fn sums<I: Load<T>>(
        _input: &[I],
        _count: [usize; 2],
        _steps: [usize; 2],
    ) -> Option<[Self::Sum; 4]> {
        None
    }
}

/// Reduces an input of elements `I`, which are read and written as `T`, to an output, which may lie
/// over it as far as [`SLACK`] permits.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape, or the output begins above the input
/// and within it. Nothing is written.
///
/// ```
/// use bantam_kernels::reduce::axes::{Reduction, QuantizedReduceOp, reduce};
/// use bantam_kernels::reduce::sum::Mean;
/// use bantam_kernels::{Quantization, Shape};
/// let reduction = Reduction::new(&Shape::new(&[2, 2])?, &[0], &Shape::new(&[2])?)?;
/// let input = Quantization { scale: 0.5, zero_point: 1 };
/// let params = Mean::params(reduction, input, Quantization { scale: 0.25, zero_point: -1 })?;
/// let mut output = [0_i8; 2];
/// reduce::<Mean, i8, i8>(&params, (&[1, 5, 3, 9][..], &mut output[..]))?;
/// assert_eq!(output, [1, 11]); // 0.5 and 3 in units of 0.25, less 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline] // size: one caller for each operator and type
pub fn reduce<'m, O: Reduce<T>, T, I: Store<T> + 'm>(
    params: &O::Params,
    activations: impl Into<Activations<'m, I>>,
) -> Result<(), LengthMismatch> {
    let add = |sum, x: I| O::add(sum, x.load());
    let finish = O::finish(params);
    let steps = (add, O::sums);
    params.as_ref().fold(&mut activations.into(), O::start(), steps, |sum| I::store(finish(sum)))
}

/// The distances between the input and the output of any reduction: an output that begins where the
/// input does, or below it, is written behind what is still to be read.
///
/// An output comes from elements of which none lies before its own place, and those of the next
/// output begin behind the first of them. All that a block of outputs is made of is read before any
/// of them is written.
pub const SLACK: Slack = Slack { below: 0, above: usize::MAX };

/// Which dimensions of a tensor are reduced: runs of them, alternately kept and reduced, the
/// innermost last. Or a shape of at most six dimensions, if the axes are yet to be known: such a
/// reduction is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Reduction {
    /// Kept, reduced, kept, reduced, kept, reduced; 1 where there is none. Or, with [`SHIFTED`] in
    /// the first, reduced, kept, reduced, kept, reduced, kept.
    groups: [u32; GROUPS],
}

impl Reduction {
    /// The reduction of `input` over `axes`, which may count from the end and may name an axis
    /// twice.
    ///
    /// Axes of a scalar are ignored. Any rank will do up to six, and beyond it as long as kept and
    /// reduced dimensions do not alternate more often than that.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for an axis outside the rank, [`ParamsError::Rank`] for too many
    /// alternations, [`ParamsError::ShapeMismatch`] if `output` has not as many elements as are
    /// kept.
    pub fn new<I: Load<i32>>(
        input: &Shape,
        axes: &[I],
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        let reduction = Self::of_axes(input, axes)?;
        let (expected, actual) = (reduction.output_len(), output.len());
        if expected != actual {
            let (expected, actual) = (expected as u32, actual as u32);
            return Err(ParamsError::ShapeMismatch { expected, actual });
        }
        Ok(reduction)
    }

    // size: one copy for axes that are known and those that are not.
    #[inline(never)]
    fn of_axes<I: Load<i32>>(input: &Shape, axes: &[I]) -> Result<Self, ParamsError> {
        let mut reduced = 0_u32;
        if input.rank() > 0 {
            for axis in axes {
                reduced |= 1 << input.axis(axis.load())?;
            }
        }
        // One more than there is room for: the first or the last of them is 1.
        let mut runs = [1; GROUPS + 1];
        let mut slots = runs.iter_mut().rev();
        let (mut slot, mut slot_reduced) = (slots.next(), true);
        for (axis, &dim) in input.dims().iter().enumerate().rev().filter(|&(_, &dim)| dim > 1) {
            if slot_reduced != (reduced & (1 << axis) != 0) {
                (slot, slot_reduced) = (slots.next(), !slot_reduced);
            }
            let product = slot.as_mut().ok_or(ParamsError::Rank { actual: input.rank() })?;
            **product *= dim;
        }
        match runs {
            [1, groups @ ..] => Ok(Self { groups }),
            [outermost, a, b, c, d, e, 1] => {
                Ok(Self { groups: [outermost | SHIFTED, a, b, c, d, e] })
            }
            _ => Err(ParamsError::Rank { actual: input.rank() }),
        }
    }

    /// A reduction of `input` whose axes are yet to be known.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] beyond six dimensions.
    pub fn open(input: &Shape) -> Result<Self, ParamsError> {
        opened(input).map(|groups| Self { groups })
    }

    /// Whether the axes are yet to be known.
    pub fn is_open(&self) -> bool {
        shape(&self.groups).is_some()
    }

    /// An open reduction with its axes; any other as it is.
    ///
    /// # Errors
    ///
    /// As [`Reduction::new`].
    pub fn resolved<I: Load<i32>>(&self, axes: &[I]) -> Result<Self, ParamsError> {
        shape(&self.groups).map_or(Ok(*self), |shape| Self::of_axes(&shape, axes))
    }

    /// Reduced, kept, reduced, kept, reduced, kept, reduced.
    fn runs(&self) -> [usize; GROUPS + 1] {
        let [first, rest @ ..] = self.groups;
        let [a, b, c, d, e] = rest.map(|n| n as usize);
        let len = (first & !SHIFTED) as usize;
        if first == first & !SHIFTED { [1, len, a, b, c, d, e] } else { [len, a, b, c, d, e, 1] }
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        let [_, kept0, _, kept1, _, kept2, _] = self.runs();
        kept0.saturating_mul(kept1).saturating_mul(kept2)
    }

    /// Elements of the input that make up one of the output; 1 while that is not known.
    pub fn reduced_len(&self) -> usize {
        if self.is_open() {
            return 1;
        }
        let [outermost, _, reduced0, _, reduced1, _, reduced2] = self.runs();
        let inner = reduced0.saturating_mul(reduced1).saturating_mul(reduced2);
        outermost.saturating_mul(inner)
    }

    /// Folds `step` over what makes up each output element, in the order of the input, and writes
    /// `finish` of it. `sums` is [`Reduce::sums`].
    #[inline(always)] // its closures are the inner loop
    fn fold<I: Copy, A: Copy>(
        &self,
        activations: &mut Activations<'_, I>,
        init: A,
        (step, sums): (impl Fn(A, I) -> A, impl Fn(&[I], [usize; 2], [usize; 2]) -> Option<[A; 4]>),
        finish: impl Fn(A) -> I,
    ) -> Result<(), LengthMismatch> {
        let (output_len, reduced_len) = (self.output_len(), self.reduced_len());
        let input_len = output_len.saturating_mul(reduced_len);
        activations.check(input_len, output_len)?;
        activations.goes_forwards(SLACK)?;
        // Products of groups are at most the input's length, or 0 as that is.
        let [outermost, kept0, reduced0, kept1, reduced1, kept2, reduced2] = self.runs();
        let pixel_len = kept2.wrapping_mul(reduced2);
        let plane_len = reduced1.wrapping_mul(pixel_len);
        let slab_len = kept1.wrapping_mul(plane_len);
        let stack_len = reduced0.wrapping_mul(slab_len);
        // From the stacks that one output is made of to the next ones.
        let step_len = kept0.wrapping_mul(stack_len);
        let mut at = 0_usize;
        for stack in 0..if output_len == 0 { 0 } else { kept0 } {
            for plane in 0..kept1 {
                let mut column = 0;
                while column < kept2 {
                    let input = activations.input(input_len);
                    let first = input.get(stack.wrapping_mul(stack_len)..).unwrap_or(&[]);
                    let slabs = Slabs { rest: first, slab_len, stack_len, step_len, at: 0 };
                    let planes = slabs.map(|slab| piece(slab, plane, plane_len));
                    let pixels = planes.flat_map(|plane| chunks(plane, pixel_len));
                    let mut written = 1;
                    // Four outputs side by side that are made of one stack.
                    let is_four = LONGER_LOOPS && outermost == 1 && reduced2 == 1;
                    let four = if is_four && kept2 - column >= 4 && input_len > 0 {
                        let start = plane.wrapping_mul(plane_len).wrapping_add(column);
                        let (count, steps) = ([reduced0, reduced1], [slab_len, pixel_len]);
                        sums(first.get(start..).unwrap_or(&[]), count, steps)
                    } else {
                        None
                    };
                    if let Some(sums) = four {
                        written = sums.len();
                        let output = activations.output().get_mut(at..at + written);
                        let output = output.unwrap_or_default().iter_mut();
                        output.zip(sums).for_each(|(output, sum)| *output = finish(sum));
                    } else if reduced2 == 1 {
                        let sums = fold_columns(pixels, column, init, &step);
                        written = BLOCK.min(kept2 - column);
                        let output = activations.output().get_mut(at..at + written);
                        let output = output.unwrap_or_default().iter_mut();
                        output.zip(sums).for_each(|(output, sum)| *output = finish(sum));
                    } else {
                        let runs = pixels.map(|pixel| piece(pixel, column, reduced2));
                        let add = |acc, run: &[I]| run.iter().fold(acc, |acc, &x| step(acc, x));
                        let sum = runs.fold(init, add);
                        if let Some(output) = activations.output().get_mut(at) {
                            *output = finish(sum);
                        }
                    }
                    at += written;
                    column += written;
                }
            }
        }
        Ok(())
    }
}

/// The slabs of a stack, and of those that lie `step_len` elements further each time.
#[derive(Clone)]
struct Slabs<'a, I> {
    rest: &'a [I],
    slab_len: usize,
    stack_len: usize,
    step_len: usize,
    /// What has been given of a stack.
    at: usize,
}

impl<'a, I> Iterator for Slabs<'a, I> {
    type Item = &'a [I];

    #[inline(always)] // a few instructions in a loop
    fn next(&mut self) -> Option<&'a [I]> {
        if self.at >= self.stack_len {
            self.rest = self.rest.get(self.step_len..)?;
            self.at = 0;
        }
        let slab = self.rest.get(self.at..)?.get(..self.slab_len)?;
        self.at = self.at.wrapping_add(self.slab_len);
        if slab.is_empty() { None } else { Some(slab) }
    }
}

impl AsRef<Self> for Reduction {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Piece `index` of the pieces of `len` elements.
#[inline(always)] // a check of a length in an inner loop
fn piece<T>(slice: &[T], index: usize, len: usize) -> &[T] {
    let start = index.wrapping_mul(len);
    slice.get(start..start.wrapping_add(len)).unwrap_or(&[])
}

/// Sum `i` is the fold over element `column + i` of every pixel.
#[inline(always)] // its closure is the inner loop
fn fold_columns<'a, I: Copy + 'a, A: Copy>(
    pixels: impl Iterator<Item = &'a [I]>,
    column: usize,
    init: A,
    step: impl Fn(A, I) -> A,
) -> [A; BLOCK] {
    let mut sums = [init; BLOCK];
    for pixel in pixels {
        let pixel = pixel.get(column..).unwrap_or(&[]);
        for (sum, &x) in sums.iter_mut().zip(pixel) {
            *sum = step(*sum, x);
        }
    }
    sums
}
