//! Convolutions: one window with four filters at a time.

use core::arch::naked_asm;

use super::common::{cpu, scale, sums};
use super::run::{Run, enter, leave};
use super::windows::take;

// From the sums r4, r6, r8 and r10 to a vector, scaled, with constants at r12.
macro_rules! one_sum {
    () => {
        concat!(sums!(), scale!("q0", "r12], #16", "r12], #16"))
    };
}

// To the next window, and the end.
macro_rules! next_one {
    () => {
        concat!(
            "ldr r12, [sp, #96]\n",
            "ldr r6, [r12, #8]\n",
            "ldrd r4, r5, [r12, #104]\n",
            "add r4, r4, r5\n",
            "str r4, [r12, #104]\n",
            "subs r6, r6, #1\n",
            "str r6, [r12, #8]\n",
            "bne 2b\n",
            leave!(),
        )
    };
}

/// As [`sixteen`](super::pairs::sixteen), with windows of any length, one at a time. Four outputs
/// take 25 instructions, and 10 for every 16 inputs.
///
/// * Reads and writes as `sixteen` does.
/// * The caller has checked the same.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 148 bytes, those of [`take`] included. It calls nothing else.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn any(run: &mut Run) {
    naked_asm!(
        cpu!(),
        enter!(),
        "ldr r4, [r0, #112]",
        "ldrd r5, r6, [r0, #116]",
        "vdup.32 q5, r4",
        "vdup.32 q6, r5",
        "vdup.32 q7, r6",
        // At sp: depth, from behind the last vector of the fourth filter to the next one, the end
        // of the constants.
        "ldr r4, [r0, #92]",
        "ldr r5, [r0, #52]",
        "add r5, r5, #15",
        "bic r5, r5, #15",
        "sub r5, r4, r5",
        "ldr r6, [r0, #100]",
        "strd r4, r5, [sp]",
        "str r6, [sp, #8]",
        "2:",
        "ldr r12, [sp, #96]",
        "ldr r4, [r12, #80]",
        "cbz r4, 3f",
        "ldrd r0, r1, [r12]",
        "add r1, r0, r1",
        "str r1, [r12]",
        "b 4f",
        "3:",
        "ldr r11, [r12, #84]",
        "bl {take}",
        "mov r0, r11",
        "4:",
        "ldr r3, [r12, #52]",
        "ldr r1, [r12, #88]",
        "ldr r2, [r12, #104]",
        "ldr r12, [r12, #96]",
        "6:",
        "ldr r4, [sp]",
        "add r5, r1, r4",
        "add r7, r5, r4",
        "add r9, r7, r4",
        "mov r11, r0",
        "ldm r12!, {{r4, r6, r8, r10}}",
        "dlstp.8 lr, r3",
        "7:",
        "vldrb.u8 q0, [r11], #16",
        "vldrb.u8 q1, [r1], #16",
        "vmladava.s8 r4, q0, q1",
        "vldrb.u8 q2, [r5], #16",
        "vmladava.s8 r6, q0, q2",
        "vldrb.u8 q3, [r7], #16",
        "vmladava.s8 r8, q0, q3",
        "vldrb.u8 q1, [r9], #16",
        "vmladava.s8 r10, q0, q1",
        "letp lr, 7b",
        one_sum!(),
        "vadd.i32 q0, q0, q5",
        "vmax.s32 q0, q0, q6",
        "vmin.s32 q0, q0, q7",
        "vstrb.32 q0, [r2], #4",
        "ldrd r4, r5, [sp, #4]",
        "add r1, r9, r4",
        "cmp r12, r5",
        "bne 6b",
        next_one!(),
        take = sym take,
    )
}

// The products of a filter of 64 weights at r1 with inputs in q4 to q7; to the next.
macro_rules! four_vectors {
    ($sum:literal) => {
        concat!(
            "vldrb.u8 q0, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q4, q0\n",
            "vldrb.u8 q1, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q5, q1\n",
            "vldrb.u8 q2, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q6, q2\n",
            "vldrb.u8 q3, [r1], #16\n",
            "vmladava.s8 ",
            $sum,
            ", q7, q3\n",
        )
    };
}

/// As [`sixteen`](super::pairs::sixteen), with windows of 64 inputs that stay where they are, one
/// at a time. Four outputs take 49 instructions.
///
/// * Reads and writes as `sixteen` does, and copies nothing.
/// * The caller has checked the same, that `len` and `depth` are 64, and that each window is one
///   piece of the input.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 136 bytes. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn sixty_four(run: &mut Run) {
    naked_asm!(
        cpu!(),
        enter!(),
        "2:",
        "ldr lr, [sp, #96]",
        "ldrd r0, r1, [lr]",
        "add r1, r0, r1",
        "str r1, [lr]",
        "vldrb.u8 q4, [r0]",
        "vldrb.u8 q5, [r0, #16]",
        "vldrb.u8 q6, [r0, #32]",
        "vldrb.u8 q7, [r0, #48]",
        "ldr r1, [lr, #88]",
        "ldr r2, [lr, #104]",
        "ldr r3, [lr, #112]",
        "ldrd r5, r7, [lr, #116]",
        "ldrd r12, r11, [lr, #96]",
        "6:",
        "ldm r12!, {{r4, r6, r8, r10}}",
        four_vectors!("r4"),
        four_vectors!("r6"),
        four_vectors!("r8"),
        four_vectors!("r10"),
        one_sum!(),
        "vadd.i32 q0, q0, r3",
        "vdup.32 q1, r5",
        "vmax.s32 q0, q0, q1",
        "vdup.32 q1, r7",
        "vmin.s32 q0, q0, q1",
        "vstrb.32 q0, [r2], #4",
        "cmp r12, r11",
        "bne 6b",
        next_one!(),
    )
}
