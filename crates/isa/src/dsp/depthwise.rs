//! Depthwise convolutions with any window.

use core::arch::naked_asm;

use crate::dsp::common::{cpu, minus};
use crate::operands::{Factors, Grid};

/// What the blocks read and count in.
#[repr(C)]
struct Window {
    /// 0: inputs of four channels under the first tap.
    input: *const i8,
    /// 4: their weights.
    filter: *const i8,
    /// 8: their sums, or what these begin with.
    sums: *const [u8; 4],
    /// 12: the end of all sums.
    end: *const [u8; 4],
    /// 16: rows of taps.
    rows: usize,
    /// 20: taps in each.
    columns: usize,
    /// 24: from tap to tap, in input and filter.
    column: [usize; 2],
    /// 32: from behind a row to the next.
    skip: [usize; 2],
    /// 40: the zero point's negative in both halves.
    minus: u32,
    /// 44: rows that are left.
    left: usize,
    /// 48: multipliers; null if sums are kept.
    multipliers: *const i32,
    /// 52: shifts, less one.
    shifts: *const u8,
    /// 56: outputs.
    output: *mut i8,
    /// 60: [`Factors::round`].
    round: i32,
}

impl Window {
    /// Taps, and sums that are kept, or what they begin with.
    fn new(grid: &Grid, [input, filter]: [&[i8]; 2], zero_point: i16, sums: &[[u8; 4]]) -> Self {
        // A single column is walked as a row is.
        let grid = if grid.columns == 1 {
            Grid { rows: 1, columns: grid.rows, row: grid.column, column: grid.row }
        } else {
            *grid
        };
        let sums = sums.as_ptr_range();
        Self {
            input: input.as_ptr(),
            filter: filter.as_ptr(),
            sums: sums.start,
            end: sums.end,
            rows: grid.rows,
            columns: grid.columns,
            column: grid.column,
            skip: grid.skips(),
            minus: minus(zero_point),
            left: 0,
            multipliers: core::ptr::null(),
            shifts: core::ptr::null(),
            output: core::ptr::null_mut(),
            round: 0,
        }
    }
}

/// Adds to the sum of each channel the products of a window of a depthwise convolution: of the
/// inputs, less `zero_point`, with the weights under the same tap. The number of sums is a multiple
/// of 4.
///
/// Where `is_shared`, all channels have the first channel of the input.
pub fn depthwise(
    grid: &Grid,
    input: &[i8],
    filter: &[i8],
    (zero_point, is_shared): (i16, bool),
    sums: &mut [i32],
) {
    let inputs = if is_shared { 1 } else { sums.len() };
    if sums.is_empty()
        || !sums.len().is_multiple_of(4)
        || !grid.is_within([input.len(), filter.len()], [inputs, sums.len()])
    {
        return;
    }
    let mut window = Window::new(grid, [input, filter], zero_point, &[]);
    let sums = sums.as_mut_ptr_range();
    (window.sums, window.end) = (sums.start.cast(), sums.end.cast());
    // SAFETY: the blocks read four bytes of the filter under each tap for every four sums, and of
    // the input, or one that is shared, which lie within the slices (`Grid::is_within`), and read
    // and write the sums, of which there are four or a multiple. There is a tap.
    unsafe { if is_shared { shared(&mut window) } else { self::window(&mut window) } }
}

/// Computes the outputs of a window of a depthwise convolution whose channels have a filter each,
/// none of whose factors is one of the long way. Their number is a multiple of 4.
///
/// See [`portable::depthwise_window`](crate::portable::depthwise_window).
pub fn depthwise_window(
    grid: &Grid,
    [input, filter]: [&[i8]; 2],
    zero_point: i16,
    bias: &[[u8; 4]],
    factors: &Factors<'_>,
    output: &mut [i8],
) {
    let channels = output.len();
    let Some(bias) = bias.get(..channels) else { return };
    if channels == 0
        || !channels.is_multiple_of(4)
        || !grid.is_within([input.len(), filter.len()], [channels; 2])
        || !factors.are_for(channels)
    {
        return;
    }
    let mut window = Window::new(grid, [input, filter], zero_point, bias);
    window.multipliers = factors.multipliers.as_ptr();
    window.shifts = factors.shifts.as_ptr();
    window.output = output.as_mut_ptr();
    window.round = factors.round();
    // SAFETY: as in `depthwise`. With multipliers the block only reads the biases, and a multiplier
    // and a shift for each, and writes as many outputs.
    unsafe { self::window(&mut window) }
}

