//! Products of one pixel of a convolution, in little code.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::Part;

/// Adds to the sum of each filter its products with the inputs of one pixel.
///
/// See [`portable::multiply_one`](crate::portable::multiply_one).
pub fn multiply_one(part: &Part<'_>, sums: &mut [i32]) {
    if !part.is_for(1, sums.len()) {
        return;
    }
    let (sums, lens) = (sums.as_mut_ptr_range(), [part.len, part.depth]);
    // SAFETY: `pixel` reads the patch of one pixel and the weights of a filter for each sum, which
    // `Part::is_for` has checked, and reads and writes the sums, of which there is one.
    unsafe { pixel(sums.start, part.weights.as_ptr(), part.patch.as_ptr(), sums.end, &lens) }
}

// Four weights in r6, of which r7 gets the even ones, with the inputs in r8 and r9.
macro_rules! products {
    () => {
        concat!(
            "sxtb16 r7, r6\n",
            "smlad r4, r8, r7, r4\n",
            "sxtb16 r6, r6, ror #8\n",
            "smlad r4, r9, r6, r4\n"
        )
    };
}

// Four weights at r1, and inputs at r5.
macro_rules! word {
    () => {
        concat!("ldr r6, [r1], #4\n", "ldrd r8, r9, [r5], #8\n", products!())
    };
}

/// One pixel, one filter after the other.
///
/// * Reads `lens[0]` bytes of the weights of a filter for each of `sums..end`, `lens[1]` apart, and
///   as many words of the patch as they take; adds to the sums.
/// * The caller has checked all these slices, and that there is a sum and a weight.
/// * Saves r4 to r11 and lr. The inner loop takes 14 instructions for eight products, a filter 20
///   more.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn pixel(
    sums: *mut i32,
    weights: *const i8,
    patch: *const i32,
    end: *const i32,
    lens: &[usize; 2],
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldr r12, [sp, #36]",
        "ldrd r12, r11, [r12]",
        "and r10, r12, #3",
        "2:",
        "ldr r4, [r0]",
        "mov r5, r2",
        "bic lr, r12, #3",
        "add lr, lr, r1", // the end of the whole words
        "lsls r6, r12, #29",
        "bmi 8f", // an odd number of them
        "cmp r1, lr",
        "beq 4f",
        "3:",
        word!(),
        "8:",
        word!(),
        "cmp r1, lr",
        "bne 3b",
        "4:",
        "cmp r10, #2", // one to three weights
        "blo 5f",
        "ldrh r6, [r1]",
        "itt hi",
        "ldrbhi r7, [r1, #2]",
        "orrhi r6, r6, r7, lsl #16",
        "b 6f",
        "5:",
        "cmp r10, #0",
        "beq 7f",
        "ldrb r6, [r1]",
        "6:",
        "ldrd r8, r9, [r5]",
        products!(),
        "7:",
        "add r1, r1, r11",
        "sub r1, r1, r12",
        "add r1, r1, r10",
        "str r4, [r0], #4",
        "cmp r0, r3",
        "bne 2b",
        "pop {{r4-r11, pc}}",
    )
}
