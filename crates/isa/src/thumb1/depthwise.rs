//! Depthwise convolutions with any window.

use core::arch::naked_asm;

use crate::operands::Factors;
use crate::taps::{Grid, is_for_loops};
use crate::thumb1::common::{restore, save};

/// What [`window`] reads and counts in.
#[repr(C)]
struct Window {
    /// 0: inputs of four channels under the first tap.
    input: *const i8,
    /// 4: their weights.
    filter: *const i8,
    /// 8: their sums.
    sums: *mut i32,
    /// 12: the end of all sums.
    end: *mut i32,
    /// 16: rows of taps.
    rows: usize,
    /// 20: taps in each.
    columns: usize,
    /// 24: from tap to tap, in input and filter.
    column: [usize; 2],
    /// 32: from behind a row to the next.
    skip: [usize; 2],
    /// 40: the zero point's negative.
    minus: i32,
}

/// Channels of a depthwise convolution with a filter each: sums, and the zero point of the input.
///
/// See [`portable::Channels`](crate::portable::Channels).
#[derive(Debug)]
pub struct Channels<'a> {
    sums: &'a mut [i32],
    zero_point: i16,
}

impl<'a> Channels<'a> {
    /// Channels whose sums are added to these.
    #[inline(always)] // stack: made where it stays
    pub fn added(sums: &'a mut [i32], zero_point: i16) -> Self {
        Self { sums, zero_point }
    }

    /// Outputs of sums are not made in assembly: `None`.
    #[inline(always)] // a constant
    pub fn scaled(_: Option<&'a [[u8; 4]]>, _: usize, _: &Factors<'a>, _: i16) -> Option<Self> {
        None
    }
}

/// Computes a window of a depthwise convolution.
///
/// See [`portable::depthwise`](crate::portable::depthwise).
#[inline(never)] // size: one copy for layers and pools
pub fn depthwise(
    grid: &Grid,
    channels: &mut Channels<'_>,
    [input, filter]: [&[i8]; 2],
    _: &mut [i8],
) {
    let len = channels.sums.len();
    if !is_for_loops(len) || !grid.is_within([input.len(), filter.len()], len) {
        return;
    }
    let sums = channels.sums.as_mut_ptr_range();
    let mut window = Window {
        input: input.as_ptr(),
        filter: filter.as_ptr(),
        sums: sums.start,
        end: sums.end,
        rows: grid.rows,
        columns: grid.columns,
        column: grid.column,
        skip: grid.skips(),
        minus: -i32::from(channels.zero_point),
    };
    // SAFETY: the block reads four bytes of the filter and of the input under each tap for every
    // four sums, which lie within the slices (`Grid::is_within`), and reads and writes the sums, of
    // which there are four or a multiple. There is a tap.
    unsafe { self::window(&mut window) }
}

// One channel with an input of its own.
macro_rules! channel {
    ($channel:literal, $sum:literal) => {
        concat!(
            "movs r2, #",
            $channel,
            "\n",
            "ldrsb r3, [r0, r2]\n",
            "ldrsb r4, [r1, r2]\n",
            "add r3, r12\n",
            "muls r3, r4, r3\n",
            "add ",
            $sum,
            ", r3\n"
        )
    };
}

/// All taps, for four channels at a time.
///
/// * Reads four bytes of input and filter for each of `rows · columns` taps and every four sums;
///   reads and writes the sums.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 28 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(window: &mut Window) {
    naked_asm!(
        save!(),
        "push {{r0}}",
        "ldr r1, [r0, #40]",
        "mov r12, r1",
        "mov r7, r0",
        "2:",
        "ldr r0, [r7]",
        "adds r1, r0, #4",
        "str r1, [r7]",
        "ldr r1, [r7, #4]",
        "adds r2, r1, #4",
        "str r2, [r7, #4]",
        "ldr r2, [r7, #8]",
        "ldm r2!, {{r3-r6}}",
        "mov r8, r3",
        "mov r9, r4",
        "mov r10, r5",
        "mov r11, r6",
        "ldr r2, [r7, #16]",
        "mov lr, r2",
        "3:",
        "ldr r5, [r7, #24]",
        "ldr r6, [r7, #28]",
        "ldr r7, [r7, #20]",
        "4:",
        channel!("0", "r8"),
        channel!("1", "r9"),
        channel!("2", "r10"),
        channel!("3", "r11"),
        "adds r0, r0, r5",
        "adds r1, r1, r6",
        "subs r7, r7, #1",
        "bne 4b",
        "ldr r7, [sp]",
        "mov r2, lr",
        "subs r2, r2, #1",
        "beq 5f",
        "mov lr, r2",
        "ldr r2, [r7, #32]",
        "adds r0, r0, r2",
        "ldr r2, [r7, #36]",
        "adds r1, r1, r2",
        "b 3b",
        "5:",
        "ldr r2, [r7, #8]",
        "mov r3, r8",
        "mov r4, r9",
        "mov r5, r10",
        "mov r6, r11",
        "stm r2!, {{r3-r6}}",
        "str r2, [r7, #8]",
        "ldr r3, [r7, #12]",
        "cmp r2, r3",
        "bne 2b",
        "pop {{r0}}",
        restore!(),
    )
}
