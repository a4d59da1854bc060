//! Prepared images of which anything may have changed: they are refused, or run to an end.
#![no_main]

use std::sync::LazyLock;

use bantam_fuzz::{Image, images};
use bantam_interp::host::seal;
use libfuzzer_sys::arbitrary::{self, Arbitrary};

static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(images);

/// Bytes that name the format: changed, they are refused.
const FORMAT: usize = 12;

#[derive(Arbitrary, Debug)]
struct Input {
    image: u16,
    bytes: Vec<(u16, u8)>,
    words: Vec<(u16, u32)>,
    cut: Option<u16>,
    sealed: bool,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let mut image = IMAGES[usize::from(input.image) % IMAGES.len()].clone();
    for &(at, value) in &input.bytes {
        let at = FORMAT + usize::from(at) % (image.bytes.len() - FORMAT);
        image.bytes[at] = value;
    }
    for &(word, value) in &input.words {
        let words = image.bytes.as_chunks_mut::<4>().0;
        let at = FORMAT / 4 + usize::from(word) % (words.len() - FORMAT / 4);
        words[at] = value.to_le_bytes();
    }
    if let Some(cut) = input.cut {
        image.bytes.drain(..usize::from(cut) % image.bytes.len());
    }
    if input.sealed {
        seal(&mut image.bytes);
    }
    image.run();
});
