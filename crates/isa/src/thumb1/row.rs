//! Rows of depthwise convolutions with a window of 3 × 3.
//!
//! One channel after the other goes along the row. A column of inputs is read once and multiplied
//! into all outputs that it belongs to. The weights lie on the stack. The zero point of the input
//! is a part of the bias, so that inputs are multiplied as they are, and padding is the zero point.

use core::arch::naked_asm;
use core::marker::PhantomData;
use core::ops::Range;

use crate::taps::{DepthwiseRow, RowChannels};
use crate::thumb1::common::{restore, save, short, word};

/// Some channels of a row of a depthwise convolution, all of whose slices have been checked: what
/// the blocks read and count in.
///
/// See [`portable::CheckedRow`](crate::portable::CheckedRow).
#[derive(Debug)]
#[repr(C)]
pub struct CheckedRow<'a> {
    /// 0: input of the channel under the first row of the window, pixel 0.
    input: *const i8,
    /// 4: weights of the channel in the first row.
    filter: *const i8,
    /// 8: bias of the channel.
    bias: *const [u8; 4],
    /// 12: its multiplier.
    multipliers: *const i32,
    /// 16: its shift, less one.
    shifts: *const u8,
    /// 20: output of the channel, pixel 0.
    output: *mut i8,
    /// 24: from pixel to pixel, of input and output, and from tap to tap.
    pixel: usize,
    /// 28: from the first row of the input to the second and to the third.
    rows: [usize; 2],
    /// 36: bytes of a row of the input.
    width: usize,
    /// 40: [`Factors::round`](crate::Factors::round).
    round: i32,
    /// 44: the input's zero point.
    zero_point: i32,
    /// 48: channels that are left.
    channels: usize,
    /// 52: whether there is a third row.
    has_third: usize,
    stride_two: bool,
    slices: PhantomData<(&'a [i8], &'a mut [i8])>,
}

impl<'a> CheckedRow<'a> {
    /// `None` where the row does not suit.
    #[inline(always)] // size: one caller
    pub fn new(
        row: &DepthwiseRow<'a>,
        channels: Range<usize>,
        of: &RowChannels<'a>,
        output: &'a mut [i8],
    ) -> Option<Self> {
        let missing = row.missing(&channels, &of.factors, output.len())?;
        if !row.has_filters(channels.end) {
            return None;
        }
        let (first, above) = (channels.start, row.rows[0]);
        let has_third = missing == 0;
        Some(Self {
            input: row.input.as_ptr().wrapping_add(first),
            filter: row.filter.as_ptr().wrapping_add(3 * above * row.pixel + first),
            bias: row.bias.as_ptr().wrapping_add(first),
            multipliers: of.factors.multipliers.as_ptr(),
            shifts: of.factors.shifts.as_ptr(),
            output: output.as_mut_ptr().wrapping_add(first),
            pixel: row.pixel,
            // Where there is no third row, the second one is multiplied with zeros.
            rows: [row.row, if has_third { 2 * row.row } else { row.row }],
            width: row.width * row.pixel,
            round: of.factors.round(),
            zero_point: row.zero_point.into(),
            channels: channels.len(),
            has_third: usize::from(has_third),
            stride_two: row.stride == 2,
            slices: PhantomData,
        })
    }

    /// Computes their outputs.
    #[inline(always)] // stack: the structure stays where it was made
    pub fn run(&mut self) {
        // SAFETY: both blocks read three columns of weights in two or three rows, bias and factors
        // of each channel, and all pixels of the input in as many rows, and they write all pixels
        // of the output: `DepthwiseRow::missing` has checked these slices, and that there is a
        // channel. There is a pixel, or two for `row_2`.
        unsafe { if self.stride_two { row_2(self) } else { row_1(self) } }
    }
}

// The frame: 0 weights, row by row; 36 bias, less the products of the zero point with all weights;
// 40 and 44 the halves of the multiplier; 48 the shift; 52 from pixel to pixel; 56 the end of the
// row; 60 from the input to the output; 64 the products of the zero point with the last column; 68
// the bias, less the products with the last two; 72 the structure. r8 and r9 are the distances of
// rows.
macro_rules! begin {
    () => {
        concat!(
            save!(),
            "sub sp, sp, #76\n",
            "str r0, [sp, #72]\n",
            "mov r7, r0\n",
            "ldr r0, [r7, #28]\n",
            "mov r8, r0\n",
            "ldr r0, [r7, #32]\n",
            "mov r9, r0\n",
            "ldr r0, [r7, #24]\n",
            "str r0, [sp, #52]\n"
        )
    };
}

