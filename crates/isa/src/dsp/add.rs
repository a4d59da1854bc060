//! Sums and differences of two tensors.

use core::arch::naked_asm;

use crate::dsp::common::cpu;
use crate::terms::Terms;

/// What [`fours`] reads.
#[repr(C)]
struct Constants {
    /// 0: what brings the first operand to the common scale: the input times this,
    scale: i32,
    /// 4: plus this, is twice what is multiplied.
    offset: i32,
    /// 8: its multiplier.
    multiplier: i32,
    /// 12: half of the last bit that is shifted out.
    round: i32,
    /// 16: bits.
    shift: u32,
    /// 20: those of the sum: multiplier,
    sum_multiplier: i32,
    /// 24: half of the last bit that is shifted out, and the zero point in front of it,
    sum_round: i32,
    /// 28: bits, less one,
    sum_shift: u32,
    /// 32: what the zero point of the second operand adds to twice the sum,
    sum_offset: i32,
    /// 36: and what that operand is multiplied with: half of what it was shifted by.
    half: i32,
}

/// Half of an operand's 20 bits of fraction.
const HALF: i32 = 1 << 19;

/// Adds two tensors of one shape.
///
/// An operand that is not shifted is halved. It is multiplied with half of what it was shifted by,
/// and added as it is. The other one may be such, too: what it leaves is doubled and shifted by one
/// bit, and rounding changes nothing.
///
/// See [`portable::add`](crate::portable::add).
pub fn add(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8]) {
    let is_first = terms.shifts[1] != 0;
    combine(terms, HALF, fours, if is_first { ([b, a], [1, 0]) } else { ([a, b], [0, 1]) }, output);
}

/// Subtracts `b` from `a`, of one shape. As [`add`]; where the operand that is halved is the first,
/// the block computes the negative, which it takes from the offset.
///
/// See [`portable::subtract`](crate::portable::subtract).
pub fn subtract(terms: &Terms, a: &[i8], b: &[i8], output: &mut [i8]) {
    if terms.shifts[1] == 0 {
        combine(terms, -HALF, fours, ([a, b], [0, 1]), output);
    } else {
        combine(terms, -HALF, negative_fours, ([b, a], [1, 0]), output);
    }
}

/// [`fours`], or [`negative_fours`].
type Block = unsafe extern "C" fn(*const i8, *const i8, *mut i8, *const i8, &Constants);

/// Runs a block on operands, and on their indices in `terms`, of which the second is halved.
#[inline(always)] // one caller for each operator and order
fn combine(
    terms: &Terms,
    half: i32,
    block: Block,
    ([a, b], [of_a, of_b]): ([&[i8]; 2], [usize; 2]),
    output: &mut [i8],
) {
    if a.len() != output.len() || b.len() != output.len() {
        return;
    }
    let &Terms { multipliers, shifts, zero_points } = terms;
    let (scale, shift) = if shifts[of_a] == 0 { (1 << 22, 1) } else { (1 << 21, shifts[of_a]) };
    let sum_shift = u32::from(shifts[2]).saturating_sub(1);
    let constants = Constants {
        scale,
        offset: -i32::from(zero_points[of_a]) * scale,
        multiplier: multipliers[of_a],
        round: 1 << (shift - 1),
        shift: shift.into(),
        sum_multiplier: multipliers[2],
        sum_round: (2 * i32::from(zero_points[2]) + 1) << sum_shift,
        sum_shift,
        sum_offset: if half < 0 && of_b == 1 {
            i32::from(zero_points[of_b]) << 20
        } else {
            // Also where the negative is taken from it.
            -i32::from(zero_points[of_b]) << 20
        },
        half,
    };
    let ([a, a_rest], [b, b_rest]) = (fours_of(a), fours_of(b));
    let (output, output_rest) = output.split_at_mut_checked(a.len()).unwrap_or_default();
    if !a.is_empty() {
        let range = a.as_ptr_range();
        // SAFETY: all three have one length, a multiple of 4 that is not 0.
        unsafe { block(range.start, b.as_ptr(), output.as_mut_ptr(), range.end, &constants) }
    }
    if !a_rest.is_empty() {
        let (mut four_a, mut four_b, mut four) = ([0; 4], [0; 4], [0; 4]);
        four_a.iter_mut().zip(a_rest).for_each(|(slot, &x)| *slot = x);
        four_b.iter_mut().zip(b_rest).for_each(|(slot, &x)| *slot = x);
        let range = four_a.as_ptr_range();
        // SAFETY: all three have four elements.
        unsafe { block(range.start, four_b.as_ptr(), four.as_mut_ptr(), range.end, &constants) }
        output_rest.iter_mut().zip(four).for_each(|(slot, y)| *slot = y);
    }
}

/// As many elements as make whole words, and the rest.
fn fours_of(slice: &[i8]) -> [&[i8]; 2] {
    let (fours, rest) = slice.split_at_checked(slice.len() & !3).unwrap_or_default();
    [fours, rest]
}

// An input of the first operand, brought to the common scale in a register; lr is lost.
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

// One of the second operand, added to it, and the output. `operation` adds twice the sum to the
// offset, or takes it from that.
macro_rules! second {
    ($operation:literal, $sum:literal) => {
        concat!(
            "ldrsb r3, [r1], #1\n",
            "mla ",
            $sum,
            ", r3, r12, ",
            $sum,
            "\n",
            $operation,
            $sum,
            ", r11, ",
            $sum,
            ", lsl #1\n",
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

// A block that does so with the sums.
macro_rules! block {
    ($(#[$doc:meta])* $name:ident, $operation:literal) => {
        $(#[$doc])*
        #[unsafe(naked)]
        unsafe extern "C" fn $name(
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
                second!($operation, "r4"),
                second!($operation, "r5"),
                second!($operation, "r6"),
                second!($operation, "r7"),
                "ldr r3, [sp]",
                "cmp r0, r3",
                "bne 2b",
                "pop {{r3-r11, pc}}",
            )
        }
    };
}

block! {
    /// Four elements at a time.
    ///
    /// * Reads `a..end` and as many bytes at `b`; writes as many at `output`.
    /// * The caller has checked that there are as many of each: a multiple of 4, and not 0.
    /// * Saves r4 to r11 and lr. The loop takes 60 instructions for four outputs.
    /// * Stack: 44 bytes. It calls nothing.
    fours, "add "
}

block! {
    /// As [`fours`], with the negative of the sum.
    negative_fours, "sub "
}
