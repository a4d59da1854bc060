//! Loops for cores with the DSP extension: SMLAD and its like on pairs of 16 bits.
//!
//! Words of activations, weights and biases are read with LDR at any address: these cores can do
//! that, as long as a program does not set `UNALIGN_TRP`.

mod depthwise;
mod multiply;
mod patch;
mod requantize;
mod row;

pub use depthwise::depthwise;
pub use multiply::{multiply, multiply_four};
pub use patch::{gather, gather_four};
pub use requantize::requantize;
pub use row::depthwise_row;

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

use cpu;

/// `-zero_point` in both halves of a word: what SXTAB16 adds to two inputs.
fn minus(zero_point: i16) -> u32 {
    let minus = u32::from(zero_point.wrapping_neg() as u16);
    minus << 16 | minus
}
