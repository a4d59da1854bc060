//! Measures RAM: that of statics, and the deepest stack, for which it paints the memory below and
//! later looks for the paint.
#![allow(unsafe_code, reason = "reads and writes the memory below the stack")]

use core::arch::asm;

const PAINT: u32 = 0xcccc_cccc;
/// The most bytes to paint.
const DEPTH: usize = 64 << 10;

// Addresses from the linker: the symbols have no value.
unsafe extern "C" {
    /// The end of all statics.
    static __sheap: u8;
    /// Where the stack begins, from where it grows down.
    static _stack_start: u8;
}

#[cfg(target_arch = "arm")]
unsafe extern "C" {
    /// The beginning of all statics.
    static __sdata: u8;
}

/// Returns the bytes of all statics.
#[cfg(target_arch = "arm")]
pub fn statics() -> usize {
    (&raw const __sheap).addr() - (&raw const __sdata).addr()
}

fn top() -> usize {
    (&raw const _stack_start).addr()
}

/// Returns the lowest word that is painted.
fn bottom() -> usize {
    let statics = (&raw const __sheap).addr().next_multiple_of(4);
    statics.max(top().saturating_sub(DEPTH))
}

/// Paints from there up to the stack pointer.
// Inlined, so that it has no frame of its own, which it would paint over.
#[inline(always)]
pub fn paint() {
    let bottom = bottom();
    #[cfg(target_arch = "arm")]
    // SAFETY: writes whole words from the end of the statics on, all below the stack pointer, where
    // nothing lives: no interrupt is enabled, and these targets have no red zone.
    unsafe {
        asm!(
            "2: cmp {at}, sp",
            "bhs 3f",
            "str {paint}, [{at}]",
            "adds {at}, #4",
            "b 2b",
            "3:",
            at = inout(reg) bottom => _,
            paint = in(reg) PAINT,
            options(nostack)
        );
    }
    #[cfg(target_arch = "riscv32")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "2: bgeu {at}, sp, 3f",
            "sw {paint}, 0({at})",
            "addi {at}, {at}, 4",
            "j 2b",
            "3:",
            at = inout(reg) bottom => _,
            paint = in(reg) PAINT,
            options(nostack)
        );
    }
}

/// Returns the stack pointer.
// Inlined, so that it is the caller's.
#[inline(always)]
pub fn pointer() -> usize {
    let pointer: usize;
    // SAFETY: reading the stack pointer has no effect.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack));
    }
    pointer
}

/// Returns those bytes of [`used`] that lie below a stack pointer.
pub fn used_below(pointer: usize) -> Option<usize> {
    used()?.checked_sub(top().checked_sub(pointer)?)
}

/// Returns the bytes between the beginning of the stack and the deepest word that was written since
/// it was painted. `None`: all the paint is gone.
pub fn used() -> Option<usize> {
    let is_paint = |address: &usize| {
        // SAFETY: an aligned word of RAM between the statics and the beginning of the stack, which
        // no reference leads to; volatile, since others' frames lie there.
        unsafe { (*address as *const u32).read_volatile() == PAINT }
    };
    let deepest = (bottom()..top()).step_by(4).find(|address| !is_paint(address))?;
    (deepest > bottom()).then(|| top() - deepest)
}
