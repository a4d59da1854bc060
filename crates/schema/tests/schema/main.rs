//! The promises of the crate about files that are sound, real, changed on their way, or malicious.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;
mod corrupt;
mod evil;
mod models;
mod round_trip;
