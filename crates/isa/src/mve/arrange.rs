//! The constants of channels.

use core::arch::naked_asm;

use super::common::cpu;
use super::operands::can_arrange;

/// Puts biases, multipliers and shifts where [`word`](super::word) says. Shifts are bits to the
/// right, less one; the highest bit is ignored.
///
/// See [`portable::arrange`](super::portable::arrange).
pub fn arrange(
    biases: &[i32],
    multipliers: &[i32],
    shifts: &[u8],
    block: usize,
    constants: &mut [i32],
) {
    if !can_arrange(biases, multipliers, shifts, block, constants) {
        return;
    }
    let (from, to) = ([biases.as_ptr(), multipliers.as_ptr()], constants.as_mut_ptr());
    // SAFETY: there are multipliers and shifts for all biases, of which there is one, and blocks of
    // 4 or 16 for all of them.
    unsafe { place(from[0], from[1], shifts.as_ptr(), to, biases.len(), block) }
}

/// Four channels at a time.
///
/// * Reads `count` biases, multipliers and shifts; writes a word for each of them into the blocks.
/// * The caller has checked all of these, that there is a channel, and that a block has 4 or 16.
/// * Saves r4 to r11 and lr. Four channels take 19 instructions, and 4 for each block.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn place(
    biases: *const i32,
    multipliers: *const i32,
    shifts: *const u8,
    constants: *mut i32,
    count: usize,
    block: usize,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldrd r6, r7, [sp, #36]",
        // A block's biases, multipliers and shifts, and from its last four channels to the next.
        "add r4, r3, r7, lsl #2",
        "add r5, r4, r7, lsl #2",
        "add r11, r7, r7, lsl #1",
        "rsb r11, r7, r11, lsl #2",
        "mov r10, #0",
        "vidup.u32 q3, r10, #1",
        "vmul.i32 q3, q3, r7",
        "mov r10, #0",
        "2:",
        "vctp.32 r6",
        "vpsttt",
        "vldrwt.u32 q0, [r0], #16",
        "vldrwt.u32 q1, [r1], #16",
        "vldrbt.u32 q2, [r2], #4",
        "vbic.i32 q2, #0x80",
        "vmvn q2, q2",
        "vpsttt",
        "vstrwt.32 q0, [r3, q3]",
        "vstrwt.32 q1, [r4, q3]",
        "vstrwt.32 q2, [r5, q3]",
        "add r3, r3, #4",
        "add r4, r4, #4",
        "add r5, r5, #4",
        "add r10, r10, #4",
        "cmp r10, r7",
        "bne 3f",
        "mov r10, #0",
        "add r3, r3, r11",
        "add r4, r4, r11",
        "add r5, r5, r11",
        "3:",
        "subs r6, r6, #4",
        "bgt 2b",
        "pop {{r4-r11, pc}}",
    )
}
