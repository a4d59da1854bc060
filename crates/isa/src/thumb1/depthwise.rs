//! Depthwise convolutions with any window.

use core::arch::naked_asm;

use crate::operands::Grid;
use crate::thumb1::common::{restore, save};

/// What the blocks read and count in.
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
    /// 40: the zero point's negative.
    minus: i32,
}

/// Adds to the sum of each channel the products of a window of a depthwise convolution.
///
/// See [`portable::depthwise`](crate::portable::depthwise).
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
        minus: -i32::from(zero_point),
    };
    // SAFETY: the blocks read four bytes of the filter under each tap for every four sums, and of
    // the input, or one that is shared, which lie within the slices (`Grid::is_within`), and read
    // and write the sums, of which there are four or a multiple. There is a tap.
    unsafe { if is_shared { shared(&mut window) } else { self::window(&mut window) } }
}

// Up to the loop over the taps of a row: r0 input, r1 filter, r5 and r6 from tap to tap, r7 taps,
// r8 to r11 sums, r12 what is added to inputs, lr rows. `next` is how far the next four channels
// are.
macro_rules! begin {
    ($next:literal) => {
        concat!(
            save!(),
            "push {{r0}}\n",
            "ldr r1, [r0, #40]\n",
            "mov r12, r1\n",
            "mov r7, r0\n",
            "2:\n",
            "ldr r0, [r7]\n",
            "adds r1, r0, #",
            $next,
            "\n",
            "str r1, [r7]\n",
            "ldr r1, [r7, #4]\n",
            "adds r2, r1, #4\n",
            "str r2, [r7, #4]\n",
            "ldr r2, [r7, #8]\n",
            "ldm r2!, {{r3-r6}}\n",
            "mov r8, r3\n",
            "mov r9, r4\n",
            "mov r10, r5\n",
            "mov r11, r6\n",
            "ldr r2, [r7, #16]\n",
            "mov lr, r2\n",
            "3:\n",
            "ldr r5, [r7, #24]\n",
            "ldr r6, [r7, #28]\n",
            "ldr r7, [r7, #20]\n",
            "4:\n"
        )
    };
}

// From behind the loop on: the next row of taps, then the next four channels.
macro_rules! end {
    () => {
        concat!(
            "adds r0, r0, r5\n",
            "adds r1, r1, r6\n",
            "subs r7, r7, #1\n",
            "bne 4b\n",
            "ldr r7, [sp]\n",
            "mov r2, lr\n",
            "subs r2, r2, #1\n",
            "beq 5f\n",
            "mov lr, r2\n",
            "ldr r2, [r7, #32]\n",
            "adds r0, r0, r2\n",
            "ldr r2, [r7, #36]\n",
            "adds r1, r1, r2\n",
            "b 3b\n",
            "5:\n",
            "ldr r2, [r7, #8]\n",
            "mov r3, r8\n",
            "mov r4, r9\n",
            "mov r5, r10\n",
            "mov r6, r11\n",
            "stm r2!, {{r3-r6}}\n",
            "str r2, [r7, #8]\n",
            "ldr r3, [r7, #12]\n",
            "cmp r2, r3\n",
            "bne 2b\n",
            "pop {{r0}}\n",
            restore!()
        )
    };
}

// One channel with an input of its own.
macro_rules! channel {
    ($channel:literal, $sum:literal) => {
        concat!(
            "movs r2, #",
            $channel,
            "\n",
            "ldrsb r3, [r0, r2]\n",
            "ldrsb r4, [r1, r2]\n",
            "add r3, r12\n",
            "muls r3, r4, r3\n",
            "add ",
            $sum,
            ", r3\n"
        )
    };
}

// One channel with the input in r3.
macro_rules! channel_of_shared {
    ($channel:literal, $sum:literal) => {
        concat!(
            "movs r2, #",
            $channel,
            "\n",
            "ldrsb r4, [r1, r2]\n",
            "muls r4, r3, r4\n",
            "add ",
            $sum,
            ", r4\n"
        )
    };
}

/// All taps, for four channels at a time.
///
/// * Reads four bytes of input and filter for each of `rows · columns` taps and every four sums;
///   reads and writes the sums.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 28 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(window: &mut Window) {
    naked_asm!(
        begin!("4"),
        channel!("0", "r8"),
        channel!("1", "r9"),
        channel!("2", "r10"),
        channel!("3", "r11"),
        end!(),
    )
}

/// All taps, for four channels at a time, all with the same input.
///
/// * Reads a byte of input and four bytes of filter for each tap and every four sums; reads and
///   writes the sums.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 23 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn shared(window: &mut Window) {
    naked_asm!(
        begin!("0"),
        "movs r2, #0",
        "ldrsb r3, [r0, r2]",
        "add r3, r12",
        channel_of_shared!("0", "r8"),
        channel_of_shared!("1", "r9"),
        channel_of_shared!("2", "r10"),
        channel_of_shared!("3", "r11"),
        end!(),
    )
}
