//! Sums of what lies under a window, channel by channel.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::end;

/// Inputs whose sum fits into 16 bits, whatever they are.
const MOST: usize = 256;

/// Sums of four channels that lie side by side, over rows and columns of inputs.
///
/// See [`portable::sums`](crate::portable::sums).
pub fn sums(input: &[i8], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
    let ([rows, columns], [row, column]) = (count, steps);
    let mut sums = [0; 4];
    if end([rows, row], [columns, column], sums.len()) > input.len() {
        return None;
    }
    let width = columns.min(MOST);
    let height = MOST / width.max(1);
    let mut y = 0;
    while y < rows {
        let mut x = 0;
        while x < columns {
            let first = input.as_ptr().wrapping_add(y * row + x * column);
            let (rows, columns) = (height.min(rows - y), width.min(columns - x));
            // SAFETY: the last four inputs of the window lie within the slice (`end`), and so do
            // those of a part of it, which has a row and a column, and at most `MOST` of both.
            unsafe { four(first, column, rows, columns, row, &mut sums) }
            x += width;
        }
        y += height;
    }
    Some(sums)
}

/// Four channels: sums of two each in the halves of a word.
///
/// * Reads four bytes in each of `rows` rows and `columns` columns, `row` and `column` bytes apart;
///   adds to four words at `sums`.
/// * The caller has checked that these bytes lie within their slice, that there is one of each
///   channel, and that there are at most [`MOST`].
/// * Saves r4 to r9 and lr. The loop takes 6 instructions for four inputs, and a row 5 more.
/// * Stack: 28 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn four(
    input: *const i8,
    column: usize,
    rows: usize,
    columns: usize,
    row: usize,
    sums: &mut [i32; 4],
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r9, lr}}",
        "ldrd r4, r5, [sp, #28]",
        "mov r6, #0",
        "mov r7, #0",
        "2:",
        "mov r8, r0",
        "mov r9, r3",
        "3:",
        "ldr r12, [r8]",
        "add r8, r8, r1",
        "sxtab16 r6, r6, r12",
        "sxtab16 r7, r7, r12, ror #8",
        "subs r9, r9, #1",
        "bne 3b",
        "add r0, r0, r4",
        "subs r2, r2, #1",
        "bne 2b",
        "ldm r5, {{r0-r3}}",
        "sxtah r0, r0, r6",
        "sxtah r1, r1, r7",
        "add r2, r2, r6, asr #16",
        "add r3, r3, r7, asr #16",
        "stm r5, {{r0-r3}}",
        "pop {{r4-r9, pc}}",
    )
}
