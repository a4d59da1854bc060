//! The command as users run it, in one program: linking takes longer than most of these tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod check;
mod codegen;
mod common;
mod compress;
mod docs;
mod examples;
mod inspect;
mod ops;
mod plan;
mod plan_model;
mod plan_regions;
mod prepare;
mod run;
mod simplify;
mod taps;
mod tflm;
