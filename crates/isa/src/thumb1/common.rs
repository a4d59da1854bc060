//! What blocks have in common.

use core::arch::naked_asm;

/// Saves r4 to r11 and lr: 36 bytes.
macro_rules! save {
    () => {
        concat!(
            "push {{r4-r7, lr}}\n",
            "mov r4, r8\n",
            "mov r5, r9\n",
            "mov r6, r10\n",
            "mov r7, r11\n",
            "push {{r4-r7}}\n"
        )
    };
}

/// Restores what [`save`] has saved, and returns.
macro_rules! restore {
    () => {
        concat!(
            "pop {{r4-r7}}\n",
            "mov r8, r4\n",
            "mov r9, r5\n",
            "mov r10, r6\n",
            "mov r11, r7\n",
            "pop {{r4-r7, pc}}\n"
        )
    };
}

pub(super) use {restore, save};

/// `-zero_point`: what is added to an input.
pub(super) fn minus(zero_point: i16) -> i32 {
    -i32::from(zero_point)
}

/// The output of a sum by the short way, for blocks of this module.
///
/// The product of a sum `x` and a multiplier `m` is put together from 16 bits of each,
/// `x = 2^16 a + b` with `b` from -2^15 to 2^15 - 1, and `m = 2^16 c + d`:
///
/// ```text
/// (x · m + 2^30) >> 31 = 2ac + ((ad + bc + (bd >> 16) + 2^14) >> 15)
/// ```
///
/// Nothing overflows for sums between -2^30 and 2^30: `ad` and `bc` are then below 2^30 in absolute
/// value. 2^14 is the carry of the shift by 15 bits. What follows is that of the DSP extension.
///
/// * Takes in r0 and r1 the upper and lower half of the multiplier, in r2 the shift, in r3 the sum,
///   in r12 half of the last bit that is shifted out and the zero point in front of it. Gives the
///   output in r3. It reads and writes no memory.
/// * The caller has checked that the factor is one of the short way.
/// * Saves all but r3 to r6 and the flags: it has no calling convention that Rust knows. It takes
///   23 instructions, or 25 where the output is at the end of its range.
/// * Stack: none. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn short() {
    naked_asm!(
        "sxth r4, r3",
        "subs r5, r3, r4",
        "asrs r5, r5, #16",
        "movs r6, r4",
        "muls r6, r1, r6",
        "muls r4, r0, r4",
        "asrs r6, r6, #16",
        "adds r4, r4, r6",
        "movs r6, r5",
        "muls r6, r1, r6",
        "muls r5, r0, r5",
        "adds r4, r4, r6",
        "lsls r5, r5, #1",
        "asrs r4, r4, #15",
        "adcs r4, r5",
        "asrs r3, r4, #31", // ties go away from zero
        "adds r3, r3, r4",
        "add r3, r12",
        "asrs r3, r2",
        "sxtb r4, r3",
        "cmp r3, r4",
        "bne 2f",
        "bx lr",
        "2:",
        "asrs r3, r3, #31",
        "movs r4, #127",
        "eors r3, r4",
        "bx lr",
    )
}

/// The output of any sum, for any factor.
///
/// Here `b` is not negative, and the sum of the middle products has 64 bits.
///
/// * Takes in r0 and r1 the upper and lower half of the multiplier, in r2 the shift, as
///   [`shift`](crate::shift) makes it, in r3 the sum, in r12 the zero point. Gives the output in
///   r3. It reads and writes no memory.
/// * There is nothing to check.
/// * Saves all but r3 to r6 and the flags, as [`short`].
/// * Stack: none. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn long() {
    naked_asm!(
        "lsls r4, r2, #25",
        "bpl 3f",
        "lsls r4, r2, #27", // to the left
        "lsrs r4, r4, #27",
        "lsls r3, r4",
        "3:",
        "uxth r4, r3",
        "asrs r5, r3, #16",
        "movs r6, r4",
        "muls r6, r1, r6",
        "lsrs r6, r6, #16",
        "muls r4, r0, r4",
        "adds r4, r4, r6",
        "movs r3, r5",
        "muls r3, r1, r3",
        "muls r5, r0, r5",
        "asrs r6, r3, #31",
        "adds r4, r4, r3",
        "movs r3, #0", // keeps the carry
        "adcs r6, r3",
        "lsls r6, r6, #17",
        "lsls r5, r5, #1",
        "adds r5, r5, r6",
        "lsrs r4, r4, #15",
        "adcs r5, r4",
        "movs r3, r5",
        "lsls r4, r2, #25",
        "bmi 4f",
        "asrs r4, r5, #31",
        "adds r3, r4, r5",
        "lsls r4, r2, #27",
        "lsrs r4, r4, #27",
        "asrs r3, r4",
        "adds r3, r3, #1",
        "asrs r3, r3, #1",
        "4:",
        "add r3, r12",
        "sxtb r4, r3",
        "cmp r3, r4",
        "beq 2f",
        "asrs r3, r3, #31",
        "movs r4, #127",
        "eors r3, r4",
        "2:",
        "bx lr",
    )
}

/// Four little-endian bytes that lie anywhere.
///
/// * Reads four bytes at r4, and gives them in r5. It writes no memory.
/// * The caller has checked that they are there.
/// * Saves all but r5, r6 and the flags. It takes 4 instructions for a word at a multiple of four.
/// * Stack: none. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn word() {
    naked_asm!(
        "lsls r5, r4, #30",
        "bne 2f",
        "ldr r5, [r4]",
        "bx lr",
        "2:",
        "ldrb r5, [r4]",
        "ldrb r6, [r4, #1]",
        "lsls r6, r6, #8",
        "orrs r5, r6",
        "ldrb r6, [r4, #2]",
        "lsls r6, r6, #16",
        "orrs r5, r6",
        "ldrb r6, [r4, #3]",
        "lsls r6, r6, #24",
        "orrs r5, r6",
        "bx lr",
    )
}
