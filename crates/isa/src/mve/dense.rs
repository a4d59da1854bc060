//! Fully connected layers.

use core::arch::naked_asm;

use super::common::{cpu, scale, sums};
use super::operands::{Dense, FOURS};

/// What the block reads, and counts in.
#[repr(C)]
struct Run {
    /// 0: weights of each unit.
    depth: usize,
    /// 4: from behind the last vector of the fourth unit to the next unit.
    skip: usize,
    /// 8: what is added to the negative of each input, less one.
    offset: i32,
    /// 12: zero point of the output, and its range.
    output_range: [i32; 3],
    /// 24: biases, multipliers and shifts of the next four units.
    constants: [*const i8; 3],
    /// 36: from these to the next: 16, or 0 if they are the same.
    steps: [usize; 3],
    /// 48: the end of the outputs.
    end: *mut i8,
    /// 52: from unit to unit.
    next: usize,
}

/// A block for zero points of the input.
type Block = unsafe extern "C" fn(*const i8, *const i8, *mut i8, &mut Run);

/// Computes the units of a fully connected layer.
///
/// Fast are multiples of four units; each of the others takes as much as four.
///
/// # The zero point
///
/// An input less its zero point takes nine bits. But `-(x - z) = !x + (z + 1)`, and both are bytes
/// for any input and a zero point below 127. So each weight is multiplied with both, and the sum is
/// negated: weights need not be summed beforehand. A zero point of 0 takes nothing, and in the file
/// of a prepared model it is 0, as the bias has it.
///
/// See [`portable::dense`](super::portable::dense).
pub fn dense(dense: &Dense<'_>, outputs: &mut [i8]) {
    if !dense.is_for(outputs.len()) {
        return;
    }
    let depth = dense.input.len();
    let mut first = 0;
    let (fours, rest) = outputs.as_chunks_mut::<FOURS>();
    let fours = fours.as_flattened_mut();
    if !fours.is_empty() {
        run(dense, first, depth, fours);
        first = fours.len();
    }
    for slot in rest {
        let mut four = [0; FOURS];
        run(dense, first, 0, &mut four);
        [*slot, ..] = four;
        first += 1;
    }
}

/// Computes the units from `first` on, four at a time, whose weights are `next` apart. Where that
/// is 0, all four are the first.
fn run(dense: &Dense<'_>, first: usize, next: usize, outputs: &mut [i8]) {
    let &Dense { input, weights, bias: biases, factors: [multipliers, shifts], .. } = dense;
    let depth = input.len();
    let weights = weights.get(first.wrapping_mul(depth)..).unwrap_or_default();
    let bias = biases.get(first).map_or(0, |bias| i32::from_le_bytes(*bias));
    let is_one = multipliers.len() == 1;
    let at = if is_one { 0 } else { first };
    // Four of each that is there once.
    let bias = &[bias; FOURS];
    let multiplier = &[multipliers.get(at).copied().unwrap_or(0); FOURS];
    let shift = &[shifts.get(at).copied().unwrap_or(0); FOURS];
    let [min, max] = dense.range;
    let mut run = Run {
        depth,
        skip: next.wrapping_sub(depth.wrapping_add(15) & !15),
        offset: i32::from(dense.input_zero_point) + 1,
        output_range: [dense.zero_point.into(), min.into(), max.into()],
        constants: [bias.as_ptr().cast(), multiplier.as_ptr().cast(), shift.as_ptr().cast()],
        steps: [0; 3],
        end: outputs.as_mut_ptr_range().end,
        next,
    };
    // Those of all units from the first on, in place of four that are the same.
    if next != 0 && !biases.is_empty() {
        (run.constants[0], run.steps[0]) = (biases.as_ptr().cast(), 16);
    }
    if next != 0 && !is_one {
        (run.constants[1], run.steps[1]) = (multipliers.as_ptr().cast(), 16);
        (run.constants[2], run.steps[2]) = (shifts.as_ptr().cast(), 16);
    }
    let block: Block = if dense.input_zero_point == 0 { units_as_they_are } else { units };
    // SAFETY: `Dense::is_for` has checked that there are weights, biases and factors of all units.
    // The outputs are a multiple of four, and not none; units behind the last of them are not
    // looked at, as `next` is 0 for those that are not four.
    unsafe { block(input.as_ptr(), weights.as_ptr(), outputs.as_mut_ptr(), &mut run) }
}

