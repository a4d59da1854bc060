//! Outputs of fully connected layers.

use core::arch::naked_asm;

use crate::dsp::common::cpu;

// The output of a sum, which is doubled with saturation; the registers are those of
// `four_outputs`.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "ldr r10, [r0], #4\n",
            "ldr r11, [r1]\n",
            "ldrb r12, [r2]\n",
            "add r1, r1, r8\n",
            "add r2, r2, r8, lsr #2\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", r10\n",
            "qadd ",
            $sum,
            ", ",
            $sum,
            ", ",
            $sum,
            "\n",
            "lsl r10, r9, r12\n",
            "smmlar r10, ",
            $sum,
            ", r11, r10\n",
            "add r10, r10, ",
            $sum,
            ", asr #31\n",
            "asr r10, r10, r12\n",
            "ssat r10, #8, r10, asr #1\n",
            "strb r10, [r3], #1\n"
        )
    };
}

/// The outputs of four sums, for blocks of this module.
///
/// * Takes in r4 to r7 the sums without their bias, in r0 the place of the bias of the first, in
///   r1 that of its multiplier, in r2 that of its shift, less one, in r3 that of its output, in r8
///   the bytes from one multiplier to the next, or 0, and in r9 [`Factors::round`]. Reads four
///   biases, multipliers and shifts, or one of these, and writes four outputs.
/// * The caller has checked all of these slices.
/// * Moves r0 to r3 to what comes next. Saves r8, r9 and lr, and no other register: it has no
///   calling convention that Rust knows. It takes 54 instructions.
/// * Stack: none. It calls nothing.
///
/// [`Factors::round`]: crate::Factors
#[unsafe(naked)]
pub(super) unsafe extern "C" fn four_outputs() {
    naked_asm!(
        cpu!(),
        output!("r4"),
        output!("r5"),
        output!("r6"),
        "b {last}",
        last = sym last_output,
    )
}

/// The output of the sum in r7: as [`four_outputs`], in 14 instructions.
///
/// * Reads a bias, a multiplier and a shift, and writes an output.
/// * The caller has checked all of these slices.
/// * Saves what `four_outputs` does, and r4 to r6.
/// * Stack: none. It calls nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn last_output() {
    naked_asm!(cpu!(), output!("r7"), "bx lr")
}
