//! Rows of depthwise convolutions with a window of 3 × 3.
//!
//! One channel after the other goes along the row. A column of inputs is read once and multiplied
//! into all outputs that it belongs to: rows 0 and 1 by SMLAD, row 2 by SMLABB or SMLABT. The sum
//! that an output begins with is SMLAD's fourth operand. Weights are doubled and stay in registers.

use core::arch::naked_asm;
use core::marker::PhantomData;
use core::ops::Range;
use core::ptr::NonNull;

use crate::dsp::common::{cpu, minus};
use crate::operands::{end, product};
use crate::taps::{DepthwiseRow, Packed, RowChannels};

/// Some channels of a row of a depthwise convolution, all of whose slices have been checked: what
/// [`all_channels`] reads.
///
/// See [`portable::CheckedRow`](crate::portable::CheckedRow).
#[derive(Debug)]
#[repr(C)]
pub struct CheckedRow<'a> {
    /// 0: from pixel to pixel, of input and output.
    pixel: usize,
    /// 4: the input's last pixel (stride 1), or behind it (stride 2), of the first channel.
    end: *const i8,
    /// 8: the end of `packed`.
    packed_end: *const Packed,
    /// 12: weights and bias of the first channel.
    packed: NonNull<Packed>,
    /// 16: its multiplier.
    multipliers: *const i32,
    /// 20: [`Factors::round`](crate::Factors::round).
    round: i32,
    /// 24: its input under the first row of the window, pixel 0.
    input: *const i8,
    /// 28: its output of pixel 0; with stride 1, how far that is from the input of pixel 1.
    output: usize,
    /// 32: from one row of the window to the next.
    row: usize,
    /// 36: 0 for three rows; 1 for the last two, 2 for the first two.
    missing: usize,
    /// 40: the input's zero point in both halves.
    zero_point: u32,
    stride_two: bool,
    slices: PhantomData<(&'a [i8], &'a mut [i8])>,
}

impl<'a> CheckedRow<'a> {
    /// `None` where the row does not suit, or there are not as many packed filters as channels.
    #[inline(always)] // size: one caller
    pub fn new(
        row: &DepthwiseRow<'a>,
        channels: Range<usize>,
        of: &RowChannels<'a>,
        output: &'a mut [i8],
    ) -> Option<Self> {
        let packed = of.packed.get(..channels.len())?;
        let missing = row.missing(&channels, &of.factors, output.len())?;
        let half = u32::from(row.zero_point as u16);
        let stride_two = row.stride == 2;
        let input = row.input.as_ptr().wrapping_add(channels.start);
        let last = row.width.wrapping_sub(usize::from(!stride_two));
        let behind = if stride_two { 0 } else { input.addr().wrapping_add(row.pixel) };
        let output = output.as_mut_ptr().wrapping_add(channels.start).expose_provenance();
        Some(Self {
            pixel: row.pixel,
            end: input.wrapping_add(last * row.pixel),
            packed_end: packed.as_ptr_range().end,
            packed: NonNull::from(packed).cast(),
            multipliers: of.factors.multipliers.as_ptr(),
            round: of.factors.round(),
            input,
            output: output.wrapping_sub(behind),
            // Two rows are the first and the third of three that are half as far apart.
            row: row.row >> usize::from(missing != 0),
            missing,
            zero_point: half << 16 | half,
            stride_two,
            slices: PhantomData,
        })
    }

    /// Computes their outputs.
    #[inline(always)] // stack: the structure stays where it was made
    pub fn run(&mut self) {
        // SAFETY: the block reads what is packed and the multiplier of each channel, and all pixels
        // of the input in two or three rows, and writes all pixels of the output:
        // `DepthwiseRow::missing` has checked these slices for more channels, and that there are a
        // channel and a pixel. Between two rows that are an even number of bytes apart lies an
        // input.
        unsafe { all_channels(self, self.stride_two) }
    }
}

/// What [`pack_all`] reads.
#[repr(C)]
struct Pack {
    /// 0: the first weight of the first channel.
    filter: *const i8,
    /// 4: from tap to tap.
    tap: usize,
    /// 8: its bias.
    bias: *const [u8; 4],
    /// 12: its shift, less one.
    shifts: *const u8,
    /// 16: where it goes.
    packed: *mut Packed,
    /// 20: the end.
    end: *mut Packed,
    /// 24: the zero point's negative in both halves.
    minus: u32,
}

