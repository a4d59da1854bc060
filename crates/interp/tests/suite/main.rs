//! The interpreter from outside, in one program: linking takes longer than most of these tests.
//!
//! `cargo test -p bantam-interp --test suite overlap` runs one module.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod calls;
mod compress;
mod conformance;
mod constants;
mod cost;
mod decode;
mod failures;
mod golden;
mod interpreter;
mod lut;
mod open_shapes;
mod operators;
mod overlap;
mod prepared;
mod regions;
mod registry;
mod shared;
mod signature;
mod simplify;
mod state;
mod steps;
mod stored;
mod tensors;
mod views;
