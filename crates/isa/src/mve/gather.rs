//! What lies under a window with padding.

use core::arch::naked_asm;

use super::common::cpu;
use super::operands::Pieces;

/// What the block reads, and counts in.
#[repr(C)]
struct Run {
    /// 0: first piece.
    from: *const i8,
    /// 4: where it goes.
    to: *mut i8,
    /// 8: rows, and pieces in each.
    count: [usize; 2],
    /// 16: from piece to piece of a row, of the input and of the window.
    column: [usize; 2],
    /// 24: from row to row, of the input and of the window.
    row: [usize; 2],
    /// 32: elements of a piece.
    len: usize,
}

/// Fills a window with the zero point, and copies the pieces into it that lie in the image.
///
/// See [`portable::gather`](super::portable::gather).
pub fn gather(window: &mut [i8], zero_point: i8, pieces: &Pieces<'_>) {
    if window.is_empty() || !pieces.fit(window.len()) {
        return;
    }
    let Pieces { input, to, count, rows: row, columns: column, len } = *pieces;
    let (len_of_window, window) = (window.len(), window.as_mut_ptr());
    let to = window.wrapping_add(to);
    let run = Run { from: input.as_ptr(), to, count, column, row, len };
    // SAFETY: `Pieces::fit` has checked that all pieces lie within the input, that they have a
    // place in the window, and that there is one with an element. The window is not empty.
    unsafe { fill_and_copy(window, len_of_window, zero_point.into(), &run) }
}

/// Fills, then copies piece by piece.
///
/// * Writes `window_len` bytes at `window`. Reads `len` bytes of each piece, and writes them to its
///   place.
/// * The caller has checked that all pieces and places are there, at least one, that a piece has an
///   element, and that the window is not empty.
/// * Saves r4 to r11 and lr. Filling takes 2 instructions for 16 bytes, a piece 8, and 3 for every
///   16 bytes.
/// * Stack: 44 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn fill_and_copy(window: *mut i8, window_len: usize, value: i32, run: &Run) {
    naked_asm!(
        cpu!(),
        "push {{r3-r11, lr}}",
        "vdup.8 q0, r2",
        "dlstp.8 lr, r1",
        "2:",
        "vstrb.8 q0, [r0], #16",
        "letp lr, 2b",
        "ldm r3!, {{r0, r1, r4-r7}}", // from, to, rows, pieces, columns
        "ldm r3, {{r8, r9, r10}}",    // rows, len
        "3:",
        "mov r2, r0",
        "mov r3, r1",
        "mov r11, r5",
        "4:",
        "mov r12, r3",
        "push {{r2}}",
        "dlstp.8 lr, r10",
        "5:",
        "vldrb.u8 q0, [r2], #16",
        "vstrb.8 q0, [r12], #16",
        "letp lr, 5b",
        "pop {{r2}}",
        "add r2, r2, r6",
        "add r3, r3, r7",
        "subs r11, r11, #1",
        "bne 4b",
        "add r0, r0, r8",
        "add r1, r1, r9",
        "subs r4, r4, #1",
        "bne 3b",
        "pop {{r3-r11, pc}}",
    )
}
