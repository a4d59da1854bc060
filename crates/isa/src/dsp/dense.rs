//! Fully connected layers, with weights as they lie in the model.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, minus};
use crate::dsp::dense_outputs::{four_outputs, last_output};
use crate::dsp::dense_widened;
use crate::operands::{Dense, Factors};

/// What [`block`] reads and counts in.
#[repr(C)]
struct Block {
    /// 0: weights of the next filter.
    weights: *const i8,
    /// 4: from one filter to the next.
    depth: usize,
    /// 8: the negative zero point, twice.
    minus: u32,
    /// 12: the inputs.
    input: *const i8,
    /// 16: the end of their whole words.
    words: *const i8,
    /// 20: filters that are left.
    filters: usize,
    /// 24: the end of the inputs.
    end: *const i8,
    /// 28: what is added to the sum of the next filter: its bias, or the sum that is there.
    addends: *mut [u8; 4],
    /// 32: its multiplier; null if the sums are kept where the addends are.
    multipliers: *const i32,
    /// 36: its shift, less one.
    shifts: *const u8,
    /// 40: its output.
    output: *mut i8,
    /// 44: [`Factors::round`].
    round: i32,
    /// 48: from one multiplier to the next, or 0.
    step: usize,
}

impl Block {
    /// So many filters, with sums that are kept.
    #[inline(always)] // two callers
    fn new(dense: &Dense<'_>, filters: usize, addends: *mut [u8; 4]) -> Self {
        let depth = dense.input.len();
        let input = dense.input.as_ptr_range();
        Self {
            weights: dense.weights.as_ptr(),
            depth,
            minus: minus(dense.zero_point),
            input: input.start,
            words: input.start.wrapping_add(depth & !3),
            filters,
            end: input.end,
            addends,
            multipliers: core::ptr::null(),
            shifts: core::ptr::null(),
            output: core::ptr::null_mut(),
            round: 0,
            step: 0,
        }
    }
}

/// Adds to the sum of each filter its products with the inputs.
///
/// See [`portable::dense_sums`](crate::portable::dense_sums).
pub fn dense_sums(dense: &Dense<'_>, sums: &mut [i32]) {
    if !dense.has(sums.len()) {
        return;
    }
    if dense_widened::suits(dense, sums.len()) {
        dense_widened::add(dense, sums);
    } else {
        add_fours(dense, sums);
    }
}

/// Adds to the sum of each filter, at least one, its products with the inputs. There are weights
/// for all sums.
#[inline(never)] // stack: not there for layers whose inputs are widened
fn add_fours(dense: &Dense<'_>, sums: &mut [i32]) {
    let mut block = Block::new(dense, sums.len(), sums.as_mut_ptr().cast());
    // SAFETY: `self::block` reads the inputs and the weights of a filter for each sum, and it reads
    // and writes the sums.
    unsafe { self::block(&mut block) }
}

