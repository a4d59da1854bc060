//! Audio front ends in fixed point, as functions on slices: no heap, no interpreter, bit for bit
//! what the signal library of TensorFlow Lite Micro (TFLM) computes.
//!
//! | module | from | to |
//! |---|---|---|
//! | [`framer`] | samples as they come | frames that overlap |
//! | [`window`] | a frame | the same, faded at both ends |
//! | [`auto_scale`] | a frame | the same, as loud as its type allows, and by how many bits |
//! | [`fft`] | samples (`i16`, `i32`, `f32`) | their spectrum, and back |
//! | [`energy`] | a spectrum | the energy of each bin |
//! | [`filter_bank`] | energies | the sum of each channel; its square root; its logarithm |
//! | [`spectral_subtraction`] | channels | channels without the noise, and the noise |
//! | [`pcan`] | channels and their noise | channels as loud as each other |
//! | [`stacker`] | features of single frames | those of some frames, side by side |
//! | [`delay`] | samples | the samples of some time ago |
//! | [`overlap_add`] | frames that overlap | samples |
//! | [`tables`] | a front end's parameters | the constants that the others read |
//!
//! The caller gives all memory: `const` functions tell beforehand how much it is. What is kept from
//! call to call lies in a slice of the caller's. `docs/signal.md` explains the chain and adds up
//! its RAM; `bantam-signal-ops` has the same functions as operators of an interpreter.
//!
//! # Examples
//!
//! From samples to the logarithms of forty channels, as `micro_speech` of TFLM hears them:
//!
//! ```
//! use bantam_signal::{auto_scale, energy, fft, filter_bank, tables, window};
//! const MEL: tables::Mel = tables::Mel::MICRO_SPEECH; // 40 channels, 16 kHz, an FFT of 512
//!
//! let mut hann = [0_i16; 480];
//! tables::hann(12, &mut hann);
//! let mut factors = [[0_i16; 2]; fft::table_len(512)];
//! let rfft = fft::Rfft::new(512, &mut factors)?;
//! let mel = tables::MelTables::<41, 316>::new(&MEL)?;
//!
//! let samples: [i16; 480] = core::array::from_fn(|t| if t % 16 < 8 { 9000 } else { -9000 });
//! let (mut frame, mut scaled) = ([0; 480], [0; 480]);
//! let mut spectrum = [[0; 2]; fft::spectrum_len(512)];
//! let (mut energies, mut sums) = ([0; 257], [0; 40]);
//! let (mut channels, mut features) = ([0; 40], [0; 40]);
//! window::window(&samples, &hann, 12, &mut frame)?;
//! let bits = auto_scale::auto_scale(&frame, &mut scaled)?;
//! rfft.run(&scaled, &mut spectrum)?;
//! energy::energy(&spectrum, mel.bins(), &mut energies)?;
//! mel.bank().sum(&energies, &mut sums)?;
//! filter_bank::square_root(&sums, bits, &mut channels)?;
//! filter_bank::log(&channels, 64, 3, &mut features)?;
//! let loudest = (0..40).max_by_key(|&channel| features[channel]); // 1 kHz
//! assert_eq!(loudest, Some(12));
//! # Ok::<(), bantam_signal::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(test)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod auto_scale;
pub mod delay;
pub mod energy;
mod error;
pub mod fft;
pub mod filter_bank;
pub mod framer;
mod load;
pub mod overlap_add;
pub mod pcan;
pub mod spectral_subtraction;
pub mod stacker;
pub mod tables;
pub mod window;

pub use error::{Error, Operand};
pub use load::Load;
