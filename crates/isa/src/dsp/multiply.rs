//! Products of inputs and weights as they lie in the model.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::dsp::requantize::long_output;
use crate::operands::{Outputs, PIXELS, Part};

/// What [`four`] reads.
#[repr(C)]
pub(super) struct Four {
    /// 0: the patch.
    patch: *const i32,
    /// 4: weights in whole words.
    whole: usize,
    /// 8: weights behind them, 0 to 3, and [`KEEP`].
    rest: usize,
    /// 12: from behind these weights to those of the next filter.
    skip: usize,
    /// 16: bias of the first channel; null if sums begin with those that are there.
    pub(super) bias: *const [u8; 4],
    /// 20: sums of the first channel.
    pub(super) sums: *mut [i32; PIXELS],
    /// 24: multiplier of the first channel.
    multipliers: *const i32,
    /// 28: its shift, less one.
    shifts: *const u8,
    /// 32: output of the first channel of the first pixel.
    pub(super) output: *mut i8,
    /// 36: from pixel to pixel.
    pub(super) stride: usize,
    /// 40: [`Factors::round`](crate::Factors::round).
    round: i32,
    /// 44: channels.
    channels: usize,
}

/// The sums are kept: there are no outputs.
const KEEP: usize = 4;

impl Four {
    /// So many channels, with a patch and nothing else.
    #[inline(always)] // two callers
    pub(super) fn new(patch: *const i32, channels: usize) -> Self {
        Self {
            patch,
            whole: 0,
            rest: 0,
            skip: 0,
            bias: core::ptr::null(),
            sums: core::ptr::null_mut(),
            multipliers: core::ptr::null(),
            shifts: core::ptr::null(),
            output: core::ptr::null_mut(),
            stride: 0,
            round: 0,
            channels,
        }
    }

    /// `len` weights of filters that are `depth` apart.
    #[inline(always)] // three stores
    pub(super) fn part(&mut self, len: usize, depth: usize, keeps: bool) {
        self.whole = len & !3;
        self.rest = len & 3 | if keeps { KEEP } else { 0 };
        self.skip = depth.wrapping_sub(len);
    }

    /// Outputs to write.
    #[inline(always)] // five stores
    pub(super) fn write(&mut self, Outputs { factors, stride, output }: Outputs<'_>) {
        self.multipliers = factors.multipliers.as_ptr();
        self.shifts = factors.shifts.as_ptr();
        self.round = factors.round();
        self.output = output.as_mut_ptr();
        self.stride = stride;
    }
}

/// Multiplies the inputs of four pixels with the filters of `channels` channels.
///
/// See [`portable::multiply_four`](crate::portable::multiply_four).
pub fn multiply_four(
    part: &Part<'_>,
    channels: usize,
    bias: Option<&[[u8; 4]]>,
    sums: &mut [[i32; PIXELS]],
    outputs: Option<Outputs<'_>>,
) {
    let uses_sums = bias.is_none() || outputs.is_none();
    if !part.is_for(PIXELS, channels)
        || uses_sums && sums.len() < channels
        || bias.is_some_and(|bias| bias.len() < channels)
    {
        return;
    }
    let mut four = Four::new(part.patch.as_ptr(), channels);
    four.part(part.len, part.depth, outputs.is_none());
    four.bias = bias.map_or(core::ptr::null(), <[_]>::as_ptr);
    four.sums = sums.as_mut_ptr();
    if let Some(outputs) = outputs {
        if !outputs.are_for(PIXELS, channels) {
            return;
        }
        four.write(outputs);
    }
    // SAFETY: `self::four` reads and writes what `Four` points to. `Part::is_for` has checked patch
    // and weights; sums are there if they are read or kept, and bias, factors and outputs of
    // `channels` channels if they are used. There is at least one channel.
    unsafe { self::four(&four, part.weights.as_ptr()) }
}

// Four weights in r6, of which r7 gets the odd ones: added to the sums r2 to r5 with eight words of
// the patch at r0.
macro_rules! four_weights {
    () => {
        concat!(
            "ldm r0!, {{r8-r11}}\n",
            "sxtb16 r7, r6, ror #8\n",
            "sxtb16 r6, r6\n",
            "smlad r2, r8, r6, r2\n",
            "smlad r3, r9, r6, r3\n",
            "smlad r4, r10, r6, r4\n",
            "smlad r5, r11, r6, r5\n",
            "ldm r0!, {{r8-r11}}\n",
            "smlad r2, r8, r7, r2\n",
            "smlad r3, r9, r7, r3\n",
            "smlad r4, r10, r7, r4\n",
            "smlad r5, r11, r7, r5\n"
        )
    };
}

