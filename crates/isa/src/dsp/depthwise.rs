//! Depthwise convolutions with any window.

use core::arch::naked_asm;
use core::ptr::{null, null_mut};

use crate::dsp::common::{cpu, minus};
use crate::operands::{Grid, Sums};

/// What [`window`] reads and counts in.
#[repr(C)]
struct Window {
    /// 0: inputs of four channels under the first tap, and their weights.
    first: [*const i8; 2],
    /// 8: their sums, or what these begin with.
    sums: *const [u8; 4],
    /// 12: the end of all sums.
    end: *const [u8; 4],
    /// 16: from tap to tap, in input and filter.
    column: [usize; 2],
    /// 24: the zero point's negative in both halves.
    minus: u32,
    /// 28: taps in each row.
    columns: usize,
    /// 32: from row to row, in input and filter; then from behind a row to the next.
    row: [usize; 2],
    /// 40: from behind the last row to the first of the next four channels.
    next: [usize; 2],
    /// 48: rows of taps.
    rows: usize,
    /// 52: those that are left; 0 if there is one in all.
    left: usize,
    /// 56: multipliers; null if sums are kept.
    multipliers: *const i32,
    /// 60: shifts, less one.
    shifts: *const u8,
    /// 64: outputs.
    output: *mut i8,
    /// 68: [`Factors::round`](crate::Factors::round).
    round: i32,
}

/// Computes a window of a depthwise convolution whose channels have a filter each.
///
/// See [`portable::depthwise`](crate::portable::depthwise).
pub fn depthwise(grid: &Grid, [input, filter]: [&[i8]; 2], zero_point: i16, sums: Sums<'_>) {
    let Some(channels) = sums.channels() else { return };
    if !grid.is_within([input.len(), filter.len()], channels) {
        return;
    }
    // A single column is walked as a row is.
    let grid = if grid.columns == 1 {
        Grid { rows: 1, columns: grid.rows, row: grid.column, column: grid.row }
    } else {
        *grid
    };
    let (sums, multipliers, shifts, output, round) = match sums {
        Sums::Added(sums) => (sums.as_mut_ptr().cast_const().cast(), null(), null(), null_mut(), 0),
        Sums::Scaled { bias, factors, output } => {
            let (multipliers, shifts) = (factors.multipliers.as_ptr(), factors.shifts.as_ptr());
            (bias.as_ptr(), multipliers, shifts, output.as_mut_ptr(), factors.round())
        }
    };
    let mut window = Window {
        first: [input.as_ptr(), filter.as_ptr()],
        sums,
        end: sums.wrapping_add(channels),
        column: grid.column,
        minus: minus(zero_point),
        columns: grid.columns,
        row: grid.row,
        next: [0; 2],
        rows: grid.rows,
        left: 0,
        multipliers,
        shifts,
        output,
        round,
    };
    // SAFETY: the block reads four bytes of the filter and of the input under each tap for every
    // four channels, which lie within the slices (`Grid::is_within`). It reads and writes the sums;
    // or it only reads biases, and a multiplier and a shift for each channel, and writes as many
    // outputs: `Sums::channels` has checked that these are there, and that they are four or a
    // multiple. There is a tap.
    unsafe { self::window(&mut window) }
}

// The output of a sum; r2 output, r3 round, r12 shift, less one, in the lowest byte; lr is lost.
macro_rules! output {
    ($sum:literal, $multiplier:literal) => {
        concat!(
            "lsls ",
            $sum,
            ", ",
            $sum,
            ", #1\n",
            "lsl lr, r3, r12\n",
            "smmlar lr, ",
            $sum,
            ", ",
            $multiplier,
            ", lr\n",
            "add lr, lr, ",
            $sum,
            ", asr #31\n",
            "asr lr, lr, r12\n",
            "ssat lr, #8, lr, asr #1\n",
            "strb lr, [r2], #1\n"
        )
    };
}

