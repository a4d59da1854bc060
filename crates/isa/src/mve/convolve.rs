//! Pixels of a convolution.

use core::arch::naked_asm;

use super::common::{cpu, scale, sums};
use super::operands::{FOURS, Filters, Outputs, Pixels, constants_len, word};

/// What the blocks read, and count in.
#[repr(C)]
struct Run {
    /// 0: inputs of the first pixel that is left.
    input: *const i8,
    /// 4: from pixel to pixel.
    step: usize,
    /// 8: pixels that are left.
    count: usize,
    /// 12: weights of the first filter.
    weights: *const i8,
    /// 16: constants of the first four channels.
    constants: *const i32,
    /// 20: outputs of the first pixel that is left.
    output: *mut i8,
    /// 24: from pixel to pixel.
    stride: usize,
    /// 28: rows that are copied; 0 if the inputs stay where they are.
    rows: usize,
    /// 32: inputs of each.
    run: usize,
    /// 36: from row to row.
    row: usize,
    /// 40: where they are copied to.
    buffer: *mut i8,
    /// 44: inputs of a window.
    len: usize,
    /// 48: zero point of the output, and its range.
    output_range: [i32; 3],
    /// 60: from filter to filter.
    depth: usize,
    /// 64: from behind the last vector of the fourth filter to the next filter.
    skip: usize,
    /// 68: the end of the constants.
    end: *const i32,
}

/// A block for windows of some length.
type Block = unsafe extern "C" fn(&mut Run);

/// Computes all channels of pixels of a convolution. Windows of several rows are copied into
/// `buffer`, the last one of which stays there.
///
/// Fast are multiples of four channels; each of the others takes as much as four.
///
/// See [`portable::convolve`](super::portable::convolve).
pub fn convolve(
    pixels: &Pixels<'_>,
    filters: &Filters<'_>,
    buffer: &mut [i8],
    outputs: Outputs<'_>,
) {
    if !pixels.are_for(filters, buffer.len(), &outputs) {
        return;
    }
    let (len, depth) = (pixels.len(), filters.depth);
    let block: Block = match len {
        0..=16 => sixteen,
        17..=32 => thirty_two,
        64 if depth == 64 => sixty_four,
        _ => any,
    };
    let Outputs { channels, stride, output } = outputs;
    let fours = filters.channels & !3;
    let constants = channels.constants.get(..constants_len(fours, FOURS)).unwrap_or_default();
    let constants = constants.as_ptr_range();
    let [min, max] = channels.range.map(i32::from);
    let mut run = Run {
        input: pixels.input.as_ptr(),
        step: pixels.step,
        count: pixels.count,
        weights: filters.weights.as_ptr(),
        constants: constants.start,
        output: output.as_mut_ptr(),
        stride,
        rows: if pixels.rows > 1 { pixels.rows } else { 0 },
        run: pixels.run,
        row: pixels.row,
        buffer: buffer.as_mut_ptr(),
        len,
        output_range: [channels.zero_point.into(), min, max],
        depth,
        skip: depth.wrapping_sub(len.next_multiple_of(16)),
        end: constants.end,
    };
    if fours > 0 {
        // SAFETY: `Pixels::are_for` has checked that inputs, weights, constants and outputs of all
        // pixels and channels are there, at least one of each, and room for the copy if there are
        // several rows. The block takes four channels for each twelve constants, of which there are
        // some.
        unsafe { block(&mut run) }
    }
    if fours < filters.channels {
        rest(&mut run, pixels, filters, &channels, output);
    }
}

/// The channels behind the last four: each with four times the same filter.
#[inline(never)] // size: out of the way of most layers
fn rest(
    run: &mut Run,
    pixels: &Pixels<'_>,
    filters: &Filters<'_>,
    channels: &super::Channels<'_>,
    output: &mut [i8],
) {
    let block: Block = match run.len {
        0..=16 => sixteen,
        17..=32 => thirty_two,
        _ => any,
    };
    let fours = filters.channels & !3;
    let constants = channels.constants.get(word(fours, FOURS)..).unwrap_or_default();
    let constants = constants.get(..3 * FOURS).unwrap_or_default().as_ptr_range();
    (run.constants, run.end) = (constants.start, constants.end);
    (run.depth, run.skip) = (0, 0_usize.wrapping_sub(run.len.next_multiple_of(16)));
    for pixel in 0..pixels.count {
        for channel in fours..filters.channels {
            let mut four = [0; FOURS];
            run.input = pixels.input.as_ptr().wrapping_add(pixel * pixels.step);
            run.weights = filters.weights.as_ptr().wrapping_add(channel * filters.depth);
            (run.count, run.output) = (1, four.as_mut_ptr());
            // SAFETY: as in `convolve`, for one pixel, one filter and the last twelve constants,
            // which `Pixels::are_for` has seen; and there is room for four outputs.
            unsafe { block(run) }
            let place = pixel.wrapping_mul(run.stride).wrapping_add(channel);
            if let (Some(slot), Some(&y)) = (output.get_mut(place), four.get(channel - fours)) {
                *slot = y;
            }
        }
    }
}

