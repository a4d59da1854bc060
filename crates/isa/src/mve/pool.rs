//! Sums of what lies under a window, channel by channel.

use core::arch::naked_asm;

use super::common::cpu;
use crate::operands::end;

/// Sums of four channels that lie side by side, over rows and columns of inputs.
///
/// See [`portable::sums`](super::portable::sums).
pub fn sums(input: &[i8], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
    let ([rows, columns], [row, column]) = (count, steps);
    let mut sums = [0; 4];
    if end([rows, row], [columns, column], sums.len()) > input.len() {
        return None;
    }
    // SAFETY: the last four inputs lie within the slice (`end`), and there is a row and a column.
    unsafe { four(input.as_ptr(), column, rows, columns, row, &mut sums) }
    Some(sums)
}

/// Four channels.
///
/// * Reads four bytes in each of `rows` rows and `columns` columns, `row` and `column` bytes apart;
///   writes four words at `sums`.
/// * The caller has checked that these bytes lie within their slice, and that there is one.
/// * Saves r4 to r6 and lr. The loop takes 4 instructions for four inputs.
/// * Stack: 16 bytes. It calls nothing.
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
        "push {{r4-r6, lr}}",
        "ldrd r4, r5, [sp, #16]",
        "vmov.i32 q0, #0",
        "mov r6, r0",
        "2:",
        "mov r0, r6",
        "dls lr, r3",
        "3:",
        "vldrb.s32 q1, [r0]",
        "add r0, r0, r1",
        "vadd.i32 q0, q0, q1",
        "le lr, 3b",
        "add r6, r6, r4",
        "subs r2, r2, #1",
        "bne 2b",
        "vstrw.32 q0, [r5]",
        "pop {{r4-r6, pc}}",
    )
}
