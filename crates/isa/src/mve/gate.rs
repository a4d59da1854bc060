//! Gates of an LSTM.

use core::arch::naked_asm;

use super::common::{cpu, sums};
use super::factor::{Scale, most_steps, scale_q0, sigmoid};
use super::operands::FOURS;
use super::recurrent::{Activation, Gate, Source};

/// What [`units`] reads: the input or the hidden values, and their weights.
#[repr(C)]
struct Part {
    /// 0
    inputs: *const i8,
    /// 4: weights of the next unit.
    weights: *const i8,
    /// 8: how many there are of each unit.
    depth: usize,
    /// 12: from unit to unit.
    next: usize,
    /// 16
    scale: Scale,
}

impl Part {
    #[inline(always)] // stack: made where it stays
    fn new(source: &Source<'_>) -> Self {
        let depth = source.inputs.len();
        let (inputs, weights) = (source.inputs.as_ptr(), source.weights.as_ptr());
        Self { inputs, weights, depth, next: depth, scale: Scale::new(source.factor) }
    }
}

/// What [`units`] reads, and counts in.
#[repr(C)]
struct Run {
    /// 0
    input: Part,
    /// 32
    hidden: Part,
    /// 64: what is added to the negative of an input, less one, and of a hidden value.
    offsets: [i32; 2],
    /// 72: the table.
    table: *const u16,
    /// 76: the end of the gates.
    end: *mut i16,
    /// 80: steps of the table for a sum, which has 12 fractional bits.
    steps: i32,
    /// 84: bits to shift the sigmoid to the left, which are negative, and what is then added.
    result: [i32; 2],
}

/// Computes a gate of some units.
///
/// Fast are multiples of four units; each of the others takes as much as four.
///
/// The zero point is taken out of the inputs as in [`dense`](super::dense()). TANH is computed as
/// the sigmoid of twice the steps, less a half: the rounding is the same.
///
/// See [`portable::gate`](super::portable::gate).
#[inline(always)] // stack: the operands stay in registers
pub fn gate(gate: &Gate<'_>, outputs: &mut [i16]) {
    let fits = gate.input.zero_point < i8::MAX && gate.hidden.zero_point < i8::MAX;
    if !fits || !gate.is_for(outputs.len()) {
        return;
    }
    let (steps, result) = match gate.activation {
        Activation::Logistic => (3, [-10, 1 << 14]),
        Activation::Tanh => (6, [-9, 0]),
    };
    let mut run = Run {
        input: Part::new(&gate.input),
        hidden: Part::new(&gate.hidden),
        offsets: [i32::from(gate.input.zero_point) + 1, i32::from(gate.hidden.zero_point) + 1],
        table: gate.table.as_ptr(),
        end: core::ptr::null_mut(),
        steps,
        result,
    };
    let (fours, rest) = outputs.as_chunks_mut::<FOURS>();
    let fours = fours.as_flattened_mut();
    let (biases, others) = gate.bias.split_at_checked(fours.len()).unwrap_or_default();
    if !fours.is_empty() {
        run.end = fours.as_mut_ptr_range().end;
        // SAFETY: `Gate::is_for` has checked that there are inputs, and weights and biases of all
        // units. The outputs are a multiple of four, and not none.
        unsafe { units(&mut run, fours.as_mut_ptr(), biases.as_ptr().cast()) }
    }
    for (slot, bias) in rest.iter_mut().zip(others) {
        let mut four = [0; FOURS];
        let biases = &[*bias; FOURS];
        (run.input.next, run.hidden.next) = (0, 0);
        run.end = four.as_mut_ptr_range().end;
        // SAFETY: as above, with a unit in the place of each of the four, which have one bias each.
        unsafe { units(&mut run, four.as_mut_ptr(), biases.as_ptr().cast()) }
        [*slot, ..] = four;
        run.input.weights = run.input.weights.wrapping_add(run.input.depth);
        run.hidden.weights = run.hidden.weights.wrapping_add(run.hidden.depth);
    }
}

// The products of four units with the inputs at `$part`, negative, in q0; `$zero` has what is added
// to the negative of an input, less one.
macro_rules! products {
    ($inputs:literal, $weights:literal, $depth:literal, $zero:literal) => {
        concat!(
            "ldrd r11, r3, [r0, #",
            $inputs,
            "]\nldrd r12, r4, [r0, #",
            $depth,
            "]\nadd r5, r3, r4\nadd r7, r5, r4\nadd r9, r7, r4\nadd r4, r9, r4\nstr r4, [r0, #",
            $weights,
            "]\nmovs r4, #0\nmovs r6, #0\nmov r8, #0\nmov r10, #0\ndlstp.8 lr, r12\n3:\n",
            "vldrb.u8 q0, [r11], #16\n",
            "vmvn q0, q0\n",
            "vldrb.u8 q1, [r3], #16\n",
            "vmladava.s8 r4, q0, q1\nvmladava.s8 r4, ",
            $zero,
            ", q1\nvldrb.u8 q2, [r5], #16\nvmladava.s8 r6, q0, q2\nvmladava.s8 r6, ",
            $zero,
            ", q2\nvldrb.u8 q3, [r7], #16\nvmladava.s8 r8, q0, q3\nvmladava.s8 r8, ",
            $zero,
            ", q3\nvldrb.u8 q1, [r9], #16\nvmladava.s8 r10, q0, q1\nvmladava.s8 r10, ",
            $zero,
            ", q1\nletp lr, 3b\n",
            sums!(),
        )
    };
}

/// Four units at a time.
///
/// * Reads the inputs and the hidden values, as many weights of each unit, four bytes for each at
///   `bias`, and the table. Writes a halfword for each unit up to `end`, and where the weights are.
/// * The caller has checked all of these, and that there are four units or a multiple.
/// * Saves r4 to r11, lr and d8 to d15. Four units take 74 instructions, and 15 for every 16 inputs
///   and every 16 hidden values.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn units(run: &mut Run, output: *mut i16, bias: *const u8) {
    naked_asm!(
        cpu!(),
        "push {{r3-r11, lr}}",
        "vpush {{d8-d15}}",
        "ldrd r4, r5, [r0, #64]",
        "vdup.8 q4, r4",
        "vdup.8 q5, r5",
        most_steps!(),
        "2:",
        products!("0", "4", "8", "q4"),
        "vldrb.u8 q1, [r2], #16",
        "vsub.i32 q0, q1, q0",
        "ldrd r4, r5, [r0, #16]",
        "ldrd r6, r7, [r0, #24]",
        scale_q0!(),
        "vqmovnb.s32 q6, q0",
        products!("32", "36", "40", "q5"),
        "vneg.s32 q0, q0",
        "ldrd r4, r5, [r0, #48]",
        "ldrd r6, r7, [r0, #56]",
        scale_q0!(),
        "vqmovnb.s32 q0, q0",
        "vqadd.s16 q0, q0, q6",
        "vmovlb.s16 q0, q0",
        "ldrd r3, r4, [r0, #72]",
        "ldrd r5, r6, [r0, #80]",
        "ldr r7, [r0, #88]",
        "vmul.i32 q0, q0, r5",
        "add r5, r3, #2",
        "mov r10, #0x1000000",
        sigmoid!("r3", "r5"),
        "vrshl.s32 q0, r6",
        "vadd.i32 q0, q0, r7",
        "vstrh.32 q0, [r1], #8",
        "cmp r1, r4",
        "bne 2b",
        "vpop {{d8-d15}}",
        "pop {{r3-r11, pc}}",
    )
}
