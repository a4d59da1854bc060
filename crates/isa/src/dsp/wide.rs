//! Activations of 16 bits: inputs under windows, depthwise sums, outputs.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::{Factors, PIXELS, Windows, patch_len};
use crate::taps::Grid;

/// What [`words`] and [`halves`] read.
#[repr(C)]
struct Gather {
    /// 0: the patch.
    patch: *mut i32,
    /// 4: inputs of each pixel.
    len: usize,
    /// 8: those of them in the first row.
    first: usize,
    /// 12: inputs of a row.
    run: usize,
    /// 16: from behind a row to the next, in inputs.
    skip: usize,
    /// 20: the first input of each pixel.
    inputs: [*const i16; PIXELS],
}

/// Takes over what lies under the windows of four pixels.
///
/// See [`portable::gather_windows_wide`](crate::portable::gather_windows_wide).
pub fn gather_windows_wide(patch: &mut [i32], windows: &Windows<'_, i16>, [from, len]: [usize; 2]) {
    if !windows.have([from, len]) || patch_len(PIXELS, len) > patch.len() {
        return;
    }
    let [row, column] = windows.place(from);
    let place = row.wrapping_mul(windows.row).wrapping_add(column);
    let begin = windows.input.as_ptr().wrapping_add(place);
    let gather = Gather {
        patch: patch.as_mut_ptr(),
        len,
        first: len.min(windows.run.wrapping_sub(column)),
        run: windows.run,
        skip: windows.row.wrapping_sub(windows.run),
        inputs: windows.pixels.map(|pixel| begin.wrapping_add(pixel)),
    };
    // SAFETY: the blocks read `len` inputs of each of four pixels, `first` of them in the first
    // row: `Windows::have` has checked that all rows of these inputs lie within the slice, and that
    // there is one. They write the words of the patch that these take. All is whole groups of four
    // inputs for `words`.
    unsafe {
        if (gather.first | len | gather.run).is_multiple_of(4) {
            words(&gather);
        } else {
            let last = patch_len(PIXELS, len & !3)..patch_len(PIXELS, len);
            patch.get_mut(last).unwrap_or_default().fill(0);
            halves(&gather);
        }
    }
}

/// Four pixels, four inputs of each at a time: `len`, `first` and `run` are multiples of 4.
///
/// * Reads `len` halves for each of four pixels: `first`, and then `run` of each row; writes
///   `2 * len` words at `patch`.
/// * The caller has checked that both lie within their slices, and that there is an input.
/// * Saves r4 to r11 and lr. The loop takes 20 instructions for 16 inputs; a row takes 15 more.
/// * Stack: 48 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn words(gather: &Gather) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "sub sp, sp, #8",
        "mov lr, r0",
        "ldm lr, {{r4, r6, r7}}",
        "add r12, lr, #20",
        "ldm r12, {{r0-r3}}",
        "add r6, r4, r6, lsl #3",
        "str r6, [sp, #4]", // the end of the patch
        "add r6, r4, r7, lsl #3",
        "2:",
        "str r6, [sp]", // the end of the row in the patch
        "3:",
        "ldr r9, [r3], #4",
        "ldr r12, [r3], #4",
        "ldr r8, [r2], #4",
        "ldr r11, [r2], #4",
        "ldr r7, [r1], #4",
        "ldr r10, [r1], #4",
        "ldr r6, [r0], #4",
        "ldr r5, [r0], #4",
        "pkhtb lr, r12, r9, asr #16",
        "pkhbt r9, r9, r12, lsl #16",
        "pkhtb r12, r11, r8, asr #16",
        "pkhbt r8, r8, r11, lsl #16",
        "pkhtb r11, r10, r7, asr #16",
        "pkhbt r7, r7, r10, lsl #16",
        "pkhtb r10, r5, r6, asr #16",
        "pkhbt r6, r6, r5, lsl #16",
        "stm r4!, {{r6-r12, lr}}",
        "ldr r5, [sp]",
        "cmp r4, r5",
        "bne 3b",
        "ldr r7, [sp, #4]",
        "cmp r4, r7",
        "beq 4f",
        "ldr lr, [sp, #8]",
        "ldrd r6, r8, [lr, #12]",
        "add r0, r0, r8, lsl #1",
        "add r1, r1, r8, lsl #1",
        "add r2, r2, r8, lsl #1",
        "add r3, r3, r8, lsl #1",
        "add r6, r4, r6, lsl #3",
        "cmp r6, r7",
        "it hi",
        "movhi r6, r7",
        "b 2b",
        "4:",
        "add sp, sp, #8",
        "pop {{r0, r4-r11, pc}}",
    )
}

