//! Inner loops of int8 and int16 kernels in the instructions of a core: safe functions on slices.
//!
//! Beside `bantam-c`, this is the one crate with `unsafe`. A function checks the lengths of its
//! slices once and then calls one block of assembly, a whole loop. The first lines of each block
//! say what it reads and writes, what the caller has checked, which registers it saves, and how
//! much stack it takes.
//!
//! | module | for | chosen where |
//! |---|---|---|
//! | `dsp` | Cortex-M4, M7, M33 and others with the DSP extension | the target is `thumbv7em`, or `thumbv8m.main` with `-Ctarget-cpu` or the feature `dsp` |
//! | [`mve`] | Cortex-M52, M55 and M85 | the target is `thumbv8m.main-none-eabihf` with `-Ctarget-cpu` or the feature `mve` |
//! | `thumb1` | Cortex-M0, M0+, M1, M23 | the target is `thumbv6m` or `thumbv8m.base`, with the feature `thumb1` |
//! | `riscv` | RISC-V of 32 bits | the target is `riscv32im`, with the feature `riscv` |
//! | [`portable`] | any core | elsewhere, and with `--cfg bantam_portable` |
//!
//! `dsp`, `thumb1` and `portable` have the same functions; [`mve`] has others, with twins of its
//! own, and `riscv` has [`dots`], [`dots_of_two`] and [`add_window`]. The portable ones say in Rust
//! what the others compute, and tests on emulated boards compare them.
//!
//! # A patch
//!
//! What lies under windows is widened once, less the input's zero point, and multiplied with many
//! filters. SXTB16 takes bytes 0 and 2 of a word, or 1 and 3, so inputs lie in that order, too: for
//! every four inputs of each pixel there are two words, `a` with inputs 0 (low half) and 2, and `b`
//! with inputs 1 and 3. For four pixels they lie as `a0 a1 a2 a3 b0 b1 b2 b3`. A core with Thumb-1
//! only has nothing that takes halves: there an input is a word, and those of all pixels follow
//! each other.
//!
//! # Slices that are too short
//!
//! Nothing is written then, and there is no panic: callers check what users gave them.
#![no_std]
#![allow(unsafe_code, reason = "assembly: see the head of this page")]

mod bytes;
#[cfg(bantam_dsp)]
mod dsp;
mod filters;
pub mod mve;
mod operands;
pub mod portable;
#[cfg(bantam_riscv)]
mod riscv;
mod taps;
mod terms;
#[cfg(bantam_thumb1)]
mod thumb1;

pub use bytes::{Byte, bytes, bytes_mut, fours};
#[cfg(bantam_dsp)]
pub use dsp::{
    Channels, CheckedRow, add, clear, convolve, dense, dense_pairs, dense_sums, depthwise,
    depthwise_wide, gather, gather_runs, gather_windows_wide, look_up, maxima, multiply,
    multiply_four, multiply_one, pack, product, requantize, requantize_wide, requantize_wide_four,
    subtract, sums,
};
pub use filters::pack_from;
pub use operands::{
    DOTS, Dense, Edge, Factors, Filters, Groups, Outputs, PAIRED, PIXELS, PIXELS_AND_ONE, Part,
    Runs, Windows, is_for_any_sum, is_wide, patch_depth, patch_len, shift,
};
#[cfg(not(any(bantam_dsp, bantam_thumb1)))]
pub use portable::{
    Channels, CheckedRow, add, clear, convolve, dense, dense_pairs, dense_sums, depthwise, gather,
    gather_runs, multiply, multiply_four, multiply_one, pack, requantize,
};
#[cfg(not(bantam_riscv))]
pub use portable::{add_window, dots, dots_of_two};
#[cfg(bantam_riscv)]
pub use riscv::{add_window, dots, dots_of_two};
pub use taps::{DepthwiseRow, Grid, Packed, RowChannels};
pub use terms::{Product, Terms};
// In Rust inputs of one pixel are moved as well, and Thumb-1 has no loop of its own for 16 bits.
pub use portable::gather_wide;
#[cfg(not(bantam_dsp))]
pub use portable::{
    depthwise_wide, gather_windows_wide, look_up, maxima, product, requantize_wide,
    requantize_wide_four, subtract, sums,
};

#[cfg(bantam_thumb1)]
pub use thumb1::{
    Channels, CheckedRow, add, clear, convolve, dense, dense_pairs, dense_sums, depthwise, gather,
    gather_runs, multiply, multiply_four, multiply_one, pack, requantize,
};

/// Whether the functions use DSP instructions.
pub const DSP: bool = cfg!(bantam_dsp);

/// Whether [`dots`], [`dots_of_two`] and [`add_window`] are loops for RV32IM.
pub const RISCV: bool = cfg!(bantam_riscv);

/// Whether the functions are loops in Thumb-1.
pub const THUMB1: bool = cfg!(bantam_thumb1);

/// Whether rows of depthwise convolutions take packed filters. Others take filters and biases.
pub const PACKS: bool = DSP;

/// Whether five pixels at a time take less time than four and one.
pub const FIVE: bool = !THUMB1;
