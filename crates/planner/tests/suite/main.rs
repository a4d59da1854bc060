//! The planners from outside, in one program: linking takes longer than most of these tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "std")]
mod csv;
#[cfg(feature = "std")]
mod exact;
mod examples;
#[cfg(feature = "std")]
mod instances;
#[cfg(feature = "std")]
mod large;
#[cfg(feature = "std")]
mod laws;
#[cfg(feature = "std")]
mod limits;
mod overlaps;
mod plans;
mod portfolio;
#[cfg(feature = "std")]
mod regions;
#[cfg(feature = "std")]
mod schedule;
#[cfg_attr(not(feature = "std"), allow(dead_code, reason = "for tests of what needs `std`"))]
mod support;
#[cfg(feature = "std")]
mod views;