/// Multiplies the inputs with a filter for each output.
///
/// See [`portable::dense`](crate::portable::dense).
pub fn dense(dense: &Dense<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !dense.has(filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    if let (&[multiplier], &[shift]) = (factors.multipliers, factors.shifts)
        && dense_widened::suits(dense, filters)
    {
        let (factor, round) = ((multiplier, shift), factors.round());
        return dense_widened::outputs(dense, bias, factor, round, output);
    }
    let mut block = Block::new(dense, filters, bias.as_ptr().cast_mut());
    block.multipliers = factors.multipliers.as_ptr();
    block.shifts = factors.shifts.as_ptr();
    block.output = output.as_mut_ptr();
    block.round = factors.round();
    block.step = if factors.is_one() { 0 } else { 4 };
    // SAFETY: `self::block` reads the inputs and the weights of a filter for each output, which
    // `Dense::has` has checked, and as many biases and factors, or one factor where the step is 0.
    // With multipliers it writes to no bias, but as many outputs, of which there is one.
    unsafe { self::block(&mut block) }
}

// Four weights of one filter in r2, added to a sum with the inputs in r0 and r1; r3 is lost.
macro_rules! weights {
    ($sum:literal) => {
        concat!(
            "sxtb16 r3, r2\n",
            "smlad ",
            $sum,
            ", r0, r3, ",
            $sum,
            "\n",
            "sxtb16 r2, r2, ror #8\n",
            "smlad ",
            $sum,
            ", r1, r2, ",
            $sum,
            "\n"
        )
    };
}

// Four weights of each of the filters at r8, r10 apart, of which the fourth is at r9; with the
// inputs at r12, to which r11 is added.
macro_rules! four_filters {
    () => {
        concat!(
            "ldr r1, [r12], #4\n",
            "ldr r2, [r8, r10]\n",
            "sxtab16 r0, r11, r1\n",
            "sxtab16 r1, r11, r1, ror #8\n",
            weights!("r5"),
            "ldr r2, [r8, r10, lsl #1]\n",
            weights!("r6"),
            "ldr r2, [r8], #4\n",
            weights!("r4"),
            "ldr r2, [r9], #4\n",
            weights!("r7")
        )
    };
}

/// Four filters at a time. Of fewer than four, one at a time in the place of all four.
///
/// * Reads the inputs, the weights of `filters` filters, `depth` apart, and an addend for each
///   filter; and a multiplier and a shift, and writes an output, or writes the sum where the addend
///   is.
/// * The caller has checked all these slices, and that there are a filter and an input.
/// * Saves r4 to r11 and lr. The inner loop takes 23 instructions for 16 products, and 2 for every
///   other time; behind whole words it is 12 for four products. Four filters take 100 more, with
///   outputs.
/// * Stack: 40 bytes. It calls blocks of `dense_outputs`, which take none.
#[unsafe(naked)]
unsafe extern "C" fn block(block: &mut Block) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "2:",
        "ldr r7, [sp]",
        "ldr r3, [r7, #20]",
        "ldm r7, {{r8, r10-r12, lr}}",
        "cmp r3, #4",
        "it lo",
        "movlo r10, #0",
        "add r9, r8, r10, lsl #1",
        "add r9, r9, r10",
        "movs r4, #0",
        "movs r5, #0",
        "movs r6, #0",
        "movs r7, #0",
        "sub r3, lr, r12",
        "lsls r3, r3, #29",
        "bmi 6f", // an odd number of words
        "cmp r12, lr",
        "beq 4f",
        "3:",
        four_filters!(),
        "6:",
        four_filters!(),
        "cmp r12, lr",
        "bne 3b",
        "4:",
        "ldr r3, [sp]",
        "ldr lr, [r3, #24]",
        "cmp r12, lr",
        "beq 5f",
        "7:", // the inputs behind the last word
        "ldrsb r0, [r12], #1",
        "ldrsb r1, [r8, r10]",
        "ldrsb r2, [r8, r10, lsl #1]",
        "ldrsb r3, [r9], #1",
        "sxtah r0, r0, r11",
        "mla r5, r0, r1, r5",
        "ldrsb r1, [r8], #1",
        "mla r6, r0, r2, r6",
        "mla r7, r0, r3, r7",
        "mla r4, r0, r1, r4",
        "cmp r12, lr",
        "bne 7b",
        "5:",
        "ldr r12, [sp]",
        "add lr, r12, #28",
        "ldm lr, {{r0-r3}}",
        "ldrd r9, r8, [r12, #44]",
        "cbz r1, 8f",
        "cmp r10, #0",
        "beq 10f",
        "bl {four}",
        "b 12f",
        "8:", // sums that are kept
        "ldr r1, [r0]",
        "add r1, r1, r4",
        "str r1, [r0], #4",
        "movs r1, #0",
        "cmp r10, #0",
        "beq 11f",
        "ldm r0, {{r8-r10}}",
        "add r8, r8, r5",
        "add r9, r9, r6",
        "add r10, r10, r7",
        "stm r0!, {{r8-r10}}",
        "12:",
        "movs r4, #4",
        "b 13f",
        "10:", // one filter
        "mov r7, r4",
        "bl {last}",
        "11:",
        "movs r4, #1",
        "13:",
        "ldr r12, [sp]",
        "ldr r5, [r12, #20]",
        "ldrd r6, r7, [r12]",
        "subs r5, r5, r4",
        "mla r6, r7, r4, r6",
        "beq 9f",
        "str r6, [r12]",
        "str r5, [r12, #20]",
        "add r12, r12, #28",
        "stm r12, {{r0-r3}}",
        "b 2b",
        "9:",
        "pop {{r0, r4-r11, pc}}",
        four = sym four_outputs,
        last = sym last_output,
    )
}
