//! Products of inputs and filters.

use core::arch::naked_asm;

use super::common::extensions;
use crate::operands::{DOTS, fours_of_filters};

/// Adds to the sums of filters their products with the inputs, four filters at a time; returns how
/// many fours there are weights for.
///
/// See [`portable::dots`](crate::portable::dots).
#[inline(always)] // size: one caller
pub fn dots(inputs: &[i16], weights: &[i8], depth: usize, sums: &mut [[i32; DOTS]]) -> usize {
    let fours = fours_of_filters(inputs.len(), weights.len(), depth).min(sums.len());
    if fours > 0 {
        let (inputs, weights) = (inputs.as_ptr_range(), weights.as_ptr());
        // SAFETY: `each` reads the inputs, of which there is one, and as many weights of four
        // filters for each four, as `fours_of_filters` has counted. It adds to their sums.
        unsafe { each(inputs.start, inputs.end, sums.as_mut_ptr(), weights, depth, fours) }
    }
    fours
}

// The input at `2 * index` behind a0, and the weights at `index` behind a3 to a6: added to the sums
// t3 to t6. No product is wanted by the instruction behind it.
macro_rules! input {
    ($input:literal, $weight:literal) => {
        concat!(
            "lh t0, ",
            $input,
            "(a0)\n",
            "lb t1, ",
            $weight,
            "(a3)\n",
            "lb t2, ",
            $weight,
            "(a4)\n",
            "mul t1, t1, t0\n",
            "lb a7, ",
            $weight,
            "(a5)\n",
            "mul t2, t2, t0\n",
            "add t3, t3, t1\n",
            "lb t1, ",
            $weight,
            "(a6)\n",
            "mul a7, a7, t0\n",
            "add t4, t4, t2\n",
            "mul t1, t1, t0\n",
            "add t5, t5, a7\n",
            "add t6, t6, t1\n"
        )
    };
}

macro_rules! next {
    ($inputs:literal, $weights:literal) => {
        concat!(
            "addi a0, a0, ",
            $inputs,
            "\naddi a3, a3, ",
            $weights,
            "\naddi a4, a4, ",
            $weights,
            "\naddi a5, a5, ",
            $weights,
            "\naddi a6, a6, ",
            $weights,
            "\n"
        )
    };
}

/// Fours of filters.
///
/// * Reads `inputs..end`, at least one, and a byte for each of them from `weights` on, from `depth`
///   bytes behind that on, and so on. Adds to `sums`.
/// * The caller has checked that all of these are there, and that `fours` is not 0.
/// * Saves s0 to s4. The loop takes 58 instructions for 16 products; up to three inputs in front of
///   it take 21 each, and four filters 22.
/// * Stack: 32 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn each(
    inputs: *const i16,
    end: *const i16,
    sums: *mut [i32; DOTS],
    weights: *const i8,
    depth: usize,
    fours: usize,
) {
    naked_asm!(
        extensions!(),
        "addi sp, sp, -32",
        "sw s0, 12(sp)",
        "sw s1, 16(sp)",
        "sw s2, 20(sp)",
        "sw s3, 24(sp)",
        "sw s4, 28(sp)",
        "mv s0, a0", // inputs
        "mv s1, a4", // from filter to filter
        "mv s2, a5", // fours that are left
        "sub s3, a1, a0",
        "andi s3, s3, 6",
        "add s3, s3, a0", // the end of what is no multiple of four
        "2:",
        "mv a0, s0",
        "add a4, a3, s1",
        "add a5, a4, s1",
        "add a6, a5, s1",
        "add s4, a6, s1", // the next four
        "lw t3, 0(a2)",
        "lw t4, 4(a2)",
        "lw t5, 8(a2)",
        "lw t6, 12(a2)",
        "j 4f",
        "3:", // one to three inputs
        input!("0", "0"),
        next!("2", "1"),
        "4:",
        "bne a0, s3, 3b",
        "beq a0, a1, 6f",
        "5:",
        input!("0", "0"),
        input!("2", "1"),
        input!("4", "2"),
        input!("6", "3"),
        next!("8", "4"),
        "bne a0, a1, 5b",
        "6:",
        "sw t3, 0(a2)",
        "sw t4, 4(a2)",
        "sw t5, 8(a2)",
        "sw t6, 12(a2)",
        "addi a2, a2, 16",
        "mv a3, s4",
        "addi s2, s2, -1",
        "bnez s2, 2b",
        "lw s0, 12(sp)",
        "lw s1, 16(sp)",
        "lw s2, 20(sp)",
        "lw s3, 24(sp)",
        "lw s4, 28(sp)",
        "addi sp, sp, 32",
        "ret",
        ".option pop",
    )
}
