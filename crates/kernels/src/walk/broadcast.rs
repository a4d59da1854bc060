//! Two operands of which either may be repeated along some dimensions.
//!
//! [`Broadcast::new`] reduces a pair of shapes to the fewest nested loops: neighbouring dimensions
//! along which the same operands advance become one. Equal shapes are one loop, a scalar operand is
//! one loop, a bias along the innermost dimension is two. [`broadcast`] then calls an operation for
//! every element of the output, in order.
//!
//! Source of the rules: TFLM 90b983c2b, `lite/kernels/internal/reference/broadcast_loop.h`
//! (`BroadcastBinaryOpSimple`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::target::VECTORS;
use crate::walk::chunks::part;
use crate::walk::shape::{MAX_RANK, Shape};

/// Most loops that remain after merging; only shapes of a higher rank can need more.
const MAX_LOOPS: usize = 6;
const ADVANCES_A: u32 = 1 << 30;
const ADVANCES_B: u32 = 1 << 31;
const BOTH: u32 = ADVANCES_A | ADVANCES_B;
const EXTENT: u32 = ADVANCES_A - 1;

/// How two operands are walked to fill an output.
///
/// Innermost loop first; each word is the number of iterations and, in the two highest bits, which
/// operands advance. Unused loops are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Broadcast {
    loops: [u32; MAX_LOOPS],
}

impl Broadcast {
    /// The loops that broadcast `a` and `b` to `output`; missing outer dimensions count as 1.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Broadcast`] if a dimension differs and is 1 in neither operand, or if the
    /// output has another; [`ParamsError::Rank`] for shapes of more than six dimensions that need
    /// more than six loops; [`ParamsError::TooLarge`] for 2^30 elements and more.
    pub fn new(a: &Shape, b: &Shape, output: &Shape) -> Result<Self, ParamsError> {
        if output.len() > EXTENT as usize {
            return Err(ParamsError::TooLarge);
        }
        let mut plan = Self { loops: [0; MAX_LOOPS] };
        let mut used = 0;
        let mut previous = 0;
        for axis in 0..MAX_RANK {
            let (in_a, in_b) = (a.dim_from_end(axis), b.dim_from_end(axis));
            let extent = in_a.max(in_b);
            let fits = |dim| dim == extent || dim == 1;
            if !fits(in_a) || !fits(in_b) || output.dim_from_end(axis) != extent {
                return Err(ParamsError::Broadcast);
            }
            if extent == 1 {
                continue;
            }
            let advances =
                (u32::from(in_a == extent) * ADVANCES_A) | (u32::from(in_b == extent) * ADVANCES_B);
            if advances == previous {
                // The product is at most the number of elements: it stays below the two flags.
                if let Some(last) = plan.loops.get_mut(used - 1) {
                    *last = advances | ((*last & EXTENT) * extent);
                }
            } else {
                let slot =
                    plan.loops.get_mut(used).ok_or(ParamsError::Rank { actual: output.rank() })?;
                *slot = advances | extent;
                used += 1;
                previous = advances;
            }
        }
        if used == 0 {
            plan.loops = [BOTH | 1, 0, 0, 0, 0, 0];
        }
        Ok(plan)
    }

    /// The plan for a run of `len` elements of operands of one shape.
    pub fn flat(len: usize) -> Self {
        let len = u32::try_from(len).map_or(EXTENT, |len| len.min(EXTENT));
        Self { loops: [BOTH | len, 0, 0, 0, 0, 0] }
    }

    /// Number of elements of the first operand.
    pub fn a_len(&self) -> usize {
        self.len_where(ADVANCES_A)
    }

    /// Number of elements of the second operand.
    pub fn b_len(&self) -> usize {
        self.len_where(ADVANCES_B)
    }

    /// Number of elements of the output.
    pub fn output_len(&self) -> usize {
        self.len_where(BOTH)
    }

    /// The product of all loops that advance any of `mask`.
    fn len_where(&self, mask: u32) -> usize {
        let advancing = self.loops.iter().filter(|&&l| l & mask != 0);
        advancing.fold(1, |len: usize, &l| len.saturating_mul(extent(l)))
    }

    /// Checks the three lengths.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] for the first that is wrong.
    pub fn check(&self, a: usize, b: usize, output: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Input, self.a_len(), a)?;
        LengthMismatch::check(Operand::Input2, self.b_len(), b)?;
        LengthMismatch::check(Operand::Output, self.output_len(), output)
    }
}

/// Parameters of a kernel with two operands, which begin with its plan.
pub trait BinaryParams: Copy {
    /// How the operands are walked.
    fn plan(&self) -> &Broadcast;
}

impl BinaryParams for Broadcast {
    fn plan(&self) -> &Broadcast {
        self
    }
}

fn extent(l: u32) -> usize {
    (l & EXTENT).max(1) as usize
}

