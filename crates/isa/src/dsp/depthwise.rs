//! Depthwise convolutions with any window.

use core::arch::naked_asm;
use core::marker::PhantomData;
use core::ops::Range;
use core::ptr::{null, null_mut};

use crate::dsp::common::{cpu, minus};
use crate::operands::Factors;
use crate::taps::{Grid, is_for_loops};

/// Channels of a depthwise convolution with a filter each: what becomes of the sums of a window.
///
/// See [`portable::Channels`](crate::portable::Channels).
#[derive(Debug)]
#[repr(C)]
pub struct Channels<'a> {
    /// 0: the sums, or what these begin with.
    sums: *const [u8; 4],
    /// 4: the end of all sums.
    end: *const [u8; 4],
    /// 8: multipliers; null if sums are kept.
    multipliers: *const i32,
    /// 12: shifts, less one.
    shifts: *const u8,
    /// 16: outputs.
    output: *mut i8,
    /// 20: [`Factors::round`].
    round: i32,
    /// 24: the zero point's negative in both halves.
    minus: u32,
    slices: PhantomData<(&'a [i32], &'a mut [i32])>,
}

impl<'a> Channels<'a> {
    /// Channels whose sums are added to these.
    #[inline(always)] // stack: made where it stays
    pub fn added(sums: &'a mut [i32], zero_point: i16) -> Self {
        let Range { start, end } = sums.as_mut_ptr_range();
        Self {
            sums: start.cast_const().cast(),
            end: end.cast_const().cast(),
            multipliers: null(),
            shifts: null(),
            output: null_mut(),
            round: 0,
            minus: minus(zero_point),
            slices: PhantomData,
        }
    }

    /// So many channels whose sums begin with a bias of four little-endian bytes and become
    /// outputs.
    /// `None` if they are not a multiple of 4 or none, if there are not as many biases and factors,
    /// or if one of these is of the long way.
    #[inline(never)] // size: one copy for rows and columns
    pub fn scaled(
        bias: Option<&'a [[u8; 4]]>,
        channels: usize,
        factors: &Factors<'a>,
        zero_point: i16,
    ) -> Option<Self> {
        let Range { start: sums, end } = bias?.get(..channels)?.as_ptr_range();
        let fits = is_for_loops(channels) && factors.are_for(channels) && factors.is_short;
        fits.then_some(Self {
            sums,
            end,
            multipliers: factors.multipliers.as_ptr(),
            shifts: factors.shifts.as_ptr(),
            output: null_mut(),
            round: factors.round(),
            minus: minus(zero_point),
            slices: PhantomData,
        })
    }
}

/// Computes a window of a depthwise convolution.
///
/// See [`portable::depthwise`](crate::portable::depthwise).
#[inline(never)] // stack: gone when the block is called
pub fn depthwise(
    grid: &Grid,
    channels: &mut Channels<'_>,
    [input, filter]: [&[i8]; 2],
    output: &mut [i8],
) {
    let len = channels.end.addr().wrapping_sub(channels.sums.addr()) / size_of::<i32>();
    if !is_for_loops(len)
        || !channels.multipliers.is_null() && len > output.len()
        || !grid.is_within([input.len(), filter.len()], len)
    {
        return;
    }
    channels.output = output.as_mut_ptr();
    // SAFETY: the block reads four bytes of the filter and of the input under each tap for every
    // four channels, which lie within the slices (`Grid::is_within`). It reads and writes the sums
    // (`Channels::added`); or it only reads biases, and a multiplier and a shift for each channel
    // (`Channels::scaled`), and writes as many outputs, which are there. There is a tap, and
    // channels are four or a multiple.
    unsafe { window(grid, channels, input.as_ptr(), filter.as_ptr()) }
}

// The output of a sum; r2 output, r3 round, r12 shift, less one, in the lowest byte; lr is lost.
macro_rules! output {
    ($sum:literal, $multiplier:literal) => {
        concat!(
            "lsls ",
            $sum,
            ", ",
            $sum,
            ", #1\n",
            "lsl lr, r3, r12\n",
            "smmlar lr, ",
            $sum,
            ", ",
            $multiplier,
            ", lr\n",
            "add lr, lr, ",
            $sum,
            ", asr #31\n",
            "asr lr, lr, r12\n",
            "ssat lr, #8, lr, asr #1\n",
            "strb lr, [r2], #1\n"
        )
    };
}

