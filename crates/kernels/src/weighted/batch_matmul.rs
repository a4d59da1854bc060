//! BATCH_MATMUL: products of matrices, of which there is one for each place in the batch.
//!
//! Nothing is transposed in memory: where the second matrix has a row for each element that is
//! summed up, many columns are summed at a time.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/batch_matmul.cc`,
//! `lite/kernels/internal/reference/batch_matmul.h`.

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::activation::Quantization;
use crate::number::clamp::within;
use crate::number::element::{Accumulator, Quantized, Store};
use crate::number::requant::Requant;
use crate::walk::rows::{Activations, Slack};
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// Columns that are summed up at a time, on the stack.
const BLOCK: usize = 32;

/// Dimensions of the batch.
const BATCH: usize = 3;

/// Bits of [`MatmulShape`]: an operand lies transposed.
const TRANSPOSED: [u32; 2] = [1, 2];

/// Bits of [`MatmulShape`]: an operand has matrices of its own along the first dimension of the
/// batch; those of the others are next to them.
const ADVANCES: [u32; 2] = [1 << 8, 1 << 16];

/// The shapes of a BATCH_MATMUL, with at most three dimensions before those of the matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct MatmulShape {
    /// 1 where there is no dimension.
    batch: [u32; BATCH],
    rows: u32,
    depth: u32,
    columns: u32,
    flags: u32,
}

/// Rows and columns of the matrices of `shape`, as they are multiplied.
fn matrix(shape: &Shape, transposed: bool) -> [u32; 2] {
    let [rows, columns] = [1, 0].map(|axis| shape.dim_from_end(axis));
    if transposed { [columns, rows] } else { [rows, columns] }
}