// An input of each of four pixels, to the halves at these places; then the next row, if this one
// has ended.
macro_rules! four_inputs {
    ($a:literal, $b:literal, $c:literal, $d:literal) => {
        concat!(
            "ldrh r6, [r0], #2\n",
            "strh r6, [r4, #",
            $a,
            "]\n",
            "ldrh r6, [r1], #2\n",
            "strh r6, [r4, #",
            $b,
            "]\n",
            "ldrh r6, [r2], #2\n",
            "strh r6, [r4, #",
            $c,
            "]\n",
            "ldrh r6, [r3], #2\n",
            "strh r6, [r4, #",
            $d,
            "]\n",
            "subs r7, r7, #1\n",
            "bne 5f\n",
            "bl 8f\n",
            "5:\n"
        )
    };
}

/// Four pixels, one input of each at a time.
///
/// * Reads `len` halves for each of four pixels: `first`, and then `run` of each row; writes a half
///   for each in the words of `patch`.
/// * The caller has checked that both lie within their slices, and that there is an input.
/// * Saves r4 to r11 and lr. The loop takes 10 instructions for four inputs, and a row 12 more.
/// * Stack: 36 bytes. It calls a part of itself, which takes none.
#[unsafe(naked)]
unsafe extern "C" fn halves(gather: &Gather) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "mov r12, r0",
        "ldm r12!, {{r4, r6, r7, r9, r10}}",
        "ldm r12, {{r0-r3}}",
        "sub r8, r6, r7", // inputs behind this row
        "2:",
        four_inputs!("0", "4", "8", "12"),
        four_inputs!("16", "20", "24", "28"),
        four_inputs!("2", "6", "10", "14"),
        four_inputs!("18", "22", "26", "30"),
        "adds r4, r4, #32",
        "b 2b",
        "8:", // the next row
        "mov r7, r9",
        "cmp r9, r8",
        "it hi",
        "movhi r7, r8",
        "subs r8, r8, r7",
        "add r0, r0, r10, lsl #1",
        "add r1, r1, r10, lsl #1",
        "add r2, r2, r10, lsl #1",
        "add r3, r3, r10, lsl #1",
        "cbz r7, 9f",
        "bx lr",
        "9:",
        "pop {{r4-r11, pc}}",
    )
}

/// What [`window`] reads and counts in.
#[repr(C)]
struct Window {
    /// 0: inputs of four channels under the first tap.
    input: *const i16,
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
    /// 24: from tap to tap in bytes, in input and filter.
    column: [usize; 2],
    /// 32: from behind a row to the next in bytes.
    skip: [usize; 2],
    /// 40: rows that are left.
    left: usize,
}

