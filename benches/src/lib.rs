//! Benchmarks of Bantam's crates: `cargo bench -p bantam-benches`.
//!
//! There is one file in `benches/` for each crate or subject.
