//! Depthwise convolutions.

use core::arch::naked_asm;

use super::common::cpu;
use super::operands::{Outputs, Taps, Windows};
use super::windows::{Row, span};

/// What the block reads, and counts in.
#[repr(C)]
struct Run {
    /// 0
    row: Row,
    /// 48: taps above the image, and below.
    outside: [usize; 2],
    /// 56: the weights.
    filter: *const i8,
    /// 60: constants.
    constants: *const i32,
    /// 64: outputs of the first window that is left.
    output: *mut i8,
    /// 68: from window to window.
    stride: usize,
    /// 72: from tap to tap of the filter.
    tap: usize,
    /// 76: channels.
    channels: usize,
    /// 80: what padding has.
    zero_point: i32,
    /// 84: whether windows inside the columns have three taps in each row, of which two may be
    /// added, and no row outside.
    is_three: usize,
    /// 88: zero point of the output, and its range.
    output_range: [i32; 3],
    /// 100: all ones if two products at a time fit into 16 bits, or 0.
    pairs: i32,
}

/// Computes all channels of the windows of a row of a depthwise convolution.
///
/// See [`portable::depthwise`](super::portable::depthwise).
pub fn depthwise(windows: &Windows<'_>, taps: &Taps<'_>, outputs: Outputs<'_>) {
    if !taps.are_for(windows, &outputs) {
        return;
    }
    let Outputs { channels, stride, output } = outputs;
    let ([above, _, below], columns) = (windows.rows, windows.columns);
    let [min, max] = channels.range;
    let mut run = Run {
        row: Row::new(windows, 0),
        outside: [above.wrapping_mul(columns), below.wrapping_mul(columns)],
        filter: taps.filter.as_ptr(),
        constants: channels.constants.as_ptr(),
        output: output.as_mut_ptr(),
        stride,
        tap: taps.step,
        channels: taps.channels,
        zero_point: windows.zero_point.into(),
        is_three: usize::from(taps.is_symmetric && columns == 3 && above == 0 && below == 0),
        output_range: [channels.zero_point.into(), min.into(), max.into()],
        pairs: if taps.is_symmetric { -1 } else { 0 },
    };
    // SAFETY: `Taps::are_for` has checked that inputs, weights, constants and outputs of all
    // windows are there, and at least one of each; channels are a multiple of 4.
    unsafe { row(&mut run) }
}

