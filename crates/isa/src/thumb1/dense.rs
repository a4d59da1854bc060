//! Fully connected layers.

use core::arch::naked_asm;

use crate::operands::{Dense, Factors};
use crate::thumb1::common::{minus, restore, save, short, word};
use crate::thumb1::requantize;

/// Outputs whose sums are formed at a time.
const AT_ONCE: usize = 16;

/// What [`block`] reads and counts in.
#[repr(C)]
struct Block {
    /// 0: behind the weights of the next filter.
    weights: *const i8,
    /// 4: from one filter to the next.
    depth: usize,
    /// 8: the end of the inputs.
    end: *const i8,
    /// 12: the negative of their number.
    minus_len: usize,
    /// 16: the negative zero point.
    minus: i32,
    /// 20: where the loop begins.
    entry: usize,
    /// 24: filters that are left.
    filters: usize,
    /// 28: what is added to the sum of the next filter: its bias, or the sum that is there.
    addends: *const [u8; 4],
    /// 32: its sum.
    sums: *mut i32,
}

/// Makes the sum of each filter its products with the inputs and an addend.
///
/// # Safety
///
/// There are inputs, a sum, and a filter and an addend for each sum, which may be the sum itself.
unsafe fn sums(dense: &Dense<'_>, first: usize, addends: *const [u8; 4], sums: &mut [i32]) {
    let depth = dense.input.len();
    let mut block = Block {
        weights: dense.weights.as_ptr().wrapping_add(first * depth + depth),
        depth,
        end: dense.input.as_ptr_range().end,
        minus_len: depth.wrapping_neg(),
        minus: minus(dense.zero_point),
        entry: 0,
        filters: sums.len(),
        addends,
        sums: sums.as_mut_ptr(),
    };
    // SAFETY: the caller's promise.
    unsafe { self::block(&mut block) }
}

/// Adds to the sum of each filter its products with the inputs.
///
/// See [`portable::dense_sums`](crate::portable::dense_sums).
pub fn dense_sums(dense: &Dense<'_>, sums: &mut [i32]) {
    if dense.has(sums.len()) {
        let addends = sums.as_ptr().cast();
        // SAFETY: `Dense::has` has checked inputs and weights, and that there is a sum.
        unsafe { self::sums(dense, 0, addends, sums) }
    }
}