// A weight at r0 to the frame, and to the sum of its column; r1 from tap to tap, r2 is 0.
macro_rules! weight {
    ($place:literal, $column:literal) => {
        concat!(
            "ldrsb r3, [r0, r2]\n",
            "adds r0, r0, r1\n",
            "str r3, [sp, #",
            $place,
            "]\n",
            "adds ",
            $column,
            ", ",
            $column,
            ", r3\n"
        )
    };
}

// A channel: r7 is the structure, and then the input; r6 gets the output; r12 half of the last bit
// that is shifted out and the zero point in front of it.
macro_rules! channel {
    () => {
        concat!(
            "ldr r4, [r7, #8]\n",
            "bl {word}\n",
            "adds r4, r4, #4\n",
            "str r4, [r7, #8]\n",
            "str r5, [sp, #36]\n",
            "ldr r0, [r7, #4]\n",
            "adds r1, r0, #1\n",
            "str r1, [r7, #4]\n",
            "ldr r1, [sp, #52]\n",
            "movs r2, #0\n",
            "movs r4, #0\n",
            "movs r5, #0\n",
            "movs r6, #0\n",
            weight!("0", "r4"),
            weight!("4", "r5"),
            weight!("8", "r6"),
            weight!("12", "r4"),
            weight!("16", "r5"),
            weight!("20", "r6"),
            "str r2, [sp, #24]\n",
            "str r2, [sp, #28]\n",
            "str r2, [sp, #32]\n",
            "ldr r3, [r7, #52]\n",
            "cmp r3, #0\n",
            "beq 5f\n",
            weight!("24", "r4"),
            weight!("28", "r5"),
            weight!("32", "r6"),
            "5:\n",
            "ldr r3, [r7, #44]\n",
            "muls r6, r3, r6\n",
            "muls r5, r3, r5\n",
            "muls r4, r3, r4\n",
            "str r6, [sp, #64]\n",
            "ldr r0, [sp, #36]\n",
            "subs r0, r0, r6\n",
            "subs r0, r0, r5\n",
            "str r0, [sp, #68]\n",
            "subs r0, r0, r4\n",
            "str r0, [sp, #36]\n",
            "ldr r4, [r7, #12]\n",
            "ldm r4!, {{r1}}\n",
            "str r4, [r7, #12]\n",
            "lsrs r0, r1, #16\n",
            "uxth r1, r1\n",
            "str r0, [sp, #40]\n",
            "str r1, [sp, #44]\n",
            "ldr r4, [r7, #16]\n",
            "ldrb r2, [r4]\n",
            "adds r4, r4, #1\n",
            "str r4, [r7, #16]\n",
            "ldr r3, [r7, #40]\n",
            "lsls r3, r2\n",
            "mov r12, r3\n",
            "adds r2, r2, #1\n",
            "str r2, [sp, #48]\n",
            "ldr r6, [r7, #20]\n",
            "adds r0, r6, #1\n",
            "str r0, [r7, #20]\n",
            "ldr r0, [r7]\n",
            "adds r1, r0, #1\n",
            "str r1, [r7]\n",
            "ldr r1, [r7, #36]\n",
            "adds r1, r1, r0\n",
            "str r1, [sp, #56]\n",
            "mov r7, r0\n"
        )
    };
}

// The next channel, if there is one.
macro_rules! next {
    () => {
        concat!(
            "ldr r7, [sp, #72]\n",
            "ldr r0, [r7, #48]\n",
            "subs r0, r0, #1\n",
            "str r0, [r7, #48]\n",
            "beq 9f\n",
            "b 2b\n",
            "9:\n",
            "add sp, sp, #76\n",
            restore!()
        )
    };
}

// A column of inputs, in r0 to r2.
macro_rules! column {
    () => {
        concat!(
            "ldrb r0, [r7]\n",
            "sxtb r0, r0\n",
            "mov r1, r8\n",
            "ldrsb r1, [r7, r1]\n",
            "mov r2, r9\n",
            "ldrsb r2, [r7, r2]\n"
        )
    };
}

// An input times the weight at a place, added to a sum; r4 is lost.
macro_rules! product {
    ($sum:literal, $input:literal, $place:literal) => {
        concat!(
            "ldr r4, [sp, #",
            $place,
            "]\n",
            "muls r4, ",
            $input,
            ", r4\n",
            "adds ",
            $sum,
            ", ",
            $sum,
            ", r4\n"
        )
    };
}