/// Adds to the sum of each channel the products of a window of a depthwise convolution.
///
/// See [`portable::depthwise_wide`](crate::portable::depthwise_wide).
pub fn depthwise_wide(grid: &Grid, input: &[i16], filter: &[i8], sums: &mut [i32]) {
    let channels = sums.len();
    if channels == 0
        || !channels.is_multiple_of(4)
        || !grid.is_within([input.len(), filter.len()], channels)
    {
        return;
    }
    let ([column, filter_column], [skip, filter_skip]) = (grid.column, grid.skips());
    let sums = sums.as_mut_ptr_range();
    let mut window = Window {
        input: input.as_ptr(),
        filter: filter.as_ptr(),
        sums: sums.start,
        end: sums.end,
        rows: grid.rows,
        columns: grid.columns,
        column: [column.wrapping_mul(2), filter_column],
        skip: [skip.wrapping_mul(2), filter_skip],
        left: 0,
    };
    // SAFETY: the block reads four halves of the input and four bytes of the filter under each tap
    // for every four sums, which lie within the slices (`Grid::is_within`), and reads and writes
    // the sums, of which there are four or a multiple. There is a tap.
    unsafe { self::window(&mut window) }
}

/// The products of a window, four channels at a time.
///
/// * Reads four halves of the input, four bytes of the filter under each tap and four sums, which
///   it writes again, up to `end`.
/// * The caller has checked that all of them lie within their slices, and that there is a tap and a
///   channel.
/// * Saves r4 to r11 and lr. The loop takes 13 instructions for a tap of four channels; these take
///   18 more, and 9 for each row.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(window: &mut Window) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "ldrd r8, r9, [r0, #24]",
        "mov r3, r0",
        "2:",
        "ldm r3, {{r0-r2}}",
        "add r10, r0, #8",
        "add r11, r1, #4",
        "strd r10, r11, [r3]",
        "ldm r2, {{r4-r7}}",
        "ldr r2, [r3, #16]",
        "3:",
        "str r2, [r3, #40]",
        "ldr lr, [r3, #20]",
        "5:",
        "ldr r10, [r1]",
        "ldr r11, [r0]",
        "ldr r12, [r0, #4]",
        "add r1, r1, r9",
        "add r0, r0, r8",
        "sxtb16 r2, r10",
        "sxtb16 r10, r10, ror #8",
        "smlabb r4, r11, r2, r4",
        "smlatb r5, r11, r10, r5",
        "smlabt r6, r12, r2, r6",
        "smlatt r7, r12, r10, r7",
        "subs lr, lr, #1",
        "bne 5b",
        "ldrd r10, r11, [r3, #32]",
        "ldr r2, [r3, #40]",
        "add r0, r0, r10",
        "add r1, r1, r11",
        "subs r2, r2, #1",
        "bne 3b",
        "ldrd r2, r10, [r3, #8]",
        "stm r2!, {{r4-r7}}",
        "str r2, [r3, #8]",
        "cmp r2, r10",
        "bne 2b",
        "pop {{r0, r4-r11, pc}}",
    )
}

/// Makes outputs of sums, one for each channel.
///
/// See [`portable::requantize_wide`](crate::portable::requantize_wide).
pub fn requantize_wide(sums: &[i32], factors: &Factors<'_>, outputs: &mut [i16]) {
    if sums.is_empty() || sums.len() != outputs.len() || !factors.are_for_all(sums.len()) {
        return;
    }
    let (multipliers, shifts) = (factors.multipliers.as_ptr(), factors.shifts.as_ptr());
    let outputs = outputs.as_mut_ptr_range();
    let step = if factors.is_one() { 0 } else { 4 };
    // SAFETY: `one` reads the sums, of which there is one, and as many multipliers and shifts, or
    // one of each where the step is 0, and writes as many outputs.
    unsafe { one(sums.as_ptr(), multipliers, shifts, outputs.start, outputs.end, step) }
}

/// Makes outputs of four pixels.
///
/// See [`portable::requantize_wide_four`](crate::portable::requantize_wide_four).
pub fn requantize_wide_four(
    sums: &[[i32; PIXELS]],
    factors: &Factors<'_>,
    stride: usize,
    outputs: &mut [i16],
) {
    if sums.is_empty() || !factors.are_for_four(sums.len(), stride, outputs.len()) {
        return;
    }
    let (multipliers, shifts) = (factors.multipliers.as_ptr(), factors.shifts.as_ptr());
    let (sums, outputs) = (sums.as_ptr_range(), outputs.as_mut_ptr());
    // SAFETY: `four` reads the sums of channels, of which there is one, and as many multipliers and
    // shifts, and writes an output of each for each of four pixels that are `stride` apart, for
    // which there is room (`Factors::are_for_four`).
    unsafe { four(sums.start, multipliers, shifts, outputs, sums.end, stride.wrapping_mul(2)) }
}