/// Multiplies the inputs with a filter for each output.
///
/// See [`portable::dense`](crate::portable::dense).
pub fn dense(dense: &Dense<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !dense.has(filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    let (mut first, mut sums) = (0, [0; AT_ONCE]);
    for output in output.chunks_mut(AT_ONCE) {
        let Some(sums) = sums.get_mut(..output.len()) else { return };
        let addends = bias.as_ptr().wrapping_add(first);
        // SAFETY: weights and biases of all outputs have been checked, and a piece of them has one.
        unsafe { self::sums(dense, first, addends, sums) }
        match (factors.multipliers, factors.shifts) {
            (&[multiplier], &[shift]) => {
                let range = sums.as_ptr_range();
                let factor = [multiplier, i32::from(shift), factors.round()];
                // SAFETY: `scale` reads the sums, of which there is one, and writes as many
                // outputs.
                unsafe { scale(range.start, range.end, &factor, output.as_mut_ptr()) }
            }
            (multipliers, shifts) => {
                let multipliers = multipliers.get(first..).unwrap_or_default();
                let shifts = shifts.get(first..).unwrap_or_default();
                requantize(sums, &Factors { multipliers, shifts, ..*factors }, output);
            }
        }
        first += AT_ONCE;
    }
}

// The weights at r0 to r3, r4: added to the sums r8 to r11 with the input at r7, r4, to which lr is
// added. 30 bytes.
macro_rules! weights {
    () => {
        concat!(
            "ldrsb r5, [r7, r4]\n",
            "add r5, lr\n",
            "ldrsb r6, [r0, r4]\n",
            "muls r6, r5, r6\n",
            "add r8, r6\n",
            "ldrsb r6, [r1, r4]\n",
            "muls r6, r5, r6\n",
            "add r9, r6\n",
            "ldrsb r6, [r2, r4]\n",
            "muls r6, r5, r6\n",
            "add r10, r6\n",
            "ldrsb r6, [r3, r4]\n",
            "muls r6, r5, r6\n",
            "add r11, r6\n",
            "adds r4, r4, #1\n"
        )
    };
}

/// Four filters at a time. Of fewer than four, one at a time in the place of all four.
///
/// * Reads the inputs, the weights of `filters` filters, `depth` apart, and an addend for each
///   filter. Writes as many sums.
/// * The caller has checked all these slices, and that there are a filter and an input.
/// * Saves r4 to r11 and lr. The inner loop takes 15 instructions for 4 products, and one for every
///   fourth time; four filters take 70 more.
/// * Stack: 40 bytes. It calls `word`, which takes none.
#[unsafe(naked)]
unsafe extern "C" fn block(block: &mut Block) {
    naked_asm!(
        save!(),
        "push {{r0}}",
        // The loop begins where a multiple of four inputs remains.
        "ldr r1, [r0, #12]",
        "movs r2, #3",
        "ands r1, r2",
        "movs r2, #30",
        "muls r1, r2, r1",
        "adr r2, 6f",
        "adds r1, r1, r2",
        "str r1, [r0, #20]",
        "2:",
        "ldr r7, [sp]",
        "ldr r0, [r7]",
        "ldr r1, [r7, #4]",
        "ldr r2, [r7, #24]",
        "cmp r2, #4",
        "bhs 3f",
        "movs r1, #0",
        "3:",
        "adds r2, r1, r1",
        "adds r3, r2, r1",
        "adds r1, r0, r1",
        "adds r2, r0, r2",
        "adds r3, r0, r3",
        "movs r4, #0",
        "mov r8, r4",
        "mov r9, r4",
        "mov r10, r4",
        "mov r11, r4",
        "ldr r4, [r7, #16]",
        "mov lr, r4",
        "ldr r4, [r7, #12]",
        "ldr r5, [r7, #20]",
        "ldr r7, [r7, #8]",
        "mov pc, r5",
        ".p2align 2",
        "6:",
        weights!(),
        weights!(),
        weights!(),
        weights!(),
        "bne 6b",
        "ldr r7, [sp]",
        "ldr r5, [r7, #4]", // the filter behind the fourth, or behind the one
        "adds r3, r3, r5",
        "str r3, [r7]",
        "ldr r3, [r7, #32]",
        "ldr r4, [r7, #28]",
        "bl {word}",
        "adds r4, r4, #4",
        "add r8, r5",
        "mov r0, r8",
        "ldr r2, [r7, #24]",
        "subs r2, r2, #4",
        "blo 4f",
        "bl {word}",
        "adds r4, r4, #4",
        "add r9, r5",
        "mov r1, r9",
        "bl {word}",
        "adds r4, r4, #4",
        "add r10, r5",
        "bl {word}",
        "adds r4, r4, #4",
        "add r5, r11",
        "mov r6, r10",
        "stm r3!, {{r0, r1, r6}}",
        "stm r3!, {{r5}}",
        "5:",
        "str r4, [r7, #28]",
        "str r3, [r7, #32]",
        "str r2, [r7, #24]",
        "cmp r2, #0",
        "bne 2b",
        "add sp, sp, #4",
        restore!(),
        "4:", // one filter
        "stm r3!, {{r0}}",
        "adds r2, r2, #3",
        "b 5b",
        word = sym word,
    )
}

/// The outputs of some sums that have one factor. If the double of a sum overflows, the output is
/// the end of its range.
///
/// * Reads the sums `sums..end`, and of `factor` the multiplier, the shift, less one, and
///   [`Factors::round`]. Writes an output for each sum.
/// * The caller has checked that there are as many outputs, and at least one, and that the factor
///   is for any sum.
/// * Saves r4 to r11 and lr. The loop takes 35 instructions for an output.
/// * Stack: 36 bytes. It calls `short`, which takes none.
#[unsafe(naked)]
unsafe extern "C" fn scale(sums: *const i32, end: *const i32, factor: &[i32; 3], outputs: *mut i8) {
    naked_asm!(
        save!(),
        "mov r8, r1",
        "mov r9, r3",
        "mov r7, r0",
        "ldm r2!, {{r1, r3, r5}}",
        "lsls r5, r3",
        "mov r12, r5",
        "adds r2, r3, #1",
        "lsrs r0, r1, #16",
        "uxth r1, r1",
        "2:",
        "ldm r7!, {{r3}}",
        "adds r4, r3, r3",
        "bvs 4f",
        "bl {short}",
        "3:",
        "mov r4, r9",
        "strb r3, [r4]",
        "adds r4, r4, #1",
        "mov r9, r4",
        "cmp r7, r8",
        "bne 2b",
        restore!(),
        "4:", // the end of the range
        "asrs r3, r3, #31",
        "movs r4, #127",
        "eors r3, r4",
        "b 3b",
        short = sym short,
    )
}
