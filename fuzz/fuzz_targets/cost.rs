//! Arbitrary bytes as a recipe for a model that shares its parts: what it costs is bounded.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bantam_fuzz::cost::measure(&bantam_fuzz::cost::cook(bytes));
});