// Inputs in r2 and weights in r3 of four channels: their products.
macro_rules! products {
    () => {
        concat!(
            "sxtab16 r10, r12, r2\n",
            "sxtab16 r2, r12, r2, ror #8\n",
            "sxtb16 r11, r3\n",
            "sxtb16 r3, r3, ror #8\n",
            "smlabb r4, r10, r11, r4\n",
            "smlabb r5, r2, r3, r5\n",
            "smlatt r6, r10, r11, r6\n",
            "smlatt r7, r2, r3, r7\n"
        )
    };
}

/// All taps, for four channels at a time. A single column is walked as a row is.
///
/// The frame: 0 sums, 4 their end, 8 multipliers, 12 shifts, 16 outputs, 20 round; 24 from behind a
/// row of taps to the next; 32 from behind the last row to the first of the next four channels; 40
/// rows that are left, 0 if there is one in all; 44 the zero point; 48 from tap to tap; 56 taps of
/// a row; 60 rows.
///
/// * Reads four bytes of input and filter for each of `rows · columns` taps and every four sums;
///   reads the sums, and writes them, or reads a multiplier and a shift for each and writes an
///   output.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 12 instructions for four products.
/// * Stack: 100 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(
    grid: &Grid,
    channels: &Channels<'_>,
    input: *const i8,
    filter: *const i8,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "sub sp, sp, #64",
        "ldm r1, {{r4-r10}}",
        "stm sp, {{r4-r9}}",
        "str r10, [sp, #44]",
        "ldm r0, {{r4-r9}}",
        "cmp r5, #1",
        "itttt eq",
        "moveq r5, r4",
        "moveq r4, #1",
        "moveq r8, r6",
        "moveq r9, r7",
        "strd r8, r9, [sp, #48]",
        "strd r5, r4, [sp, #56]",
        "and r12, r5, #1",
        "mls r0, r12, r8, r2", // an odd number of taps begins with the second of two
        "mls r1, r12, r9, r3",
        "add r2, r12, r5",
        "mls r11, r2, r8, r6",
        "mls r12, r2, r9, r7",
        "strd r11, r12, [sp, #24]",
        "mls r11, r4, r6, r11",
        "mls r12, r4, r7, r12",
        "adds r11, r11, #4",
        "adds r12, r12, #4",
        "strd r11, r12, [sp, #32]",
        "cmp r4, #1",
        "it ls",
        "movls r4, #0",
        "str r4, [sp, #40]",
        "2:", // r0 input, r1 filter, r4 to r7 sums, r8 and r9 steps, lr taps of a row
        "ldrd r8, r9, [sp, #48]",
        "ldr lr, [sp, #56]",
        "ldr r12, [sp, #44]",
        "ldr r2, [sp]",
        "ldr r4, [r2], #4",
        "ldr r5, [r2], #4",
        "ldr r6, [r2], #4",
        "ldr r7, [r2], #4",
        "str r2, [sp]",
        "3:",
        "lsrs r2, lr, #1",
        "bcs 6f",
        "5:",
        "ldr r2, [r0]",
        "ldr r3, [r1]",
        products!(),
        "6:",
        "ldr r2, [r0, r8]",
        "ldr r3, [r1, r9]",
        "add r0, r0, r8, lsl #1",
        "add r1, r1, r9, lsl #1",
        products!(),
        "subs lr, lr, #2",
        "bgt 5b",
        "ldr r2, [sp, #40]",
        "cbz r2, 8f",
        "subs r2, r2, #1", // the next row of taps
        "str r2, [sp, #40]",
        "beq 7f",
        "ldrd r10, r11, [sp, #24]",
        "add r0, r0, r10",
        "add r1, r1, r11",
        "ldr lr, [sp, #56]",
        "b 3b",
        "7:",
        "ldr r2, [sp, #60]",
        "str r2, [sp, #40]",
        "8:",
        "ldr r2, [sp, #8]",
        "cbnz r2, 4f",
        "ldr r2, [sp]", // sums that are kept
        "stmdb r2, {{r4-r7}}",
        "b 9f",
        "4:",
        "ldr lr, [sp, #12]",
        "ldr r12, [lr], #4",
        "ldm r2!, {{r8-r11}}",
        "strd r2, lr, [sp, #8]",
        "ldrd r2, r3, [sp, #16]",
        output!("r4", "r8"),
        "lsrs r12, r12, #8",
        output!("r5", "r9"),
        "lsrs r12, r12, #8",
        output!("r6", "r10"),
        "lsrs r12, r12, #8",
        output!("r7", "r11"),
        "str r2, [sp, #16]",
        "9:",
        "ldrd r10, r11, [sp, #32]",
        "add r0, r0, r10",
        "add r1, r1, r11",
        "ldrd r2, lr, [sp]",
        "cmp r2, lr",
        "bne 2b",
        "add sp, sp, #64",
        "pop {{r4-r11, pc}}",
    )
}
