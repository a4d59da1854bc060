//! Convolutions: two windows with four filters at a time.

use core::arch::naked_asm;

use super::common::{cpu, scale_two};
use super::run::{Run, enter, leave};
use super::windows::take;

// The next two windows, whose copies are so far apart: r0 and r3. The last one alone is both. r12
// is the structure.
macro_rules! two_windows {
    ($apart:literal) => {
        concat!(
            "ldr r12, [sp, #96]\n",
            "ldr r4, [r12, #80]\n",
            "cbz r4, 3f\n",
            "ldm r12, {{r0-r2}}\n",
            "add r3, r0, r1\n",
            "add r1, r3, r1\n",
            "str r1, [r12]\n",
            "cmp r2, #1\n",
            "it eq\n",
            "moveq r3, r0\n",
            "b 4f\n",
            "3:\n",
            "ldr r11, [r12, #84]\n",
            "bl {take}\n",
            "ldr r0, [r12, #8]\n",
            "cmp r0, #1\n",
            "beq 5f\n",
            "add r11, r11, #",
            $apart,
            "\n",
            "bl {take}\n",
            "5:\n",
            "ldr r0, [r12, #84]\n",
            "add r3, r0, #",
            $apart,
            "\n",
            "4:\n",
        )
    };
}

// Where two windows have their outputs: r3 and r5. The last window alone has the same place twice,
// and the second is written first.
macro_rules! places {
    () => {
        concat!(
            "ldr r4, [r12, #8]\n",
            "ldrd r3, r5, [r12, #104]\n",
            "cmp r4, #1\n",
            "ite eq\n",
            "moveq r5, r3\n",
            "addne r5, r3, r5\n",
        )
    };
}

// From the sums r0, r2, r4 and r6 of the first window, and r8, r10, r12 and lr of the second, to
// vectors: q0 and q1.
macro_rules! two_sums {
    () => {
        concat!(
            "vmov q0[2], q0[0], r0, r4\n",
            "vmov q0[3], q0[1], r2, r6\n",
            "vmov q1[2], q1[0], r8, r12\n",
            "vmov q1[3], q1[1], r10, lr\n",
        )
    };
}

// To the next two windows, and the end.
macro_rules! next_two {
    () => {
        concat!(
            "ldr r12, [sp, #96]\n",
            "ldr r6, [r12, #8]\n",
            "ldrd r4, r5, [r12, #104]\n",
            "add r4, r4, r5, lsl #1\n",
            "str r4, [r12, #104]\n",
            "subs r6, r6, #2\n",
            "str r6, [r12, #8]\n",
            "bgt 2b\n",
            leave!(),
        )
    };
}

// The products of a filter at r1 with inputs in q4 and q5; to the next.
macro_rules! one_vector {
    ($first:literal, $second:literal) => {
        concat!(
            "vpst\n",
            "vldrbt.u8 q0, [r1]\n",
            "add r1, r1, r9\n",
            "vmladava.s8 ",
            $first,
            ", q4, q0\n",
            "vmladava.s8 ",
            $second,
            ", q5, q0\n",
        )
    };
}

/// Two windows of 1 to 16 inputs, which stay in registers. Eight outputs take 47 instructions.
///
/// * Reads `len` bytes of each window, and where it copies them; as many weights of four filters,
///   and twelve words for every four channels up to the end of the constants; writes the copies, if
///   there are any, four bytes for each twelve words, and what changes from window to window.
/// * The caller has checked all of these, and that there is a window, an input and a channel.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 148 bytes, those of [`take`] included. It calls nothing else.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn sixteen(run: &mut Run) {
    naked_asm!(
        cpu!(),
        enter!(),
        "ldrd r4, r5, [r0, #116]",
        "vdup.32 q6, r4",
        "vdup.32 q7, r5",
        "2:",
        two_windows!("16"),
        "ldr r4, [r12, #52]",
        "vctp.8 r4",
        "vpstt",
        "vldrbt.u8 q4, [r0]",
        "vldrbt.u8 q5, [r3]",
        places!(),
        "ldr r0, [r12, #112]",
        "str r0, [sp]",
        "ldrd r1, r9, [r12, #88]",
        "ldrd r7, r11, [r12, #96]",
        "6:",
        "ldm r7, {{r0, r2, r4, r6}}",
        "ldm r7!, {{r8, r10, r12, lr}}",
        one_vector!("r0", "r8"),
        one_vector!("r2", "r10"),
        one_vector!("r4", "r12"),
        one_vector!("r6", "lr"),
        two_sums!(),
        scale_two!("r7], #16", "r7], #16"),
        "ldr r0, [sp]",
        "vadd.i32 q0, q0, r0",
        "vadd.i32 q1, q1, r0",
        "vmax.s32 q0, q0, q6",
        "vmax.s32 q1, q1, q6",
        "vmin.s32 q0, q0, q7",
        "vmin.s32 q1, q1, q7",
        "vstrb.32 q1, [r5], #4",
        "vstrb.32 q0, [r3], #4",
        "cmp r7, r11",
        "bne 6b",
        next_two!(),
        take = sym take,
    )
}

