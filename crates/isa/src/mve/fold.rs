//! Sums of weights, and of products in memory.

use core::arch::naked_asm;

use super::common::cpu;
use super::operands::{Filters, Taps};

/// Subtracts from the sum of each filter the zero point times its weights: `len` of each.
///
/// See [`portable::fold`](super::portable::fold).
pub fn fold(filters: &Filters<'_>, len: usize, zero_point: i8, sums: &mut [i32]) {
    if sums.is_empty() || sums.len() != filters.channels || !filters.have(len) {
        return;
    }
    let (weights, count) = (filters.weights.as_ptr(), sums.len());
    // SAFETY: there are `len` weights of each filter, at least one, and a sum for each filter.
    unsafe { weigh(weights, len, filters.depth, sums.as_mut_ptr(), count, zero_point.into()) }
}

/// Adds to the sum of each filter its products with inputs, less `zero_point`.
///
/// See [`portable::multiply`](super::portable::multiply).
pub fn multiply(inputs: &[i8], filters: &Filters<'_>, zero_point: i8, sums: &mut [i32]) {
    let len = inputs.len();
    if sums.is_empty() || sums.len() != filters.channels || !filters.have(len) {
        return;
    }
    let (weights, count) = (filters.weights.as_ptr(), sums.len());
    let (inputs, sums) = (inputs.as_ptr(), sums.as_mut_ptr());
    // SAFETY: there are as many weights of each filter as inputs, at least one, and a sum for each
    // filter.
    unsafe { products(weights, len, filters.depth, sums, count, zero_point.into(), inputs) }
}

/// Subtracts from the sum of each channel of a depthwise convolution the zero point times the
/// weights of all taps. Whether none of them is -128.
///
/// See [`portable::fold_taps`](super::portable::fold_taps).
pub fn fold_taps(taps: &Taps<'_>, count: usize, zero_point: i8, sums: &mut [i32]) -> bool {
    if sums.len() != taps.channels || !taps.have(count) {
        return false;
    }
    if sums.is_empty() {
        return true;
    }
    let (filter, sum, channels) = (taps.filter.as_ptr(), sums.as_mut_ptr(), sums.len());
    // SAFETY: there are weights of all channels for each tap, of which there is one, and a sum for
    // each channel.
    let least = unsafe { weigh_taps(filter, taps.step, count, sum, channels, zero_point.into()) };
    least > i8::MIN.into()
}

// From the products r4 and the weights r6 of a filter to its sum at r3, and to the next filter.
macro_rules! next {
    () => {
        concat!(
            "ldr r12, [r3]\n",
            "add r12, r12, r4\n",
            "mls r12, r6, r7, r12\n",
            "str r12, [r3], #4\n",
            "add r0, r0, r2\n",
            "subs r5, r5, #1\n",
            "bne 2b\n",
        )
    };
}

/// Each filter's weights.
///
/// * Reads `len` bytes of each filter; reads and writes a word for each.
/// * The caller has checked these slices, and that there is a weight and a filter.
/// * Saves r4 to r8 and lr. A filter takes 13 instructions, and 3 for every 16 weights.
/// * Stack: 24 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn weigh(
    weights: *const i8,
    len: usize,
    depth: usize,
    sums: *mut i32,
    count: usize,
    zero_point: i32,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r8, lr}}",
        "ldrd r5, r7, [sp, #24]",
        "2:",
        "mov r8, r0",
        "movs r4, #0",
        "movs r6, #0",
        "dlstp.8 lr, r1",
        "3:",
        "vldrb.u8 q0, [r8], #16",
        "vaddva.s8 r6, q0",
        "letp lr, 3b",
        next!(),
        "pop {{r4-r8, pc}}",
    )
}

/// Each filter's products with the inputs.
///
/// * Reads `len` inputs, and as many bytes of each filter; reads and writes a word for each.
/// * The caller has checked these slices, and that there is a weight and a filter.
/// * Saves r4 to r10 and lr. A filter takes 14 instructions, and 5 for every 16 weights.
/// * Stack: 32 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn products(
    weights: *const i8,
    len: usize,
    depth: usize,
    sums: *mut i32,
    count: usize,
    zero_point: i32,
    inputs: *const i8,
) {
    naked_asm!(
        cpu!(),
        "push {{r4-r10, lr}}",
        "ldrd r5, r7, [sp, #32]",
        "ldr r9, [sp, #40]",
        "2:",
        "mov r8, r0",
        "mov r10, r9",
        "movs r4, #0",
        "movs r6, #0",
        "dlstp.8 lr, r1",
        "3:",
        "vldrb.u8 q0, [r10], #16",
        "vldrb.u8 q1, [r8], #16",
        "vmladava.s8 r4, q0, q1",
        "vaddva.s8 r6, q1",
        "letp lr, 3b",
        next!(),
        "pop {{r4-r10, pc}}",
    )
}

/// Each channel's weights, four channels at a time; the least of them.
///
/// * Reads `channels` bytes of each tap; reads and writes a word for each.
/// * The caller has checked these slices, and that there is a tap and a channel.
/// * Saves r4 to r6 and lr. Four channels take 11 instructions, and 6 for each tap.
/// * Stack: 16 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn weigh_taps(
    filter: *const i8,
    step: usize,
    taps: usize,
    sums: *mut i32,
    channels: usize,
    zero_point: i32,
) -> i32 {
    naked_asm!(
        cpu!(),
        "push {{r4-r6, lr}}",
        "ldrd r4, r5, [sp, #16]",
        "rsb r5, r5, #0",
        "vmov.i32 q3, #0",
        "2:",
        "mov r6, r0",
        "vctp.32 r4",
        "vmov.i32 q1, #0",
        "vpst",
        "vldrwt.u32 q0, [r3]",
        "dls lr, r2",
        "3:",
        "vpst",
        "vldrbt.s32 q2, [r6]",
        "add r6, r6, r1",
        "vadd.i32 q1, q1, q2",
        "vmin.s32 q3, q3, q2",
        "le lr, 3b",
        "vmla.i32 q0, q1, r5",
        "vpst",
        "vstrwt.32 q0, [r3], #16",
        "add r0, r0, #4",
        "subs r4, r4, #4",
        "bgt 2b",
        "mov r0, #0",
        "vminv.s32 r0, q3",
        "pop {{r4-r6, pc}}",
    )
}
