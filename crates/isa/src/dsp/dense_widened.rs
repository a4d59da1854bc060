//! Fully connected layers, with inputs that are widened once for many filters.

use core::arch::naked_asm;
use core::mem::MaybeUninit;
use core::ops::Range;

use crate::dsp::common::{cpu, minus};
use crate::operands::Dense;

/// Inputs of a turn of the inner loop.
const TURN: usize = 32;

/// Inputs that are widened at a time: [`block`] has memory for so many.
const PART: usize = 128;

/// Filters that are worth it to widen inputs.
const FEWEST: usize = 8;

/// Filters whose sums are kept from one part of the inputs to the next.
const KEPT: usize = 16;

/// What [`block`] reads and counts in. It sets the first nine fields for each part of the inputs.
#[repr(C)]
struct Block {
    /// 0: where the output, or the sum, of the next filter goes.
    next: *mut i8,
    /// 4: the multiplier of all filters.
    multiplier: i32,
    /// 8: `shift`, or 0 where sums are kept.
    part_shift: u32,
    /// 12: `Factors::round`, shifted to the left as outputs are to the right.
    round: i32,
    /// 16: the end of what `next` goes through.
    end: *const i8,
    /// 20: the end of the widened inputs.
    widened: usize,
    /// 24: from one filter to the next.
    depth: usize,
    /// 28: from behind the weights of a part to those of the next filter.
    skip: usize,
    /// 32: the addend of the next filter.
    addend: usize,
    /// 36: the inputs of the next part.
    input: Range<*const i8>,
    /// 44: the negative zero point, twice.
    minus: u32,
    /// 48: the weights for them of the first filter; behind the last part, those of the next.
    weights: *const i8,
    /// 52: what is added to the sums of the next part: biases, or sums that have been kept.
    addends: *const [u8; 4],
    /// 56: where sums are kept between parts.
    kept: Range<*mut i8>,
    /// 64: the outputs; or the sums, if there are none.
    output: Range<*mut i8>,
    /// 72: the shift of all filters, less one, with a bit above it that is set; or 0 if there are
    /// no outputs.
    shift: u32,
}

impl Block {
    /// The inputs of a layer and some of its filters, whose sums are kept.
    fn new(dense: &Dense<'_>, addends: *const [u8; 4], sums: Range<*mut i8>) -> Self {
        Self {
            next: core::ptr::null_mut(),
            multiplier: 0,
            part_shift: 0,
            round: 0,
            end: core::ptr::null(),
            widened: 0,
            depth: dense.input.len(),
            skip: 0,
            addend: 0,
            input: dense.input.as_ptr_range(),
            minus: minus(dense.zero_point),
            weights: dense.weights.as_ptr(),
            addends,
            kept: sums.clone(),
            output: sums,
            shift: 0,
        }
    }
}

/// Whether [`add`] and [`outputs`] take a layer with so many filters.
#[inline(always)] // a few comparisons, of which the first decides for small layers
pub(super) fn suits(dense: &Dense<'_>, filters: usize) -> bool {
    dense.input.len().is_multiple_of(TURN)
        && filters >= FEWEST
        && filters.is_multiple_of(2)
        && dense.weights.as_ptr().addr().is_multiple_of(4)
}

/// Adds to the sum of each filter its products with the inputs. The layer [suits](suits), and there
/// are weights for all sums.
#[inline(always)] // stack: one caller, which moves others out of the way
pub(super) fn add(dense: &Dense<'_>, sums: &mut [i32]) {
    let Range { start, end } = sums.as_mut_ptr_range();
    let mut block = Block::new(dense, start.cast(), start.cast()..end.cast());
    // SAFETY: `self::block` reads the inputs and the weights of a filter for each sum, and reads
    // and writes the sums.
    unsafe { self::block(&mut block) }
}

/// Multiplies the inputs with a filter for each output. The layer [suits](suits), and there are
/// weights and biases for all outputs, which have one factor: a multiplier, and a shift, less one.
/// `round` is `Factors::round`.
#[inline(never)] // stack: not there for other layers
pub(super) fn outputs(
    dense: &Dense<'_>,
    bias: &[[u8; 4]],
    (multiplier, shift): (i32, u8),
    round: i32,
    output: &mut [i8],
) {
    let mut sums = MaybeUninit::<[i32; KEPT]>::uninit();
    let start = sums.as_mut_ptr().cast();
    let mut block = Block::new(dense, bias.as_ptr(), start..start);
    block.multiplier = multiplier;
    block.round = round.wrapping_shl(shift.into());
    block.shift = 1 << 8 | u32::from(shift);
    let most = if dense.input.len() <= PART { output.len() } else { KEPT };
    let (mut rest, mut bias) = (output, bias);
    while let Some((output @ &mut [_, ..], next)) = rest.split_at_mut_checked(most.min(rest.len()))
    {
        block.input = dense.input.as_ptr_range();
        block.addends = bias.as_ptr();
        block.kept.end = start.wrapping_add(4 * output.len());
        block.output = output.as_mut_ptr_range();
        // SAFETY: `self::block` reads the inputs, and for each output the weights of a filter and a
        // bias. It writes the outputs. If there are several parts, it writes a sum for each in the
        // first, and reads and writes them in the next; `KEPT` sums have room.
        unsafe { self::block(&mut block) }
        bias = bias.get(output.len()..).unwrap_or_default();
        rest = next;
    }
}

