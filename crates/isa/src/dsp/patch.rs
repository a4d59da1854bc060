//! Inputs under windows, widened.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, minus};
use crate::operands::{PIXELS, Rows, Windows, patch_len};

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

/// Widens rows under the window of one pixel: inputs, less `zero_point`, become those of `pixel`
/// from the `at`th on, in a patch of `pixels` pixels.
pub fn gather_rows(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    mut at: usize,
    rows: &Rows<'_>,
    zero_point: i16,
) {
    if !rows.fit([pixels, pixel], at, patch.len()) {
        return;
    }
    let [row, step] = rows.steps;
    let mut input = rows.input.as_ptr();
    for _ in 0..rows.count {
        let end = input.wrapping_add(rows.len);
        let slot = patch.as_mut_ptr().wrapping_add(at / 4 * 2 * pixels + pixel);
        // SAFETY: `widen` reads a row of the inputs. It writes halves of inputs `at..at + len` of
        // `pixel`, whose last word is before `patch_len` of their number. `Rows::fit` has checked
        // both for the last row.
        unsafe { widen(input, end, slot, 4 * pixels, minus(zero_point), at % 4) }
        input = input.wrapping_add(row);
        at = at.wrapping_add(step);
    }
}

/// What [`words`] and [`bytes`] read.
#[repr(C)]
struct Four {
    /// 0: the first input of each pixel.
    inputs: [*const i8; PIXELS],
    /// 16: the patch.
    patch: *mut i32,
    /// 20: inputs of each pixel.
    len: usize,
    /// 24: those of them in the first row.
    first: usize,
    /// 28: inputs of a row.
    run: usize,
    /// 32: from behind a row to the next.
    skip: usize,
    /// 36: the zero point's negative in both halves.
    minus: u32,
}

/// Widens what lies under the windows of four pixels: inputs `from..from + len` of each, counted
/// through its rows, less `zero_point`, become the first of the patch.
pub fn gather_windows(
    patch: &mut [i32],
    windows: &Windows<'_>,
    [from, len]: [usize; 2],
    zero_point: i16,
) {
    if windows.have([from, len], 0) && patch_len(PIXELS, len) <= patch.len() {
        // SAFETY: that is what `take` needs.
        unsafe { take(patch, windows, (windows.place(from), 0), len, minus(zero_point)) }
    }
}

/// Widens `len` inputs of each window, moved by `by`, from a row and a column on.
///
/// # Safety
///
/// These inputs and all of their rows lie within the slice, there is at least one, and the patch
/// has room for them.
#[inline(always)] // two callers
pub(super) unsafe fn take(
    patch: &mut [i32],
    windows: &Windows<'_>,
    ([first, before], by): ([usize; 2], usize),
    len: usize,
    minus: u32,
) {
    let &Windows { input, pixels, row, run } = windows;
    let begin = input.as_ptr().wrapping_add(first * row + before + by);
    let four = Four {
        inputs: pixels.map(|pixel| begin.wrapping_add(pixel)),
        patch: patch.as_mut_ptr(),
        len,
        first: len.min(run - before),
        run,
        skip: row.wrapping_sub(run),
        minus,
    };
    let are_words = (before | len | run).is_multiple_of(4);
    if !are_words {
        let words = patch_len(PIXELS, len & !3)..patch_len(PIXELS, len);
        patch.get_mut(words).unwrap_or_default().fill(0);
    }
    // SAFETY: both blocks read `len` inputs of each of four pixels, `first` of them in the first
    // row, and write the words of the patch that these take. The caller has checked both, and that
    // there is an input. All is whole words for `words`.
    unsafe { if are_words { words(&four) } else { bytes(&four) } }
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
unsafe extern "C" fn words(four: &Four) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "sub sp, sp, #8",
        "mov lr, r0",
        "ldm lr, {{r0-r4, r6, r7}}",
        "ldr r5, [lr, #36]",
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
        "ldrd r6, r8, [lr, #28]",
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
/// * Saves r4 to r11 and lr. The loop takes 15 instructions for four inputs, and a row 12 more.
/// * Stack: 36 bytes. It calls a part of itself, which takes none.
#[unsafe(naked)]
unsafe extern "C" fn bytes(four: &Four) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "mov r12, r0",
        "ldrsh r5, [r12, #36]",
        "ldm r12!, {{r0-r4, r8}}",
        "ldm r12, {{r7, r9, r10}}",
        "sub r8, r8, r7", // inputs behind this row
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