// The column times the weights at these places, added to a sum.
macro_rules! products {
    ($sum:literal, $first:literal, $second:literal, $third:literal) => {
        concat!(
            product!($sum, "r0", $first),
            product!($sum, "r1", $second),
            product!($sum, "r2", $third)
        )
    };
}

macro_rules! column_0 {
    ($sum:literal) => {
        products!($sum, "0", "12", "24")
    };
}

macro_rules! column_1 {
    ($sum:literal) => {
        products!($sum, "4", "16", "28")
    };
}

macro_rules! column_2 {
    ($sum:literal) => {
        products!($sum, "8", "20", "32")
    };
}

// The output of the sum in r3.
macro_rules! output {
    () => {
        concat!("ldr r0, [sp, #40]\n", "ldr r1, [sp, #44]\n", "ldr r2, [sp, #48]\n", "bl {short}\n")
    };
}

// The next pixel.
macro_rules! step {
    () => {
        concat!("ldr r0, [sp, #52]\n", "adds r7, r7, r0\n")
    };
}

/// Stride 1, a column of padding on either side: as many outputs as pixels.
///
/// * Reads three columns of weights in two or three rows, bias, multiplier and shift of each of
///   `channels` channels, at least one, and all pixels of the input in these rows; writes a byte
///   for each pixel and channel.
/// * The caller has checked all these slices, and that there is a pixel.
/// * Saves r4 to r11 and lr. The loop takes 71 instructions for an output, and a channel 130 more.
/// * Stack: 112 bytes. It calls functions of `common`, which take none.
#[unsafe(naked)]
unsafe extern "C" fn row_1(row: &mut CheckedRow<'_>) {
    naked_asm!(
        begin!(),
        "2:",
        channel!(),
        // An output is written when the input is one pixel further.
        "subs r6, r6, r7",
        "ldr r0, [sp, #52]",
        "subs r6, r6, r0",
        "str r6, [sp, #60]",
        // r3: sum of this output, r5: of the next, r6: of the one after it.
        column!(),
        "ldr r3, [sp, #68]",
        column_1!("r3"),
        "ldr r5, [sp, #36]",
        column_0!("r5"),
        step!(),
        "ldr r0, [sp, #56]",
        "cmp r7, r0",
        "beq 4f",
        "3:",
        column!(),
        column_2!("r3"),
        column_1!("r5"),
        "ldr r6, [sp, #36]",
        column_0!("r6"),
        "mov r10, r5",
        "mov r11, r6",
        output!(),
        "ldr r4, [sp, #60]",
        "strb r3, [r7, r4]",
        "mov r3, r10",
        "mov r5, r11",
        step!(),
        "ldr r0, [sp, #56]",
        "cmp r7, r0",
        "bne 3b",
        "4:", // the last column is padding
        "ldr r4, [sp, #64]",
        "adds r3, r3, r4",
        output!(),
        "ldr r4, [sp, #60]",
        "strb r3, [r7, r4]",
        next!(),
        short = sym short,
        word = sym word,
    )
}

/// Stride 2, a column of padding on the right: half as many outputs as pixels.
///
/// * Reads and writes what [`row_1`] does, an output for every other pixel.
/// * The caller has checked all these slices, and that there are two pixels or a multiple.
/// * Saves r4 to r11 and lr. The loop takes 81 instructions for an output, and a channel 120 more.
/// * Stack: 112 bytes. It calls functions of `common`, which take none.
#[unsafe(naked)]
unsafe extern "C" fn row_2(row: &mut CheckedRow<'_>) {
    naked_asm!(
        begin!(),
        "2:",
        channel!(),
        "mov r11, r6",
        column!(),
        "ldr r3, [sp, #36]",
        column_0!("r3"),
        step!(),
        "3:",
        column!(),
        column_1!("r3"),
        step!(),
        "ldr r0, [sp, #56]",
        "cmp r7, r0",
        "beq 4f",
        column!(),
        column_2!("r3"),
        "ldr r5, [sp, #36]",
        column_0!("r5"),
        step!(),
        "mov r10, r5",
        output!(),
        "mov r4, r11",
        "strb r3, [r4]",
        "ldr r5, [sp, #52]",
        "adds r4, r4, r5",
        "mov r11, r4",
        "mov r3, r10",
        "b 3b",
        "4:", // the last column is padding
        "ldr r4, [sp, #64]",
        "adds r3, r3, r4",
        output!(),
        "mov r4, r11",
        "strb r3, [r4]",
        next!(),
        short = sym short,
        word = sym word,
    )
}
