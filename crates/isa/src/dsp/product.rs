//! Products of two tensors.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::terms::Product;

/// What [`each`] reads.
#[repr(C)]
struct Constants {
    /// 0: twice the zero point of the first operand, negative,
    twice_zero_point: i32,
    /// 4: and that of the second as it is, negative.
    zero_point: i32,
    /// 8: the multiplier of the product.
    multiplier: i32,
    /// 12: half of the last bit that is shifted out, and the zero point in front of it.
    round: i32,
    /// 16: bits to the right, less one.
    shift: u32,
    /// 20: from element to element of the second operand.
    step: usize,
}

/// Multiplies two tensors of one shape, or the first with one element.
///
/// See [`portable::product`](crate::portable::product).
pub fn product(product: &Product, a: &[i8], b: &[i8], output: &mut [i8]) {
    if output.is_empty() || !Product::fit([a.len(), b.len()], output.len()) {
        return;
    }
    let Product { multiplier, shift, zero_points: [first, second, zero_point] } = *product;
    let constants = Constants {
        twice_zero_point: -2 * i32::from(first),
        zero_point: -i32::from(second),
        multiplier,
        round: (2 * i32::from(zero_point) + 1) << shift,
        shift: shift.into(),
        step: usize::from(b.len() > 1),
    };
    let range = a.as_ptr_range();
    // SAFETY: `each` reads the first operand, of which there is an element, as many of the second,
    // or its only one where the step is 0, and writes as many outputs.
    unsafe { each(range.start, b.as_ptr(), output.as_mut_ptr(), range.end, &constants) }
}

/// One element at a time.
///
/// * Reads `a..end`, as many bytes at `b`, `step` apart, and the constants; writes as many at
///   `output`.
/// * The caller has checked that all of them are there, and at least one.
/// * Saves r4 to r9 and lr. The loop takes 14 instructions for an output.
/// * Stack: 28 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn each(
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    end: *const i8,
    constants: &Constants,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r9, lr}}",
        "ldr r9, [sp, #28]",
        "ldm r9, {{r4-r9}}",
        "2:",
        "ldrsb r12, [r0], #1",
        "ldrsb lr, [r1]",
        "add r1, r1, r9",
        "add r12, r4, r12, lsl #1",
        "add lr, lr, r5",
        "mul r12, r12, lr",
        "add lr, r7, r12, asr #31",
        "smmlar lr, r12, r6, lr",
        "asr lr, lr, r8",
        "ssat lr, #8, lr, asr #1",
        "strb lr, [r2], #1",
        "cmp r0, r3",
        "bne 2b",
        "pop {{r4-r9, pc}}",
    )
}
