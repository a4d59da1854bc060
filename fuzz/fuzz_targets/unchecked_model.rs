//! Arbitrary bytes as a model that nobody checks, and that is run all the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bantam_fuzz::run_unchecked(bytes));
