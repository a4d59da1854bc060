//! Products of inputs and weights as they lie in the model.

use core::arch::naked_asm;

use crate::operands::{Outputs, PIXELS, Part};
use crate::thumb1::common::{long, restore, save, short, word};

/// What [`four`] reads.
#[repr(C)]
pub(super) struct Four {
    /// 0: the patch.
    pub(super) patch: *const i32,
    /// 4: the negative of the number of weights.
    minus_len: usize,
    /// 8: from one filter to the next.
    depth: usize,
    /// 12: bias of the first channel; null if sums begin with those that are there.
    pub(super) bias: *const [u8; 4],
    /// 16: sums of the first channel.
    pub(super) sums: *mut [i32; PIXELS],
    /// 20: multiplier of the first channel.
    multipliers: *const i32,
    /// 24: its shift, less one.
    shifts: *const u8,
    /// 28: output of the first channel of the first pixel.
    pub(super) output: *mut i8,
    /// 32: from pixel to pixel.
    pub(super) stride: usize,
    /// 36: [`Factors::round`](crate::Factors::round).
    round: i32,
    /// 40: channels.
    channels: usize,
    /// 44: whether the sums are kept: there are no outputs.
    keeps: usize,
}

impl Four {
    /// So many channels, and nothing else.
    #[inline(always)] // two callers
    pub(super) fn new(channels: usize) -> Self {
        Self {
            patch: core::ptr::null(),
            minus_len: 0,
            depth: 0,
            bias: core::ptr::null(),
            sums: core::ptr::null_mut(),
            multipliers: core::ptr::null(),
            shifts: core::ptr::null(),
            output: core::ptr::null_mut(),
            stride: 0,
            round: 0,
            channels,
            keeps: 0,
        }
    }

