//! Fully connected layers, with weights in pairs.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::dsp::dense_outputs::four_outputs;
use crate::operands::{Dense, Factors, PAIRED};

/// What [`block`] reads and counts in.
#[repr(C)]
struct Block {
    /// 0: the bias of the next filter.
    bias: *const [u8; 4],
    /// 4: its multiplier.
    multipliers: *const i32,
    /// 8: its shift, less one.
    shifts: *const u8,
    /// 12: its output.
    output: *mut i8,
    /// 16: [`Factors::round`].
    round: i32,
    /// 20: from one multiplier to the next, or 0.
    step: usize,
    /// 24: eights of filters that are left.
    eights: usize,
}

/// Multiplies the inputs with filters whose weights lie in pairs.
///
/// See [`portable::dense_pairs`](crate::portable::dense_pairs).
pub fn dense_pairs(dense: &Dense<'_>, bias: &[[u8; 4]], factors: &Factors<'_>, output: &mut [i8]) {
    let filters = output.len();
    if !dense.has_pairs(filters) || bias.len() < filters || !factors.are_for_all(filters) {
        return;
    }
    let mut block = Block {
        bias: bias.as_ptr(),
        multipliers: factors.multipliers.as_ptr(),
        shifts: factors.shifts.as_ptr(),
        output: output.as_mut_ptr(),
        round: factors.round(),
        step: if factors.is_one() { 0 } else { 4 },
        eights: filters / PAIRED,
    };
    let (weights, input) = (dense.weights.as_ptr(), dense.input.as_ptr_range());
    // SAFETY: `self::block` reads the inputs, whole words of them, and as many weights for each
    // output, from a multiple of four on: `Dense::has_pairs` has checked that. It reads a bias for
    // each output and as many factors, or one where the step is 0, and writes the outputs, of which
    // there are eight or a multiple.
    unsafe { self::block(&mut block, weights, input.start, input.end) }
}

// Two words of pairs at r0 and two inputs in lr: added to the sums of the four filters.
macro_rules! two_pairs {
    ($a:literal, $b:literal, $c:literal, $d:literal) => {
        concat!(
            "ldrd r2, r3, [r0], #8\n",
            "sxtb16 r12, r2\n",
            "smlad ",
            $a,
            ", lr, r12, ",
            $a,
            "\n",
            "smlad ",
            $b,
            ", lr, r2, ",
            $b,
            "\n",
            "sxtb16 r12, r3\n",
            "smlad ",
            $c,
            ", lr, r12, ",
            $c,
            "\n",
            "smlad ",
            $d,
            ", lr, r3, ",
            $d,
            "\n"
        )
    };
}

// Four inputs at r1, multiplied with eight filters.
macro_rules! four_inputs {
    () => {
        concat!(
            "ldr lr, [r1]\n",
            "sxtb16 lr, lr\n",
            two_pairs!("r4", "r5", "r6", "r7"),
            two_pairs!("r8", "r9", "r10", "r11"),
            "ldr lr, [r1], #4\n",
            "sxtb16 lr, lr, ror #8\n",
            two_pairs!("r4", "r5", "r6", "r7"),
            two_pairs!("r8", "r9", "r10", "r11")
        )
    };
}

/// Eight filters at a time: four pairs, with two sums for each.
///
/// A pair is a halfword `v = a + 256 b` of two filters' weights. SMLAD with SXTB16 of it sums
/// `x · a`, and SMLAD with the halfword itself `x · a + 256 · x · b`: the difference of both sums,
/// shifted to the right by 8 bits, is the sum of the second filter, if that is below 2^23 in
/// absolute value.
///
/// * Reads the inputs `input..end`, and a weight for each of them and of the filters; a bias, a
///   multiplier and a shift for each filter, or one of these for all. Writes an output for each.
/// * The caller has checked all these slices, that the inputs are whole words, and that the weights
///   begin at a multiple of four. There are a word of inputs and eight filters.
/// * Saves r4 to r11 and lr. The inner loop takes 64 instructions for 64 products, and 3. Eight
///   filters take 150 more.
/// * Stack: 68 bytes. It calls `four_outputs`, which takes none.
#[unsafe(naked)]
unsafe extern "C" fn block(
    block: &mut Block,
    weights: *const i8,
    input: *const i8,
    end: *const i8,
) {
    naked_asm!(
        cpu!(),
        "push {{r0-r11, lr}}",
        "2:",
        "ldrd r0, r1, [sp, #4]",
        "ldr r2, [sp, #12]",
        "movs r4, #0",
        "movs r5, #0",
        "movs r6, #0",
        "movs r7, #0",
        "mov r8, #0",
        "mov r9, #0",
        "mov r10, #0",
        "mov r11, #0",
        "subs r2, r2, r1",
        "lsls r2, r2, #29",
        "bmi 6f", // an odd number of words
        "3:",
        four_inputs!(),
        "6:",
        four_inputs!(),
        "ldr r2, [sp, #12]",
        "cmp r1, r2",
        "bne 3b",
        "str r0, [sp, #4]",
        // The sums of the second filters.
        "subs r5, r5, r4",
        "asrs r5, r5, #8",
        "subs r7, r7, r6",
        "asrs r7, r7, #8",
        "sub r9, r9, r8",
        "asr r9, r9, #8",
        "sub r11, r11, r10",
        "asr r11, r11, #8",
        "push {{r8-r11}}",
        "ldr r12, [sp, #16]",
        "ldm r12, {{r0-r3}}",
        "ldrd r9, r8, [r12, #16]",
        "bl {four}",
        "pop {{r4-r7}}",
        "bl {four}",
        "ldr r12, [sp]",
        "stm r12, {{r0-r3}}",
        "ldr r4, [r12, #24]",
        "subs r4, r4, #1",
        "str r4, [r12, #24]",
        "bne 2b",
        "add sp, sp, #16",
        "pop {{r4-r11, pc}}",
        four = sym four_outputs,
    )
}
