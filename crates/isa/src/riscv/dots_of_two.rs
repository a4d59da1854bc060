//! Products of the inputs of two pixels and filters.

use core::arch::naked_asm;

use super::common::extensions;
use crate::operands::{DOTS, fours_of_filters};

/// Adds to the sums of filters, one for each pixel, their products with the inputs, four filters at
/// a time; returns how many fours there are weights for.
///
/// See [`portable::dots_of_two`](crate::portable::dots_of_two).
#[inline(always)] // size: one caller
pub fn dots_of_two(
    [inputs, others]: [&[i16]; 2],
    weights: &[i8],
    depth: usize,
    [sums, other_sums]: [&mut [[i32; DOTS]]; 2],
) -> usize {
    let len = inputs.len();
    if others.len() != len {
        return 0;
    }
    let fours = fours_of_filters(len, weights.len(), depth).min(sums.len()).min(other_sums.len());
    if fours > 0 {
        let (inputs, sums) = (inputs.as_ptr_range(), sums.as_mut_ptr());
        // SAFETY: `each` reads the inputs of both pixels, of which there is one, and as many
        // weights of four filters for each four, as `fours_of_filters` has counted. It adds to
        // their sums, of which both pixels have as many.
        unsafe {
            each(
                inputs.start,
                others.as_ptr(),
                inputs.end,
                sums,
                other_sums.as_mut_ptr(),
                weights.as_ptr(),
                depth,
                fours,
            );
        }
    }
    fours
}

// The inputs of both pixels at `2 * index` behind s0 and s1, and the weights at `index` behind a5,
// t6, s10 and s11: added to the sums s2 to s5 and s6 to s9. No product is wanted by the instruction
// behind it.
macro_rules! input {
    ($input:literal, $weight:literal) => {
        concat!(
            "lh t0, ",
            $input,
            "(s0)\n",
            "lh t1, ",
            $input,
            "(s1)\n",
            "lb t2, ",
            $weight,
            "(a5)\n",
            "lb t3, ",
            $weight,
            "(t6)\n",
            "mul t4, t2, t0\n",
            "mul t5, t2, t1\n",
            "lb t2, ",
            $weight,
            "(s10)\n",
            "add s2, s2, t4\n",
            "mul t4, t3, t0\n",
            "add s6, s6, t5\n",
            "mul t5, t3, t1\n",
            "lb t3, ",
            $weight,
            "(s11)\n",
            "add s3, s3, t4\n",
            "mul t4, t2, t0\n",
            "add s7, s7, t5\n",
            "mul t5, t2, t1\n",
            "add s4, s4, t4\n",
            "mul t4, t3, t0\n",
            "add s8, s8, t5\n",
            "mul t5, t3, t1\n",
            "add s5, s5, t4\n",
            "add s9, s9, t5\n"
        )
    };
}

macro_rules! next {
    ($inputs:literal, $weights:literal) => {
        concat!(
            "addi s0, s0, ",
            $inputs,
            "\naddi s1, s1, ",
            $inputs,
            "\naddi a5, a5, ",
            $weights,
            "\naddi t6, t6, ",
            $weights,
            "\naddi s10, s10, ",
            $weights,
            "\naddi s11, s11, ",
            $weights,
            "\n"
        )
    };
}

/// Fours of filters.
///
/// * Reads `inputs..end`, at least one, as many from `others` on, and a byte for each of them from
///   `weights` on, from `depth` bytes behind that on, and so on. Adds to `sums` and `other_sums`.
/// * The caller has checked that all of these are there, and that `fours` is not 0.
/// * Saves s0 to s11. The loop takes 95 instructions for 32 products; up to three inputs in front
///   of it take 30 each, and four filters 38.
/// * Stack: 64 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn each(
    inputs: *const i16,
    others: *const i16,
    end: *const i16,
    sums: *mut [i32; DOTS],
    other_sums: *mut [i32; DOTS],
    weights: *const i8,
    depth: usize,
    fours: usize,
) {
    naked_asm!(
        extensions!(),
        "addi sp, sp, -64",
        "sw s0, 0(sp)",
        "sw s1, 4(sp)",
        "sw s2, 8(sp)",
        "sw s3, 12(sp)",
        "sw s4, 16(sp)",
        "sw s5, 20(sp)",
        "sw s6, 24(sp)",
        "sw s7, 28(sp)",
        "sw s8, 32(sp)",
        "sw s9, 36(sp)",
        "sw s10, 40(sp)",
        "sw s11, 44(sp)",
        "sub t0, a2, a0",
        "andi t0, t0, 6",
        "add t0, t0, a0",
        "sw t0, 48(sp)", // the end of what is no multiple of four
        "2:",
        "mv s0, a0",
        "mv s1, a1",
        "add t6, a5, a6",
        "add s10, t6, a6",
        "add s11, s10, a6",
        "lw s2, 0(a3)",
        "lw s3, 4(a3)",
        "lw s4, 8(a3)",
        "lw s5, 12(a3)",
        "lw s6, 0(a4)",
        "lw s7, 4(a4)",
        "lw s8, 8(a4)",
        "lw s9, 12(a4)",
        "j 4f",
        "3:", // one to three inputs
        input!("0", "0"),
        next!("2", "1"),
        "4:",
        "lw t0, 48(sp)",
        "bne s0, t0, 3b",
        "beq s0, a2, 6f",
        "5:",
        input!("0", "0"),
        input!("2", "1"),
        input!("4", "2"),
        input!("6", "3"),
        next!("8", "4"),
        "bne s0, a2, 5b",
        "6:",
        "sw s2, 0(a3)",
        "sw s3, 4(a3)",
        "sw s4, 8(a3)",
        "sw s5, 12(a3)",
        "sw s6, 0(a4)",
        "sw s7, 4(a4)",
        "sw s8, 8(a4)",
        "sw s9, 12(a4)",
        "addi a3, a3, 16",
        "addi a4, a4, 16",
        "sub t0, a2, a0", // from behind the last filter to the next: `depth` less the inputs
        "srli t0, t0, 1",
        "sub t0, a6, t0",
        "add a5, s11, t0",
        "addi a7, a7, -1",
        "bnez a7, 2b",
        "lw s0, 0(sp)",
        "lw s1, 4(sp)",
        "lw s2, 8(sp)",
        "lw s3, 12(sp)",
        "lw s4, 16(sp)",
        "lw s5, 20(sp)",
        "lw s6, 24(sp)",
        "lw s7, 28(sp)",
        "lw s8, 32(sp)",
        "lw s9, 36(sp)",
        "lw s10, 40(sp)",
        "lw s11, 44(sp)",
        "addi sp, sp, 64",
        "ret",
        ".option pop",
    )
}
