//! Sums of two tensors.

use core::arch::naked_asm;

use crate::terms::Terms;
use crate::thumb1::common::{restore, save, short};

/// What brings an operand to the common scale.
///
/// The input less its zero point, `x`, is shifted to the left by 20 bits, multiplied by
/// `2^11 u + l` and halved 31 times, half up: that is `ux + ((lx + 2^10) >> 11)`, where 2^10 is the
/// carry of the shift.
#[repr(C)]
struct Operand {
    /// 0: the zero point's negative.
    minus: i32,
    /// 4: `l`.
    lower: i32,
    /// 8: `u`.
    upper: i32,
    /// 12: half of the last bit that is shifted out.
    round: i32,
    /// 16: bits to shift to the right.
    shift: u32,
}

/// What [`elements`] reads.
#[repr(C)]
struct Constants {
    /// 0, 20.
    operands: [Operand; 2],
    /// 40: the halves of the multiplier, the upper one first.
    multiplier: [i32; 2],
    /// 48: bits.
    shift: u32,
    /// 52: half of the last bit that is shifted out, and the zero point in front of it.
    round: i32,
}

impl Operand {
    /// Without a shift the multiplier is a half. What it leaves is then doubled and shifted by one
    /// bit: the same, and rounding changes nothing.
    fn new(multiplier: i32, shift: u8, zero_point: i8) -> Self {
        let (upper, lower, shift) = match shift {
            0 => (1 << 20, 0, 1),
            _ => (multiplier >> 11, multiplier & 0x7FF, u32::from(shift)),
        };
        Self { minus: -i32::from(zero_point), lower, upper, round: 1 << (shift - 1), shift }
    }
}

/// Adds two tensors of one shape.
///
/// See [`portable::add`](crate::portable::add).
pub fn add(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8]) {
    if output.is_empty() || a.len() != output.len() || b.len() != output.len() {
        return;
    }
    let ([first, second, multiplier], [first_shift, second_shift, shift], zero_points) =
        (terms.multipliers, terms.shifts, terms.zero_points);
    let [first_zero_point, second_zero_point, zero_point] = zero_points;
    let shift = u32::from(shift);
    let constants = Constants {
        operands: [
            Operand::new(first, first_shift, first_zero_point),
            Operand::new(second, second_shift, second_zero_point),
        ],
        multiplier: [multiplier >> 16, multiplier & 0xFFFF],
        shift,
        round: (2 * i32::from(zero_point) + 1) << shift.saturating_sub(1),
    };
    let ends = [a.as_ptr_range().end, b.as_ptr_range().end];
    let [a, b] = ends;
    // SAFETY: `elements` reads as many elements of both as the output has, at least one, and writes
    // them: all three have one length.
    unsafe { elements(a, b, output.as_mut_ptr_range().end, output.len(), &constants) }
}

// The input at r6, r7 on the common scale, in r0; r1 and r2 are lost.
macro_rules! operand {
    ($minus:literal, $lower:literal, $upper:literal, $round:literal, $shift:literal) => {
        concat!(
            "ldrsb r0, [r6, r7]\n",
            "ldr r1, [sp, #",
            $minus,
            "]\n",
            "adds r0, r0, r1\n",
            "ldr r1, [sp, #",
            $lower,
            "]\n",
            "muls r1, r0, r1\n",
            "ldr r2, [sp, #",
            $upper,
            "]\n",
            "muls r0, r2, r0\n",
            "asrs r1, r1, #11\n",
            "adcs r0, r1\n",
            "asrs r1, r0, #31\n",
            "adds r0, r0, r1\n",
            "ldr r1, [sp, #",
            $round,
            "]\n",
            "adds r0, r0, r1\n",
            "ldr r1, [sp, #",
            $shift,
            "]\n",
            "asrs r0, r1\n"
        )
    };
}

/// All elements, at least one.
///
/// * Reads `len` bytes before `a` and before `b`; writes as many before `output`.
/// * The caller has checked that there are as many of each, and at least one.
/// * Saves r4 to r11 and lr. The loop takes 66 instructions for an output.
/// * Stack: 92 bytes, with a copy of the constants. It calls a function of `common`, which takes
///   none.
#[unsafe(naked)]
unsafe extern "C" fn elements(
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    len: usize,
    constants: &Constants,
) {
    naked_asm!(
        save!(),
        "rsbs r7, r3, #0",
        "mov r8, r0",
        "mov r9, r1",
        "mov r10, r2",
        "ldr r6, [sp, #36]",
        "sub sp, sp, #56",
        "mov r5, sp",
        "ldm r6!, {{r0-r4}}",
        "stm r5!, {{r0-r4}}",
        "ldm r6!, {{r0-r4}}",
        "stm r5!, {{r0-r4}}",
        "ldm r6!, {{r0-r3}}",
        "stm r5!, {{r0-r3}}",
        "mov r12, r3",
        "2:",
        "mov r6, r8",
        operand!("0", "4", "8", "12", "16"),
        "movs r3, r0",
        "mov r6, r9",
        operand!("20", "24", "28", "32", "36"),
        "adds r3, r3, r0",
        "ldr r0, [sp, #40]",
        "ldr r1, [sp, #44]",
        "ldr r2, [sp, #48]",
        "bl {short}",
        "mov r4, r10",
        "strb r3, [r4, r7]",
        "adds r7, r7, #1",
        "bne 2b",
        "add sp, sp, #56",
        restore!(),
        short = sym short,
    )
}