/// Makes what the loops want of filters of 3 × 3 weights.
///
/// See [`portable::pack`](crate::portable::pack).
pub fn pack(
    (filter, pixel): (&[i8], usize),
    bias: &[[u8; 4]],
    shifts: &[u8],
    zero_point: i16,
    packed: &mut [Packed],
) {
    let channels = packed.len();
    let weights = end([3, product(pixel, 3)], [3, pixel], channels);
    if channels == 0 || weights > filter.len() || channels > bias.len() || channels > shifts.len() {
        return;
    }
    let range = packed.as_mut_ptr_range();
    let args = Pack {
        filter: filter.as_ptr(),
        tap: pixel,
        bias: bias.as_ptr(),
        shifts: shifts.as_ptr(),
        packed: range.start,
        end: range.end,
        minus: minus(zero_point),
    };
    // SAFETY: `pack_all` reads nine weights, a bias and a shift for each of the channels, of which
    // there is one, and writes six words: all slices have just been checked.
    unsafe { pack_all(&args) }
}

/// All channels, at least one.
///
/// * Reads nine weights, a bias and a shift for each; writes six words for each, up to `end`.
/// * The caller has checked all these slices, and that there is a channel.
/// * Saves r4 to r11 and lr. A channel takes 39 instructions.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn pack_all(pack: &Pack) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldm r0, {{r0-r6}}",
        "add r12, r1, r1, lsl #1",
        "2:",
        "ldrsb r7, [r0]",
        "ldrsb r8, [r0, r1]",
        "ldrsb r9, [r0, r1, lsl #1]",
        "add lr, r0, r12",
        "ldrsb r10, [lr]",
        "pkhbt r7, r7, r10, lsl #16",
        "ldrsb r10, [lr, r1]",
        "pkhbt r8, r8, r10, lsl #16",
        "ldrsb r10, [lr, r1, lsl #1]",
        "pkhbt r9, r9, r10, lsl #16",
        "add lr, lr, r12",
        "ldrsb r10, [lr]",
        "ldrsb r11, [lr, r1]",
        "pkhbt r10, r10, r11, lsl #16",
        "ldrsb lr, [lr, r1, lsl #1]",
        "adds r0, r0, #1",
        "sadd16 r7, r7, r7",
        "sadd16 r8, r8, r8",
        "sadd16 r9, r9, r9",
        "sadd16 r10, r10, r10",
        "lsl lr, lr, #1",
        "ldr r11, [r2], #4",
        "lsl r11, r11, #1",
        "smlad r11, r7, r6, r11",
        "smlad r11, r8, r6, r11",
        "smlad r11, r9, r6, r11",
        "smlad r11, r10, r6, r11",
        "smlabb r11, lr, r6, r11",
        "stm r4!, {{r7-r10}}",
        "ldrb r7, [r3], #1",
        "pkhbt r7, r7, lr, lsl #16",
        "strd r7, r11, [r4], #8",
        "cmp r4, r5",
        "bne 2b",
        "pop {{r4-r11, pc}}",
    )
}

// A column of inputs: r12 rows 0 and 1, lr row 2.
macro_rules! column {
    () => {
        concat!(
            "ldrsb r12, [r8]\n",
            "ldrsb lr, [r8, r9]\n",
            "pkhbt r12, r12, lr, lsl #16\n",
            "ldrsb lr, [r8, r9, lsl #1]\n"
        )
    };
}

// The output of twice a sum, in lr; r12 is lost.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "ldrd r12, lr, [sp]\n",
            "smmlar lr, ",
            $sum,
            ", r12, lr\n",
            "add lr, lr, ",
            $sum,
            ", asr #31\n",
            "asr lr, lr, r4\n",
            "ssat lr, #8, lr, asr #1\n"
        )
    };
}