/// Where the operands of the current output row start.
struct Walk<'p> {
    inner: u32,
    outer: &'p [u32],
    counts: [u32; MAX_LOOPS - 1],
    a: usize,
    b: usize,
}

impl Walk<'_> {
    /// Goes to the next row: what the innermost loop that is not yet through repeats is rewound.
    fn advance(&mut self) {
        let step = |l: u32, advances: u32| if l & advances != 0 { extent(l) } else { 1 };
        let (mut a_inside, mut b_inside) =
            (step(self.inner, ADVANCES_A), step(self.inner, ADVANCES_B));
        self.a = self.a.wrapping_add(a_inside);
        self.b = self.b.wrapping_add(b_inside);
        for (&l, count) in self.outer.iter().zip(&mut self.counts) {
            *count += 1;
            let through = *count >= l & EXTENT;
            if l & ADVANCES_A != 0 {
                a_inside = a_inside.wrapping_mul(extent(l));
            } else if !through {
                self.a = self.a.wrapping_sub(a_inside);
            }
            if l & ADVANCES_B != 0 {
                b_inside = b_inside.wrapping_mul(extent(l));
            } else if !through {
                self.b = self.b.wrapping_sub(b_inside);
            }
            if !through {
                return;
            }
            *count = 0;
        }
    }
}

/// Fills `output` with `op` of the operands' elements.
///
/// One forward pass over the output; the loop over a row is free of branches and bounds checks.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
#[inline] // size: one caller for each operator and type
pub fn broadcast<A: Copy, B: Copy, O>(
    plan: &Broadcast,
    a: &[A],
    b: &[B],
    output: &mut [O],
    op: impl Fn(A, B) -> O,
) -> Result<(), LengthMismatch> {
    broadcast_rows(plan, a, b, output, |a, b, row| pairs(a, b, row, &op))
}

/// Calls `op(a, b, row)` for each row of the output, in order: with as many elements of either
/// operand, or with one that stands for all of them.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as the plan says.
#[inline] // size: one caller for each operator and type
pub fn broadcast_rows<A, B, O>(
    plan: &Broadcast,
    a: &[A],
    b: &[B],
    output: &mut [O],
    op: impl Fn(&[A], &[B], &mut [O]),
) -> Result<(), LengthMismatch> {
    plan.check(a.len(), b.len(), output.len())?;
    let [inner, outer @ ..] = &plan.loops;
    let row_len = extent(*inner);
    let a_len = if inner & BOTH == ADVANCES_B { 1 } else { row_len };
    let b_len = if inner & BOTH == ADVANCES_A { 1 } else { row_len };
    let mut walk = Walk { inner: *inner, outer, counts: [0; MAX_LOOPS - 1], a: 0, b: 0 };
    for row in output.chunks_exact_mut(row_len) {
        op(part(a, walk.a, a_len), part(b, walk.b, b_len), row);
        walk.advance();
    }
    Ok(())
}

