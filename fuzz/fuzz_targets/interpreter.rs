//! Arbitrary bytes as a model that is run.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bantam_fuzz::run_model(bytes));
