//! Products of inputs and weights as they lie in the model.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::dsp::requantize::long;
use crate::operands::{Outputs, PIXELS, Part};

/// What [`four`] and [`five`](super::five) read.
#[repr(C)]
pub(super) struct Four {
    /// 0: the patch.
    pub(super) patch: *const i32,
    /// 4: weights in whole words.
    whole: usize,
    /// 8: bias of the first channel; its sums, if they begin with those.
    bias: *const [u8; 4],
    /// 12: where a channel begins, and what follows its loop. Blocks compute them.
    ways: [usize; 2],
    /// 20: sums of the first channel.
    sums: *mut [i32; PIXELS],
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
    /// 48: weights behind the whole words, 0 to 3, and flags.
    rest: usize,
    /// 52: from behind these weights to those of the next filter.
    skip: usize,
    /// 56: where the loop is entered. [`five`](super::five) counts here.
    entry: usize,
    /// 60: for a block that counts, or calls another.
    unused: usize,
}

/// The sums are kept: there are no outputs.
pub(super) const KEEP: usize = 4;

/// Sums begin with those that are there.
const SUMS: usize = 8;

/// The patch is that of one pixel, the last of four. The others are anything: their outputs, which
/// are written before its own, lie in the same place.
pub(super) const ALONE: usize = 16;

/// A block: [`four`], or [`five`](super::five).
pub(super) type Block = unsafe extern "C" fn(&mut Four, *const i8);

impl Four {
    /// So many channels, and nothing else.
    #[inline(always)] // two callers
    pub(super) fn new(channels: usize) -> Self {
        Self {
            patch: core::ptr::null(),
            whole: 0,
            bias: core::ptr::null(),
            ways: [0; 2],
            sums: core::ptr::null_mut(),
            multipliers: core::ptr::null(),
            shifts: core::ptr::null(),
            output: core::ptr::null_mut(),
            stride: 0,
            round: 0,
            channels,
            rest: 0,
            skip: 0,
            entry: 0,
            unused: 0,
        }
    }

    /// `len` weights of filters that are `depth` apart, for this block. Sums begin with the bias,
    /// or with themselves. Flags are [`KEEP`] and [`ALONE`].
    #[inline(always)] // few stores
    pub(super) fn part(
        &mut self,
        block: Block,
        [len, depth]: [usize; 2],
        bias: Option<*const [u8; 4]>,
        flags: usize,
    ) {
        self.whole = len & !3;
        self.rest = len & 3 | flags;
        self.skip = depth.wrapping_sub(len);
        self.bias = bias.unwrap_or(self.sums.cast());
        self.rest |= if bias.is_some() { 0 } else { SUMS };
        // SAFETY: without weights a block computes its ways, and writes them to the structure.
        unsafe { block(self, core::ptr::null()) }
    }

    /// Where sums are.
    #[inline(always)] // a store
    pub(super) fn keep(&mut self, sums: &mut [[i32; PIXELS]]) {
        self.sums = sums.as_mut_ptr();
    }

    /// Outputs to write.
    #[inline(always)] // few stores
    pub(super) fn write(&mut self, Outputs { factors, stride, output }: Outputs<'_>) {
        self.multipliers = factors.multipliers.as_ptr();
        self.shifts = factors.shifts.as_ptr();
        self.round = factors.round();
        self.output = output.as_mut_ptr();
        self.stride = stride;
    }
}

/// Adds to the sums of each filter its products with the inputs of four pixels.
///
/// See [`portable::multiply_four`](crate::portable::multiply_four).
pub fn multiply_four(part: &Part<'_>, bias: Option<&[[u8; 4]]>, sums: &mut [[i32; PIXELS]]) {
    if !part.is_for(PIXELS, sums.len()) || bias.is_some_and(|bias| bias.len() < sums.len()) {
        return;
    }
    let mut four = Four::new(sums.len());
    four.patch = part.patch.as_ptr();
    four.keep(sums);
    four.part(self::four, [part.len, part.depth], bias.map(<[_]>::as_ptr), KEEP);
    // SAFETY: `self::four` reads and writes what `Four` points to. `Part::is_for` has checked patch
    // and weights, and that there is a filter; each has sums, and a bias if there are any. With
    // sums that are kept there are no factors and outputs.
    unsafe { self::four(&mut four, part.weights.as_ptr()) }
}

// Where a loop over `2^bits` words at a time is entered, each of which takes `bytes` bytes of code:
// in r2, of the weights in r1. It begins with those that are no multiple.
macro_rules! entry {
    ($bytes:literal, $bits:literal) => {
        concat!(
            "ldr r1, [r0, #4]\n",
            "ubfx r3, r1, #2, #",
            $bits,
            "\n",
            "movs r12, #",
            $bytes,
            "\n",
            "adr.w r2, 7f\n",
            "mls r2, r3, r12, r2\n",
            "cmp r3, #0\n",
            "it eq\n",
            "adreq.w r2, 6f\n",
            "orr r2, r2, #1\n"
        )
    };
}

pub(super) use entry;

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

