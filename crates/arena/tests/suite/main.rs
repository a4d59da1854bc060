//! The arena from outside, in one program: linking takes longer than most of these tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod examples;
mod no_memory;
mod sequences;
