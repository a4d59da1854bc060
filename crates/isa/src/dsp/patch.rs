//! Inputs under windows, widened.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, minus};
use crate::operands::{PIXELS, end, patch_len};

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

/// Widens what lies under the windows of four pixels: `len` inputs each, `pixel` apart, less
/// `zero_point`, become the inputs from the `at`th on. Both `at` and `len` are multiples of 4.
pub fn gather_four(
    patch: &mut [i32],
    at: usize,
    input: &[i8],
    [pixel, len]: [usize; 2],
    zero_point: i16,
) {
    let end = end([PIXELS, pixel], [1, 0], len);
    if !at.is_multiple_of(4)
        || !len.is_multiple_of(4)
        || len == 0
        || end > input.len()
        || patch_len(PIXELS, at.saturating_add(len)) > patch.len()
    {
        return;
    }
    let slot = patch.as_mut_ptr().wrapping_add(patch_len(PIXELS, at));
    // SAFETY: `widen_four` reads `len` inputs at each of four places `pixel` apart, which lie
    // within `input`, and writes the `2 · len` words from `slot` on, which lie within `patch`.
    unsafe { widen_four(input.as_ptr(), pixel, slot, len / 4, minus(zero_point)) }
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

/// Four pixels, `words` words of inputs each, at least 1.
///
/// * Reads `4 · words` bytes at `input` and at 1, 2 and 3 times `pixel` from there; writes
///   `8 · words` words at `patch`.
/// * The caller has checked that both lie within their slices, and that there is a word.
/// * Saves r4 to r11 and lr. The loop takes 16 instructions for 16 inputs.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn widen_four(
    input: *const i8,
    pixel: usize,
    patch: *mut i32,
    words: usize,
    minus: u32,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldr r5, [sp, #36]",
        "mov r4, r2",
        "add r12, r2, r3, lsl #5",
        "push {{r12}}", // the end of the patch
        "add r2, r0, r1, lsl #1",
        "adds r3, r2, r1",
        "adds r1, r1, r0",
        "2:",
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
        "bne 2b",
        "pop {{r12}}",
        "pop {{r4-r11, pc}}",
    )
}
