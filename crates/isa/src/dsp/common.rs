//! What blocks have in common.

/// What every block begins with, so that the assembler knows DSP instructions: where they are no
/// part of the target, the name of a core that has them.
#[cfg(bantam_names_core)]
macro_rules! cpu {
    () => {
        ".cpu cortex-m33"
    };
}

#[cfg(not(bantam_names_core))]
macro_rules! cpu {
    () => {
        ""
    };
}

pub(crate) use cpu;

/// `-zero_point` in both halves of a word: what SXTAB16 adds to two inputs.
pub(crate) fn minus(zero_point: i16) -> u32 {
    let minus = u32::from(zero_point.wrapping_neg() as u16);
    minus << 16 | minus
}
