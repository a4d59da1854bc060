//! Sums and maxima of what lies under a window, channel by channel.

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

/// What [`sixteens`] reads.
#[repr(C)]
struct Maxima {
    /// 0: from row to row, in bytes.
    row: usize,
    output: *mut i8,
    /// 8: how many.
    channels: usize,
}

/// The largest elements of channels that lie side by side.
///
/// See [`portable::maxima`](super::portable::maxima).
pub fn maxima(input: &[i8], count: [usize; 2], steps: [usize; 2], output: &mut [i8]) -> bool {
    let ([rows, columns], [row, column], channels) = (count, steps, output.len());
    if channels == 0 || end([rows, row], [columns, column], channels) > input.len() {
        return false;
    }
    let maxima = Maxima { row, output: output.as_mut_ptr(), channels };
    // SAFETY: the block reads a byte of each channel under each tap, all of which lie within the
    // slice (`end`), and writes a byte for each channel. There is a tap and a channel.
    unsafe { sixteens(input.as_ptr(), column, rows, columns, &maxima) }
    true
}

/// Sixteen channels at a time, the last ones as many as there are.
///
/// * Reads a byte of each channel in each of `rows` rows and `columns` columns; writes a byte of
///   each channel.
/// * The caller has checked that all of them are there, and that there is a tap and a channel.
/// * Saves r4 to r9 and lr. The loop takes 5 instructions for a tap of 16 channels.
/// * Stack: 28 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn sixteens(
    input: *const i8,
    column: usize,
    rows: usize,
    columns: usize,
    maxima: &Maxima,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r9, lr}}",
        "ldr r12, [sp, #28]",
        "ldm r12, {{r4-r6}}",
        "2:",
        "vctp.8 r6",
        "vmov.i8 q0, #0x80", // the lowest
        "mov r7, r0",
        "mov r8, r2",
        "3:",
        "mov r9, r7",
        "dls lr, r3",
        "4:",
        "vpst",
        "vldrbt.u8 q1, [r9]",
        "add r9, r9, r1",
        "vmax.s8 q0, q0, q1",
        "le lr, 4b",
        "add r7, r7, r4",
        "subs r8, r8, #1",
        "bne 3b",
        "vpst",
        "vstrbt.8 q0, [r5], #16",
        "add r0, r0, #16",
        "subs r6, r6, #16",
        "bgt 2b",
        "pop {{r4-r9, pc}}",
    )
}