// Inputs in r2 and weights in r3 of four channels: their products.
macro_rules! products {
    () => {
        concat!(
            "sxtab16 r10, r12, r2\n",
            "sxtab16 r2, r12, r2, ror #8\n",
            "sxtb16 r11, r3\n",
            "sxtb16 r3, r3, ror #8\n",
            "smlabb r4, r10, r11, r4\n",
            "smlabb r5, r2, r3, r5\n",
            "smlatt r6, r10, r11, r6\n",
            "smlatt r7, r2, r3, r7\n"
        )
    };
}

/// All taps, for four channels at a time.
///
/// * Reads four bytes of input and filter for each of `rows · columns` taps and every four sums;
///   reads the sums, and writes them, or reads a multiplier and a shift for each and writes an
///   output.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 12 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(window: &mut Window) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "mov r3, r0",
        "ldrd r0, r1, [r3]",
        "ldrd r8, r9, [r3, #16]",
        "ldr lr, [r3, #28]",
        "ldrd r10, r11, [r3, #32]",
        "ldr r12, [r3, #48]",
        "and r2, lr, #1",
        "mls r0, r2, r8, r0", // an odd number of taps begins with the second of two
        "mls r1, r2, r9, r1",
        "add r2, r2, lr",
        "mls r4, r2, r8, r10",
        "mls r5, r2, r9, r11",
        "strd r4, r5, [r3, #32]",
        "mls r4, r12, r10, r4",
        "mls r5, r12, r11, r5",
        "adds r4, r4, #4",
        "adds r5, r5, #4",
        "strd r4, r5, [r3, #40]",
        "cmp r12, #1",
        "it ls",
        "movls r12, #0",
        "str r12, [r3, #52]",
        "2:", // r0 input, r1 filter, r4 to r7 sums, r8 and r9 steps, lr taps of a row
        "add r2, r3, #16",
        "ldm r2, {{r8, r9, r12, lr}}",
        "ldr r2, [r3, #8]",
        "ldr r4, [r2], #4",
        "ldr r5, [r2], #4",
        "ldr r6, [r2], #4",
        "ldr r7, [r2], #4",
        "str r2, [r3, #8]",
        "3:",
        "lsrs r2, lr, #1",
        "bcs 6f",
        "5:",
        "ldr r2, [r0]",
        "ldr r3, [r1]",
        products!(),
        "6:",
        "ldr r2, [r0, r8]",
        "ldr r3, [r1, r9]",
        "add r0, r0, r8, lsl #1",
        "add r1, r1, r9, lsl #1",
        products!(),
        "subs lr, lr, #2",
        "bgt 5b",
        "ldr r3, [sp]",
        "ldr r2, [r3, #52]",
        "cbz r2, 8f",
        "subs r2, r2, #1", // the next row of taps
        "it eq",
        "ldreq r2, [r3, #48]",
        "str r2, [r3, #52]",
        "beq 8f",
        "ldrd r10, r11, [r3, #32]",
        "add r0, r0, r10",
        "add r1, r1, r11",
        "ldr lr, [r3, #28]",
        "b 3b",
        "8:",
        "add lr, r3, #56",
        "ldm lr, {{r2, r3}}",
        "cbnz r2, 4f",
        "ldr r3, [sp]", // sums that are kept
        "ldr r2, [r3, #8]",
        "stmdb r2, {{r4-r7}}",
        "b 9f",
        "4:",
        "ldr r12, [r3], #4",
        "ldm r2!, {{r8-r11}}",
        "stm lr!, {{r2, r3}}",
        "ldm lr, {{r2, r3}}",
        output!("r4", "r8"),
        "lsrs r12, r12, #8",
        output!("r5", "r9"),
        "lsrs r12, r12, #8",
        output!("r6", "r10"),
        "lsrs r12, r12, #8",
        output!("r7", "r11"),
        "ldr r3, [sp]",
        "str r2, [r3, #64]",
        "9:",
        "ldrd r10, r11, [r3, #40]",
        "add r0, r0, r10",
        "add r1, r1, r11",
        "ldrd r2, lr, [r3, #8]",
        "cmp r2, lr",
        "bne 2b",
        "pop {{r0, r4-r11, pc}}",
    )
}
