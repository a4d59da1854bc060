//! Sums and differences of two tensors.

use core::arch::naked_asm;

use super::common::cpu;
use crate::terms::Terms;

/// What the blocks read: 12 words.
#[repr(C)]
struct Constants {
    /// 0: the output's zero point, and its range.
    output_range: [i32; 3],
    /// 12: bits to shift to the left, zero point, multiplier, and bits to shift to the left again,
    /// which are negative, of both inputs.
    operands: [[i32; 4]; 2],
    /// 44: multiplier and shift of the sum.
    result: [i32; 2],
}

/// Without a shift the multiplier is a half. What it leaves is then doubled and shifted by one bit:
/// the same, and rounding changes nothing.
fn operand(multiplier: i32, shift: u8, zero_point: i8) -> [i32; 4] {
    let left = if shift == 0 { 21 } else { 20 };
    [left, zero_point.into(), multiplier, -i32::from(shift.max(1))]
}

/// Adds two tensors of one shape, with outputs in a range.
///
/// See [`portable::add`](super::portable::add).
pub fn add(terms: &Terms, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    combine(sum, terms, range, a, b, output);
}

/// Subtracts `b` from `a`, of one shape, with outputs in a range.
///
/// See [`portable::subtract`](super::portable::subtract).
pub fn subtract(terms: &Terms, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    combine(difference, terms, range, a, b, output);
}

/// [`sum`] or [`difference`].
type Block = unsafe extern "C" fn(*const i8, *const i8, *mut i8, usize, &Constants);

fn combine(block: Block, terms: &Terms, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    let len = output.len();
    if len == 0 || a.len() != len || b.len() != len {
        return;
    }
    let Terms {
        multipliers: [first, second, multiplier],
        shifts: [first_shift, second_shift, shift],
        zero_points: [first_zero_point, second_zero_point, zero_point],
    } = *terms;
    let [min, max] = range;
    let constants = Constants {
        output_range: [zero_point.into(), min.into(), max.into()],
        operands: [
            operand(first, first_shift, first_zero_point),
            operand(second, second_shift, second_zero_point),
        ],
        result: [multiplier, -i32::from(shift)],
    };
    // SAFETY: all three have one length, which is not 0.
    unsafe { block(a.as_ptr(), b.as_ptr(), output.as_mut_ptr(), len, &constants) }
}

// Four inputs at a pointer on the common scale; q3 is lost.
macro_rules! operand {
    ($x:literal, $input:literal, $left:literal, $zero:literal, $multiplier:literal, $right:literal) => {
        concat!(
            "vldrb.s32 ",
            $x,
            ", [",
            $input,
            "], #4\nvsub.i32 ",
            $x,
            ", ",
            $x,
            ", ",
            $zero,
            "\nvshl.s32 ",
            $x,
            ", ",
            $left,
            "\nvqrdmulh.s32 ",
            $x,
            ", ",
            $x,
            ", ",
            $multiplier,
            "\nvshr.s32 q3, ",
            $x,
            ", #31\nvadd.i32 ",
            $x,
            ", ",
            $x,
            ", q3\nvrshl.s32 ",
            $x,
            ", ",
            $right,
            "\n"
        )
    };
}

// All elements, four at a time: what `$combine` makes of both.
macro_rules! all {
    ($combine:literal) => {
        naked_asm!(
            cpu!(),
            "push {{r3-r11, lr}}",
            "vpush {{d8-d15}}",
            "ldr r12, [sp, #104]",
            "ldm r12!, {{r4-r6}}",
            "vdup.32 q5, r4",
            "vdup.32 q6, r5",
            "vdup.32 q7, r6",
            "dlstp.32 lr, r3",
            "ldm r12, {{r3-r12}}",
            "2:",
            operand!("q0", "r0", "r3", "r4", "r5", "r6"),
            operand!("q1", "r1", "r7", "r8", "r9", "r10"),
            concat!($combine, " q0, q0, q1"),
            "vqrdmulh.s32 q0, q0, r11",
            "vshr.s32 q3, q0, #31",
            "vadd.i32 q0, q0, q3",
            "vrshl.s32 q0, r12",
            "vadd.i32 q0, q0, q5",
            "vmax.s32 q0, q0, q6",
            "vmin.s32 q0, q0, q7",
            "vstrb.32 q0, [r2], #4",
            "letp lr, 2b",
            "vpop {{d8-d15}}",
            "pop {{r3-r11, pc}}",
        )
    };
}

/// All sums, four at a time.
///
/// * Reads `len` bytes at `a` and `b`, and the constants; writes as many at `output`.
/// * The caller has checked that there are as many of each, and not none.
/// * Saves r4 to r11, lr and d8 to d15. The loop takes 25 instructions for four outputs.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn sum(
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    len: usize,
    constants: &Constants,
) {
    all!("vadd.i32")
}

/// All differences, four at a time.
///
/// * Reads `len` bytes at `a` and `b`, and the constants; writes as many at `output`.
/// * The caller has checked that there are as many of each, and not none.
/// * Saves r4 to r11, lr and d8 to d15. The loop takes 25 instructions for four outputs.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn difference(
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    len: usize,
    constants: &Constants,
) {
    all!("vsub.i32")
}
