//! Products of inputs of five pixels.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::dsp::multiply::{Four, entry, output};
use crate::dsp::requantize::long;

// Four weights in r6, of which r7 gets the odd ones: added to the sums r2 to r5 and lr with ten
// words of the patch at r0.
macro_rules! five_weights {
    () => {
        concat!(
            "ldm r0!, {{r8-r12}}\n",
            "sxtb16 r7, r6, ror #8\n",
            "sxtb16 r6, r6\n",
            "smlad r2, r8, r6, r2\n",
            "smlad r3, r9, r6, r3\n",
            "smlad r4, r10, r6, r4\n",
            "smlad r5, r11, r6, r5\n",
            "smlad lr, r12, r6, lr\n",
            "ldm r0!, {{r8-r12}}\n",
            "smlad r2, r8, r7, r2\n",
            "smlad r3, r9, r7, r3\n",
            "smlad r4, r10, r7, r4\n",
            "smlad r5, r11, r7, r5\n",
            "smlad lr, r12, r7, lr\n"
        )
    };
}

/// Five pixels, all channels, one after the other. The structure is that of four.
///
/// * Reads `whole` bytes of each filter's weights, at least 4, and as many words of the patch as
///   they take; bias, multiplier and shift. Writes an output for each pixel. Without weights it
///   reads and writes the structure only.
/// * The caller has checked all these slices, and that `channels` is not 0, and has called it
///   without weights before.
/// * Saves r4 to r11 and lr. The inner loop takes 15 instructions for 20 products, and 3 for every
///   fourth time; a channel takes 55 more.
/// * Stack: 100 bytes, with a copy of the structure. It calls `long`, which takes none.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn five(five: &mut Four, weights: *const i8) {
    naked_asm!(
        cpu!(),
        "cbnz r1, 53f",
        entry!("60", "2"),
        "str r2, [r0, #12]",
        "bx lr",
        "53:",
        "push {{r4-r11, lr}}",
        "sub sp, sp, #64", // 56: the channel, 60: the end of the weights
        "ldm r0!, {{r2-r9}}",
        "stm sp, {{r2-r9}}",
        "add r12, sp, #32",
        "ldm r0, {{r2-r9}}",
        "stm r12, {{r2-r9}}",
        "movs r8, #0",
        "2:",
        "ldrd r0, r6, [sp]",
        "add r12, r1, r6",
        "strd r8, r12, [sp, #56]",
        "ldrd r7, r10, [sp, #8]",
        "ldr r2, [r7, r8, lsl #2]",
        "mov r3, r2",
        "mov r4, r2",
        "mov r5, r2",
        "mov lr, r2",
        "bx r10",
        "6:",
        ".rept 4",
        "ldr r6, [r1], #4",
        five_weights!(),
        ".endr",
        "7:",
        "ldr r12, [sp, #60]",
        "cmp r1, r12",
        "bne 6b",
        "ldrd r7, r8, [sp, #52]", // weights to skip, the channel
        "add r1, r1, r7",
        "ldrd r6, r7, [sp, #24]",
        "ldr r10, [r6, r8, lsl #2]",
        "ldrb r12, [r7, r8]",
        "ldrd r11, r9, [sp, #40]",
        "lsls r11, r11, r12",
        "beq 40f", // an odd number, shifted by more than 31
        output!("r2"),
        output!("r3"),
        output!("r4"),
        output!("r5"),
        output!("lr"),
        "23:",
        "ldrd r6, r7, [sp, #32]",
        "add r6, r6, r8",
        "add r10, r6, r7",
        "strb r2, [r6]",
        "strb r3, [r10]",
        "strb r4, [r6, r7, lsl #1]",
        "strb r5, [r10, r7, lsl #1]",
        "strb lr, [r6, r7, lsl #2]",
        "add r8, r8, #1",
        "cmp r8, r9",
        "bne 2b",
        "add sp, sp, #64",
        "pop {{r4-r11, pc}}",
        "40:", // outputs the long way, one pixel after the other
        "ldr r11, [sp, #40]",
        "str lr, [sp, #60]", // the fifth sum
        "asr r11, r11, #1",
        "movs r9, #5",
        "41:",
        "bl {long}",
        "mov r2, r3",
        "mov r3, r4",
        "mov r4, r5",
        "ldr r5, [sp, #60]",
        "str r7, [sp, #60]",
        "subs r9, r9, #1",
        "bne 41b",
        "ldr lr, [sp, #60]",
        "ldr r9, [sp, #44]",
        "b 23b",
        long = sym long,
    )
}