// Saves registers, and the structure: r0 and 64 bytes below. Then a pixel, up to its channels: r0
// is its inputs, r1 the weights, r2 the outputs, r12 the constants; lr is the structure.
macro_rules! pixel {
    () => {
        concat!(
            "push {{r0, r4-r11, lr}}\n",
            "vpush {{d8-d15}}\n",
            "2:\n",
            "ldr lr, [sp, #64]\n",
            "ldr r0, [lr]\n",
            "ldr r4, [lr, #28]\n",
            "cbz r4, 5f\n",
            "ldrd r6, r7, [lr, #32]\n",
            "ldr r8, [lr, #40]\n",
            "mov r12, lr\n",
            "3:\n",
            "mov r9, r0\n",
            "mov r10, r8\n",
            "dlstp.8 lr, r6\n",
            "4:\n",
            "vldrb.u8 q0, [r9], #16\n",
            "vstrb.8 q0, [r10], #16\n",
            "letp lr, 4b\n",
            "add r0, r0, r7\n",
            "add r8, r8, r6\n",
            "subs r4, r4, #1\n",
            "bne 3b\n",
            "mov lr, r12\n",
            "ldr r0, [lr, #40]\n",
            "5:\n",
            "ldr r1, [lr, #12]\n",
            "ldr r2, [lr, #20]\n",
            "ldr r12, [lr, #16]\n",
        )
    };
}

// Zero point, least and greatest output in q5, q6 and q7; `lr` is the structure.
macro_rules! range {
    () => {
        concat!(
            "ldrd r4, r5, [lr, #48]\n",
            "ldr r6, [lr, #56]\n",
            "vdup.32 q5, r4\n",
            "vdup.32 q6, r5\n",
            "vdup.32 q7, r6\n",
        )
    };
}

// From the sums r4, r6, r8 and r10 to four outputs at r2, with constants at r12.
macro_rules! outputs {
    () => {
        concat!(
            sums!(),
            "vldrw.u32 q1, [r12], #16\n",
            "vadd.i32 q0, q0, q1\n",
            scale!("q0", "r12], #16", "r12], #16"),
            "vadd.i32 q0, q0, q5\n",
            "vmax.s32 q0, q0, q6\n",
            "vmin.s32 q0, q0, q7\n",
            "vstrb.32 q0, [r2], #4\n",
        )
    };
}