// Up to the loop over the taps of a row: r0 input, r1 filter, r4 to r7 sums, r8 and r9 from tap to
// tap, r12 what is added to inputs, lr taps. `next` is how far the next four channels are.
macro_rules! begin {
    ($next:literal) => {
        concat!(
            "push {{r0, r4-r11, lr}}\n",
            "ldr r12, [r0, #40]\n",
            "ldrd r8, r9, [r0, #24]\n",
            "mov r3, r0\n",
            "2:\n",
            "ldm r3, {{r0-r2}}\n",
            "add r10, r0, #",
            $next,
            "\n",
            "add r11, r1, #4\n",
            "strd r10, r11, [r3]\n",
            "ldr r4, [r2]\n",
            "ldr r5, [r2, #4]\n",
            "ldr r6, [r2, #8]\n",
            "ldr r7, [r2, #12]\n",
            "ldrd r10, lr, [r3, #16]\n",
            "str r10, [r3, #44]\n",
            "3:\n"
        )
    };
}

// From behind the loop on: the next row of taps.
macro_rules! next_row {
    () => {
        concat!(
            "ldr r3, [sp]\n",
            "ldr r2, [r3, #44]\n",
            "subs r2, r2, #1\n",
            "beq 4f\n",
            "str r2, [r3, #44]\n",
            "ldrd r10, r11, [r3, #32]\n",
            "add r0, r0, r10\n",
            "add r1, r1, r11\n",
            "ldr lr, [r3, #20]\n",
            "b 3b\n",
            "4:\n"
        )
    };
}

// Sums that are kept, then the next four channels.
macro_rules! keep {
    () => {
        concat!(
            "ldrd r2, r10, [r3, #8]\n",
            "stm r2!, {{r4-r7}}\n",
            "str r2, [r3, #8]\n",
            "cmp r2, r10\n",
            "bne 2b\n",
            "pop {{r0, r4-r11, pc}}\n"
        )
    };
}

// The output of a sum; r0 multiplier, r1 shift, less one, r2 output, r12 round; r10, r11 and lr are
// lost.
macro_rules! output {
    ($sum:literal) => {
        concat!(
            "ldr r10, [r0], #4\n",
            "ldrb r11, [r1], #1\n",
            "lsls ",
            $sum,
            ", ",
            $sum,
            ", #1\n",
            "lsl lr, r12, r11\n",
            "smmlar lr, ",
            $sum,
            ", r10, lr\n",
            "add lr, lr, ",
            $sum,
            ", asr #31\n",
            "asr lr, lr, r11\n",
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

/// All taps, for four channels at a time.
///
/// * Reads four bytes of input and filter for each of `rows · columns` taps and every four sums;
///   reads the sums, and writes them, or reads a multiplier and a shift for each and writes an
///   output.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 12 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn window(window: &mut Window) {
    naked_asm!(
        cpu!(),
        begin!("4"),
        "lsrs r2, lr, #1", // an odd number of taps begins with the second of two
        "bcc 5f",
        "add lr, lr, #1",
        "sub r0, r0, r8",
        "sub r1, r1, r9",
        "b 6f",
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
        "bne 5b",
        next_row!(),
        "add r0, r3, #48",
        "ldm r0, {{r0-r2, r10}}",
        "cbz r0, 7f",
        "mov r12, r10",
        "b 8f",
        "7:",
        keep!(),
        "8:",
        output!("r4"),
        output!("r5"),
        output!("r6"),
        output!("r7"),
        "add lr, r3, #48",
        "stm lr, {{r0-r2}}",
        "ldr r12, [r3, #40]",
        "ldrd r2, r10, [r3, #8]",
        "adds r2, r2, #16",
        "str r2, [r3, #8]",
        "cmp r2, r10",
        "bne 2b",
        "pop {{r0, r4-r11, pc}}",
    )
}

/// All taps, for four channels at a time, all with the same input.
///
/// * Reads a byte of input and four bytes of filter for each tap and every four sums; reads and
///   writes the sums.
/// * The caller has checked all these slices, that there is a tap, and that there are four sums or
///   a multiple.
/// * Saves r4 to r11 and lr. The inner loop takes 13 instructions for four products.
/// * Stack: 40 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn shared(window: &mut Window) {
    naked_asm!(
        cpu!(),
        begin!("0"),
        "ldrsb r2, [r0]",
        "ldr r3, [r1]",
        "add r0, r0, r8",
        "add r1, r1, r9",
        "add r2, r2, r12",
        "sxtb16 r11, r3",
        "sxtb16 r3, r3, ror #8",
        "smlabb r4, r2, r11, r4",
        "smlabb r5, r2, r3, r5",
        "smlabt r6, r2, r11, r6",
        "smlabt r7, r2, r3, r7",
        "subs lr, lr, #1",
        "bne 3b",
        next_row!(),
        keep!(),
    )
}
