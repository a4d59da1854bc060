//! Rows of depthwise convolutions with a window of 3 × 3.
//!
//! One channel after the other goes along the row. A column of inputs is read once and multiplied
//! into all outputs that it belongs to: rows 0 and 1 by SMLAD, row 2 by SMLABB or SMLABT. The sum
//! that an output begins with is SMLAD's fourth operand. Weights are doubled and stay in registers.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::DepthwiseRow;

/// What the blocks read and count in.
#[repr(C)]
struct Row {
    /// 0: input of the channel under the first row of the window, pixel 0.
    input: *const i8,
    /// 4: from one row of the window to the next.
    row: usize,
    /// 8: from pixel to pixel, of input and output.
    pixel: usize,
    /// 12: the input's last pixel (stride 1), or behind it (stride 2).
    end: *const i8,
    /// 16: weights of the channel in the first row.
    filter: *const i8,
    /// 20: from tap to tap.
    tap: usize,
    /// 24: bias of the channel.
    bias: *const [u8; 4],
    /// 28: its multiplier.
    multipliers: *const i32,
    /// 32: its shift, less one.
    shifts: *const u8,
    /// 36: [`Factors::round`](crate::Factors::round).
    round: i32,
    /// 40: output of the channel, pixel 0.
    output: *mut i8,
    /// 44: channels that are left.
    channels: usize,
    /// 48: the input's zero point in both halves, and its negative.
    zero_points: [u32; 2],
    /// 56: taps from the first row to rows 1 and 2.
    rows: [usize; 2],
    /// 64: whether row 1 is none.
    is_gap: usize,
}

/// Computes the outputs of some channels in one row.
///
/// See [`portable::depthwise_row`](crate::portable::depthwise_row).
pub fn depthwise_row(row: &DepthwiseRow<'_>, channels: usize, output: &mut [i8]) {
    if !row.is_for(channels, output.len()) {
        return;
    }
    let of = |zero_point: i16| {
        let half = u32::from(zero_point as u16);
        half << 16 | half
    };
    // Two rows are the first and the third of three that are half as far apart.
    let (distance, rows) = match row.rows {
        2 => (row.row / 2, [0, 3 * row.pixel]),
        _ => (row.row, [3 * row.pixel, 6 * row.pixel]),
    };
    let stride_one = row.stride == 1;
    let last = if stride_one { row.width - 1 } else { row.width };
    let mut args = Row {
        input: row.input.as_ptr(),
        row: distance,
        pixel: row.pixel,
        end: row.input.as_ptr().wrapping_add(last * row.pixel),
        filter: row.filter.as_ptr(),
        tap: row.pixel,
        bias: row.bias.as_ptr(),
        multipliers: row.factors.multipliers.as_ptr(),
        shifts: row.factors.shifts.as_ptr(),
        round: row.factors.round(),
        output: output.as_mut_ptr(),
        channels,
        zero_points: [of(row.zero_point), of(row.zero_point.wrapping_neg())],
        rows,
        is_gap: usize::from(row.rows == 2),
    };
    // SAFETY: both blocks read three columns of weights in two or three rows, bias and factors of
    // each channel, and all pixels of the input in as many rows, and they write all pixels of the
    // output: `DepthwiseRow::is_for` has checked these slices, and that there is a channel and a
    // pixel. Between two rows that are an even number of bytes apart lies an input.
    unsafe { if stride_one { row_1(&mut args) } else { row_2(&mut args) } }
}

// The weights of a channel, doubled: r0 to r2 rows 0 and 1 of a column, r3 row 2 of columns 0 and
// 1, r4 the shift and row 2 of column 2; r5 twice the bias, less the products of the zero point;
// multiplier and round at the top of the stack; r8 input, r9 distance of rows; lr the structure.
macro_rules! channel {
    () => {
        concat!(
            "ldr lr, [sp, #20]\n",
            "ldrd r6, r7, [lr, #16]\n",
            "ldrd r8, r9, [lr, #56]\n",
            "ldrsb r0, [r6]\n",
            "ldrsb r1, [r6, r7]\n",
            "ldrsb r2, [r6, r7, lsl #1]\n",
            "add r8, r8, r6\n",
            "ldrsb r4, [r8]\n",
            "ldrsb r5, [r8, r7]\n",
            "ldrsb r10, [r8, r7, lsl #1]\n",
            "pkhbt r0, r0, r4, lsl #16\n",
            "pkhbt r1, r1, r5, lsl #16\n",
            "pkhbt r2, r2, r10, lsl #16\n",
            "add r9, r9, r6\n",
            "ldrsb r3, [r9]\n",
            "ldrsb r5, [r9, r7]\n",
            "ldrsb r4, [r9, r7, lsl #1]\n",
            "pkhbt r3, r3, r5, lsl #16\n",
            "adds r6, r6, #1\n",
            "str r6, [lr, #16]\n",
            "ldr r6, [lr, #64]\n",
            "cbz r6, 9f\n",
            "uxth r0, r0\n",
            "uxth r1, r1\n",
            "uxth r2, r2\n",
            "9:\n",
            "sadd16 r0, r0, r0\n",
            "sadd16 r1, r1, r1\n",
            "sadd16 r2, r2, r2\n",
            "sadd16 r3, r3, r3\n",
            "lsls r4, r4, #1\n",
            "add r9, lr, #24\n",
            "ldm r9, {{r5-r8}}\n", // bias, multipliers, shifts, round
            "ldr r10, [r5], #4\n",
            "ldr r11, [r6], #4\n",
            "ldrb r12, [r7], #1\n",
            "stm r9, {{r5-r7}}\n",
            "lsls r5, r10, #1\n",
            "lsl r8, r8, r12\n",
            "strd r11, r8, [sp]\n",
            "add r12, r12, #1\n",
            "pkhbt r4, r12, r4, lsl #16\n",
            "ldr r12, [lr, #52]\n",
            "smlad r5, r0, r12, r5\n",
            "smlad r5, r1, r12, r5\n",
            "smlad r5, r2, r12, r5\n",
            "smlad r5, r3, r12, r5\n",
            "smlatb r5, r4, r12, r5\n",
            "ldrd r8, r9, [lr]\n",
            "add r6, r8, #1\n",
            "str r6, [lr]\n"
        )
    };
}

