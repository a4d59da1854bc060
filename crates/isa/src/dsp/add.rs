//! Sums of two tensors.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::operands::Terms;

/// What brings an operand to the common scale: the input times `scale`, plus `offset`, is twice
/// what is multiplied.
#[repr(C)]
struct Operand {
    scale: i32,
    offset: i32,
    multiplier: i32,
    /// Half of the last bit that is shifted out.
    round: i32,
    shift: u32,
}

/// What [`fours`] reads.
#[repr(C)]
struct Constants {
    /// 0, 20.
    operands: [Operand; 2],
    /// 40.
    multiplier: i32,
    /// 44: half of the last bit that is shifted out, and the zero point in front of it.
    round: i32,
    /// 48: bits, less one.
    shift: u32,
}

impl Operand {
    /// Without a shift the multiplier is a half. What it leaves is then doubled and shifted by one
    /// bit: the same, and rounding changes nothing.
    fn new(multiplier: i32, shift: u8, zero_point: i8) -> Self {
        let scale = if shift == 0 { 1 << 22 } else { 1 << 21 };
        let (shift, offset) = (u32::from(shift.max(1)), -i32::from(zero_point) * scale);
        Self { scale, offset, multiplier, round: 1 << (shift - 1), shift }
    }
}

/// Adds two tensors of one shape.
///
/// See [`portable::add`](crate::portable::add).
pub fn add(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8]) {
    if a.len() != output.len() || b.len() != output.len() {
        return;
    }
    let ([first, second, multiplier], [first_shift, second_shift, shift], zero_points) =
        (terms.multipliers, terms.shifts, terms.zero_points);
    let [first_zero_point, second_zero_point, zero_point] = zero_points;
    let shift = u32::from(shift).saturating_sub(1);
    let constants = Constants {
        operands: [
            Operand::new(first, first_shift, first_zero_point),
            Operand::new(second, second_shift, second_zero_point),
        ],
        multiplier,
        round: (2 * i32::from(zero_point) + 1) << shift,
        shift,
    };
    let ([a, a_rest], [b, b_rest]) = (fours_of(a), fours_of(b));
    let (output, output_rest) = output.split_at_mut_checked(a.len()).unwrap_or_default();
    if !a.is_empty() {
        let range = a.as_ptr_range();
        // SAFETY: all three have one length, a multiple of 4 that is not 0.
        unsafe { fours(range.start, b.as_ptr(), output.as_mut_ptr(), range.end, &constants) }
    }
    if !a_rest.is_empty() {
        let (mut four_a, mut four_b, mut four) = ([0; 4], [0; 4], [0; 4]);
        four_a.iter_mut().zip(a_rest).for_each(|(slot, &x)| *slot = x);
        four_b.iter_mut().zip(b_rest).for_each(|(slot, &x)| *slot = x);
        let range = four_a.as_ptr_range();
        // SAFETY: all three have four elements.
        unsafe { fours(range.start, four_b.as_ptr(), four.as_mut_ptr(), range.end, &constants) }
        output_rest.iter_mut().zip(four).for_each(|(slot, y)| *slot = y);
    }
}

/// As many elements as make whole words, and the rest.
fn fours_of(slice: &[i8]) -> [&[i8]; 2] {
    let (fours, rest) = slice.split_at_checked(slice.len() & !3).unwrap_or_default();
    [fours, rest]
}

// Four inputs at a pointer, each brought to the common scale in a register; lr is lost.
macro_rules! first {
    ($sum:literal) => {
        concat!(
            "ldrsb r3, [r0], #1\n",
            "mla r3, r3, r8, r9\n",
            "add lr, r11, r3, asr #31\n",
            "smmlar r3, r3, r10, lr\n",
            "asr ",
            $sum,
            ", r3, r12\n"
        )
    };
}

macro_rules! second {
    ($sum:literal) => {
        concat!(
            "ldrsb r3, [r1], #1\n",
            "mla r3, r3, r8, r9\n",
            "add lr, r11, r3, asr #31\n",
            "smmlar r3, r3, r10, lr\n",
            "asr r3, r3, r12\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", r3\n"
        )
    };
}

macro_rules! output {
    ($sum:literal) => {
        concat!(
            "lsls ",
            $sum,
            ", ",
            $sum,
            ", #1\n",
            "add r3, r9, ",
            $sum,
            ", asr #31\n",
            "smmlar r3, ",
            $sum,
            ", r8, r3\n",
            "asr r3, r3, r10\n",
            "ssat r3, #8, r3, asr #1\n",
            "strb r3, [r2], #1\n"
        )
    };
}

/// Four elements at a time.
///
/// * Reads `a..end` and as many bytes at `b`; writes as many at `output`.
/// * The caller has checked that there are as many of each: a multiple of 4, and not 0.
/// * Saves r4 to r11 and lr. The loop takes 77 instructions for four outputs.
/// * Stack: 44 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn fours(
    a: *const i8,
    b: *const i8,
    output: *mut i8,
    end: *const i8,
    constants: &Constants,
) {
    naked_asm!(
        cpu!(),
        "push {{r3-r11, lr}}",
        "2:",
        "ldr lr, [sp, #40]",
        "ldm lr, {{r8-r12}}",
        first!("r4"),
        first!("r5"),
        first!("r6"),
        first!("r7"),
        "ldr lr, [sp, #40]",
        "add lr, lr, #20",
        "ldm lr, {{r8-r12}}",
        second!("r4"),
        second!("r5"),
        second!("r6"),
        second!("r7"),
        "ldr lr, [sp, #40]",
        "add lr, lr, #40",
        "ldm lr, {{r8-r10}}",
        output!("r4"),
        output!("r5"),
        output!("r6"),
        output!("r7"),
        "ldr r3, [sp]",
        "cmp r0, r3",
        "bne 2b",
        "pop {{r3-r11, pc}}",
    )
}
