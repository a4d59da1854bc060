//! SVDF layers.

use core::arch::naked_asm;

use super::common::{cpu, sums};
use super::factor::{Scale, scale_q0};
use super::operands::FOURS;
use super::recurrent::Responses;

/// What [`units`] reads.
#[repr(C)]
struct Run {
    /// 0: elements of a unit.
    depth: usize,
    /// 4: from behind the last vector of a unit to the next unit.
    skip: usize,
    /// 8: what is added to the negative of each element of the state, less one.
    offset: i32,
    /// 12: zero point of the output.
    zero_point: i32,
    /// 16
    scale: Scale,
    /// 32: biases, and the bytes from four of them to the next: 16, or 0.
    bias: *const u8,
    bias_step: usize,
    /// 40: the end of the outputs.
    end: *mut i8,
}

/// Computes outputs of an SVDF layer.
///
/// Fast are multiples of four units; each of the others takes as much as four.
///
/// The zero point is taken out of the state as in [`dense`](super::dense()).
///
/// See [`portable::respond`](super::portable::respond).
pub fn respond(responses: &Responses<'_>, outputs: &mut [i8]) {
    if responses.state_zero_point == i8::MAX || !responses.are_for(outputs.len()) {
        return;
    }
    let (fours, rest) = outputs.as_chunks_mut::<FOURS>();
    let fours = fours.as_flattened_mut();
    let mut first = fours.len();
    if first != 0 {
        run(responses, [0, 1], fours);
    }
    for slot in rest {
        let mut four = [0; FOURS];
        run(responses, [first, 0], &mut four);
        [*slot, ..] = four;
        first += 1;
    }
}

/// Computes units four at a time, from `first` on, which are `step` apart: 1, or 0 if all four are
/// the first.
fn run(responses: &Responses<'_>, [first, step]: [usize; 2], outputs: &mut [i8]) {
    let &Responses { state, weights, depth, bias: biases, .. } = responses;
    let bias = &[biases.get(first).copied().unwrap_or_default(); FOURS];
    let of_all = step != 0 && !biases.is_empty();
    let run = Run {
        depth,
        skip: depth.wrapping_mul(step).wrapping_sub(depth.wrapping_add(15) & !15),
        offset: i32::from(responses.state_zero_point) + 1,
        zero_point: responses.zero_point.into(),
        scale: Scale::new(responses.factor),
        bias: if of_all { biases.as_ptr().cast() } else { bias.as_ptr().cast() },
        bias_step: if of_all { 4 * FOURS } else { 0 },
        end: outputs.as_mut_ptr_range().end,
    };
    let of = |slice: &[i8]| slice.get(first.wrapping_mul(depth)..).unwrap_or_default().as_ptr();
    // SAFETY: `Responses::are_for` has checked that there are state, weights and biases of all
    // units. The outputs are a multiple of four, and not none; units behind the last of them are
    // not looked at, as the step is 0 for those that are not four.
    unsafe { units(of(state), of(weights), outputs.as_mut_ptr(), &run) }
}

// The products of a unit, negative, added to `$sum`; r0 and r1 move on to the next unit. r4, r6, r8
// and r10 are sums, r9 what is added to a pointer, r12 the depth.
macro_rules! unit {
    ($sum:literal) => {
        concat!(
            "mov ",
            $sum,
            ", #0\ndlstp.8 lr, r12\n3:\nvldrb.u8 q0, [r0], #16\nvmvn q0, q0\n",
            "vldrb.u8 q1, [r1], #16\nvmladava.s8 ",
            $sum,
            ", q0, q1\nvmladava.s8 ",
            $sum,
            ", q4, q1\nletp lr, 3b\nadd r0, r0, r9\nadd r1, r1, r9\n",
        )
    };
}

/// Four units at a time.
///
/// * Reads `depth` bytes of each unit at `state` and at `weights`, which then go on by `skip`, and
///   four words for every four units at `bias`. Writes a byte for each unit up to `end`.
/// * The caller has checked all of these, and that there are four units or a multiple.
/// * Saves r4 to r11, lr and d8 to d11. Four units take 36 instructions, and 24 for every 16
///   elements.
/// * Stack: 72 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn units(state: *const i8, weights: *const i8, output: *mut i8, run: &Run) {
    naked_asm!(
        cpu!(),
        "push {{r3-r11, lr}}",
        "vpush {{d8-d11}}",
        "ldrd r12, r9, [r3]",
        "ldrd r4, r5, [r3, #8]",
        "vdup.8 q4, r4",
        "vdup.32 q5, r5",
        "ldr r11, [r3, #32]",
        "2:",
        unit!("r4"),
        unit!("r6"),
        unit!("r8"),
        unit!("r10"),
        sums!(),
        "vldrb.u8 q1, [r11]",
        "ldr r4, [r3, #36]",
        "add r11, r11, r4",
        "vsub.i32 q0, q1, q0",
        "ldrd r4, r5, [r3, #16]",
        "ldrd r6, r7, [r3, #24]",
        scale_q0!(),
        "vadd.i32 q0, q0, q5",
        "vqmovnb.s32 q0, q0",
        "vqmovnb.s16 q0, q0",
        "vstrb.32 q0, [r2], #4",
        "ldr r4, [r3, #40]",
        "cmp r2, r4",
        "bne 2b",
        "vpop {{d8-d11}}",
        "pop {{r3-r11, pc}}",
    )
}

/// Moves each byte to the place of the one before it; the last stays.
///
/// See [`portable::shift`](super::portable::shift).
pub fn shift(bytes: &mut [i8]) {
    if let Some(count) = bytes.len().checked_sub(1)
        && count != 0
    {
        // SAFETY: there are `count` bytes, which is not 0, and one more.
        unsafe { move_down(bytes.as_mut_ptr(), count) }
    }
}

/// 16 bytes at a time, which are loaded before what lies behind them is written.
///
/// * Reads `count` bytes from the second on, and writes as many from the first on.
/// * The caller has checked that they are there, and that `count` is not 0.
/// * Saves lr. The loop takes 3 instructions.
/// * Stack: 4 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn move_down(bytes: *mut i8, count: usize) {
    naked_asm!(
        cpu!(),
        "push {{lr}}",
        "dlstp.8 lr, r1",
        "2:",
        "vldrb.u8 q0, [r0, #1]",
        "vstrb.8 q0, [r0], #16",
        "letp lr, 2b",
        "pop {{pc}}",
    )
}