// The frame: 0 multiplier, 4 round, 8 from pixel to pixel, 12 end, 16 zero points, 20 the
// structure.
macro_rules! begin {
    () => {
        concat!(
            "push {{r0, r4-r11, lr}}\n",
            "sub sp, sp, #20\n",
            "ldrd r1, r2, [r0, #8]\n",
            "strd r1, r2, [sp, #8]\n",
            "ldr r1, [r0, #48]\n",
            "str r1, [sp, #16]\n"
        )
    };
}

// The next channel, if there is one.
macro_rules! next {
    () => {
        concat!(
            "ldr r12, [sp, #12]\n",
            "add r12, r12, #1\n",
            "str r12, [sp, #12]\n",
            "ldr lr, [sp, #20]\n",
            "ldr r12, [lr, #44]\n",
            "subs r12, r12, #1\n",
            "str r12, [lr, #44]\n",
            "bne 2b\n",
            "add sp, sp, #20\n",
            "pop {{r0, r4-r11, pc}}\n"
        )
    };
}

// A column of inputs: r12 rows 0 and 1, lr row 2.
macro_rules! column {
    () => {
        concat!(
            "ldrsb r12, [r8]\n",
            "ldrsb lr, [r8, r9]\n",
            "pkhbt r12, r12, lr, lsl #16\n",
            "ldrsb lr, [r8, r9, lsl #1]\n"
        )
    };
}

// The output of twice a sum, in lr; r12 is lost.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "ldrd r12, lr, [sp]\n",
            "smmlar lr, ",
            $sum,
            ", r12, lr\n",
            "add lr, lr, ",
            $sum,
            ", asr #31\n",
            "asr lr, lr, r4\n",
            "ssat lr, #8, lr\n"
        )
    };
}

/// Stride 1, a column of padding on either side: as many outputs as pixels.
///
/// * Reads three columns of weights in two or three rows, bias, multiplier and shift of each of
///   `channels` channels, at least one, and all pixels of the input in these rows; writes a byte
///   for each pixel and channel.
/// * The caller has checked all these slices, and that there is a pixel.
/// * Saves r4 to r11 and lr. The loop takes 20 instructions for an output.
/// * Stack: 60 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn row_1(row: &mut Row) {
    naked_asm!(
        cpu!(),
        begin!(),
        "2:",
        channel!(),
        // An output is written when the input is one pixel further.
        "ldr r10, [lr, #40]",
        "ldr r6, [sp, #8]",
        "add r7, r10, #1",
        "str r7, [lr, #40]",
        "sub r10, r10, r8",
        "sub r10, r10, r6",
        // r7: sum of the next output, r11: of this one.
        "ldr r12, [sp, #16]",
        "smlad r7, r12, r0, r5",
        "smlabb r7, r12, r3, r7",
        column!(),
        "add r8, r8, r6",
        "smlad r11, r12, r1, r7",
        "smlabt r11, lr, r3, r11",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        "ldr lr, [sp, #12]",
        "cmp r8, lr",
        "bhi 4f",
        "3:",
        column!(),
        "smlad r6, r12, r2, r11",
        "smlabt r6, lr, r4, r6",
        "smlad r11, r12, r1, r7",
        "smlabt r11, lr, r3, r11",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        output!("r6"),
        "strb lr, [r8, r10]",
        "ldrd r12, lr, [sp, #8]",
        "cmp r8, lr",
        "add r8, r8, r12",
        "blo 3b",
        "4:", // the last column is padding
        "ldr r12, [sp, #16]",
        "smlad r6, r12, r2, r11",
        "smlabt r6, r12, r4, r6",
        output!("r6"),
        "strb lr, [r8, r10]",
        next!(),
    )
}

/// Stride 2, a column of padding on the right: half as many outputs as pixels.
///
/// * Reads and writes what [`row_1`] does, an output for every other pixel.
/// * The caller has checked all these slices, and that there are two pixels or a multiple.
/// * Saves r4 to r11 and lr. The loop takes 27 instructions for an output.
/// * Stack: 60 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn row_2(row: &mut Row) {
    naked_asm!(
        cpu!(),
        begin!(),
        "2:",
        channel!(),
        "ldr r10, [lr, #40]",
        "ldr r6, [sp, #8]",
        "add r7, r10, #1",
        "str r7, [lr, #40]",
        column!(),
        "add r8, r8, r6",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        "3:",
        column!(),
        "add r8, r8, r6",
        "smlad r7, r12, r1, r7",
        "smlabt r7, lr, r3, r7",
        "ldr r11, [sp, #12]",
        "cmp r8, r11",
        "beq 4f",
        column!(),
        "add r8, r8, r6",
        "smlad r11, r12, r2, r7",
        "smlabt r11, lr, r4, r11",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        output!("r11"),
        "strb lr, [r10]",
        "add r10, r10, r6",
        "b 3b",
        "4:", // the last column is padding
        "ldr r12, [sp, #16]",
        "smlad r11, r12, r2, r7",
        "smlabt r11, r12, r4, r11",
        output!("r11"),
        "strb lr, [r10]",
        next!(),
    )
}
