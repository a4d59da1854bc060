//! Depthwise convolutions.

use core::arch::naked_asm;

use super::common::cpu;
use super::operands::{Outputs, Window};

/// What the block reads, and counts in.
#[repr(C)]
struct Run {
    /// 0: inputs of the first pixel that is left.
    input: *const i8,
    /// 4: from pixel to pixel.
    step: usize,
    /// 8: pixels that are left.
    count: usize,
    /// 12: the weights.
    filter: *const i8,
    /// 16: constants.
    constants: *const i32,
    /// 20: outputs of the first pixel that is left.
    output: *mut i8,
    /// 24: from pixel to pixel.
    stride: usize,
    /// 28: from tap to tap, in input and filter.
    column: [usize; 2],
    /// 36: from behind a row of taps to the next.
    skip: usize,
    /// 40: taps in a row.
    columns: usize,
    /// 44: rows of taps.
    rows: usize,
    /// 48: channels.
    channels: usize,
    /// 52: zero point of the output, and its range.
    output_range: [i32; 3],
}

/// Computes all channels of pixels of a depthwise convolution.
///
/// See [`portable::depthwise`](super::portable::depthwise).
pub fn depthwise(window: &Window<'_>, outputs: Outputs<'_>) {
    if !window.is_for(&outputs) {
        return;
    }
    let Outputs { channels, stride, output } = outputs;
    let ([rows, columns], [row, column]) = (window.taps, window.steps);
    let [min, max] = channels.range.map(i32::from);
    let mut run = Run {
        input: window.input.as_ptr(),
        step: window.step,
        count: window.count,
        filter: window.filter.as_ptr(),
        constants: channels.constants.as_ptr(),
        output: output.as_mut_ptr(),
        stride,
        column: [column, window.tap],
        skip: row.wrapping_sub(columns.wrapping_mul(column)),
        columns,
        rows,
        channels: window.channels,
        output_range: [channels.zero_point.into(), min, max],
    };
    // SAFETY: `Window::is_for` has checked that inputs, weights, constants and outputs of all
    // pixels are there, and at least one of each; channels are a multiple of 4.
    unsafe { if columns == 3 { three(&mut run) } else { any(&mut run) } }
}

// Up to the taps of a row: r0 input, r1 filter, r2 constants, r3 output, r4 and r5 from tap to tap,
// r7 rows, r8 from row to row, r9 taps of a row, r10 and r11 the first tap, r12 rows; lr counts
// channels. The sums are q0 (channels 0, 4, 8 and 12), q1 (1, 5, 9 and 13), q2 and q3.
macro_rules! begin {
    () => {
        concat!(
            "push {{r0, r4-r11, lr}}\n",
            "vpush {{d8-d15}}\n",
            "2:\n",
            "ldr lr, [sp, #64]\n",
            "ldr r10, [lr]\n",
            "ldrd r11, r2, [lr, #12]\n",
            "ldr r3, [lr, #20]\n",
            "ldrd r4, r5, [lr, #28]\n",
            "ldrd r8, r9, [lr, #36]\n",
            "ldrd r12, lr, [lr, #44]\n",
            "dlstp.8 lr, lr\n",
            "3:\n",
            "mov r0, r10\n",
            "mov r1, r11\n",
            "vldrw.u32 q0, [r2], #16\n",
            "vldrw.u32 q1, [r2], #16\n",
            "vldrw.u32 q2, [r2], #16\n",
            "vldrw.u32 q3, [r2], #16\n",
            "mov r7, r12\n",
            "4:\n",
        )
    };
}

// The products of a tap, and to the next: 14 instructions for up to 16 channels.
macro_rules! tap {
    () => {
        concat!(
            "vldrb.u8 q4, [r0]\n",
            "vldrb.u8 q5, [r1]\n",
            "add r0, r0, r4\n",
            "add r1, r1, r5\n",
            "vmullb.s8 q6, q4, q5\n",
            "vmullt.s8 q4, q4, q5\n",
            "vmovlb.s16 q5, q6\n",
            "vadd.i32 q0, q0, q5\n",
            "vmovlt.s16 q6, q6\n",
            "vadd.i32 q2, q2, q6\n",
            "vmovlb.s16 q5, q4\n",
            "vadd.i32 q1, q1, q5\n",
            "vmovlt.s16 q4, q4\n",
            "vadd.i32 q3, q3, q4\n",
        )
    };
}