    /// `len` weights of filters that are `depth` apart.
    #[inline(always)] // three stores
    pub(super) fn part(&mut self, len: usize, depth: usize, keeps: bool) {
        self.minus_len = len.wrapping_neg();
        self.depth = depth;
        self.keeps = keeps.into();
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

/// Adds to the sums of each filter its products with the inputs of four pixels.
///
/// See [`portable::multiply_four`](crate::portable::multiply_four).
pub fn multiply_four(part: &Part<'_>, bias: Option<&[[u8; 4]]>, sums: &mut [[i32; PIXELS]]) {
    if !part.is_for(PIXELS, sums.len()) || bias.is_some_and(|bias| bias.len() < sums.len()) {
        return;
    }
    let mut four = Four::new(sums.len());
    four.patch = part.patch.as_ptr();
    four.part(part.len, part.depth, true);
    four.bias = bias.map_or(core::ptr::null(), <[_]>::as_ptr);
    four.sums = sums.as_mut_ptr();
    // SAFETY: `self::four` reads and writes what `Four` points to. `Part::is_for` has checked patch
    // and weights, and that there is a filter; each has sums, and a bias if there are any. With
    // sums that are kept there are no factors and outputs.
    unsafe { self::four(&four, part.weights.as_ptr()) }
}

// The weight at r1, r2: added to the sums r8 to r11 with four words of the patch at r0. 22 bytes.
macro_rules! weight_of_four {
    () => {
        concat!(
            "ldrsb r3, [r1, r2]\n",
            "ldm r0!, {{r4-r7}}\n",
            "muls r4, r3, r4\n",
            "add r8, r4\n",
            "muls r5, r3, r5\n",
            "add r9, r5\n",
            "muls r6, r3, r6\n",
            "add r10, r6\n",
            "muls r7, r3, r7\n",
            "add r11, r7\n",
            "adds r2, r2, #1\n"
        )
    };
}

// The outputs of the sums r8 to r11, by a function of `common`; r7 is that of the first pixel.
macro_rules! outputs {
    ($way:literal) => {
        concat!(
            "mov r3, r8\n",
            "bl {",
            $way,
            "}\n",
            "strb r3, [r7]\n",
            "ldr r4, [sp, #32]\n",
            "adds r7, r7, r4\n",
            "mov r3, r9\n",
            "bl {",
            $way,
            "}\n",
            "strb r3, [r7]\n",
            "ldr r4, [sp, #32]\n",
            "adds r7, r7, r4\n",
            "mov r3, r10\n",
            "bl {",
            $way,
            "}\n",
            "strb r3, [r7]\n",
            "ldr r4, [sp, #32]\n",
            "adds r7, r7, r4\n",
            "mov r3, r11\n",
            "bl {",
            $way,
            "}\n",
            "strb r3, [r7]\n"
        )
    };
}

/// Four pixels, all channels, one after the other.
///
/// * Reads as many weights of each filter and words of the patch as there are; bias, or sums;
///   multiplier and shift unless sums are kept. Writes sums, or an output for each pixel.
/// * The caller has checked all these slices, and that there are a channel and a weight.
/// * Saves r4 to r11 and lr. The inner loop takes 11 instructions for 4 products, and one for every
///   fourth time; a channel takes 150 more.
/// * Stack: 92 bytes, with a copy of the structure. It calls functions of `common`, which take
///   none.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn four(four: &Four, weights: *const i8) {
    naked_asm!(
        save!(),
        "sub sp, sp, #56", // 48: behind the weights of the filter, 52: where the loop begins
        "mov r7, sp",
        "ldm r0!, {{r2-r6}}",
        "stm r7!, {{r2-r6}}",
        "subs r1, r1, r3",
        "str r1, [sp, #48]",
        "ldm r0!, {{r1-r6}}",
        "stm r7!, {{r1-r6}}",
        "ldr r0, [r0]",
        "str r0, [r7]",
        "ldr r4, [sp, #44]",
        "cmp r4, #0",
        "beq 1f",
        "b 40f",
        "1:",
        "adr r1, 6f",
        "bl 7f",
        "2:",
        "ldr r4, [sp, #12]",
        "cmp r4, #0",
        "beq 4f",
        "bl {word}",
        "adds r4, r4, #4",
        "str r4, [sp, #12]",
        "mov r8, r5",
        "mov r9, r5",
        "mov r10, r5",
        "mov r11, r5",
        "b 5f",
        "4:", // sums that are there
        "ldr r3, [sp, #16]",
        "ldm r3!, {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "5:",
        "ldr r0, [sp]",
        "ldr r1, [sp, #48]",
        "ldr r2, [sp, #4]",
        "ldr r3, [sp, #52]",
        "mov pc, r3",
        ".p2align 2",
        "6:",
        weight_of_four!(),
        weight_of_four!(),
        weight_of_four!(),
        weight_of_four!(),
        "bne 6b",
        "ldr r3, [sp, #8]",
        "adds r1, r1, r3",
        "str r1, [sp, #48]",
        // Outputs.
        "ldr r4, [sp, #20]",
        "ldm r4!, {{r1}}",
        "str r4, [sp, #20]",
        "lsrs r0, r1, #16",
        "uxth r1, r1",
        "ldr r4, [sp, #24]",
        "ldrb r2, [r4]",
        "adds r4, r4, #1",
        "str r4, [sp, #24]",
        "ldr r7, [sp, #28]",
        "adds r4, r7, #1",
        "str r4, [sp, #28]",
        "ldr r3, [sp, #36]",
        "lsls r3, r2",
        "beq 30f", // an odd number, shifted by more than 31
        "mov r12, r3",
        "adds r2, r2, #1",
        outputs!("short"),
        "21:",
        "ldr r0, [sp, #16]",
        "adds r0, r0, #16",
        "str r0, [sp, #16]",
        "ldr r0, [sp, #40]",
        "subs r0, r0, #1",
        "str r0, [sp, #40]",
        "beq 9f",
        "b 2b",
        "9:",
        "add sp, sp, #56",
        restore!(),
        "30:", // outputs by the long way
        "ldr r3, [sp, #36]",
        "asrs r3, r3, #1",
        "mov r12, r3",
        outputs!("long"),
        "b 21b",
        // Sums that are kept: r12 is their place, and at sp, 40 is their end.
        "40:",
        "ldr r0, [sp, #16]",
        "mov r12, r0",
        "ldr r1, [sp, #40]",
        "lsls r1, r1, #4",
        "adds r0, r0, r1",
        "str r0, [sp, #40]",
        "adr r1, 46f",
        "bl 7f",
        "ldr r1, [sp, #48]",
        "41:",
        "ldr r4, [sp, #12]",
        "cmp r4, #0",
        "beq 42f",
        "bl {word}",
        "adds r4, r4, #4",
        "str r4, [sp, #12]",
        "mov r8, r5",
        "mov r9, r5",
        "mov r10, r5",
        "mov r11, r5",
        "b 43f",
        "42:", // sums that are there
        "mov r3, r12",
        "ldm r3!, {{r4-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "43:",
        "ldr r0, [sp]",
        "ldr r2, [sp, #4]",
        "ldr r3, [sp, #52]",
        "mov pc, r3",
        ".p2align 2",
        "46:",
        weight_of_four!(),
        weight_of_four!(),
        weight_of_four!(),
        weight_of_four!(),
        "bne 46b",
        "ldr r3, [sp, #8]",
        "adds r1, r1, r3",
        "mov r3, r12",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "stm r3!, {{r4-r7}}",
        "mov r12, r3",
        "ldr r0, [sp, #40]",
        "cmp r0, r3",
        "bne 41b",
        "b 9b",
        // The loop at r1 begins where a multiple of four weights remains.
        "7:",
        "ldr r0, [sp, #4]",
        "movs r2, #3",
        "ands r0, r2",
        "movs r2, #22",
        "muls r0, r2, r0",
        "adds r0, r0, r1",
        "str r0, [sp, #52]",
        "bx lr",
        short = sym short,
        long = sym long,
        word = sym word,
    )
}

/// What [`one`] reads and counts in.
#[repr(C)]
struct One {
    /// 0: behind the weights of the first filters.
    ends: [*const i8; 4],
    /// 16: the patch.
    patch: *const i32,
    /// 20: the negative of the number of weights.
    minus_len: usize,
    /// 24: from four filters to the next four.
    advance: usize,
    /// 28: sums.
    sums: *mut i32,
    /// 32: their end.
    end: *mut i32,
    /// 36: where the loop begins.
    entry: usize,
}

/// Adds to the sum of each filter its products with the inputs of one pixel.
pub fn multiply(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    let (fours, rest) = sums.as_chunks_mut::<4>();
    let done = 4 * fours.len();
    let run = |from: usize, filters: usize, sums: &mut [[i32; 4]]| {
        let sums = sums.as_flattened_mut().as_mut_ptr_range();
        let end = part.weights.as_ptr().wrapping_add(from * part.depth + part.len);
        // Beyond the last filter there is the last filter.
        let last = filters.saturating_sub(1);
        let of = |filter: usize| end.wrapping_add(filter.min(last) * part.depth);
        let mut one = One {
            ends: [of(0), of(1), of(2), of(3)],
            patch: part.patch.as_ptr(),
            minus_len: part.len.wrapping_neg(),
            advance: 4 * part.depth,
            sums: sums.start,
            end: sums.end,
            entry: 0,
        };
        // SAFETY: `self::one` reads the weights of four filters for every four sums, which lie
        // within `weights` with the others (`Part::is_for`): all of them where there are more than
        // four sums. It reads the patch of one pixel, and writes the sums, of which there are four
        // or more.
        unsafe { self::one(&mut one) }
    };
    if !fours.is_empty() {
        run(0, done, fours);
    }
    if !rest.is_empty() {
        let mut four = [[0; 4]];
        let slots = four.as_flattened_mut().iter_mut();
        slots.zip(&*rest).for_each(|(slot, &sum)| *slot = sum);
        run(done, rest.len(), &mut four);
        rest.iter_mut().zip(four.as_flattened()).for_each(|(sum, &slot)| *sum = slot);
    }
}

// The weights at r0 to r3, r4: added to the sums r8 to r11 with a word of the patch at r7. 28
// bytes.
macro_rules! weights_of_one {
    () => {
        concat!(
            "ldm r7!, {{r5}}\n",
            "ldrsb r6, [r0, r4]\n",
            "muls r6, r5, r6\n",
            "add r8, r6\n",
            "ldrsb r6, [r1, r4]\n",
            "muls r6, r5, r6\n",
            "add r9, r6\n",
            "ldrsb r6, [r2, r4]\n",
            "muls r6, r5, r6\n",
            "add r10, r6\n",
            "ldrsb r6, [r3, r4]\n",
            "muls r6, r5, r6\n",
            "add r11, r6\n",
            "adds r4, r4, #1\n"
        )
    };
}

/// One pixel, four filters at a time.
///
/// * Reads as many bytes of the weights of four filters, and words of the patch, as there are, for
///   every four sums. Reads and writes the sums.
/// * The caller has checked all these slices, and that there are a weight, and four sums or a
///   multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 14 instructions for 4 products, and one for every
///   fourth time.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn one(one: &mut One) {
    naked_asm!(
        save!(),
        "push {{r0}}",
        "mov r7, r0",
        "ldr r0, [r7, #20]",
        "movs r1, #3",
        "ands r0, r1",
        "movs r1, #28",
        "muls r0, r1, r0",
        "adr r1, 6f",
        "adds r0, r0, r1",
        "str r0, [r7, #36]",
        "ldr r0, [r7, #24]",
        "mov r12, r0",
        "ldm r7!, {{r0-r3}}",
        "2:",
        "ldr r7, [sp]",
        "ldr r7, [r7, #28]",
        "ldm r7!, {{r4-r6}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "ldr r4, [r7]",
        "mov r11, r4",
        "ldr r7, [sp]",
        "ldr r4, [r7, #20]",
        "ldr r5, [r7, #36]",
        "ldr r7, [r7, #16]",
        "mov pc, r5",
        ".p2align 2",
        "6:",
        weights_of_one!(),
        weights_of_one!(),
        weights_of_one!(),
        weights_of_one!(),
        "bne 6b",
        "add r0, r12",
        "add r1, r12",
        "add r2, r12",
        "add r3, r12",
        "ldr r7, [sp]",
        "ldr r5, [r7, #28]",
        "mov r4, r8",
        "stm r5!, {{r4}}",
        "mov r4, r9",
        "stm r5!, {{r4}}",
        "mov r4, r10",
        "stm r5!, {{r4}}",
        "mov r4, r11",
        "stm r5!, {{r4}}",
        "str r5, [r7, #28]",
        "ldr r4, [r7, #32]",
        "cmp r4, r5",
        "bne 2b",
        "pop {{r0}}",
        restore!(),
    )
}
