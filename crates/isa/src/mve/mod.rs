//! Loops for cores with MVE (Helium): Cortex-M52, M55 and M85.
//!
//! They multiply bytes as they are: a vector holds 16 inputs, and the zero point of the input is
//! part of the bias, `bias - zero_point · Σ weights` ([`fold`]). So padding has the zero point.
//! [`word`] says where the constants of a channel are.
//!
//! With the Cargo feature `mve` or such a `-Ctarget-cpu`, and the target
//! `thumbv8m.main-none-eabihf`, the functions are in assembly; else they are those of [`portable`],
//! which define what the others compute.
//!
//! As everywhere in this crate, nothing is written if a slice is too short.

#[cfg(bantam_mve)]
mod add;
#[cfg(bantam_mve)]
mod arrange;
#[cfg(bantam_mve)]
mod cells;
#[cfg(bantam_mve)]
mod common;
#[cfg(bantam_mve)]
mod convolve;
#[cfg(bantam_mve)]
mod dense;
#[cfg(bantam_mve)]
mod depthwise;
#[cfg(bantam_mve)]
mod factor;
#[cfg(bantam_mve)]
mod fold;
#[cfg(bantam_mve)]
mod gate;
mod operands;
#[cfg(bantam_mve)]
mod pairs;
#[cfg(bantam_mve)]
mod pool;
pub mod portable;
#[cfg(bantam_mve)]
mod product;
mod recurrent;
#[cfg(bantam_mve)]
mod respond;
#[cfg(bantam_mve)]
mod run;
#[cfg(bantam_mve)]
mod single;
#[cfg(bantam_mve)]
mod windows;

#[cfg(bantam_mve)]
pub use self::{
    add::{add, subtract},
    arrange::arrange,
    cells::cells,
    convolve::convolve,
    dense::dense,
    depthwise::depthwise,
    fold::{fold, fold_taps, multiply},
    gate::gate,
    pool::{maxima, sums},
    product::product,
    respond::{respond, shift},
};
pub use operands::{
    Channels, Dense, FOURS, Filters, Outputs, SIXTEENS, Taps, Windows, constants_len, window_len,
    word,
};
#[cfg(not(bantam_mve))]
pub use portable::{
    add, arrange, cells, convolve, dense, depthwise, fold, fold_taps, gate, maxima, multiply,
    product, respond, shift, subtract, sums,
};
pub use recurrent::{Activation, Cells, Factor, Gate, Responses, Source, Table, UNITS};

/// Whether the functions use MVE instructions.
pub const MVE: bool = cfg!(bantam_mve);