impl MatmulShape {
    /// Products of matrices `a` and `b`, which may lie `transposed`; their batches broadcast
    /// against each other.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] unless operands have two to five dimensions, and the output as many as
    /// the larger of both; [`ParamsError::Broadcast`] for batches that do not broadcast to the
    /// output's; [`ParamsError::ShapeMismatch`] for matrices that cannot be multiplied, or another
    /// output.
    pub fn new(
        [a, b]: [&Shape; 2],
        transposed: [bool; 2],
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        for shape in [a, b] {
            if !(2..=2 + BATCH).contains(&shape.rank()) {
                return Err(ParamsError::Rank { actual: shape.rank() });
            }
        }
        if output.rank() != a.rank().max(b.rank()) {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        let [a_transposed, b_transposed] = transposed;
        let [rows, depth] = matrix(a, a_transposed);
        let [b_depth, columns] = matrix(b, b_transposed);
        agree(depth, b_depth)?;
        let [output_rows, output_columns] = matrix(output, false);
        agree(rows, output_rows)?;
        agree(columns, output_columns)?;
        let mut flags = 0;
        for (is_transposed, bit) in transposed.into_iter().zip(TRANSPOSED) {
            flags |= if is_transposed { bit } else { 0 };
        }
        let mut batch = [1; BATCH];
        for (axis, slot) in batch.iter_mut().enumerate() {
            let from_end = 1 + BATCH - axis;
            let extent = output.dim_from_end(from_end);
            let dims = [a, b].map(|shape| shape.dim_from_end(from_end));
            if dims.iter().any(|&dim| dim != extent && dim != 1) || !dims.contains(&extent) {
                return Err(ParamsError::Broadcast);
            }
            for (dim, bit) in dims.into_iter().zip(ADVANCES) {
                flags |= if dim == extent { bit << axis } else { 0 };
            }
            *slot = extent;
        }
        Ok(Self { batch, rows, depth, columns, flags })
    }

    fn is_transposed(&self, [a, b]: [u32; 2]) -> [bool; 2] {
        [self.flags & a != 0, self.flags & b != 0]
    }

    /// Elements of both operands and of the output.
    fn lens(&self) -> [usize; 3] {
        let len = |bit: Option<u32>, [rows, columns]: [u32; 2]| {
            let mut len = (rows as usize).saturating_mul(columns as usize);
            for (axis, &dim) in self.batch.iter().enumerate() {
                if bit.is_none_or(|bit| self.flags & bit << axis != 0) {
                    len = len.saturating_mul(dim as usize);
                }
            }
            len
        };
        let [a, b] = ADVANCES.map(Some);
        [
            len(a, [self.rows, self.depth]),
            len(b, [self.depth, self.columns]),
            len(None, [self.rows, self.columns]),
        ]
    }

    /// How close the output may come to the first operand: of a row, all but the last block is
    /// written while the row that it is made of is still needed. Matrices that lie transposed, or
    /// are multiplied several times, are needed to the end.
    pub fn slack(&self) -> Slack {
        let [advances, _] = ADVANCES;
        let [a_transposed, _] = self.is_transposed(TRANSPOSED);
        let mut axes = self.batch.iter().enumerate();
        let repeats = axes.any(|(axis, &dim)| dim > 1 && self.flags & advances << axis == 0);
        if a_transposed || repeats {
            return Slack::NONE;
        }
        let [a_len, _, output_len] = self.lens();
        let [depth, columns] = [self.depth as usize, self.columns as usize];
        // Where the last rows begin. From row to row distances change by the same number: those of
        // the first row or of the last one are the largest.
        let (reads, writes) = (a_len - depth.min(a_len), output_len - columns.min(output_len));
        let early = columns.saturating_sub(1) / BLOCK * BLOCK;
        let own_row = if early > 0 { depth } else { 0 };
        Slack {
            below: writes.saturating_sub(reads).saturating_add(early),
            above: reads.saturating_sub(writes).saturating_add(own_row),
        }
    }

    /// The matrix of row `number` of the output, by its place in the batch, and the row of that
    /// matrix.
    fn place_of(&self, number: usize) -> ([u32; BATCH], usize) {
        let rows = (self.rows as usize).max(1);
        let (mut rest, mut place) = (number / rows, [0; BATCH]);
        for (index, &dim) in place.iter_mut().zip(&self.batch).rev() {
            let dim = (dim as usize).max(1);
            *index = (rest % dim) as u32;
            rest /= dim;
        }
        (place, number % rows)
    }

    /// The matrix of the operand with this bit that is multiplied at `place` of the batch.
    fn matrix_at(&self, bit: u32, place: [u32; BATCH]) -> usize {
        let dims = self.batch.iter().zip(place).enumerate();
        dims.fold(0, |at: usize, (axis, (&dim, index))| {
            let advances = self.flags & bit << axis != 0;
            if advances { at.wrapping_mul(dim as usize).wrapping_add(index as usize) } else { at }
        })
    }
}

/// How elements `T` are multiplied and summed up.
pub trait Products<T> {
    /// What they are summed up in.
    type Sum: Copy + Default;

    /// The sum with one more product.
    fn add(&self, sum: Self::Sum, x: T, y: T) -> Self::Sum;

    /// The sum as an element.
    fn finish(&self, sum: Self::Sum) -> T;
}

/// Products of floats.
#[derive(Clone, Copy, Debug)]
pub struct FloatProducts;

impl Products<f32> for FloatProducts {
    type Sum = f32;

    fn add(&self, sum: f32, x: f32, y: f32) -> f32 {
        sum + x * y
    }

    fn finish(&self, sum: f32) -> f32 {
        sum
    }
}

/// Products of `i8` or `i16`, rescaled to the output's quantization.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct QuantizedProducts {
    factor: Requant,
    zero_points: [i16; 3],
    unused: i16,
}

