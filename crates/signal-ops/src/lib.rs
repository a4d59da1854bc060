//! The signal library of TensorFlow Lite Micro (TFLM) as operators of the interpreter: audio front
//! ends that are models.
//!
//! `bantam-signal` has the arithmetic, which a program can call without an interpreter. Here it is
//! bound to nodes, by the interface that operators of users' own have, and nothing more. State
//! (delays, frames, the estimate of the noise) lies with the variables of the model, and a reset
//! brings it back to its beginning.
//!
//! Operators of several types have a module for each type, as in `bantam_interp::ops`:
//! [`int16::RFFT`] links the FFT of `i16` and no other.
//!
//! # Examples
//!
//! ```
//! use bantam_interp::{Op, ops};
//! use bantam_signal_ops as signal;
//!
//! static OPS: &[Op] = &[signal::WINDOW, signal::int16::RFFT, signal::ENERGY, ops::CAST];
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod delay;
mod energy;
mod fft;
mod fft_auto_scale;
mod filter_bank;
mod filter_bank_log;
mod filter_bank_spectral_subtraction;
mod filter_bank_square_root;
mod framer;
#[cfg(feature = "host")]
mod host;
mod irfft;
mod node;
mod ops;
mod overlap_add;
mod pcan;
mod rfft;
mod stacker;
mod types;
mod window;

#[cfg(feature = "host")]
pub use host::LISTS;
pub use ops::*;
