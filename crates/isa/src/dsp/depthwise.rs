//! Depthwise convolutions with any window.

use core::arch::naked_asm;
use core::ptr::{null, null_mut};

use crate::dsp::common::{cpu, minus};
use crate::operands::{Grid, Sums};

/// What [`window`] reads and counts in.
#[repr(C)]
struct Window {
    /// 0: inputs of four channels under the first tap.
    input: *const i8,
    /// 4: their weights.
    filter: *const i8,
    /// 8: their sums, or what these begin with.
    sums: *const [u8; 4],
    /// 12: the end of all sums.
    end: *const [u8; 4],
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
    /// 48: multipliers; null if sums are kept.
    multipliers: *const i32,
    /// 52: shifts, less one.
    shifts: *const u8,
    /// 56: outputs.
    output: *mut i8,
    /// 60: [`Factors::round`](crate::Factors::round).
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
        input: input.as_ptr(),
        filter: filter.as_ptr(),
        sums,
        end: sums.wrapping_add(channels),
        rows: grid.rows,
        columns: grid.columns,
        column: grid.column,
        skip: grid.skips(),
        minus: minus(zero_point),
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

// The output of a sum; r0 multiplier, r1 shift, less one, r2 output, r12 round; r10, r11 and lr are
// lost.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "ldr r10, [r0], #4\n",
            "ldrb r11, [r1], #1\n",
            "lsls ",
            $sum,
            ", ",
            $sum,
            ", #1\n",
            "lsl lr, r12, r11\n",
            "smmlar lr, ",
            $sum,
            ", r10, lr\n",
            "add lr, lr, ",
            $sum,
            ", asr #31\n",
            "asr lr, lr, r11\n",
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
        "ldr r12, [r0, #40]",
        "ldrd r8, r9, [r0, #24]",
        "mov r3, r0",
        "2:", // r0 input, r1 filter, r4 to r7 sums, lr taps of a row
        "ldm r3, {{r0-r2}}",
        "add r10, r0, #4",
        "add r11, r1, #4",
        "strd r10, r11, [r3]",
        "ldr r4, [r2]",
        "ldr r5, [r2, #4]",
        "ldr r6, [r2, #8]",
        "ldr r7, [r2, #12]",
        "ldrd r10, lr, [r3, #16]",
        "str r10, [r3, #44]",
        "3:",
        "lsrs r2, lr, #1", // an odd number of taps begins with the second of two
        "bcc 5f",
        "add lr, lr, #1",
        "sub r0, r0, r8",
        "sub r1, r1, r9",
        "b 6f",
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
        "bne 5b",
        "ldr r3, [sp]", // the next row of taps
        "ldr r2, [r3, #44]",
        "subs r2, r2, #1",
        "beq 4f",
        "str r2, [r3, #44]",
        "ldrd r10, r11, [r3, #32]",
        "add r0, r0, r10",
        "add r1, r1, r11",
        "ldr lr, [r3, #20]",
        "b 3b",
        "4:",
        "add r0, r3, #48",
        "ldm r0, {{r0-r2, r10}}",
        "cbz r0, 7f",
        "mov r12, r10",
        "b 8f",
        "7:", // sums that are kept
        "ldr r2, [r3, #8]",
        "stm r2!, {{r4-r7}}",
        "b 9f",
        "8:",
        output!("r4"),
        output!("r5"),
        output!("r6"),
        output!("r7"),
        "add lr, r3, #48",
        "stm lr, {{r0-r2}}",
        "ldr r12, [r3, #40]",
        "ldr r2, [r3, #8]",
        "adds r2, r2, #16",
        "9:",
        "str r2, [r3, #8]",
        "ldr r10, [r3, #12]",
        "cmp r2, r10",
        "bne 2b",
        "pop {{r0, r4-r11, pc}}",
    )
}
