//! Depthwise convolutions with any window.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, minus};
use crate::operands::Grid;

/// What [`window`] reads and counts in.
#[repr(C)]
struct Window {
    /// 0: inputs of four channels under the first tap.
    input: *const i8,
    /// 4: their weights.
    filter: *const i8,
    /// 8: their sums.
    sums: *mut i32,
    /// 12: the end of all sums.
    end: *mut i32,
    /// 16: rows of taps.
    rows: usize,
    /// 20: taps in each.
    columns: usize,
    /// 24: from tap to tap, in input and filter.
    column: [usize; 2],
    /// 32: from behind a row to the next.
    skip: [usize; 2],
    /// 40: the zero point's negative in both halves.
    minus: u32,
    /// 44: rows that are left.
    left: usize,
}

/// Adds to the sum of each channel the products of a window of a depthwise convolution: of the
/// inputs, less `zero_point`, with the weights under the same tap. The number of sums is a multiple
/// of 4.
///
/// Where `is_shared`, all channels have the first channel of the input.
pub fn depthwise(
    grid: &Grid,
    input: &[i8],
    filter: &[i8],
    (zero_point, is_shared): (i16, bool),
    sums: &mut [i32],
) {
    let inputs = if is_shared { 1 } else { sums.len() };
    if sums.is_empty()
        || !sums.len().is_multiple_of(4)
        || !grid.is_within([input.len(), filter.len()], [inputs, sums.len()])
    {
        return;
    }
    let sums = sums.as_mut_ptr_range();
    let mut window = Window {
        input: input.as_ptr(),
        filter: filter.as_ptr(),
        sums: sums.start,
        end: sums.end,
        rows: grid.rows,
        columns: grid.columns,
        column: grid.column,
        skip: grid.skips(),
        minus: minus(zero_point),
        left: 0,
    };
    // SAFETY: the blocks read four bytes of the filter under each tap for every four sums, and of
    // the input, or one that is shared, which lie within the slices (`Grid::is_within`), and read
    // and write the sums, of which there are four or a multiple. There is a tap.
    unsafe { if is_shared { shared(&mut window) } else { self::window(&mut window) } }
}

// Up to the loop over the taps of a row: r0 input, r1 filter, r4 to r7 sums, r8 and r9 from tap to
// tap, r12 what is added to inputs, lr taps. `next` is how far the next four channels are.
macro_rules! begin {
    ($next:literal) => {
        concat!(
            "push {{r0, r4-r11, lr}}\n",
            "ldr r12, [r0, #40]\n",
            "ldrd r8, r9, [r0, #24]\n",
            "mov r3, r0\n",
            "2:\n",
            "ldm r3, {{r0-r2}}\n",
            "add r10, r0, #",
            $next,
            "\n",
            "add r11, r1, #4\n",
            "strd r10, r11, [r3]\n",
            "ldm r2, {{r4-r7}}\n",
            "ldrd r10, lr, [r3, #16]\n",
            "str r10, [r3, #44]\n",
            "3:\n"
        )
    };
}

// From behind the loop on: the next row of taps, then the next four channels.
macro_rules! end {
    () => {
        concat!(
            "subs lr, lr, #1\n",
            "bne 3b\n",
            "ldr r3, [sp]\n",
            "ldr r2, [r3, #44]\n",
            "subs r2, r2, #1\n",
            "beq 4f\n",
            "str r2, [r3, #44]\n",
            "ldrd r10, r11, [r3, #32]\n",
            "add r0, r0, r10\n",
            "add r1, r1, r11\n",
            "ldr lr, [r3, #20]\n",
            "b 3b\n",
            "4:\n",
            "ldrd r2, r10, [r3, #8]\n",
            "stm r2!, {{r4-r7}}\n",
            "str r2, [r3, #8]\n",
            "cmp r2, r10\n",
            "bne 2b\n",
            "pop {{r0, r4-r11, pc}}\n"
        )
    };
}

/// All taps, for four channels at a time.
///
/// * Reads four bytes of input and filter for each of `rows · columns` taps and every four sums;
///   reads and writes the sums.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 14 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(window: &mut Window) {
    naked_asm!(
        cpu!(),
        begin!("4"),
        "ldr r2, [r0]",
        "ldr r3, [r1]",
        "add r0, r0, r8",
        "add r1, r1, r9",
        "sxtab16 r10, r12, r2",
        "sxtab16 r2, r12, r2, ror #8",
        "sxtb16 r11, r3",
        "sxtb16 r3, r3, ror #8",
        "smlabb r4, r10, r11, r4",
        "smlabb r5, r2, r3, r5",
        "smlatt r6, r10, r11, r6",
        "smlatt r7, r2, r3, r7",
        end!(),
    )
}

/// All taps, for four channels at a time, all with the same input.
///
/// * Reads a byte of input and four bytes of filter for each tap and every four sums; reads and
///   writes the sums.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 13 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn shared(window: &mut Window) {
    naked_asm!(
        cpu!(),
        begin!("0"),
        "ldrsb r2, [r0]",
        "ldr r3, [r1]",
        "add r0, r0, r8",
        "add r1, r1, r9",
        "add r2, r2, r12",
        "sxtb16 r11, r3",
        "sxtb16 r3, r3, ror #8",
        "smlabb r4, r2, r11, r4",
        "smlabb r5, r2, r3, r5",
        "smlabt r6, r2, r11, r6",
        "smlabt r7, r2, r3, r7",
        end!(),
    )
}
