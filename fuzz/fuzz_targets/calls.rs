//! What a user may do with an interpreter, in any order: nothing fails that should not, and a reset
//! leaves nothing of what was before it.
#![no_main]

use std::sync::LazyLock;

use bantam_fuzz::{Call, check_calls};
use bantam_testkit::seeds;
use libfuzzer_sys::arbitrary::{self, Arbitrary};

static FILES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| seeds().into_iter().map(|(_, file)| file).collect());

#[derive(Arbitrary, Debug)]
struct Input {
    model: u16,
    /// Bytes of the file to be replaced: where, and by what.
    pokes: Vec<(u16, u8)>,
    calls: Vec<Call>,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let mut file = FILES[usize::from(input.model) % FILES.len()].clone();
    for &(at, value) in &input.pokes {
        if let Some(byte) = file.get_mut(usize::from(at)) {
            *byte = value;
        }
    }
    check_calls(&file, &input.calls);
});
