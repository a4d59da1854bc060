//! Products of one pixel of a convolution.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::Part;

/// What [`one`] reads and counts in.
#[repr(C)]
struct One {
    /// 0: the patch.
    patch: *const i32,
    /// 4: weights in whole words.
    whole: usize,
    /// 8: from one filter to the next.
    depth: usize,
    /// 12: filters that are left.
    filters: usize,
    /// 16: weights behind the whole words, 0 to 3.
    rest: usize,
    /// 20: what is added to the sum of the next filter: its bias, or the sum that is there.
    addends: *mut [u8; 4],
    /// 24: its multiplier; null if the sums are kept where the addends are.
    multipliers: *const i32,
    /// 28: its shift, less one.
    shifts: *const u8,
    /// 32: its output.
    output: *mut i8,
    /// 36: [`Factors::round`].
    round: i32,
    /// 40: from one multiplier to the next, or 0.
    step: usize,
    /// 44: weights of the next filter.
    next: *const i8,
}

impl One {
    /// So many filters, with sums that are kept.
    #[inline(always)] // two callers
    fn new(part: &Part<'_>, filters: usize, addends: *mut [u8; 4]) -> Self {
        Self {
            patch: part.patch.as_ptr(),
            whole: part.len & !3,
            depth: part.depth,
            filters,
            rest: part.len & 3,
            addends,
            multipliers: core::ptr::null(),
            shifts: core::ptr::null(),
            output: core::ptr::null_mut(),
            round: 0,
            step: 0,
            next: core::ptr::null(),
        }
    }
}

/// Adds to the sum of each filter its products with the inputs of one pixel.
pub fn multiply(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    let mut one = One::new(part, sums.len(), sums.as_mut_ptr().cast());
    // SAFETY: `self::one` reads the patch of one pixel and the weights of a filter for each sum,
    // which `Part::is_for` has checked, and reads and writes the sums, of which there is one.
    unsafe { self::one(&mut one, part.weights.as_ptr()) }
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

// Four weights of each of the filters at r8 to r11, with the inputs at r12.
macro_rules! four_filters {
    () => {
        concat!(
            "ldrd r0, r1, [r12], #8\n",
            "ldr r2, [r8], #4\n",
            weights!("r4"),
            "ldr r2, [r9], #4\n",
            weights!("r5"),
            "ldr r2, [r10], #4\n",
            weights!("r6"),
            "ldr r2, [r11], #4\n",
            weights!("r7")
        )
    };
}

// The last weights of a filter, one to three of them as the flags have it.
macro_rules! last_weights {
    ($filter:literal, $sum:literal) => {
        concat!(
            "ite lo\n",
            "ldrblo r2, [",
            $filter,
            "]\n",
            "ldrhhs r2, [",
            $filter,
            "]\n",
            "itt hi\n",
            "ldrbhi r3, [",
            $filter,
            ", #2]\n",
            "orrhi r2, r2, r3, lsl #16\n",
            weights!($sum)
        )
    };
}

// A sum that is kept: r0 its place, r12 filters that are left; r10 is lost.
macro_rules! keep {
    ($sum:literal) => {
        concat!(
            "ldr r10, [r0]\n",
            "add r10, r10, ",
            $sum,
            "\n",
            "str r10, [r0], #4\n",
            "subs r12, r12, #1\n",
            "beq 9f\n"
        )
    };
}

/// One pixel, four filters at a time. In the place of those behind the last there is the first of
/// the four.
///
/// * Reads `whole` and `rest` bytes of the weights of `filters` filters, `depth` apart, as many
///   words of the patch as they take, and an addend for each filter; and a multiplier and a shift,
///   and writes an output, or writes the sum where the addend is.
/// * The caller has checked all these slices, and that there is a filter.
/// * Saves r4 to r11 and lr. The inner loop takes 21 instructions for 16 products, and 2 for every
///   other time; four filters take 36 more, and 15 for each output.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn one(one: &mut One, weights: *const i8) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "mov r8, r1",
        "2:",
        "ldr r7, [sp]",
        "ldm r7, {{r0-r3}}",
        "mov r12, r0",
        "add lr, r8, r1", // the end of the whole words
        "add r9, r8, r2",
        "add r10, r9, r2",
        "add r11, r10, r2",
        "cmp r3, #4",
        "blo 7f",
        "8:",
        "movs r4, #0",
        "movs r5, #0",
        "movs r6, #0",
        "movs r7, #0",
        "lsls r1, r1, #29",
        "bmi 6f", // an odd number of them
        "cmp r8, lr",
        "beq 4f",
        "3:",
        four_filters!(),
        "6:",
        four_filters!(),
        "cmp r8, lr",
        "bne 3b",
        "4:",
        "ldr r3, [sp]",
        "ldr lr, [r3, #16]",
        "cmp lr, #0",
        "beq 5f",
        "ldrd r0, r1, [r12]",
        "cmp lr, #2",
        last_weights!("r8", "r4"),
        last_weights!("r9", "r5"),
        last_weights!("r10", "r6"),
        last_weights!("r11", "r7"),
        "5:",
        "ldr r9, [sp]",
        "ldrd r2, r3, [r9, #4]",
        "add r11, r11, r3", // the next filter
        "sub r11, r11, r2",
        "str r11, [r9, #44]",
        "ldr r12, [r9, #12]",
        "add r9, r9, #20",
        "ldm r9, {{r0-r3}}",
        "ldrd r9, r8, [r9, #16]",
        keep!("r4"),
        keep!("r5"),
        keep!("r6"),
        keep!("r7"),
        "ldr r9, [sp]",
        "str r12, [r9, #12]",
        "ldr r8, [r9, #44]",
        "add r9, r9, #20",
        "stm r9, {{r0-r3}}",
        "b 2b",
        "7:", // fewer than four filters
        "cmp r3, #2",
        "it lo",
        "movlo r9, r8",
        "it ls",
        "movls r10, r8",
        "mov r11, r8",
        "b 8b",
        "9:",
        "pop {{r0, r4-r11, pc}}",
    )
}