// The shift and what is added to the product, of a shift in `shift`; its multiplier, rounded to 16
// bits in the upper half, of a multiplier in `factor`, with 2^15 in `half`.
macro_rules! factor {
    ($shift:literal, $round:literal, $factor:literal, $half:literal) => {
        concat!(
            "and ", $shift, ", ", $shift, ", #31\n", "qadd ", $factor, ", ", $factor, ", ", $half,
            "\n", "movs ", $round, ", #1\n", "lsl ", $round, ", ", $round, ", ", $shift, "\n",
            "lsr ", $round, ", ", $round, ", #1\n"
        )
    };
}

// The output of a sum, at `place`.
macro_rules! output {
    ($sum:literal, $shift:literal, $round:literal, $factor:literal, $place:literal) => {
        concat!(
            "smlawt ", $sum, ", ", $sum, ", ", $factor, ", ", $round, "\n", "asr ", $sum, ", ",
            $sum, ", ", $shift, "\n", "ssat ", $sum, ", #16, ", $sum, "\n", "strh ", $sum, ", ",
            $place, "\n"
        )
    };
}

/// All sums of one pixel.
///
/// * Reads a sum for each output up to `end`, and a multiplier and a shift, `step` bytes and a
///   quarter of it apart; writes the outputs.
/// * The caller has checked that all of them are there, and that there is one.
/// * Saves r4 to r9. The loop takes 16 instructions for an output.
/// * Stack: 24 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn one(
    sums: *const i32,
    multipliers: *const i32,
    shifts: *const u8,
    outputs: *mut i16,
    end: *mut i16,
    step: usize,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r9}}",
        "ldrd r4, r5, [sp, #24]",
        "mov r9, #0x8000",
        "2:",
        "ldr r12, [r0], #4",
        "ldr r8, [r1]",
        "ldrb r6, [r2]",
        "add r1, r1, r5",
        "add r2, r2, r5, lsr #2",
        factor!("r6", "r7", "r8", "r9"),
        output!("r12", "r6", "r7", "r8", "[r3], #2"),
        "cmp r3, r4",
        "bne 2b",
        "pop {{r4-r9}}",
        "bx lr",
    )
}

/// All sums of four pixels.
///
/// * Reads four sums, a multiplier and a shift for each channel up to `end`; writes as many
///   outputs, those of a channel `stride` bytes apart.
/// * The caller has checked that all of them are there, and that there is a channel.
/// * Saves r4 to r11 and lr. The loop takes 28 instructions for four outputs.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn four(
    sums: *const [i32; PIXELS],
    multipliers: *const i32,
    shifts: *const u8,
    outputs: *mut i16,
    end: *const [i32; PIXELS],
    stride: usize,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldrd lr, r4, [sp, #36]",
        "add r5, r4, r4, lsl #1",
        "2:",
        "ldm r0!, {{r9-r12}}",
        "ldr r8, [r1], #4",
        "ldrb r6, [r2], #1",
        "mov r7, #0x8000",
        factor!("r6", "r7", "r8", "r7"),
        output!("r10", "r6", "r7", "r8", "[r3, r4]"),
        output!("r11", "r6", "r7", "r8", "[r3, r4, lsl #1]"),
        output!("r12", "r6", "r7", "r8", "[r3, r5]"),
        output!("r9", "r6", "r7", "r8", "[r3], #2"),
        "cmp r0, lr",
        "bne 2b",
        "pop {{r4-r11, pc}}",
    )
}
