//! The largest element under a window, channel by channel.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::end;

/// What [`fours`] reads.
#[repr(C)]
struct Window {
    /// 0: from row to row, in bytes.
    row: usize,
    /// 4: rows.
    rows: usize,
    /// 8: taps in each.
    columns: usize,
}

/// The largest elements of channels that lie side by side. Their number is a multiple of 4.
///
/// See [`portable::maxima`](crate::portable::maxima).
pub fn maxima(input: &[i8], count: [usize; 2], steps: [usize; 2], output: &mut [i8]) -> bool {
    let ([rows, columns], [row, column], channels) = (count, steps, output.len());
    if channels == 0
        || !channels.is_multiple_of(4)
        || end([rows, row], [columns, column], channels) > input.len()
    {
        return false;
    }
    let window = Window { row, rows, columns };
    let output = output.as_mut_ptr_range();
    // SAFETY: the block reads a byte of each channel under each tap, all of which lie within the
    // slice (`end`), and writes a byte for each channel, of which there are four or a multiple.
    // There is a tap.
    unsafe { fours(input.as_ptr(), output.start, output.end, column, &window) }
    true
}

/// Four channels at a time.
///
/// * Reads four bytes under each tap; writes four bytes, up to `end`.
/// * The caller has checked that all of them are there, and that there is a tap and a channel.
/// * Saves r4 to r11 and lr. The loop takes 6 instructions for a tap of four channels; these take 8
///   more, and 6 for each row.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn fours(
    input: *const i8,
    output: *mut i8,
    end: *mut i8,
    column: usize,
    window: &Window,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldr r4, [sp, #36]",
        "ldm r4, {{r4-r6}}",
        "2:",
        "mov r7, #0x80808080", // the lowest
        "mov r8, r0",
        "mov r9, r5",
        "3:",
        "mov r10, r8",
        "mov lr, r6",
        "4:",
        "ldr r12, [r10]",
        "add r10, r10, r3",
        "subs lr, lr, #1", // before the comparison, which has flags of its own
        "ssub8 r11, r12, r7",
        "sel r7, r12, r7",
        "bne 4b",
        "add r8, r8, r4",
        "subs r9, r9, #1",
        "bne 3b",
        "str r7, [r1], #4",
        "add r0, r0, #4",
        "cmp r1, r2",
        "bne 2b",
        "pop {{r4-r11, pc}}",
    )
}