impl QuantizedProducts {
    /// Products of elements `T` of these quantizations.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Scale`] or [`ParamsError::ZeroPoint`] for a quantization that `T` cannot
    /// have; zero points of `i16` must be 0.
    pub fn new<T: Quantized>(
        inputs: [Quantization; 2],
        output: Quantization,
    ) -> Result<Self, ParamsError> {
        let [a, b] = inputs;
        if T::MAX > 127 {
            for quantization in [a, b, output] {
                quantization.with_zero_point(0)?;
            }
        }
        let (a_scale, a_zero_point) = a.of::<T>()?;
        let (b_scale, b_zero_point) = b.of::<T>()?;
        let (output_scale, output_zero_point) = output.of::<T>()?;
        let factor = f64::from(a_scale) * f64::from(b_scale) / f64::from(output_scale);
        Ok(Self {
            factor: Requant::from_scale(factor),
            zero_points: [a_zero_point, b_zero_point, output_zero_point],
            unused: 0,
        })
    }
}

impl<T: Quantized> Products<T> for QuantizedProducts {
    type Sum = T::Sum;

    fn add(&self, sum: T::Sum, x: T, y: T) -> T::Sum {
        let [x_zero_point, y_zero_point, _] = self.zero_points;
        let (x, y): (i32, i32) = (x.into(), y.into());
        sum.plus_product(x - i32::from(x_zero_point), y - i32::from(y_zero_point))
    }

    fn finish(&self, sum: T::Sum) -> T {
        let [.., zero_point] = self.zero_points;
        let value = sum.scaled(self.factor, false).wrapping_add(zero_point.into());
        T::from_clamped(within(value, T::MIN, T::MAX))
    }
}

/// Multiplies matrices of elements `I`, which are read and written as `T`.
///
/// The first operand is the input of the activations, over which the output may lie as far as
/// [`MatmulShape::slack`] permits.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape, or the output lies closer to the
/// first operand. Nothing is written.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::weighted::batch_matmul::{FloatProducts, MatmulShape, batch_matmul};
/// let (row, matrix) = (Shape::new(&[1, 2])?, Shape::new(&[2, 2])?);
/// let shape = MatmulShape::new([&row, &matrix], [false, false], &row)?;
/// let mut output = [0.0; 2];
/// let activations = (&[1.0_f32, 2.0][..], &mut output[..]);
/// batch_matmul(&shape, &FloatProducts, activations, &[3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(output, [13.0, 16.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn batch_matmul<'m, P: Products<T>, T, I: Store<T> + 'm>(
    shape: &MatmulShape,
    products: &P,
    activations: impl Into<Activations<'m, I>>,
    b: &[I],
) -> Result<(), LengthMismatch> {
    multiply(shape, products, &mut activations.into(), b)
}

