//! Inputs under windows, widened.

use core::arch::naked_asm;

use crate::operands::{Groups, PIXELS, Runs, patch_len, place};
use crate::portable::clear;
use crate::thumb1::common::{minus, restore, save};

/// Widens what lies under the window of one pixel: `input`, less `zero_point`, becomes the inputs
/// of `pixel` from the `at`th on, in a patch of `pixels` pixels.
pub fn gather(patch: &mut [i32], place: [usize; 2], at: usize, input: &[i8], zero_point: i16) {
    let (first, len) = ([0, at], input.len());
    let runs = Runs { input, first, rows: [0; 2], columns: [0; 2], count: [1; 2], len };
    widen_runs(patch, place, [0, at.saturating_add(len)], &runs, zero_point);
}

/// Widens what lies under the window of one pixel.
///
/// See [`portable::gather_runs`](crate::portable::gather_runs).
pub fn gather_runs(
    patch: &mut [i32],
    place: [usize; 2],
    part: [usize; 2],
    runs: &Runs<'_>,
    zero_point: i16,
) {
    let [_, len] = part;
    clear(patch, place, len);
    widen_runs(patch, place, part, runs, zero_point);
}

/// [`gather_runs`], of which those inputs stay as they are that no run has.
#[inline(never)] // size: two callers
fn widen_runs(
    patch: &mut [i32],
    [pixels, pixel]: [usize; 2],
    part: [usize; 2],
    runs: &Runs<'_>,
    zero_point: i16,
) {
    let [_, len] = part;
    if pixel >= pixels || patch_len(pixels, len) > patch.len() {
        return;
    }
    let slots = patch.as_mut_ptr().wrapping_add(pixel);
    runs.each_within(part, |at, piece| {
        let (end, slot) = (piece.as_ptr_range().end, slots.wrapping_add(at * pixels));
        // SAFETY: `widen` reads the piece, at least one input, and writes as many words, `pixels`
        // apart, which are among those of the first `len` inputs of `pixel`.
        unsafe { widen(end, piece.len(), slot, 4 * pixels, minus(zero_point)) }
    });
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

/// Widens `len` inputs of windows that begin at these places, from a row and a column on.
///
/// # Safety
///
/// These inputs and all of their rows, of `run` inputs and `row` apart, are there, there is at
/// least one, and the patch has room for them.
#[inline(never)] // stack: gone when the patch is multiplied
pub(super) unsafe fn take(
    patch: *mut i32,
    windows: &[*const i8; PIXELS],
    groups: &Groups<'_>,
    [from, len]: [usize; 2],
) {
    let &Groups { row, run, zero_point, .. } = groups;
    let [above, before] = place(from, run);
    let first = len.min(run - before);
    let ends = windows.map(|window| window.wrapping_add(above * row + before + first));
    let four = Four { ends, patch, minus: minus(zero_point), len, run, row, first };
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