/// A row, all channels, one after the other. With stride 1 there is a column of padding on either
/// side, and as many outputs as pixels; with stride 2 there is one on the right, and half as many.
///
/// The frame: 0 multiplier, 4 round, and from 8 on the structure; 44 is where a channel goes on,
/// and 52 where it does behind a missing row.
///
/// * Reads what is packed and the multiplier of each channel, at least one, and all pixels of the
///   input in three rows of the window, or in two and between them; writes a byte for each output
///   and channel.
/// * The caller has checked all these slices, and that there is a pixel; with `stride_two` two or a
///   multiple.
/// * Saves r4 to r11 and lr. The loop takes 20 instructions for an output, a channel 43 for the
///   first; with stride 2 it takes 27.
/// * Stack: 92 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn all_channels(row: &CheckedRow<'_>, stride_two: bool) {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "sub sp, sp, #56",
        "adr.w r9, 6f",
        "cmp r1, #0",
        "it ne",
        "adrne.w r9, 16f",
        "adds r9, r9, #1",
        "str r9, [sp, #52]",
        "add r12, sp, #8",
        "ldm r0!, {{r1-r8}}",
        "stm r12!, {{r1-r8}}",
        "ldm r0, {{r1-r3}}",
        "cmp r2, #1",
        "it eq",
        "adreq.w r9, 7f",
        "it hi",
        "adrhi.w r9, 8f",
        "orr r2, r9, #1",
        "stm r12, {{r1-r3}}",
        // A channel: r0 to r4 its weights and shift, r5 twice the bias, less the products of the
        // zero point; multiplier and round at the top of the stack.
        "2:",
        "ldrd r6, r7, [sp, #20]",
        "ldm r6!, {{r0-r5}}",
        "ldr r8, [r7], #4",
        "strd r6, r7, [sp, #20]",
        "ldr r9, [sp, #28]",
        "lsl r9, r9, r4",
        "strd r8, r9, [sp]",
        "ldr pc, [sp, #44]",
        "7:", // the first row of the window is missing: what is left of it is taken back
        "ldr r12, [sp, #48]",
        "smlabb r5, r0, r12, r5",
        "smlabb r5, r1, r12, r5",
        "smlabb r5, r2, r12, r5",
        "lsrs r0, r0, #16",
        "lsrs r1, r1, #16",
        "lsrs r2, r2, #16",
        "ldr pc, [sp, #52]",
        "8:", // the last one is missing; the two rows become the first and the third
        "ldr r12, [sp, #48]",
        "smlabb r5, r3, r12, r5",
        "smlatb r5, r3, r12, r5",
        "smlatb r5, r4, r12, r5",
        "pkhtb r3, r1, r0, asr #16",
        "pkhbt r4, r4, r2",
        "uxth r0, r0",
        "uxth r1, r1",
        "uxth r2, r2",
        "ldr pc, [sp, #52]",
        "16:", // stride 2
        "ldrd r8, r10, [sp, #32]",
        "ldr r9, [sp, #40]",
        "add r6, r8, #1",
        "add r7, r10, #1",
        "strd r6, r7, [sp, #32]",
        "ldr r6, [sp, #8]",
        column!(),
        "add r8, r8, r6",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        "13:",
        column!(),
        "add r8, r8, r6",
        "smlad r11, r12, r1, r7",
        "smlabt r11, lr, r3, r11",
        "ldr lr, [sp, #12]",
        "cmp r8, lr",
        "beq 5f",
        column!(),
        "add r8, r8, r6",
        "smlad r11, r12, r2, r11",
        "smlabt r11, lr, r4, r11",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        output!("r11"),
        "strb lr, [r10]",
        "add r10, r10, r6",
        "b 13b",
        "6:", // stride 1: an output is written when the input is one pixel further
        "ldrd r8, r10, [sp, #32]",
        "ldr r9, [sp, #40]",
        "add r6, r8, #1",
        "str r6, [sp, #32]",
        "ldr r6, [sp, #8]",
        // r7: sum of the next output, r11: of this one.
        "ldr r12, [sp, #48]",
        "smlad r7, r12, r0, r5",
        "smlabb r7, r12, r3, r7",
        column!(),
        "add r8, r8, r6",
        "smlad r11, r12, r1, r7",
        "smlabt r11, lr, r3, r11",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        "ldr lr, [sp, #12]",
        "cmp r8, lr",
        "bhi 4f",
        "3:",
        column!(),
        "smlad r6, r12, r2, r11",
        "smlabt r6, lr, r4, r6",
        "smlad r11, r12, r1, r7",
        "smlabt r11, lr, r3, r11",
        "smlad r7, r12, r0, r5",
        "smlabb r7, lr, r3, r7",
        output!("r6"),
        "strb lr, [r8, r10]",
        "ldrd r12, lr, [sp, #8]",
        "cmp r8, lr",
        "add r8, r8, r12",
        "blo 3b",
        "4:", // the last column is padding
        "add r10, r10, r8",
        "5:", // the last output, and the end of the next channel's row
        "add lr, lr, #1",
        "str lr, [sp, #12]",
        "ldr r12, [sp, #48]",
        "smlad r11, r12, r2, r11",
        "smlabt r11, r12, r4, r11",
        output!("r11"),
        "strb lr, [r10]",
        "ldrd r7, r6, [sp, #16]",
        "cmp r6, r7",
        "bne 2b",
        "add sp, sp, #56",
        "pop {{r4-r11, pc}}",
    )
}
