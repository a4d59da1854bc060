//! Products of one pixel of a convolution.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, four_weights};
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
    /// 20: the sum of the next filter.
    sum: *mut i32,
}

/// Adds to the sum of each filter its products with the inputs of one pixel.
pub fn multiply(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    let mut one = One {
        patch: part.patch.as_ptr(),
        whole: part.len & !3,
        depth: part.depth,
        filters: sums.len(),
        rest: part.len & 3,
        sum: sums.as_mut_ptr(),
    };
    // SAFETY: `self::one` reads the patch of one pixel and the weights of a filter for each sum,
    // which `Part::is_for` has checked, and reads and writes the sums, of which there is one.
    unsafe { self::one(&mut one, part.weights.as_ptr()) }
}

// Four weights of one filter in r2, with the inputs in r0 and r1; r3 is lost.
macro_rules! weights {
    ($sum:literal) => {
        four_weights!($sum, "r2", ["r0", "r1"], "r3")
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
///   words of the patch as they take, and a sum for each filter, which it writes.
/// * The caller has checked all these slices, and that there is a filter.
/// * Saves r4 to r11 and lr. The inner loop takes 21 instructions for 16 products, and 2 for every
///   other time; four filters take 30 more, and 5 for each sum.
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
        "add r8, r11, r3", // the next filter
        "sub r8, r8, r2",
        "ldr r12, [r9, #12]",
        "ldr r0, [r9, #20]",
        keep!("r4"),
        keep!("r5"),
        keep!("r6"),
        keep!("r7"),
        "str r12, [r9, #12]",
        "str r0, [r9, #20]",
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
