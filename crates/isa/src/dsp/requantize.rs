//! Outputs out of sums.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::Factors;

/// Makes outputs of sums, one for each channel.
///
/// # The short way
///
/// For the doubled sum `x`, the multiplier `m`, the shift `n` and the zero point `z`:
///
/// ```text
/// t   = round + high(x · m)     SMMLAR rounds half up: the doubling high multiplication of the sum
/// t  += x < 0 ? -1 : 0          ties go away from zero
/// t >>= n                       round = 2^(n - 1) + (z << n)
/// out = saturated to 8 bits     SSAT
/// ```
///
/// `RoundingDivideByPOT` lowers the negative results of the multiplication, and this lowers those
/// of negative sums: they differ where the result is 0, and there `(2^(n - 1) - 1) >> n` is 0, too.
/// The zero point goes through the shift unharmed. Nothing overflows for sums between -2^30 and
/// 2^30 and shifts of 1 to 23: `round` is at most `255 · 2^22` in absolute value, and what SMMLAR
/// adds to it is below 2^30.
///
/// # The long way
///
/// Channels whose weights are next to nothing have biases and shifts beyond that, and others have a
/// factor of 1 or more: [`long`] is for any sum and any shift, with a product of 64 bits that is
/// rounded half up, and the result less its sign rounded half up as well.
pub fn requantize(sums: &[i32], factors: &Factors<'_>, outputs: &mut [i8]) {
    if sums.is_empty() || sums.len() != outputs.len() || !factors.are_for(sums.len()) {
        return;
    }
    let range = sums.as_ptr_range();
    let (multipliers, shifts) = (factors.multipliers.as_ptr(), factors.shifts.as_ptr());
    // SAFETY: `scale` reads the sums, of which there is one, and as many multipliers and shifts,
    // and writes as many outputs.
    unsafe {
        scale(range.start, range.end, multipliers, shifts, outputs.as_mut_ptr(), factors.round());
    }
}

/// The output of a sum by the long way, for blocks of this crate.
///
/// * Takes in r2 the sum, in r10 the multiplier, in r11 the zero point, in r12 the shift, as
///   [`shift`](crate::shift) makes it. Gives the output in r7. It reads and writes no memory.
/// * There is nothing to check.
/// * Saves all but r0, r2, r6, r7 and the flags: it has no calling convention that Rust knows. It
///   takes at most 20 instructions.
/// * Stack: none. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn long() {
    naked_asm!(
        cpu!(),
        "and r0, r12, #31",
        "lsls r6, r12, #25", // negative: to the left
        "it mi",
        "lslmi r2, r2, r0",
        "smull r0, r6, r2, r10",
        "adds r0, r0, #0x40000000",
        "adc r6, r6, #0",
        "lsls r0, r0, #1",
        "adcs r6, r6, r6",
        "tst r12, #64",
        "bne 2f",
        "and r0, r12, #31",
        "add r6, r6, r6, asr #31",
        "asrs r6, r6, r0",
        "adds r6, r6, #1",
        "asrs r6, r6, #1",
        "2:",
        "add r6, r6, r11",
        "ssat r7, #8, r6",
        "bx lr",
    )
}

/// All sums, at least one.
///
/// * Reads `sums..end`, a multiplier and a shift for each; writes a byte for each.
/// * The caller has checked that there are as many of each, and at least one.
/// * Saves r4 to r12 and lr. The loop takes 13 instructions for an output.
/// * Stack: 40 bytes. It calls [`long`], which takes none.
#[unsafe(naked)]
unsafe extern "C" fn scale(
    sums: *const i32,
    end: *const i32,
    multipliers: *const i32,
    shifts: *const u8,
    outputs: *mut i8,
    round: i32,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r12, lr}}",
        "ldrd r4, r5, [sp, #40]",
        "mov r8, r0",
        "mov r9, r2",
        "2:",
        "ldr r2, [r8], #4",
        "ldr r10, [r9], #4",
        "ldrb r12, [r3], #1",
        "lsls r6, r5, r12",
        "beq 4f", // an odd number, shifted by more than 31
        "lsls r2, r2, #1",
        "smmlar r6, r2, r10, r6",
        "add r6, r6, r2, asr #31",
        "asr r6, r6, r12",
        "ssat r7, #8, r6, asr #1",
        "3:",
        "strb r7, [r4], #1",
        "cmp r8, r1",
        "bne 2b",
        "pop {{r4-r12, pc}}",
        "4:",
        "asr r11, r5, #1",
        "bl {long}",
        "b 3b",
        long = sym long,
    )
}
