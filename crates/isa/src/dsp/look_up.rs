//! Entries of a table.

use core::arch::naked_asm;
use core::cell::Cell;

use crate::dsp::common::cpu;

/// Writes the entry of each input, four at a time, up to the first four of which one is `unknown`.
///
/// See [`portable::look_up`](crate::portable::look_up).
pub fn look_up(entries: &[Cell<i8>; 256], unknown: i8, input: &[i8], output: &mut [i8]) -> usize {
    let len = input.len() & !3;
    if len == 0 || output.len() < len {
        return 0;
    }
    let (start, unknown) = (input.as_ptr(), u32::from_ne_bytes([unknown as u8; 4]));
    // SAFETY: there are `len` inputs, a multiple of four and not none, and as many outputs. Every
    // byte is the place of an entry. Nobody writes to these meanwhile: a `Cell` is one thread's.
    let end = unsafe {
        fours(entries.as_ptr(), start, output.as_mut_ptr(), start.wrapping_add(len), unknown)
    };
    end.addr() - start.addr()
}

/// Four inputs at a time. Returns where the first four lie that have an unknown entry, or the end.
///
/// * Reads `input..end` and bytes at `entries`; writes as many bytes at `output`.
/// * The caller has checked that all of them are there, and that inputs are a multiple of four.
/// * Saves r4 to r11 and lr. The loop takes 20 instructions for four outputs.
/// * Stack: 36 bytes. It calls nothing.
#[unsafe(naked)]
unsafe extern "C" fn fours(
    entries: *const Cell<i8>,
    input: *const i8,
    output: *mut i8,
    end: *const i8,
    unknown: u32,
) -> *const i8 {
    naked_asm!(
        cpu!(),
        "push {{r4-r11, lr}}",
        "ldr r9, [sp, #36]",
        "mov r10, #0x01010101",
        "mov r11, #0",
        "2:",
        "ldr r4, [r1]",
        "uxtb r5, r4",
        "ldrb r5, [r0, r5]",
        "ubfx r6, r4, #8, #8",
        "ldrb r6, [r0, r6]",
        "ubfx r7, r4, #16, #8",
        "ldrb r7, [r0, r7]",
        "lsr r4, r4, #24",
        "ldrb r4, [r0, r4]",
        "orr r5, r5, r6, lsl #8",
        "orr r7, r7, r4, lsl #8",
        "orr r5, r5, r7, lsl #16",
        "eor r6, r5, r9",
        "usub8 r6, r6, r10", // its flags: bytes that are not unknown
        "sel r6, r11, r10",
        "cbnz r6, 3f",
        "str r5, [r2], #4",
        "add r1, r1, #4",
        "cmp r1, r3",
        "bne 2b",
        "3:",
        "mov r0, r1",
        "pop {{r4-r11, pc}}",
    )
}