// The products of a filter at r1 with inputs in q4 to q7, of which the second vectors are the last
// 16 bytes of a window; to the next.
macro_rules! two_vectors {
    ($first:literal, $second:literal) => {
        concat!(
            "vldrb.u8 q0, [r1]\n",
            "vmladava.s8 ",
            $first,
            ", q4, q0\n",
            "add r1, r1, r9\n",
            "vmladava.s8 ",
            $second,
            ", q6, q0\n",
            "vldrb.u8 q1, [r1, #-16]\n",
            "vmladava.s8 ",
            $first,
            ", q5, q1\n",
            "vmladava.s8 ",
            $second,
            ", q7, q1\n",
        )
    };
}

/// As [`sixteen`], with windows of 17 to 32 inputs. Eight outputs take 57 instructions.
///
/// * Reads and writes as `sixteen` does.
/// * The caller has checked the same, with this length, which is `depth`, too.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 148 bytes, those of [`take`] included. It calls nothing else.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn thirty_two(run: &mut Run) {
    naked_asm!(
        cpu!(),
        enter!(),
        "2:",
        two_windows!("32"),
        // The last 16 inputs, without those that are among the first.
        "ldr r4, [r12, #52]",
        "rsb r5, r4, #32",
        "subs r4, r4, #16",
        "add r6, r0, r4",
        "add r7, r3, r4",
        "vldrb.u8 q4, [r0]",
        "vldrb.u8 q6, [r3]",
        "vctp.8 r5",
        "vpnot",
        "vpstt",
        "vldrbt.u8 q5, [r6]",
        "vldrbt.u8 q7, [r7]",
        places!(),
        "add r6, r12, #112",
        "ldm r6, {{r0, r2, r4}}",
        "stm sp, {{r0, r2, r4}}",
        "ldrd r1, r9, [r12, #88]",
        "ldrd r7, r11, [r12, #96]",
        "6:",
        "ldm r7, {{r0, r2, r4, r6}}",
        "ldm r7!, {{r8, r10, r12, lr}}",
        two_vectors!("r0", "r8"),
        two_vectors!("r2", "r10"),
        two_vectors!("r4", "r12"),
        two_vectors!("r6", "lr"),
        two_sums!(),
        scale_two!("r7], #16", "r7], #16"),
        "ldm sp, {{r0, r2, r4}}",
        "vadd.i32 q0, q0, r0",
        "vadd.i32 q1, q1, r0",
        "vdup.32 q2, r2",
        "vdup.32 q3, r4",
        "vmax.s32 q0, q0, q2",
        "vmax.s32 q1, q1, q2",
        "vmin.s32 q0, q0, q3",
        "vmin.s32 q1, q1, q3",
        "vstrb.32 q1, [r5], #4",
        "vstrb.32 q0, [r3], #4",
        "cmp r7, r11",
        "bne 6b",
        next_two!(),
        take = sym take,
    )
}

// The products of 16 inputs of two windows at r9 with four filters: 14 instructions of four bytes.
macro_rules! four_filters {
    () => {
        concat!(
            "vldrb.u8 q0, [r9], #16\n",
            "vldrb.u8 q2, [r1], #16\n",
            "vmladava.s8 r0, q0, q2\n",
            "vldrb.u8 q1, [r9], #16\n",
            "vmladava.s8 r8, q1, q2\n",
            "vldrb.u8 q3, [r3], #16\n",
            "vmladava.s8 r2, q0, q3\n",
            "vmladava.s8 r10, q1, q3\n",
            "vldrb.u8 q2, [r5], #16\n",
            "vmladava.s8 r4, q0, q2\n",
            "vmladava.s8 r12, q1, q2\n",
            "vldrb.u8 q3, [r7], #16\n",
            "vmladava.s8 r6, q0, q3\n",
            "vmladava.s8 lr, q1, q3\n",
        )
    };
}

