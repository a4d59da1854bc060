//! Inputs under windows, widened.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, minus};
use crate::operands::{PIXELS, PIXELS_AND_ONE, Runs, patch_len, place};

/// Widens what lies under the window of one pixel: `input`, less `zero_point`, becomes the inputs
/// of `pixel` from the `at`th on, in a patch of `pixels` pixels.
pub fn gather(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    at: usize,
    input: &[i8],
    zero_point: i16,
) {
    if pixel >= pixels || patch_len(pixels, at.saturating_add(input.len())) > patch.len() {
        return;
    }
    let input = input.as_ptr_range();
    let word = at / 4 * 2 * pixels + pixel;
    let slot = patch.as_mut_ptr().wrapping_add(word);
    // SAFETY: `widen` reads `input`. It writes halves of inputs `at..at + input.len()` of `pixel`,
    // whose last word is before `patch_len` of their number.
    unsafe { widen(input.start, input.end, slot, 4 * pixels, minus(zero_point), at % 4) }
}

/// Makes inputs of `pixel` in a patch of `pixels` pixels 0, the first `len`.
pub fn clear(patch: &mut [i32], [pixels, pixel]: [usize; 2], len: usize) {
    if pixel >= pixels || len == 0 || patch_len(pixels, len) > patch.len() {
        return;
    }
    let slot = patch.as_mut_ptr().wrapping_add(pixel);
    // SAFETY: `zero` writes two words for every four inputs, `pixels` apart, of which the last is
    // before `patch_len` of their number. There is an input.
    unsafe { zero(slot, 4 * pixels, patch_len(1, len)) }
}

/// Widens what lies under the window of one pixel: inputs `part.0..part.0 + part.1` of it, less
/// `zero_point`, become the first of `pixel` in a patch of `pixels` pixels. Those that no run has
/// become 0.
#[inline(always)] // stack: no frame beside that of its caller
pub fn gather_runs(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    part: [usize; 2],
    runs: &Runs<'_>,
    zero_point: i16,
) {
    let [_, len] = part;
    if pixel >= pixels || len == 0 || patch_len(pixels, len) > patch.len() {
        return;
    }
    let slots = patch.as_mut_ptr().wrapping_add(pixel);
    // SAFETY: as in `clear`.
    unsafe { zero(slots, 4 * pixels, patch_len(1, len)) }
    runs.each_within(part, |at, piece| {
        let (slot, piece) = (slots.wrapping_add(at / 4 * 2 * pixels), piece.as_ptr_range());
        // SAFETY: `widen` reads the piece. It writes halves of inputs `at..at + piece.len()` of
        // `pixel`, which are among the first `len`, whose last word is before `patch_len` of their
        // number.
        unsafe { widen(piece.start, piece.end, slot, 4 * pixels, minus(zero_point), at % 4) }
    });
}

/// What [`words`], [`five_words`] and [`bytes`] read.
#[repr(C)]
pub(super) struct Gather {
    /// 0: the patch.
    patch: *mut i32,
    /// 4: inputs of each pixel.
    len: usize,
    /// 8: those of them in the first row.
    first: usize,
    /// 12: inputs of a row.
    run: usize,
    /// 16: from behind a row to the next.
    skip: usize,
    /// 20: the zero point's negative in both halves.
    minus: u32,
    /// 24: the first input of each pixel.
    inputs: [*const i8; PIXELS_AND_ONE],
    /// How far these are from the beginnings of the windows.
    place: usize,
}

impl Gather {
    /// Of windows whose rows of `run` inputs are `row` apart.
    #[inline(always)] // one caller
    pub(super) fn new([row, run]: [usize; 2], zero_point: i16) -> Self {
        Self {
            patch: core::ptr::null_mut(),
            len: 0,
            first: 0,
            run,
            skip: row.wrapping_sub(run),
            minus: minus(zero_point),
            inputs: [core::ptr::null(); PIXELS_AND_ONE],
            place: 0,
        }
    }

    /// Inputs `from..from + len` of each window. Behind them a word may keep a half that is not
    /// written: the blocks multiply it with 0.
    #[inline(always)] // one caller
    pub(super) fn part(&mut self, patch: &mut [i32], [from, len]: [usize; 2]) {
        let [row, column] = place(from, self.run);
        (self.patch, self.len) = (patch.as_mut_ptr(), len);
        self.first = len.min(self.run.wrapping_sub(column));
        self.place = from.wrapping_add(row.wrapping_mul(self.skip));
    }

    /// Whether all are whole words.
    #[inline(always)] // three operations
    pub(super) fn are_words(&self) -> bool {
        (self.first | self.len | self.run).is_multiple_of(4)
    }

    /// The windows of pixels that begin at any places.
    #[inline(always)] // one caller
    pub(super) fn each(&mut self, window: impl Fn(usize) -> *const i8) {
        for (slot, input) in self.inputs.iter_mut().enumerate() {
            *input = window(slot).wrapping_add(self.place);
        }
    }

