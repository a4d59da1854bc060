//! Outputs out of sums.

use core::arch::naked_asm;

use crate::operands::Factors;
use crate::thumb1::common::{long, restore, save, short};

/// Makes outputs of sums, one for each channel.
///
/// See [`portable::requantize`](crate::portable::requantize).
pub fn requantize(sums: &[i32], factors: &Factors<'_>, outputs: &mut [i8]) {
    if sums.is_empty() || sums.len() != outputs.len() || !factors.are_for(sums.len()) {
        return;
    }
    let (multipliers, shifts) = (factors.multipliers.as_ptr(), factors.shifts.as_ptr());
    let len = sums.len();
    // SAFETY: `scale` reads `len` sums, multipliers and shifts, and writes as many outputs. There
    // is at least one.
    unsafe { scale(sums.as_ptr(), multipliers, shifts, outputs.as_mut_ptr(), factors.round(), len) }
}

/// All sums, at least one.
///
/// * Reads `len` sums, multipliers and shifts; writes as many bytes.
/// * The caller has checked that there are as many of each, and at least one.
/// * Saves r4 to r11 and lr. The loop takes 45 instructions for an output.
/// * Stack: 36 bytes. It calls functions of `common`, which take none.
#[unsafe(naked)]
unsafe extern "C" fn scale(
    sums: *const i32,
    multipliers: *const i32,
    shifts: *const u8,
    outputs: *mut i8,
    round: i32,
    len: usize,
) {
    naked_asm!(
        save!(),
        "mov r8, r0",
        "mov r9, r1",
        "mov r10, r2",
        "mov r11, r3",
        "movs r7, #0",
        "2:",
        "lsls r6, r7, #2",
        "mov r4, r8",
        "ldr r3, [r4, r6]",
        "mov r4, r9",
        "ldr r1, [r4, r6]",
        "lsrs r0, r1, #16",
        "uxth r1, r1",
        "mov r4, r10",
        "ldrb r2, [r4, r7]",
        "ldr r4, [sp, #36]",
        "lsls r4, r2",
        "beq 4f", // an odd number, shifted by more than 31
        "mov r12, r4",
        "adds r2, r2, #1",
        "bl {short}",
        "3:",
        "mov r4, r11",
        "strb r3, [r4, r7]",
        "adds r7, r7, #1",
        "ldr r4, [sp, #40]",
        "cmp r7, r4",
        "bne 2b",
        restore!(),
        "4:",
        "ldr r4, [sp, #36]",
        "asrs r4, r4, #1",
        "mov r12, r4",
        "bl {long}",
        "b 3b",
        short = sym short,
        long = sym long,
    )
}