// To the next pixel, and the end.
macro_rules! next {
    () => {
        concat!(
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

/// All pixels, with windows of any length.
///
/// * Reads `rows` times `run` bytes of each window, or `len` where it lies, as many weights of four
///   filters, and twelve words for every four channels up to the end of the constants; writes the
///   copy of a window, four bytes for each twelve words, and `input`, `count` and `output`.
/// * The caller has checked all of these, and that there is a pixel, a row, an input and a channel.
/// * Saves r4 to r11, lr and d8 to d15. Four channels take 30 instructions, and 10 for every 16
///   inputs.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn any(run: &mut Run) {
    naked_asm!(
        cpu!(),
        pixel!(),
        range!(),
        "ldr r3, [lr, #44]",
        "6:",
        "ldr lr, [sp, #64]",
        "ldr r4, [lr, #60]",
        "add r5, r1, r4",
        "add r7, r5, r4",
        "add r9, r7, r4",
        "mov r11, r0",
        "movs r4, #0",
        "movs r6, #0",
        "mov r8, #0",
        "mov r10, #0",
        "dlstp.8 lr, r3",
        "7:",
        "vldrb.u8 q0, [r11], #16",
        "vldrb.u8 q1, [r1], #16",
        "vmladava.s8 r4, q0, q1",
        "vldrb.u8 q2, [r5], #16",
        "vmladava.s8 r6, q0, q2",
        "vldrb.u8 q3, [r7], #16",
        "vmladava.s8 r8, q0, q3",
        "vldrb.u8 q1, [r9], #16",
        "vmladava.s8 r10, q0, q1",
        "letp lr, 7b",
        outputs!(),
        "ldr lr, [sp, #64]",
        "ldrd r4, r5, [lr, #64]",
        "add r1, r9, r4",
        "cmp r12, r5",
        "bne 6b",
        next!(),
    )
}

/// As [`any`], with windows of 1 to 16 inputs, which stay in a register. Four channels take 30
/// instructions.
///
/// * Reads and writes as `any` does.
/// * The caller has checked the same.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn sixteen(run: &mut Run) {
    naked_asm!(
        cpu!(),
        pixel!(),
        range!(),
        "ldr r3, [lr, #44]",
        "ldr r5, [lr, #60]",
        "ldr r11, [lr, #68]",
        "vctp.8 r3",
        "vpst",
        "vldrbt.u8 q4, [r0]",
        "6:",
        "add r7, r1, r5",
        "vpstttt",
        "vldrbt.u8 q0, [r1]",
        "vmladavt.s8 r4, q4, q0",
        "vldrbt.u8 q1, [r7]",
        "vmladavt.s8 r6, q4, q1",
        "add r1, r7, r5",
        "add r7, r1, r5",
        "vpstttt",
        "vldrbt.u8 q2, [r1]",
        "vmladavt.s8 r8, q4, q2",
        "vldrbt.u8 q3, [r7]",
        "vmladavt.s8 r10, q4, q3",
        "add r1, r7, r5",
        outputs!(),
        "cmp r12, r11",
        "bne 6b",
        next!(),
    )
}

// The sum of a filter at r1, for inputs in q4 and q3; to the next.
macro_rules! two {
    ($sum:literal) => {
        concat!(
            "vldrb.u8 q0, [r1]\n",
            "vmladav.s8 ",
            $sum,
            ", q4, q0\n",
            "vpstt\n",
            "vldrbt.u8 q1, [r1, #16]\n",
            "vmladavat.s8 ",
            $sum,
            ", q3, q1\n",
            "add r1, r1, r5\n",
        )
    };
}

/// As [`any`], with windows of 17 to 32 inputs, which stay in registers. Four channels take 40
/// instructions.
///
/// * Reads and writes as `any` does.
/// * The caller has checked the same.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn thirty_two(run: &mut Run) {
    naked_asm!(
        cpu!(),
        pixel!(),
        range!(),
        "ldr r3, [lr, #44]",
        "ldr r5, [lr, #60]",
        "ldr r11, [lr, #68]",
        "sub r3, r3, #16",
        "vctp.8 r3",
        "vldrb.u8 q4, [r0]",
        "vpst",
        "vldrbt.u8 q3, [r0, #16]",
        "6:",
        two!("r4"),
        two!("r6"),
        two!("r8"),
        two!("r10"),
        outputs!(),
        "cmp r12, r11",
        "bne 6b",
        next!(),
    )
}

// The sum of a filter of 64 weights at r1, for inputs in q4 to q7; to the next.
macro_rules! four {
    ($sum:literal) => {
        concat!(
            "vldrb.u8 q0, [r1], #16\n",
            "vmladav.s8 ",
            $sum,
            ", q4, q0\n",
            "vldrb.u8 q1, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q5, q1\n",
            "vldrb.u8 q2, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q6, q2\n",
            "vldrb.u8 q3, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q7, q3\n",
        )
    };
}

/// As [`any`], with windows of 64 inputs, which stay in registers, and filters that follow each
/// other. Four channels take 50 instructions.
///
/// * Reads and writes as `any` does.
/// * The caller has checked the same, and that `len` and `depth` are 64.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn sixty_four(run: &mut Run) {
    naked_asm!(
        cpu!(),
        pixel!(),
        "vldrb.u8 q4, [r0]",
        "vldrb.u8 q5, [r0, #16]",
        "vldrb.u8 q6, [r0, #32]",
        "vldrb.u8 q7, [r0, #48]",
        "ldrd r3, r5, [lr, #48]",
        "ldr r7, [lr, #56]",
        "ldr r11, [lr, #68]",
        "6:",
        four!("r4"),
        four!("r6"),
        four!("r8"),
        four!("r10"),
        sums!(),
        "vldrw.u32 q1, [r12], #16",
        "vadd.i32 q0, q0, q1",
        scale!("q0", "r12], #16", "r12], #16"),
        "vadd.i32 q0, q0, r3",
        "vdup.32 q1, r5",
        "vmax.s32 q0, q0, q1",
        "vdup.32 q1, r7",
        "vmin.s32 q0, q0, q1",
        "vstrb.32 q0, [r2], #4",
        "cmp r12, r11",
        "bne 6b",
        next!(),
    )
}