    /// Widens them, of four pixels or five.
    ///
    /// # Safety
    ///
    /// All inputs of so many pixels lie within their slice, there is at least one, the patch has
    /// room for them, and those of five are whole words.
    #[inline(always)] // three calls
    pub(super) unsafe fn take(&self, pixels: usize) {
        // SAFETY: the blocks read `len` inputs of each of so many pixels, `first` of them in the
        // first row, and write the words of the patch that these take. The caller has checked both,
        // and that there is an input. All is whole words for `words` and `five_words`.
        unsafe {
            if pixels > PIXELS {
                five_words(self);
            } else if self.are_words() {
                words(self);
            } else {
                bytes(self);
            }
        }
    }
}

/// Words of one pixel.
///
/// * Writes `count` words from `slot` on, `step` bytes apart.
/// * The caller has checked that all of them are there, and that they are two or a multiple.
/// * Saves nothing: it changes r0, r2 and r3. The loop takes 5 instructions for two words.
/// * Stack: 0 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn zero(slot: *mut i32, step: usize, count: usize) {
    naked_asm!(
        cpu!(),
        "movs r3, #0",
        "2:",
        "str r3, [r0]",
        "str r3, [r0, r1]",
        "add r0, r0, r1, lsl #1",
        "subs r2, r2, #2",
        "bne 2b",
        "bx lr",
    )
}

/// One pixel. `slot`: its first word of the group that input `lane` (0 to 3) is in; `step`: bytes
/// from word `a` to word `b`, half of those from group to group.
///
/// * Reads `input..end`; writes a half for each input, from half `lane` of the group at `slot` on.
/// * The caller has checked that the inputs are there and that the last half lies in the patch.
/// * Saves r4 to r7 and lr. The inner loop takes 8 instructions for four inputs.
/// * Stack: 20 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn widen(
    input: *const i8,
    end: *const i8,
    slot: *mut i32,
    step: usize,
    minus: u32,
    lane: usize,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r7, lr}}",
        "ldrd r4, r5, [sp, #20]",
        "adds r6, r2, r3", // r2: word a, r6: word b, r3: to the next group
        "lsls r3, r3, #1",
        "lsls r5, r5, #31", // carry: lane 2 or 3, negative: lane 1 or 3
        "bcs 4f",
        "bmi 5f",
        "b 2f",
        "4:",
        "bmi 7f",
        "b 6f",
        "3:", // four inputs
        "ldr r7, [r0], #4",
        "sxtab16 r5, r4, r7",
        "sxtab16 r7, r4, r7, ror #8",
        "str r5, [r2]",
        "str r7, [r6]",
        "add r2, r2, r3",
        "add r6, r6, r3",
        "2:", // lane 0
        "subs r7, r1, r0",
        "cmp r7, #4",
        "bhs 3b",
        "cbz r7, 8f",
        "ldrsb r7, [r0], #1",
        "adds r7, r7, r4",
        "strh r7, [r2]",
        "5:", // lane 1
        "cmp r0, r1",
        "beq 8f",
        "ldrsb r7, [r0], #1",
        "adds r7, r7, r4",
        "strh r7, [r6]",
        "6:", // lane 2
        "cmp r0, r1",
        "beq 8f",
        "ldrsb r7, [r0], #1",
        "adds r7, r7, r4",
        "strh r7, [r2, #2]",
        "7:", // lane 3
        "cmp r0, r1",
        "beq 8f",
        "ldrsb r7, [r0], #1",
        "adds r7, r7, r4",
        "strh r7, [r6, #2]",
        "add r2, r2, r3",
        "add r6, r6, r3",
        "b 2b",
        "8:",
        "pop {{r4-r7, pc}}",
    )
}

/// Four pixels, in words: `len`, `first` and `run` are multiples of 4.
///
/// * Reads `len` bytes for each of four pixels: `first`, and then `run` of each row; writes
///   `2 * len` words at `patch`.
/// * The caller has checked that both lie within their slices, and that there is a word.
/// * Saves r4 to r11 and lr. The loop takes 16 instructions for 16 inputs, and a row 13 more.
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
        "ldr r5, [r12], #4",
        "ldm r12, {{r0-r3}}",
        "add r6, r4, r6, lsl #3",
        "str r6, [sp, #4]", // the end of the patch
        "add r6, r4, r7, lsl #3",
        "2:",
        "str r6, [sp]", // the end of the row in the patch
        "3:",
        "ldr r6, [r0], #4",
        "ldr r7, [r1], #4",
        "ldr r8, [r2], #4",
        "ldr r9, [r3], #4",
        "sxtab16 r10, r5, r6, ror #8",
        "sxtab16 r11, r5, r7, ror #8",
        "sxtab16 r12, r5, r8, ror #8",
        "sxtab16 lr, r5, r9, ror #8",
        "sxtab16 r6, r5, r6",
        "sxtab16 r7, r5, r7",
        "sxtab16 r8, r5, r8",
        "sxtab16 r9, r5, r9",
        "stm r4!, {{r6-r12, lr}}",
        "ldr r6, [sp]",
        "cmp r4, r6",
        "bne 3b",
        "ldr r7, [sp, #4]",
        "cmp r4, r7",
        "beq 4f",
        "ldr lr, [sp, #8]",
        "ldrd r6, r8, [lr, #12]",
        "add r0, r0, r8",
        "add r1, r1, r8",
        "add r2, r2, r8",
        "add r3, r3, r8",
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