// Adds the products of inputs in q4 with the weights at r1, and goes to the next weights: 12
// instructions for up to 16 channels. The sums are q0 (channels 0, 4, 8 and 12), q1 (1, 5, 9 and
// 13), q2 and q3.
macro_rules! products {
    () => {
        concat!(
            "vldrb.u8 q5, [r1]\n",
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

// The products of a tap, and to the next.
macro_rules! tap {
    () => {
        concat!("vldrb.u8 q4, [r0]\n", "add r0, r0, r4\n", products!())
    };
}

// The products of two taps, none of whose weights is -128, and to the next. The sum of two products
// fits into 16 bits. Inputs of the second are loaded twice: there is no vector to keep them in.
macro_rules! two_taps {
    () => {
        concat!(
            "vldrb.u8 q4, [r0]\n",
            "add r0, r0, r4\n",
            "vldrb.u8 q5, [r1]\n",
            "add r1, r1, r5\n",
            "vmullb.s8 q6, q4, q5\n",
            "vmullt.s8 q4, q4, q5\n",
            "vldrb.u8 q5, [r0]\n",
            "vldrb.u8 q7, [r1]\n",
            "vmullb.s8 q5, q5, q7\n",
            "vadd.i16 q6, q6, q5\n",
            "vldrb.u8 q5, [r0]\n",
            "add r0, r0, r4\n",
            "vmullt.s8 q5, q5, q7\n",
            "add r1, r1, r5\n",
            "vadd.i16 q4, q4, q5\n",
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

// Outputs of the sums: narrowed to 16 bits, to 8 bits, and clamped. Constants are at r2.
macro_rules! outputs {
    () => {
        concat!(
            multiplied!("q0"),
            multiplied!("q1"),
            multiplied!("q2"),
            multiplied!("q3"),
            shifted!("q0"),
            shifted!("q1"),
            shifted!("q2"),
            shifted!("q3"),
            "ldr r6, [sp, #96]\n",
            "ldrd r0, r1, [r6, #88]\n",
            "ldr r6, [r6, #96]\n",
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
        )
    };
}

/// All windows.
///
/// r0 is the input, r1 the filter, r2 the constants, r3 the output; r4 and r5 lead from tap to tap,
/// r8 from row to row; r7 counts rows, of which there are r12; r10 and r11 are the first tap; lr
/// counts channels. r9 says whether all taps are inside, three in each row. Else there is at sp:
/// how many taps lie outside before the first row, between rows, and behind the last; how many
/// pairs of taps inside, in each row, and how many single ones; the zero point.
///
/// * Reads `channels` bytes of input and filter for each tap, and 48 words for every 16 channels;
///   writes `channels` bytes for each window, and what changes from window to window.
/// * The caller has checked all of these, that there is at least one of each, and that channels are
///   a multiple of 4: then lanes of 32 bits are never predicated in part.
/// * Saves r4 to r11, lr and d8 to d15. Sixteen channels take 60 instructions, 12 to 16 for each
///   tap and 3 to 9 for each row of them.
/// * Stack: 136 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn row(run: &mut Run) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "vpush {{d8-d15}}",
        "sub sp, sp, #32",
        "2:",
        "ldr lr, [sp, #96]",
        "ldm lr, {{r0-r7}}",
        "add r8, r0, r1",
        "add r9, r3, r4",
        "str r8, [lr]",
        "str r9, [lr, #12]",
        "ldr r4, [lr, #32]",
        "ldr r9, [lr, #44]",
        "ldr r10, [lr, #84]",
        "cmp r3, r9",
        "bhs 3f",
        "cmp r10, #0",
        "bne 4f",
        "3:",
        "mov r10, #0",
        span!(),
        "ldrd r1, r2, [lr, #48]",
        "ldr r3, [lr, #28]",
        "add r1, r1, r8",
        "sub r3, r3, r7",
        "sub r9, r3, r8",
        "add r2, r2, r9",
        "strd r1, r3, [sp]",
        "ldr r6, [lr, #100]",
        "and r6, r6, r7, lsr #1",
        "sub r1, r7, r6, lsl #1",
        "strd r2, r6, [sp, #8]",
        "ldr r2, [lr, #80]",
        "strd r1, r2, [sp, #16]",
        "4:",
        "mov r9, r10",
        "mov r10, r0",
        "ldrd r8, r12, [lr, #36]",
        "mls r8, r7, r4, r8",
        "ldrd r11, r2, [lr, #56]",
        "ldr r3, [lr, #64]",
        "ldrd r5, lr, [lr, #72]",
        "dlstp.8 lr, lr",
        "5:",
        "mov r0, r10",
        "mov r1, r11",
        "vldrw.u32 q0, [r2], #16",
        "vldrw.u32 q1, [r2], #16",
        "vldrw.u32 q2, [r2], #16",
        "vldrw.u32 q3, [r2], #16",
        "mov r7, r12",
        "cmp r9, #0",
        "beq 8f",
        "6:",
        two_taps!(),
        tap!(),
        "add r0, r0, r8",
        "subs r7, r7, #1",
        "bne 6b",
        "7:",
        outputs!(),
        "add r10, r10, #16",
        "add r11, r11, #16",
        "letp lr, 5b",
        "ldr lr, [sp, #96]",
        "ldr r6, [lr, #8]",
        "ldrd r4, r5, [lr, #64]",
        "subs r6, r6, #1",
        "str r6, [lr, #8]",
        "add r4, r4, r5",
        "str r4, [lr, #64]",
        "bne 2b",
        "add sp, sp, #32",
        "vpop {{d8-d15}}",
        "pop {{r0, r4-r11, pc}}",
        "8:",
        "ldr r9, [sp, #20]",
        "ldr r6, [sp]",
        "9:",
        "cbz r6, 92f",
        "91:",
        "vdup.8 q4, r9",
        products!(),
        "subs r6, r6, #1",
        "bne 91b",
        "92:",
        "cmp r7, #0",
        "beq 97f",
        "ldr r6, [sp, #12]",
        "cbz r6, 94f",
        "93:",
        two_taps!(),
        "subs r6, r6, #1",
        "bne 93b",
        "94:",
        "ldr r6, [sp, #16]",
        "cbz r6, 96f",
        "95:",
        tap!(),
        "subs r6, r6, #1",
        "bne 95b",
        "96:",
        "add r0, r0, r8",
        "ldr r6, [sp, #4]",
        "subs r7, r7, #1",
        "bne 9b",
        "ldr r6, [sp, #8]",
        "b 9b",
        "97:",
        "mov r9, #0",
        "b 7b",
    )
}
