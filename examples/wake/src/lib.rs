//! Hears words in audio, without a heap: samples, features, a network with state, a decision.
//!
//! The host's program reads a WAV file; the firmware `wake` runs the same on an emulated board.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod decision;
pub mod demo;
pub mod ears;
pub mod listener;
pub mod synth;
