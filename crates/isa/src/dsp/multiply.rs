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