/// Five pixels, in words: `len`, `first` and `run` are multiples of 4.
///
/// * Reads `len` bytes for each of five pixels: `first`, and then `run` of each row; writes
///   `10 * len` bytes at `patch`.
/// * The caller has checked that both lie within their slices, and that there is a word.
/// * Saves r4 to r11 and lr. The loop takes 22 instructions for 20 inputs, and a row 17 more.
/// * Stack: 48 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn five_words(gather: &Gather) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "sub sp, sp, #8",
        "mov lr, r0",
        "ldm lr, {{r4, r7, r8}}",
        "add r12, lr, #20",
        "ldr r5, [r12], #4",
        "ldm r12, {{r0-r3, r6}}",
        "add r7, r7, r7, lsl #2",
        "add r7, r4, r7, lsl #1",
        "str r7, [sp, #4]", // the end of the patch
        "add r8, r8, r8, lsl #2",
        "add r7, r4, r8, lsl #1",
        "2:",
        "str r7, [sp]", // the end of the row in the patch
        "3:",
        "ldr r7, [r0], #4",
        "ldr r8, [r1], #4",
        "ldr r9, [r2], #4",
        "ldr r10, [r3], #4",
        "ldr r11, [r6], #4",
        "sxtab16 r12, r5, r7",
        "sxtab16 lr, r5, r8",
        "strd r12, lr, [r4], #8",
        "sxtab16 r12, r5, r9",
        "sxtab16 lr, r5, r10",
        "strd r12, lr, [r4], #8",
        "sxtab16 r12, r5, r11",
        "str r12, [r4], #4",
        "sxtab16 r7, r5, r7, ror #8",
        "sxtab16 r8, r5, r8, ror #8",
        "sxtab16 r9, r5, r9, ror #8",
        "sxtab16 r10, r5, r10, ror #8",
        "sxtab16 r11, r5, r11, ror #8",
        "stm r4!, {{r7-r11}}",
        "ldr r7, [sp]",
        "cmp r4, r7",
        "bne 3b",
        "ldr r8, [sp, #4]",
        "cmp r4, r8",
        "beq 4f",
        "ldr lr, [sp, #8]",
        "ldrd r7, r9, [lr, #12]",
        "add r0, r0, r9",
        "add r1, r1, r9",
        "add r2, r2, r9",
        "add r3, r3, r9",
        "add r6, r6, r9",
        "add r7, r7, r7, lsl #2",
        "add r7, r4, r7, lsl #1",
        "cmp r7, r8",
        "it hi",
        "movhi r7, r8",
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
            "ldrsb r6, [r0], #1\n",
            "adds r6, r6, r5\n",
            "strh r6, [r4, #",
            $a,
            "]\n",
            "ldrsb r6, [r1], #1\n",
            "adds r6, r6, r5\n",
            "strh r6, [r4, #",
            $b,
            "]\n",
            "ldrsb r6, [r2], #1\n",
            "adds r6, r6, r5\n",
            "strh r6, [r4, #",
            $c,
            "]\n",
            "ldrsb r6, [r3], #1\n",
            "adds r6, r6, r5\n",
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

/// Four pixels, byte by byte.
///
/// * Reads `len` bytes for each of four pixels: `first`, and then `run` of each row; writes a half
///   for each in the words of `patch`.
/// * The caller has checked that both lie within their slices, and that there is an input.
/// * Saves r4 to r11 and lr. The loop takes 16 instructions for four inputs, and a row 12 more.
/// * Stack: 36 bytes. It calls a part of itself, which takes none.
#[unsafe(naked)]
unsafe extern "C" fn bytes(gather: &Gather) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "mov r12, r0",
        "ldm r12!, {{r4, r6, r7, r9, r10}}",
        "ldrsh r5, [r12], #4",
        "ldm r12, {{r0-r3}}",
        "sub r8, r6, r7", // inputs behind this row
        "movs r11, #2",   // to the upper halves, or to the words that follow
        "2:",
        four_inputs!("0", "4", "8", "12"),
        four_inputs!("16", "20", "24", "28"),
        "add r4, r4, r11",
        "rsb r11, r11, #32",
        "b 2b",
        "8:", // the next row
        "mov r7, r9",
        "cmp r9, r8",
        "it hi",
        "movhi r7, r8",
        "subs r8, r8, r7",
        "add r0, r0, r10",
        "add r1, r1, r10",
        "add r2, r2, r10",
        "add r3, r3, r10",
        "cbz r7, 9f",
        "bx lr",
        "9:",
        "pop {{r4-r11, pc}}",
    )
}