// Four weights of one filter, added to a sum with inputs 0 and 2 and inputs 1 and 3; lr and the
// weights are lost.
macro_rules! four {
    ($sum:literal, $weights:literal, $even:literal, $odd:literal) => {
        concat!(
            "sxtb16 lr, ",
            $weights,
            "\n",
            "smlad ",
            $sum,
            ", ",
            $even,
            ", lr, ",
            $sum,
            "\n",
            "sxtb16 ",
            $weights,
            ", ",
            $weights,
            ", ror #8\n",
            "smlad ",
            $sum,
            ", ",
            $odd,
            ", ",
            $weights,
            ", ",
            $sum,
            "\n"
        )
    };
}

// Eight inputs below r0, multiplied with the weights of the first filter in two registers and with
// those of the second at r2.
macro_rules! eight {
    ($low:literal, $high:literal) => {
        concat!(
            "ldmdb r0!, {{r9-r12}}\n",
            four!("r6", $low, "r9", "r10"),
            four!("r6", $high, "r11", "r12"),
            "ldrd ",
            $low,
            ", ",
            $high,
            ", [r2], #8\n",
            four!("r7", $low, "r9", "r10"),
            four!("r7", $high, "r11", "r12")
        )
    };
}

// Sixteen inputs; the weights of the first filter are at r1.
macro_rules! sixteen {
    () => {
        concat!("ldm r1!, {{r3-r5, r8}}\n", eight!("r3", "r4"), eight!("r5", "r8"))
    };
}

// The output of a sum, which is doubled with saturation.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "qadd ",
            $sum,
            ", ",
            $sum,
            ", ",
            $sum,
            "\n",
            "smmlar r10, ",
            $sum,
            ", r4, r8\n",
            "add r10, r10, ",
            $sum,
            ", asr #31\n",
            "asr r10, r10, r5\n",
            "ssat r10, #8, r10, asr #1\n",
            "strb r10, [r3], #1\n"
        )
    };
}

/// Widens inputs, and multiplies them with two filters at a time.
///
/// The inputs of a part lie on the stack, the last eight of them first: the inner loop reads them
/// from their end down to the stack pointer, and needs no register for where they end.
///
/// * Reads the inputs, as many weights of each filter, `depth` apart, and an addend for each
///   filter: for the first part of the inputs `addends`, and then what it has kept. In all parts
///   but the last, or if `shift` is 0, it writes the sums to what is kept; else it writes an output
///   for each.
/// * The caller has checked all these slices; that the inputs are a multiple of [`TURN`], the
///   filters of 2, and that weights lie at multiples of four. There are two filters and an input.
/// * Saves r4 to r11 and lr. The inner loop takes 74 instructions for 64 products, and 2. Two
///   filters take 24 more, eight inputs 9, a part 30.
/// * Stack: 296 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn block(block: &mut Block) {
    naked_asm!(
        cpu!(),
        "push {{r0, r4-r11, lr}}",
        "sub sp, sp, {bytes}",
        "add r12, r0, #36",
        "1:", // a part
        "ldm r12, {{r1-r10}}",
        "mov lr, r3",
        "subs r3, r2, r1",
        "cmp r3, {part}",
        "itttt hi", // not the last
        "movhi r3, {part}",
        "movhi r8, r6",
        "movhi r9, r7",
        "movhi r10, #0",
        "add r0, sp, r3, lsl #1",
        "ldr r7, [r12, #-12]",
        "subs r7, r7, r3",
        "str r8, [r12, #-36]",
        "str r10, [r12, #-28]",
        "strd r9, r0, [r12, #-20]",
        "strd r7, r5, [r12, #-8]",
        "subs r2, r4, r7",
        "adds r4, r4, r3",
        "strd r4, r6, [r12, #12]",
        "2:",
        "ldr r4, [r1], #4",
        "ldr r5, [r1], #4",
        "sxtab16 r8, lr, r4",
        "sxtab16 r9, lr, r4, ror #8",
        "sxtab16 r10, lr, r5",
        "sxtab16 r11, lr, r5, ror #8",
        "stmdb r0!, {{r8-r11}}",
        "cmp r0, sp",
        "bne 2b",
        "str r1, [r12]",
        "subs r12, r12, #16",
        "3:", // two filters
        "ldm r12, {{r0, r3-r5}}",
        "adds r1, r2, r4",
        "adds r2, r1, r3",
        "ldr r6, [r5], #4",
        "ldr r7, [r5], #4",
        "str r5, [r12, #12]",
        "4:",
        sixteen!(),
        sixteen!(),
        "cmp r0, sp",
        "bne 4b",
        "ldr r12, [sp, {bytes}]",
        "ldm r12!, {{r3-r5, r8, r9}}",
        "cbz r5, 6f",
        output!("r6"),
        output!("r7"),
        "5:",
        "str r3, [r12, #-20]",
        "cmp r3, r9",
        "bne 3b",
        "ldrd r0, r1, [r12, #16]!",
        "cmp r0, r1",
        "bne 1b",
        "str r2, [r12, #12]",
        "add sp, sp, {bytes}",
        "pop {{r0, r4-r11, pc}}",
        "6:", // sums that are kept
        "strd r6, r7, [r3], #8",
        "b 5b",
        part = const PART,
        bytes = const 2 * PART,
    )
}