// The same with two words of a patch of one pixel, for the sum r5.
macro_rules! one_pixel {
    () => {
        "ldrd r8, r9, [r0], #8
        sxtb16 r7, r6, ror #8
        sxtb16 r6, r6
        smlad r5, r8, r6, r5
        smlad r5, r9, r7, r5"
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
///   they take; bias, or sums; multiplier and shift unless [`KEEP`]. Writes sums, or an output for
///   each pixel. Without weights it reads and writes the structure only.
/// * The caller has checked all these slices, and that `channels` is not 0, and has called it
///   without weights before.
/// * Saves r4 to r11 and lr. The inner loop takes 13 instructions for 16 products, and 2 for every
///   fourth time, with one pixel 14 for eight; a channel takes 43 more, 24 with one pixel.
/// * Stack: 100 bytes, with a copy of the structure. It calls `long`, which takes none.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn four(four: &mut Four, weights: *const i8) {
    naked_asm!(
        cpu!(),
        "cmp r1, #0",
        "bne 53f", // without weights: computes its ways, and returns
        entry!("52", "2"),
        "ldr r12, [r0, #48]",
        "lsls r12, r12, #27",
        "bpl 5f",
        "adr.w r2, 60f", // one pixel, an odd or an even number of words
        "lsls r12, r1, #29",
        "it mi",
        "adrmi.w r2, 62f",
        "orr r2, r2, #1",
        "5:",
        "cmp r1, #0",
        "itt eq",
        "adreq.w r2, 8f",
        "orreq r2, r2, #1",
        "str r2, [r0, #56]",
        "ldrd r1, r3, [r0, #48]",
        "lsls r12, r1, #28",
        "itt mi",
        "adrmi.w r2, 18f",
        "orrmi r2, r2, #1",
        "str r2, [r0, #12]",
        // One to three weights; sums that are kept; others to skip; outputs.
        "adr.w r2, 9f",
        "cmp r3, #0",
        "it ne",
        "adrne.w r2, 29f",
        "tst r1, #16",
        "it ne",
        "adrne.w r2, 63f",
        "tst r1, #4",
        "it ne",
        "adrne.w r2, 33f",
        "tst r1, #3",
        "it ne",
        "adrne.w r2, 30f",
        "orr r2, r2, #1",
        "str r2, [r0, #16]",
        "bx lr",
        "53:",
        "push {{r4-r11, lr}}",
        "sub sp, sp, #64",
        "ldm r0!, {{r2-r9}}",
        "stm sp, {{r2-r9}}",
        "add r12, sp, #32",
        "ldm r0, {{r2-r9}}",
        "stm r12, {{r2-r9}}",
        "mov lr, #0", // the channel
        "2:",
        "ldrd r0, r6, [sp]",
        "ldrd r7, r8, [sp, #8]",
        "ldr r2, [r7, lr, lsl #2]",
        "mov r3, r2",
        "mov r4, r2",
        "mov r5, r2",
        "add r12, r1, r6", // the end of the whole words
        "bx r8",
        "18:", // sums that are there
        "ldr r8, [sp, #20]",
        "add r8, r8, lr, lsl #4",
        "ldm r8, {{r2-r5}}",
        "ldr pc, [sp, #56]",
        "6:",
        ".rept 4",
        "ldr r6, [r1], #4",
        four_weights!(),
        ".endr",
        "7:",
        "cmp r1, r12",
        "bne 6b",
        "8:",
        "ldr pc, [sp, #16]",
        "29:", // weights to skip
        "ldr r7, [sp, #52]",
        "add r1, r1, r7",
        "9:", // outputs
        "ldrd r6, r7, [sp, #24]",
        "ldr r10, [r6, lr, lsl #2]",
        "ldrb r12, [r7, lr]",
        "ldrd r11, r9, [sp, #40]",
        "lsls r11, r11, r12",
        "beq 40f", // an odd number, shifted by more than 31
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
        "add sp, sp, #64",
        "pop {{r4-r11, pc}}",
        "30:", // one to three weights
        "ldr r6, [sp, #48]",
        "ands r6, r6, #3",
        "cmp r6, #2",
        "add r12, r1, r6",
        "ite lo",
        "ldrblo r6, [r1]",
        "ldrhhs r6, [r1]",
        "itt hi",
        "ldrbhi r7, [r1, #2]",
        "orrhi r6, r6, r7, lsl #16",
        "mov r1, r12",
        "ldr r7, [sp, #48]",
        "lsls r7, r7, #27",
        "bmi 61f",
        four_weights!(),
        "31:",
        "ldr r6, [sp, #48]",
        "lsls r6, r6, #29",
        "bpl 29b",
        "33:", // sums that are kept
        "ldr r7, [sp, #52]",
        "add r1, r1, r7",
        "ldr r6, [sp, #20]",
        "ldr r9, [sp, #44]",
        "add r6, r6, lr, lsl #4",
        "stm r6, {{r2-r5}}",
        "b 21b",
        "40:", // outputs the long way, one pixel after the other
        "ldr r11, [sp, #40]",
        "str lr, [sp, #60]",
        "asr r11, r11, #1",
        "movs r8, #4",
        "41:",
        "bl {long}",
        "mov r2, r3",
        "mov r3, r4",
        "mov r4, r5",
        "mov r5, r7",
        "subs r8, r8, #1",
        "bne 41b",
        "ldr lr, [sp, #60]",
        "b 23b",
        "60:", // one pixel
        "ldr r6, [r1], #4",
        one_pixel!(),
        "62:",
        "ldr r6, [r1], #4",
        one_pixel!(),
        "cmp r1, r12",
        "bne 60b",
        "ldr pc, [sp, #16]",
        "63:", // its output
        "ldr r7, [sp, #52]",
        "add r1, r1, r7",
        "ldrd r6, r7, [sp, #24]",
        "ldr r10, [r6, lr, lsl #2]",
        "ldrb r12, [r7, lr]",
        "ldrd r11, r9, [sp, #40]",
        "lsls r11, r11, r12",
        "beq 40b",
        output!("r5"),
        "ldr r6, [sp, #32]",
        "strb r5, [r6, lr]",
        "b 21b",
        "61:",
        one_pixel!(),
        "b 31b",
        long = sym long,
    )
}