fn multiply<P: Products<T>, T, I: Store<T>>(
    shape: &MatmulShape,
    products: &P,
    activations: &mut Activations<'_, I>,
    b: &[I],
) -> Result<(), LengthMismatch> {
    let [a_len, b_len, output_len] = shape.lens();
    activations.check(a_len, output_len)?;
    LengthMismatch::check(Operand::Input2, b_len, b.len())?;
    let forwards = activations.goes_forwards(shape.slack())?;
    let [rows, depth, columns] =
        [shape.rows, shape.depth, shape.columns].map(|extent| extent as usize);
    let [a_transposed, b_transposed] = shape.is_transposed(TRANSPOSED);
    let [a_bit, b_bit] = ADVANCES;
    let matrix = |operand: &'_ [I], at: usize, len: usize| at.wrapping_mul(len).min(operand.len());
    let all = output_len.checked_div(columns).unwrap_or(0);
    for number in 0..all {
        let number = if forwards { number } else { all - 1 - number };
        let (place, row) = shape.place_of(number);
        let b = b.get(matrix(b, shape.matrix_at(b_bit, place), depth * columns)..).unwrap_or(&[]);
        // The elements of a row of `a` are next to each other, or one is in each of its rows.
        let (start, step) = if a_transposed { (row, rows) } else { (row * depth, 1) };
        let mut column = 0;
        while column < columns {
            let a = activations.input(a_len);
            let a = a.get(matrix(a, shape.matrix_at(a_bit, place), rows * depth)..).unwrap_or(&[]);
            let line = a.get(start..).unwrap_or(&[]).iter().step_by(step.max(1)).take(depth);
            let mut sums = [P::Sum::default(); BLOCK];
            let written = BLOCK.min(columns - column);
            let sums = sums.get_mut(..written).unwrap_or(&mut []);
            if b_transposed {
                let b = b.get(column.wrapping_mul(depth)..).unwrap_or(&[]);
                for (at, sum) in sums.iter_mut().enumerate() {
                    let other = b.get(at.wrapping_mul(depth)..).unwrap_or(&[]);
                    for (x, y) in line.clone().zip(other) {
                        *sum = products.add(*sum, x.load(), y.load());
                    }
                }
            } else {
                let mut others = b.get(column..).unwrap_or(&[]);
                for x in line {
                    for (sum, y) in sums.iter_mut().zip(others) {
                        *sum = products.add(*sum, x.load(), y.load());
                    }
                    others = others.get(columns..).unwrap_or(&[]);
                }
            }
            let at = number.wrapping_mul(columns).wrapping_add(column);
            let output = activations.output().get_mut(at..).unwrap_or_default();
            for (output, &mut sum) in output.iter_mut().zip(sums) {
                *output = I::store(products.finish(sum));
            }
            column += written;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn shape(dims: &[i32]) -> Shape {
        Shape::new(dims).unwrap()
    }

    /// The element at `index` of the batch, `row` and `column` of a tensor, which may be broadcast.
    fn element(dims: &[i32], batch: &[i32], row: i32, column: i32) -> usize {
        let (own, matrix) = dims.split_at(dims.len() - 2);
        let batch = &batch[batch.len() - own.len()..];
        let step = |at, (&dim, &i): (&i32, &i32)| at * dim + if dim == 1 { 0 } else { i };
        let at = own.iter().zip(batch).fold(0, step);
        ((at * matrix[0] + row) * matrix[1] + column) as usize
    }

    proptest! {
        #[test]
        fn every_element_is_the_product_of_a_row_and_a_column(
            batch in prop::collection::vec((1..3_i32, any::<[bool; 2]>()), 0..4), skip in 0..3_usize,
            [rows, depth, columns] in [1..4_i32, 1..9, 1..70], transposed: [bool; 2], noise in prop::collection::vec(any::<i8>(), 7),
            zero_points: [i8; 3],
        ) {
            let dims = |which: usize| -> Vec<i32> {
                batch.iter().map(|&(dim, own)| if own[which] { dim } else { 1 }).collect()
            };
            let out: Vec<i32> = dims(0).iter().zip(dims(1)).map(|(&a, b)| a.max(b)).collect();
            let swap = |[rows, columns]: [i32; 2], is: bool| if is { [columns, rows] } else { [rows, columns] };
            let a = [dims(0), swap([rows, depth], transposed[0]).to_vec()].concat();
            let b = dims(1);
            let ones = b.iter().take_while(|&&dim| dim == 1).count();
            let b = [b[skip.min(ones)..].to_vec(), swap([depth, columns], transposed[1]).to_vec()].concat();
            let output = [out.clone(), vec![rows, columns]].concat();
            let plan = MatmulShape::new([&shape(&a), &shape(&b)], transposed, &shape(&output)).unwrap();
            let fill = |dims: &[i32], seed: usize| -> Vec<i8> {
                (0..shape(dims).len()).map(|i| noise[(i * 3 + seed) % 7].wrapping_add(i as i8)).collect()
            };
            let (x, y) = (fill(&a, 0), fill(&b, 5));
            let of = |scale, i: usize| Quantization { scale, zero_point: zero_points[i].into() };
            let params = QuantizedProducts::new::<i8>([of(0.01, 0), of(0.02, 1)], of(0.1, 2)).unwrap();
            let mut got = vec![0; shape(&output).len()];
            batch_matmul(&plan, &params, (&x[..], &mut got[..]), &y).unwrap();
            let Slack { below, above } = plan.slack();
            let same = batch.iter().all(|&(dim, [own, _])| own || dim == 1);
            let near = same && !transposed[0] && columns <= 32;
            prop_assert!(!near || below == 0 || above == 0);
            let far = |near: usize| near.saturating_add(5);
            for (input, output) in [(below, 0), (far(below), 0), (0, above), (0, far(above))] {
                if input.max(output) > 9999 {
                    continue; // apart
                }
                let mut memory = vec![0; (input + x.len()).max(output + got.len())];
                memory[input..input + x.len()].copy_from_slice(&x);
                let shared = Activations::Shared { memory: &mut memory, input, output };
                batch_matmul(&plan, &params, shared, &y).unwrap();
                prop_assert_eq!(&memory[output..output + got.len()], &got[..]);
            }
            for (i, &got) in got.iter().enumerate() {
                let [column, row] = [i as i32 % columns, i as i32 / columns % rows];
                let mut index = vec![0; out.len()];
                let mut rest = i as i32 / columns / rows;
                for (slot, &dim) in index.iter_mut().zip(&out).rev() {
                    *slot = rest % dim;
                    rest /= dim;
                }
                let sum: i32 = (0..depth).map(|k| {
                    let [i, j] = swap([row, k], transposed[0]);
                    let [m, n] = swap([k, column], transposed[1]);
                    let x = i32::from(x[element(&a, &index, i, j)]) - i32::from(zero_points[0]);
                    x * (i32::from(y[element(&b, &index, m, n)]) - i32::from(zero_points[1]))
                }).sum();
                prop_assert_eq!(got, Products::<i8>::finish(&params, sum));
            }
        }

        #[test]
        fn any_fields_are_harmless(fields: [u32; 7], small: bool, lens in [0..90_usize, 0..90, 0..90]) {
            let [a, b, c, rows, depth, columns, flags] = fields.map(|n| if small { n % 4 } else { n });
            let plan = MatmulShape { batch: [a, b, c], rows, depth, columns, flags: fields[6] | flags };
            for lens in [lens, plan.lens().map(|len| len.min(9999))] {
                let [a, b, output] = lens.map(|len| vec![1.0_f32; len]);
                let mut output = output;
                plan.slack();
                let _ = batch_matmul(&plan, &FloatProducts, (&a[..], &mut output[..]), &b);
            }
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let new = |a: &[i32], b: &[i32], output: &[i32]| {
            MatmulShape::new([&shape(a), &shape(b)], [false, false], &shape(output)).map(|_| ())
        };
        assert_eq!(new(&[2], &[2, 2], &[2, 2]), Err(ParamsError::Rank { actual: 1 }));
        assert_eq!(new(&[1; 6], &[1, 1], &[1; 6]), Err(ParamsError::Rank { actual: 6 }));
        assert_eq!(new(&[1, 2, 2], &[2, 2], &[2, 2]), Err(ParamsError::Rank { actual: 2 }));
        assert_eq!(new(&[2, 2, 2], &[3, 2, 2], &[3, 2, 2]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[1, 2, 2], &[1, 2, 2], &[3, 2, 2]), Err(ParamsError::Broadcast));
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(&[2, 3], &[2, 2], &[2, 2]), mismatch(3, 2));
        assert_eq!(new(&[2, 3], &[3, 4], &[2, 5]), mismatch(4, 5));
    }

    #[test]
    fn zero_points_of_16_bits_are_0() {
        let of = |zero_point| Quantization { scale: 0.1, zero_point };
        let new =
            |a, b, output| QuantizedProducts::new::<i16>([of(a), of(b)], of(output)).map(|_| ());
        assert_eq!(new(0, 0, 0), Ok(()));
        assert_eq!(new(0, 1, 0), Err(ParamsError::ZeroPoint { value: 1 }));
    }
}