/// Fills a row with `op` of pairs; an operand of one element stands for a row of it.
#[inline(always)] // `op` is a constant to each operator
pub(crate) fn pairs<A: Copy, B: Copy, O>(a: &[A], b: &[B], row: &mut [O], op: impl Fn(A, B) -> O) {
    if !VECTORS {
        // size: `op` once, which the compiler then inlines.
        let steps = [a.len(), b.len()].map(|len| usize::from(len > 1));
        let mut at = [0; 2];
        for out in row {
            let (Some(&x), Some(&y)) = (a.get(at[0]), b.get(at[1])) else { return };
            *out = op(x, y);
            at = [at[0] + steps[0], at[1] + steps[1]];
        }
        return;
    }
    match (a, b) {
        (a, &[y]) => row.iter_mut().zip(a).for_each(|(out, &x)| *out = op(x, y)),
        (&[x], b) => row.iter_mut().zip(b).for_each(|(out, &y)| *out = op(x, y)),
        (a, b) => {
            let pairs = a.iter().zip(b);
            row.iter_mut().zip(pairs).for_each(|(out, (&x, &y))| *out = op(x, y));
        }
    }
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

    fn loops(a: &[i32], b: &[i32], output: &[i32]) -> Vec<(u32, u32)> {
        let plan = Broadcast::new(&shape(a), &shape(b), &shape(output)).unwrap();
        let used = plan.loops.iter().filter(|&&l| l != 0);
        used.map(|l| (l & EXTENT, l >> 30)).collect()
    }

    #[test]
    fn shapes_become_the_fewest_loops() {
        assert_eq!(loops(&[2, 3, 4], &[2, 3, 4], &[2, 3, 4]), [(24, 3)]);
        assert_eq!(loops(&[2, 3, 4], &[], &[2, 3, 4]), [(24, 1)]);
        assert_eq!(loops(&[1], &[2, 1, 4], &[2, 1, 4]), [(8, 2)]);
        assert_eq!(loops(&[2, 5, 3, 4], &[4], &[2, 5, 3, 4]), [(4, 3), (30, 1)]);
        assert_eq!(loops(&[2, 5, 3, 4], &[2, 1, 1, 4], &[2, 5, 3, 4]), [(4, 3), (15, 1), (2, 3)]);
        assert_eq!(loops(&[2, 1], &[1, 3], &[2, 3]), [(3, 2), (2, 1)]);
        assert_eq!(loops(&[], &[1, 1], &[1, 1]), [(1, 3)]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let new = |a: &[i32], b: &[i32], o: &[i32]| Broadcast::new(&shape(a), &shape(b), &shape(o));
        assert_eq!(new(&[2, 3], &[2, 2], &[2, 3]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[2, 3], &[3], &[3]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[2, 3], &[3], &[2, 2, 3]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[1 << 30], &[1], &[1 << 30]), Err(ParamsError::TooLarge));
        let alternating = new(&[2, 1, 2, 1, 2, 1, 2], &[1, 2, 1, 2, 1, 2, 1], &[2; 7]);
        assert_eq!(alternating, Err(ParamsError::Rank { actual: 7 }));
    }

    #[test]
    fn wrong_lengths_are_named() {
        let plan = Broadcast::new(&shape(&[2, 3]), &shape(&[3]), &shape(&[2, 3])).unwrap();
        let run = |a: usize, b: usize, o: usize| {
            broadcast(&plan, &vec![0_u8; a], &vec![0_u8; b], &mut vec![0_u8; o], |x, _| x)
                .map_err(|e| (e.operand, e.expected))
        };
        assert_eq!(run(6, 3, 6), Ok(()));
        assert_eq!(run(5, 3, 6), Err((Operand::Input, 6)));
        assert_eq!(run(6, 2, 6), Err((Operand::Input2, 3)));
        assert_eq!(run(6, 3, 7), Err((Operand::Output, 6)));
    }

    /// Index into a tensor of `dims` that is repeated along its dimensions of 1.
    fn flat_index(dims: &[i32], index: &[i32]) -> usize {
        let step = |flat, (&dim, &i): (&i32, &i32)| flat * dim + if dim == 1 { 0 } else { i };
        dims.iter().zip(index).fold(0, step) as usize
    }

    proptest! {
        #[test]
        fn agrees_with_indexing(
            dims in prop::collection::vec((1_i32..4, any::<bool>(), any::<bool>()), 0..=6),
            (skip_a, skip_b) in (0_usize..3, 0_usize..3),
        ) {
            let out_dims: Vec<i32> = dims.iter()
                .map(|&(n, in_a, in_b)| if in_a || in_b { n } else { 1 }).collect();
            let a_dims: Vec<i32> = dims.iter().map(|&(n, keep, _)| if keep { n } else { 1 }).collect();
            let b_dims: Vec<i32> = dims.iter().map(|&(n, _, keep)| if keep { n } else { 1 }).collect();
            // Leading ones may be left out.
            let cut = |d: &[i32], skip: usize| {
                let ones = d.iter().take_while(|&&n| n == 1).count();
                shape(&d[skip.min(ones)..])
            };
            let (a_shape, b_shape, out_shape) = (cut(&a_dims, skip_a), cut(&b_dims, skip_b), shape(&out_dims));
            let plan = Broadcast::new(&a_shape, &b_shape, &out_shape).unwrap();
            let a: Vec<usize> = (0..a_shape.len()).collect();
            let b: Vec<usize> = (0..b_shape.len()).collect();
            let mut got = vec![(0, 0); out_shape.len()];
            broadcast(&plan, &a, &b, &mut got, |x, y| (x, y)).unwrap();
            for (flat, &got) in got.iter().enumerate() {
                let mut index = out_dims.clone();
                let mut rest = flat as i32;
                for (i, &n) in index.iter_mut().zip(&out_dims).rev() {
                    *i = rest % n;
                    rest /= n;
                }
                prop_assert_eq!(got, (flat_index(&a_dims, &index), flat_index(&b_dims, &index)));
            }
        }

        #[test]
        fn any_bytes_are_a_plan_that_does_not_panic(
            loops: [u32; MAX_LOOPS], small in any::<[u8; MAX_LOOPS]>(), a in 0_usize..64, b in 0_usize..64, out in 0_usize..64,
        ) {
            let tame = core::array::from_fn(|i| u32::from(small[i] >> 6) << 30 | u32::from(small[i] & 3));
            for loops in [loops, tame] {
                let plan = Broadcast { loops };
                let lens = [(a, b, out), (plan.a_len().min(9999), plan.b_len().min(9999), plan.output_len().min(9999))];
                for (a, b, out) in lens {
                    let mut output = vec![0_u8; out];
                    let result = broadcast(&plan, &vec![1_u8; a], &vec![1; b], &mut output, |x, y| x + y);
                    prop_assert_eq!(result.is_ok(), plan.check(a, b, out).is_ok());
                }
            }
        }
    }
}
