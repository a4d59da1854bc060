//! Inputs under windows, widened.

use core::arch::naked_asm;

use crate::operands::{PIXELS, Rows, Windows, patch_len};
use crate::thumb1::common::{minus, restore, save};

/// Widens what lies under the window of one pixel: `input`, less `zero_point`, becomes the inputs
/// of `pixel` from the `at`th on, in a patch of `pixels` pixels.
pub fn gather(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    at: usize,
    input: &[i8],
    zero_point: i16,
) {
    let rows = Rows { input, count: 1, len: input.len(), steps: [0; 2] };
    gather_rows(patch, [pixels, pixel], at, &rows, zero_point);
}

/// Widens rows under the window of one pixel: inputs, less `zero_point`, become those of `pixel`
/// from the `at`th on, in a patch of `pixels` pixels.
pub fn gather_rows(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    at: usize,
    rows: &Rows<'_>,
    zero_point: i16,
) {
    if rows.len == 0 || !rows.fit([pixels, pixel], at, patch.len()) {
        return;
    }
    let [row, step] = rows.steps;
    let mut end = rows.input.as_ptr().wrapping_add(rows.len);
    let mut slot = patch.as_mut_ptr().wrapping_add(at * pixels + pixel);
    for _ in 0..rows.count {
        // SAFETY: `widen` reads a row of the inputs, at least one, and writes as many words,
        // `pixels` apart, of which the last is before `patch_len`. `Rows::fit` has checked both for
        // the last row.
        unsafe { widen(end, rows.len, slot, 4 * pixels, minus(zero_point)) }
        end = end.wrapping_add(row);
        slot = slot.wrapping_add(step.wrapping_mul(pixels));
    }
}

/// What [`four`] reads.
#[repr(C)]
struct Four {
    /// 0: behind the first row of each pixel.
    ends: [*const i8; PIXELS],
    /// 16: the patch.
    patch: *mut i32,
    /// 20: the zero point's negative.
    minus: i32,
    /// 24: inputs of each pixel.
    len: usize,
    /// 28: inputs of a row.
    run: usize,
    /// 32: from row to row.
    row: usize,
    /// 36: inputs in the first row.
    first: usize,
}

/// Widens what lies under the windows of four pixels: inputs `from..from + len` of each, counted
/// through its rows, less `zero_point`, become the first of the patch.
pub fn gather_windows(
    patch: &mut [i32],
    windows: &Windows<'_>,
    [from, len]: [usize; 2],
    zero_point: i16,
) {
    if windows.have([from, len]) && patch_len(PIXELS, len) <= patch.len() {
        // SAFETY: that is what `take` needs.
        unsafe { take(patch, windows, windows.place(from), len, minus(zero_point)) }
    }
}

/// Widens `len` inputs of each window from a row and a column on.
///
/// # Safety
///
/// These inputs and all of their rows lie within the slice, there is at least one, and the patch
/// has room for them.
#[inline(always)] // two callers
pub(super) unsafe fn take(
    patch: &mut [i32],
    windows: &Windows<'_>,
    [above, before]: [usize; 2],
    len: usize,
    minus: i32,
) {
    let &Windows { input, pixels, row, run } = windows;
    let first = len.min(run - before);
    let begin = input.as_ptr().wrapping_add(above * row + before + first);
    let ends = pixels.map(|pixel| begin.wrapping_add(pixel));
    let four = Four { ends, patch: patch.as_mut_ptr(), minus, len, run, row, first };
    // SAFETY: `self::four` reads `len` inputs of each of four pixels, `first` of them before
    // `ends`, and writes four words for each: the caller has checked them.
    unsafe { self::four(&four) }
}

/// One pixel.
///
/// * Reads `len` bytes before `end`, at least one; writes as many words from `slot` on, `step`
///   bytes apart.
/// * The caller has checked that all of them are there.
/// * Saves r4 and r5. The loop takes 6 instructions for an input.
/// * Stack: 12 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn widen(end: *const i8, len: usize, slot: *mut i32, step: usize, minus: i32) {
    naked_asm!(
        "push {{r4, r5, lr}}",
        "ldr r4, [sp, #12]",
        "rsbs r1, r1, #0",
        "2:",
        "ldrsb r5, [r0, r1]",
        "adds r5, r5, r4",
        "str r5, [r2]",
        "adds r2, r2, r3",
        "adds r1, r1, #1",
        "bne 2b",
        "pop {{r4, r5, pc}}",
    )
}

/// Four pixels, row after row.
///
/// * Reads `first` bytes before `ends`, and then up to `run` of each row, `len` in all for each
///   pixel; writes `4 * len` words at `patch`.
/// * The caller has checked that all of them are there, and that there is an input.
/// * Saves r4 to r11 and lr. The loop takes 12 instructions for four inputs, and a row 20 more.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn four(four: &Four) {
    naked_asm!(
        save!(),
        "adds r0, r0, #20",
        "ldm r0!, {{r1-r5}}",
        "mov r8, r1",  // minus
        "mov r10, r3", // run
        "mov r11, r4", // from row to row
        "subs r2, r2, r5",
        "mov r9, r2", // inputs behind this row
        "rsbs r4, r5, #0",
        "subs r0, r0, #40",
        "ldr r5, [r0, #16]",
        "ldr r1, [r0, #4]",
        "ldr r2, [r0, #8]",
        "ldr r3, [r0, #12]",
        "ldr r0, [r0]",
        "2:",
        "ldrsb r6, [r0, r4]",
        "ldrsb r7, [r1, r4]",
        "add r6, r8",
        "add r7, r8",
        "stm r5!, {{r6, r7}}",
        "ldrsb r6, [r2, r4]",
        "ldrsb r7, [r3, r4]",
        "add r6, r8",
        "add r7, r8",
        "stm r5!, {{r6, r7}}",
        "adds r4, r4, #1",
        "bne 2b",
        "mov r6, r9",
        "cmp r6, #0",
        "beq 4f",
        "mov r7, r10",
        "cmp r7, r6",
        "bls 3f",
        "mov r7, r6",
        "3:",
        "subs r6, r6, r7",
        "mov r9, r6",
        // A row that goes on in the next one ends behind its last input.
        "mov r6, r11",
        "adds r6, r6, r7",
        "mov r4, r10",
        "subs r6, r6, r4",
        "adds r0, r0, r6",
        "adds r1, r1, r6",
        "adds r2, r2, r6",
        "adds r3, r3, r6",
        "rsbs r4, r7, #0",
        "b 2b",
        "4:",
        restore!(),
    )
}