/// As [`sixteen`], with windows of any multiple of 16 inputs, which lie in turn, 16 of each. Eight
/// outputs take 37 instructions, and 15 for every 16 inputs.
///
/// * Reads and writes as `sixteen` does. The copies take twice the length.
/// * The caller has checked the same, and that taps are multiples of 16 elements, so that windows
///   are copied whole vectors at a time.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 148 bytes, those of [`take`] included. It calls nothing else.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn many(run: &mut Run) {
    naked_asm!(
        cpu!(),
        enter!(),
        "ldr r4, [r0, #112]",
        "ldrd r5, r6, [r0, #116]",
        "vdup.32 q5, r4",
        "vdup.32 q6, r5",
        "vdup.32 q7, r6",
        // At sp: two outputs, constants, depth, copies, rounds of the loop and where the first
        // begins, the end of the constants.
        "ldr r4, [r0, #92]",
        "ldr r5, [r0, #84]",
        "strd r4, r5, [sp, #12]",
        "lsr r6, r4, #4",
        "adr.w r7, 7f",
        "orr r7, r7, #1",
        "tst r6, #1",
        "it ne",
        "addne r7, r7, #56",
        "add r6, r6, #1",
        "lsr r6, r6, #1",
        "strd r6, r7, [sp, #20]",
        "ldr r6, [r0, #100]",
        "str r6, [sp, #28]",
        "2:",
        "ldr r12, [sp, #96]",
        "ldm r12, {{r0-r3}}",
        "ldr r4, [r12, #16]",
        "ldr r5, [r12, #44]",
        "add r6, r3, r4",
        "ldr r11, [r12, #76]",
        "cmp r2, #1",
        "beq 3f",
        "cmp r3, r5",
        "bhs 3f",
        "cmp r6, r5",
        "bhs 3f",
        "cmp r11, #0",
        "beq 3f",
        // Both are inside, and their rows are one piece each.
        "add r2, r0, r1",
        "add r1, r2, r1",
        "str r1, [r12]",
        "add r6, r6, r4",
        "str r6, [r12, #12]",
        "ldrd r4, r5, [r12, #36]",
        "ldr r6, [r12, #60]",
        "ldr r7, [r12, #72]",
        "ldr r8, [r12, #84]",
        "add r6, r6, r8",
        "8:",
        "mov r8, r0",
        "mov r9, r2",
        "mov r10, r6",
        "dlstp.8 lr, r11",
        "9:",
        "vldrb.u8 q0, [r8], #16",
        "vldrb.u8 q1, [r9], #16",
        "vstrb.8 q0, [r10], #32",
        "vstrb.8 q1, [r10, #-16]",
        "letp lr, 9b",
        "add r0, r0, r4",
        "add r2, r2, r4",
        "add r6, r6, r7",
        "subs r5, r5, #1",
        "bne 8b",
        "b 4f",
        "3:",
        "ldr r11, [r12, #84]",
        "bl {take}",
        "ldr r0, [r12, #8]",
        "cmp r0, #1",
        "beq 4f",
        "add r11, r11, #16",
        "bl {take}",
        "4:",
        places!(),
        "ldr r1, [r12, #88]",
        "ldr r9, [r12, #96]",
        "strd r3, r5, [sp]",
        "str r9, [sp, #8]",
        "6:",
        "ldm r9, {{r0, r2, r4, r6}}",
        "ldm r9, {{r8, r10, r12, lr}}",
        "ldr r11, [sp, #12]",
        "add r3, r1, r11",
        "add r5, r3, r11",
        "add r7, r5, r11",
        "ldrd r9, r11, [sp, #16]",
        "ldr pc, [sp, #24]",
        ".p2align 2",
        "7:",
        four_filters!(),
        four_filters!(),
        "subs r11, r11, #1",
        "bne 7b",
        two_sums!(),
        "ldm sp, {{r2, r4, r9}}",
        scale_two!("r9, #16]", "r9, #32]"),
        "vadd.i32 q0, q0, q5",
        "vadd.i32 q1, q1, q5",
        "vmax.s32 q0, q0, q6",
        "vmax.s32 q1, q1, q6",
        "vmin.s32 q0, q0, q7",
        "vmin.s32 q1, q1, q7",
        "vstrb.32 q1, [r4], #4",
        "vstrb.32 q0, [r2], #4",
        "add r9, r9, #48",
        "stm sp, {{r2, r4, r9}}",
        "mov r1, r7",
        "ldr r0, [sp, #28]",
        "cmp r9, r0",
        "bne 6b",
        next_two!(),
        take = sym take,
    )
}
