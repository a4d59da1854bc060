//! Cells and hidden values of an LSTM.

use core::arch::naked_asm;

use super::common::cpu;
use super::factor::{Scale, most_steps, scale_q0, sigmoid};
use super::recurrent::{Cells, UNITS};

/// What [`units`] reads.
#[repr(C)]
struct Constants {
    /// 0: of the forget gate times the cell, 16: of the input gate times the candidate, 32: of the
    /// hidden value.
    scales: [Scale; 3],
    /// 48: the greatest and the least cell.
    range: [i32; 2],
    /// 56: what brings a cell to steps of TANH: a multiplier, and bits to shift to the left, which
    /// are negative.
    steps: [i32; 2],
    /// 64: the table.
    table: *const u16,
    /// 68: zero point of the hidden values.
    zero_point: i32,
}

/// Computes the next cells and hidden values: as many as there are of both, at most [`UNITS`].
///
/// See [`portable::cells`](super::portable::cells).
#[inline(always)] // stack: the operands stay in registers
pub fn cells(cells: &Cells<'_>, cell: &mut [i16], hidden: &mut [i8]) {
    let count = UNITS.min(cell.len()).min(hidden.len());
    if count == 0 {
        return;
    }
    let ([least, most], [multiplier, bits]) = (cells.range, cells.steps);
    let [forget, input, output] = cells.factors;
    let constants = Constants {
        scales: [Scale::new(forget), Scale::new(input), Scale::new(output)],
        range: [most.into(), least.into()],
        steps: [multiplier.into(), -i32::from(bits & 31)],
        table: cells.table.as_ptr(),
        zero_point: cells.zero_point.into(),
    };
    let gates = cells.gates.as_flattened().as_ptr();
    // SAFETY: there are gates of `UNITS` units, and at least `count` cells and hidden values, which
    // is neither more nor 0.
    unsafe { units(gates, cell.as_mut_ptr(), hidden.as_mut_ptr(), &constants, count) }
}

/// Four units at a time.
///
/// * Reads `count` halfwords at `gates` and at 16, 32 and 48 halfwords behind it, the constants and
///   the table; reads and writes `count` halfwords at `cell`, and writes as many bytes at `hidden`.
/// * The caller has checked all of these, and that `count` is not 0.
/// * Saves r4 to r11, lr and d8 to d15. The loop takes 59 instructions for four units.
/// * Stack: 104 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn units(
    gates: *const i16,
    cell: *mut i16,
    hidden: *mut i8,
    constants: &Constants,
    count: usize,
) {
    naked_asm!(
        cpu!(),
        "push {{r3-r11, lr}}",
        "vpush {{d8-d15}}",
        most_steps!(),
        "ldrd r4, r5, [r3, #48]",
        "vdup.16 q4, r4",
        "vdup.16 q5, r5",
        "ldrd r8, r11, [r3, #64]",
        "add r9, r8, #2",
        "mov r10, #0x1000000",
        "ldr r12, [sp, #104]",
        "dlstp.32 lr, r12",
        "2:",
        "vldrh.s32 q0, [r0, #32]",
        "vldrh.s32 q1, [r1]",
        "vmul.i32 q0, q0, q1",
        "ldm r3, {{r4-r7}}",
        scale_q0!(),
        "vqmovnb.s32 q6, q0",
        "vldrh.s32 q1, [r0, #64]",
        "vldrh.s32 q0, [r0], #8",
        "vmul.i32 q0, q0, q1",
        "ldrd r4, r5, [r3, #16]",
        "ldrd r6, r7, [r3, #24]",
        scale_q0!(),
        "vqmovnb.s32 q0, q0",
        "vqadd.s16 q0, q0, q6",
        "vmin.s16 q0, q0, q4",
        "vmax.s16 q0, q0, q5",
        "vmovlb.s16 q0, q0",
        "vstrh.32 q0, [r1], #8",
        "ldrd r4, r5, [r3, #56]",
        "vmul.i32 q0, q0, r4",
        "vrshl.s32 q0, r5",
        "vqshl.s32 q0, q0, #1",
        sigmoid!("r8", "r9"),
        "vrshr.s32 q0, q0, #9",
        "vldrh.s32 q1, [r0, #88]",
        "vmul.i32 q0, q0, q1",
        "ldrd r4, r5, [r3, #32]",
        "ldrd r6, r7, [r3, #40]",
        scale_q0!(),
        "vadd.i32 q0, q0, r11",
        "vqmovnb.s32 q0, q0",
        "vqmovnb.s16 q0, q0",
        "vstrb.32 q0, [r2], #4",
        "letp lr, 2b",
        "vpop {{d8-d15}}",
        "pop {{r3-r11, pc}}",
    )
}
