//! Products of two tensors.

use core::arch::naked_asm;
use core::ptr;

use super::common::cpu;
use crate::terms::Product;

/// What [`each`] reads: 7 words.
#[repr(C)]
struct Constants {
    /// 0: the zero point of the first operand, negative,
    zero_point: i32,
    /// 4: and that of the second, or all of the second operand, if it is one element.
    second: i32,
    /// 8: multiplier of the product, and bits to shift it to the left, which are negative.
    factor: [i32; 2],
    /// 16: the output's zero point, and its range.
    output_range: [i32; 3],
}

/// Multiplies two tensors of one shape, or the first with one element, with outputs in a range.
///
/// See [`portable::product`](super::portable::product).
pub fn product(product: &Product, range: [i8; 2], a: &[i8], b: &[i8], output: &mut [i8]) {
    if output.is_empty() || !Product::fit([a.len(), b.len()], output.len()) {
        return;
    }
    let Product { multiplier, shift, zero_points: [first, second, zero_point] } = *product;
    let ([min, max], second) = (range, -i32::from(second));
    let (b, second) = match *b {
        [b] => (ptr::null(), second + i32::from(b)),
        _ => (b.as_ptr(), second),
    };
    let constants = Constants {
        zero_point: -i32::from(first),
        second,
        factor: [multiplier, -i32::from(shift) - 1],
        output_range: [zero_point.into(), min.into(), max.into()],
    };
    // SAFETY: `each` reads the first operand, of which there is an element, and as many of the
    // second, unless that is part of the constants, and writes as many outputs.
    unsafe { each(a.as_ptr(), b, output.as_mut_ptr(), output.len(), &constants) }
}

// Outputs of the products in q0; q3 is lost.
macro_rules! outputs {
    () => {
        concat!(
            "vqrdmulh.s32 q0, q0, r6\n",
            "vshr.s32 q3, q0, #31\n",
            "vadd.i32 q0, q0, q3\n",
            "vrshl.s32 q0, r7\n",
            "vadd.i32 q0, q0, r8\n",
            "vmax.s32 q0, q0, q4\n",
            "vmin.s32 q0, q0, q5\n",
            "vstrb.32 q0, [r2], #4\n",
        )
    };
}

/// All elements, four at a time.
///
/// * Reads `len` bytes at `a` and, unless it is null, at `b`, and the constants; writes as many at
///   `output`.
/// * The caller has checked that there are as many of each, and not none.
/// * Saves r4 to r9, lr and d8 to d11. The loop takes 14 instructions for four outputs, 12 if `b`
///   is null.
/// * Stack: 60 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn each(
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    len: usize,
    constants: &Constants,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r9, lr}}",
        "vpush {{d8-d11}}",
        "ldr r12, [sp, #60]",
        "ldm r12, {{r4-r9, r12}}",
        "vdup.32 q4, r9",
        "vdup.32 q5, r12",
        "cbz r1, 3f",
        "dlstp.32 lr, r3",
        "2:",
        "vldrb.s32 q0, [r0], #4",
        "vldrb.s32 q1, [r1], #4",
        "vadd.i32 q0, q0, r4",
        "vadd.i32 q1, q1, r5",
        "vmul.i32 q0, q0, q1",
        outputs!(),
        "letp lr, 2b",
        "b 5f",
        "3:",
        "dlstp.32 lr, r3",
        "4:",
        "vldrb.s32 q0, [r0], #4",
        "vadd.i32 q0, q0, r4",
        "vmul.i32 q0, q0, r5",
        outputs!(),
        "letp lr, 4b",
        "5:",
        "vpop {{d8-d11}}",
        "pop {{r4-r9, pc}}",
    )
}