macro_rules! multiplied {
    ($x:literal) => {
        concat!("vldrw.u32 q4, [r2], #16\n", "vqrdmulh.s32 ", $x, ", ", $x, ", q4\n")
    };
}

macro_rules! shifted {
    ($x:literal) => {
        concat!(
            "vldrw.u32 q4, [r2], #16\n",
            "vshr.s32 q5, ",
            $x,
            ", #31\n",
            "vadd.i32 ",
            $x,
            ", ",
            $x,
            ", q5\n",
            "vrshl.s32 ",
            $x,
            ", ",
            $x,
            ", q4\n"
        )
    };
}

// From behind the taps of a row on. Outputs are narrowed to 16 bits, to 8 bits, and clamped.
macro_rules! end {
    () => {
        concat!(
            "add r0, r0, r8\n",
            "subs r7, r7, #1\n",
            "bne 4b\n",
            multiplied!("q0"),
            multiplied!("q1"),
            multiplied!("q2"),
            multiplied!("q3"),
            shifted!("q0"),
            shifted!("q1"),
            shifted!("q2"),
            shifted!("q3"),
            "ldr r6, [sp, #64]\n",
            "ldrd r0, r1, [r6, #52]\n",
            "ldr r6, [r6, #60]\n",
            "vqmovnb.s32 q0, q0\n",
            "vqmovnt.s32 q0, q2\n",
            "vqmovnb.s32 q1, q1\n",
            "vqmovnt.s32 q1, q3\n",
            "vqadd.s16 q0, q0, r0\n",
            "vqadd.s16 q1, q1, r0\n",
            "vqmovnb.s16 q0, q0\n",
            "vqmovnt.s16 q0, q1\n",
            "vdup.8 q4, r1\n",
            "vdup.8 q5, r6\n",
            "vmax.s8 q0, q0, q4\n",
            "vmin.s8 q0, q0, q5\n",
            "vstrb.8 q0, [r3], #16\n",
            "add r10, r10, #16\n",
            "add r11, r11, #16\n",
            "letp lr, 3b\n",
            "ldr lr, [sp, #64]\n",
            "ldm lr, {{r4-r6}}\n",
            "add r4, r4, r5\n",
            "subs r6, r6, #1\n",
            "str r4, [lr]\n",
            "str r6, [lr, #8]\n",
            "ldrd r4, r5, [lr, #20]\n",
            "add r4, r4, r5\n",
            "str r4, [lr, #20]\n",
            "bne 2b\n",
            "vpop {{d8-d15}}\n",
            "pop {{r0, r4-r11, pc}}\n",
        )
    };
}

/// All pixels, with any window.
///
/// * Reads `channels` bytes of input and filter for each tap, and 48 words for every 16 channels;
///   writes `channels` bytes for each pixel, and `input`, `count` and `output`.
/// * The caller has checked all of these, that there is at least one of each, and that channels are
///   a multiple of 4: then lanes of 32 bits are never predicated in part.
/// * Saves r4 to r11, lr and d8 to d15. Sixteen channels take 58 instructions, 4 for each row of
///   taps, and 16 for each tap.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn any(run: &mut Run) {
    naked_asm!(cpu!(), begin!(), "mov r6, r9", "5:", tap!(), "subs r6, r6, #1", "bne 5b", end!(),)
}

/// As [`any`], with three taps in a row, 14 instructions each.
///
/// * Reads and writes as `any` does.
/// * The caller has checked the same, and that `columns` is 3.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn three(run: &mut Run) {
    naked_asm!(cpu!(), begin!(), tap!(), tap!(), tap!(), end!())
}