// Up to the products of four units: r0 inputs, r1, r5, r7 and r9 weights, r2 outputs, r3 the
// structure; r4, r6, r8 and r10 sums; r11 the next inputs, r12 how many there are.
macro_rules! begin {
    () => {
        concat!(
            "push {{r3-r11, lr}}\n",
            "vpush {{d8-d15}}\n",
            "ldrd r4, r5, [r3, #8]\n",
            "ldrd r6, r7, [r3, #16]\n",
            "vdup.8 q4, r4\n",
            "vdup.32 q5, r5\n",
            "vdup.32 q6, r6\n",
            "vdup.32 q7, r7\n",
            "2:\n",
            "ldr r4, [r3, #52]\n",
            "ldr r12, [r3]\n",
            "add r5, r1, r4\n",
            "add r7, r5, r4\n",
            "add r9, r7, r4\n",
            "mov r11, r0\n",
            "movs r4, #0\n",
            "movs r6, #0\n",
            "mov r8, #0\n",
            "mov r10, #0\n",
            "dlstp.8 lr, r12\n",
        )
    };
}

// From the sums to outputs, and to the next four units, or the end: `$bias` adds the biases in q1
// to the sums in q0, or subtracts the sums.
macro_rules! end {
    ($bias:literal) => {
        concat!(
            sums!(),
            "ldr r4, [r3, #4]\n",
            "add r1, r9, r4\n",
            "add r10, r3, #24\n",
            "ldm r10, {{r4-r9}}\n",
            "vldrb.u8 q1, [r4]\n",
            $bias,
            "\n",
            scale!("q0", "r5]", "r6]"),
            "vadd.i32 q0, q0, q5\n",
            "vmax.s32 q0, q0, q6\n",
            "vmin.s32 q0, q0, q7\n",
            "vstrb.32 q0, [r2], #4\n",
            "add r4, r4, r7\n",
            "add r5, r5, r8\n",
            "add r6, r6, r9\n",
            "stm r10, {{r4-r6}}\n",
            "ldr r4, [r3, #48]\n",
            "cmp r2, r4\n",
            "bne 2b\n",
            "vpop {{d8-d15}}\n",
            "pop {{r3-r11, pc}}\n",
        )
    };
}

/// Four units at a time.
///
/// * Reads `depth` inputs, and as many weights of each unit; four words for every four units at
///   each of three pointers, which go on by their steps. Writes a byte for each unit up to `end`,
///   and the three pointers.
/// * The caller has checked all of these, and that there are four units or a multiple.
/// * Saves r4 to r11, lr and d8 to d15. Four units take 42 instructions, and 15 for every 16
///   inputs.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn units(input: *const i8, weights: *const i8, output: *mut i8, run: &mut Run) {
    naked_asm!(
        cpu!(),
        begin!(),
        "3:",
        "vldrb.u8 q0, [r11], #16",
        "vmvn q0, q0",
        "vldrb.u8 q1, [r1], #16",
        "vmladava.s8 r4, q0, q1",
        "vmladava.s8 r4, q4, q1",
        "vldrb.u8 q2, [r5], #16",
        "vmladava.s8 r6, q0, q2",
        "vmladava.s8 r6, q4, q2",
        "vldrb.u8 q3, [r7], #16",
        "vmladava.s8 r8, q0, q3",
        "vmladava.s8 r8, q4, q3",
        "vldrb.u8 q1, [r9], #16",
        "vmladava.s8 r10, q0, q1",
        "vmladava.s8 r10, q4, q1",
        "letp lr, 3b",
        end!("vsub.i32 q0, q1, q0"),
    )
}

/// As [`units`], with inputs whose zero point is 0: 10 instructions for every 16.
///
/// * Reads and writes as `units` does.
/// * The caller has checked the same.
/// * Saves r4 to r11, lr and d8 to d15.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn units_as_they_are(
    input: *const i8,
    weights: *const i8,
    output: *mut i8,
    run: &mut Run,
) {
    naked_asm!(
        cpu!(),
        begin!(),
        "3:",
        "vldrb.u8 q0, [r11], #16",
        "vldrb.u8 q1, [r1], #16",
        "vmladava.s8 r4, q0, q1",
        "vldrb.u8 q2, [r5], #16",
        "vmladava.s8 r6, q0, q2",
        "vldrb.u8 q3, [r7], #16",
        "vmladava.s8 r8, q0, q3",
        "vldrb.u8 q1, [r9], #16",
        "vmladava.s8 r10, q0, q1",
        "letp lr, 3b",
        end!("vadd.i32 q0, q0, q1"),
    )
}