// The output of a sum; r10: multiplier, r11: round, r12: shift, less one; r0 is lost.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "lsls ",
            $sum,
            ", ",
            $sum,
            ", #1\n",
            "smmlar r0, ",
            $sum,
            ", r10, r11\n",
            "add r0, r0, ",
            $sum,
            ", asr #31\n",
            "asr r0, r0, r12\n",
            "ssat ",
            $sum,
            ", #8, r0, asr #1\n"
        )
    };
}

pub(super) use output;

/// Four pixels, all channels, one after the other.
///
/// * Reads `whole` and `rest` bytes of each filter's weights and as many words of the patch as
///   they take; bias, or sums; multiplier and shift unless [`KEEP`]. Writes sums, or
///   an output for each pixel.
/// * The caller has checked all these slices, and that `channels` is not 0.
/// * Saves r4 to r11 and lr. The inner loop takes 13 instructions for 16 products, and 2 for every
///   fourth time; a channel takes 51 more.
/// * Stack: 84 bytes, with a copy of the structure. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn four(four: &Four, weights: *const i8) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "sub sp, sp, #48",
        "ldm r0!, {{r2-r7}}",
        "stm sp, {{r2-r7}}",
        "add r12, sp, #24",
        "ldm r0, {{r2-r7}}",
        "stm r12, {{r2-r7}}",
        "mov lr, #0", // the channel
        "2:",
        "ldrd r0, r6, [sp]",
        "ldrd r7, r8, [sp, #16]",
        "cbnz r7, 4f",
        "add r8, r8, lr, lsl #4", // sums that are there
        "ldm r8, {{r2-r5}}",
        "b 5f",
        "4:",
        "ldr r2, [r7, lr, lsl #2]",
        "mov r3, r2",
        "mov r4, r2",
        "mov r5, r2",
        "5:",
        "add r12, r1, r6",  // the end of the whole words
        "lsls r6, r6, #29", // carry: two words beside fours, negative: one
        "bcs 3f",
        "bmi 7f",
        "cmp r1, r12",
        "beq 8f",
        "6:",
        "ldr r6, [r1], #4",
        four_weights!(),
        "16:",
        "ldr r6, [r1], #4",
        four_weights!(),
        "17:",
        "ldr r6, [r1], #4",
        four_weights!(),
        "7:",
        "ldr r6, [r1], #4",
        four_weights!(),
        "cmp r1, r12",
        "bne 6b",
        "8:",
        "ldrd r6, r7, [sp, #8]",
        "orrs r8, r6, r7",
        "bne 30f",
        "9:",
        // Outputs.
        "ldrd r6, r7, [sp, #24]",
        "ldr r10, [r6, lr, lsl #2]",
        "ldrb r12, [r7, lr]",
        "ldrd r11, r9, [sp, #40]",
        "lsls r6, r12, #25",
        "bcs 40f",
        "lsl r11, r11, r12",
        output!("r2"),
        output!("r3"),
        output!("r4"),
        output!("r5"),
        "23:",
        "ldrd r6, r7, [sp, #32]",
        "add r6, r6, lr",
        "add r10, r6, r7",
        "strb r2, [r6]",
        "strb r3, [r10]",
        "strb r4, [r6, r7, lsl #1]",
        "strb r5, [r10, r7, lsl #1]",
        "21:",
        "add lr, lr, #1",
        "cmp lr, r9",
        "bne 2b",
        "add sp, sp, #48",
        "pop {{r4-r11, pc}}",
        "3:",
        "bmi 16b",
        "b 17b",
        "30:", // one to three weights, weights to skip, sums that are kept
        "ands r6, r6, #3",
        "beq 31f",
        "cmp r6, #2",
        "add r12, r1, r6",
        "ite lo",
        "ldrblo r6, [r1]",
        "ldrhhs r6, [r1]",
        "itt hi",
        "ldrbhi r7, [r1, #2]",
        "orrhi r6, r6, r7, lsl #16",
        "mov r1, r12",
        four_weights!(),
        "31:",
        "ldrd r6, r7, [sp, #8]",
        "add r1, r1, r7",
        "lsls r6, r6, #29",
        "bpl 9b",
        "ldr r6, [sp, #20]",
        "ldr r9, [sp, #44]",
        "add r6, r6, lr, lsl #4",
        "stm r6, {{r2-r5}}",
        "b 21b",
        "40:", // outputs the long way
        "and r12, r12, #31",
        "asr r11, r11, #1",
        long_output!("r2", "r2"),
        long_output!("r3", "r3"),
        long_output!("r4", "r4"),
        long_output!("r5", "r5"),
        "b 23b",
    )
}

/// What [`one`] reads and counts in.
#[repr(C)]
struct One {
    /// 0: the patch.
    patch: *const i32,
    /// 4: weights in whole words.
    whole: usize,
    /// 8: weights behind them, 0 to 3.
    rest: usize,
    /// 12: from one filter to the next.
    depth: usize,
    /// 16: weights of the first of four filters.
    weights: *const i8,
    /// 20: from there to the first of the next four.
    advance: usize,
    /// 24: sums.
    sums: *mut i32,
    /// 28: their end.
    end: *mut i32,
}

