//! Windows of depthwise convolutions.

use core::arch::naked_asm;

use super::common::extensions;
use crate::taps::{Grid, is_for_loops};

/// Adds to the sum of each channel, a multiple of four of them, its products of a window: the
/// inputs, less the zero point, and the weights under the same taps.
///
/// See [`portable::add_window`](crate::portable::add_window).
#[inline(always)] // size: one caller
pub fn add_window(grid: &Grid, sums: &mut [i32], zero_point: i16, [input, filter]: [&[i8]; 2]) {
    if is_for_loops(sums.len()) && grid.is_within([input.len(), filter.len()], sums.len()) {
        let range = sums.as_mut_ptr_range();
        let skips = grid.skips();
        // SAFETY: all taps lie within the input and the filter, for each of the channels. There are
        // four channels at least, and no rest.
        unsafe {
            each(
                input.as_ptr(),
                filter.as_ptr(),
                range.start,
                range.end,
                zero_point.into(),
                grid,
                skips[0],
                skips[1],
            );
        }
    }
}

// The product of the input at `channel` behind t0 and the weight behind t1 is added to a sum; a4:
// the zero point. t2 and t3, or t4 and t5, are lost.
macro_rules! channels {
    ($a:literal, $sum_a:literal, $b:literal, $sum_b:literal) => {
        concat!(
            "lb t2, ",
            $a,
            "(t0)\n",
            "lb t3, ",
            $a,
            "(t1)\n",
            "lb t4, ",
            $b,
            "(t0)\n",
            "lb t5, ",
            $b,
            "(t1)\n",
            "sub t2, t2, a4\n",
            "mul t2, t2, t3\n",
            "sub t4, t4, a4\n",
            "mul t4, t4, t5\n",
            "add ",
            $sum_a,
            ", ",
            $sum_a,
            ", t2\n",
            "add ",
            $sum_b,
            ", ",
            $sum_b,
            ", t4\n"
        )
    };
}

/// Four channels after the others.
///
/// * Reads the taps of `grid` in `input` and `filter` for as many channels as there are sums, and
///   the grid. Adds to `sums..end`.
/// * The caller has checked that all of these are there, that the sums are a multiple of four and
///   not none, and that no count of the grid is 0.
/// * Saves s0 to s6. A tap of four channels takes 24 instructions, a row of taps 4 more, four
///   channels 19.
/// * Stack: 32 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn each(
    input: *const i8,
    filter: *const i8,
    sums: *mut i32,
    end: *mut i32,
    zero_point: i32,
    grid: &Grid,
    input_skip: usize,
    filter_skip: usize,
) {
    naked_asm!(
        extensions!(),
        "addi sp, sp, -32",
        "sw s0, 0(sp)",
        "sw s1, 4(sp)",
        "sw s2, 8(sp)",
        "sw s3, 12(sp)",
        "sw s4, 16(sp)",
        "sw s5, 20(sp)",
        "sw s6, 24(sp)",
        "lw s4, 16(a5)", // from tap to tap
        "lw s5, 20(a5)",
        "2:",
        "lw s0, 0(a2)",
        "lw s1, 4(a2)",
        "lw s2, 8(a2)",
        "lw s3, 12(a2)",
        "mv t0, a0",
        "mv t1, a1",
        "lw s6, 0(a5)", // rows that are left
        "3:",
        "lw t6, 4(a5)", // taps that are left
        "4:",
        channels!("0", "s0", "1", "s1"),
        channels!("2", "s2", "3", "s3"),
        "addi t6, t6, -1",
        "add t0, t0, s4",
        "add t1, t1, s5",
        "bnez t6, 4b",
        "addi s6, s6, -1",
        "add t0, t0, a6",
        "add t1, t1, a7",
        "bnez s6, 3b",
        "sw s0, 0(a2)",
        "sw s1, 4(a2)",
        "sw s2, 8(a2)",
        "sw s3, 12(a2)",
        "addi a2, a2, 16",
        "addi a0, a0, 4",
        "addi a1, a1, 4",
        "bne a2, a3, 2b",
        "lw s0, 0(sp)",
        "lw s1, 4(sp)",
        "lw s2, 8(sp)",
        "lw s3, 12(sp)",
        "lw s4, 16(sp)",
        "lw s5, 20(sp)",
        "lw s6, 24(sp)",
        "addi sp, sp, 32",
        "ret",
        ".option pop",
    )
}