/// Adds to the sum of each filter its products with the inputs of one pixel.
pub fn multiply(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    let (fours, rest) = sums.as_chunks_mut::<4>();
    let done = 4 * fours.len();
    let run = |from: usize, depth: usize, sums: &mut [[i32; 4]]| {
        let sums = sums.as_flattened_mut().as_mut_ptr_range();
        let mut one = One {
            patch: part.patch.as_ptr(),
            whole: part.len & !3,
            rest: part.len & 3,
            depth,
            weights: part.weights.as_ptr().wrapping_add(from),
            advance: 4 * depth,
            sums: sums.start,
            end: sums.end,
        };
        // SAFETY: `self::one` reads the weights of four filters for every four sums, `depth` apart,
        // which lie within `weights` with the others (`Part::is_for`), or the same filter four
        // times where `depth` is 0; the patch of one pixel; and it writes the sums, of which there
        // are four or more.
        unsafe { self::one(&mut one) }
    };
    if !fours.is_empty() {
        run(0, part.depth, fours);
    }
    for (filter, sum) in (done..).zip(rest) {
        // Four times the same filter.
        let mut four = [[*sum; 4]];
        run(filter * part.depth, 0, &mut four);
        let [[one, ..]] = four;
        *sum = one;
    }
}

// Four weights of one filter in r2, added to a sum with the inputs in r0 and r1; r3 is lost.
macro_rules! weights {
    ($sum:literal) => {
        concat!(
            "sxtb16 r3, r2\n",
            "smlad ",
            $sum,
            ", r0, r3, ",
            $sum,
            "\n",
            "sxtb16 r2, r2, ror #8\n",
            "smlad ",
            $sum,
            ", r1, r2, ",
            $sum,
            "\n"
        )
    };
}

// Four weights of each of the filters at r8 to r11, with the inputs at r12.
macro_rules! four_filters {
    () => {
        concat!(
            "ldrd r0, r1, [r12], #8\n",
            "ldr r2, [r8], #4\n",
            weights!("r4"),
            "ldr r2, [r9], #4\n",
            weights!("r5"),
            "ldr r2, [r10], #4\n",
            weights!("r6"),
            "ldr r2, [r11], #4\n",
            weights!("r7")
        )
    };
}

// The last weights of a filter, one to three of them as the flags have it.
macro_rules! last_weights {
    ($filter:literal, $sum:literal) => {
        concat!(
            "ite lo\n",
            "ldrblo r2, [",
            $filter,
            "]\n",
            "ldrhhs r2, [",
            $filter,
            "]\n",
            "itt hi\n",
            "ldrbhi r3, [",
            $filter,
            ", #2]\n",
            "orrhi r2, r2, r3, lsl #16\n",
            weights!($sum)
        )
    };
}

/// One pixel, four filters at a time.
///
/// * Reads `whole` and `rest` bytes of the weights of four filters, `depth` apart, for every four
///   sums, and as many words of the patch as they take. Reads and writes the sums.
/// * The caller has checked all these slices, and that there are four sums or a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 21 instructions for 16 products, and 2 for every
///   other time.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn one(one: &mut One) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "2:",
        "ldr r3, [sp]",
        "ldrd r2, r8, [r3, #12]",
        "ldrd r0, r1, [r3, #20]",
        "add r9, r8, r2",
        "add r10, r9, r2",
        "add r11, r10, r2",
        "add r0, r0, r8",
        "str r0, [r3, #16]",
        "ldm r1, {{r4-r7}}",
        "ldrd r12, r2, [r3]",
        "add lr, r8, r2", // the end of the whole words
        "lsls r2, r2, #29",
        "bmi 6f", // an odd number of them
        "cmp r8, lr",
        "beq 4f",
        "3:",
        four_filters!(),
        "6:",
        four_filters!(),
        "cmp r8, lr",
        "bne 3b",
        "4:",
        "ldr r3, [sp]",
        "ldr lr, [r3, #8]",
        "cmp lr, #0",
        "beq 5f",
        "ldrd r0, r1, [r12]",
        "cmp lr, #2",
        last_weights!("r8", "r4"),
        last_weights!("r9", "r5"),
        last_weights!("r10", "r6"),
        last_weights!("r11", "r7"),
        "5:",
        "ldr r3, [sp]",
        "ldrd r0, r1, [r3, #24]",
        "stm r0!, {{r4-r7}}",
        "str r0, [r3, #24]",
        "cmp r0, r1",
        "bne 2b",
        "pop {{r0, r4-r11, pc}}",
    )
}
