//! Looks for files of at most 64 KB that take the most steps to parse and to prepare:
//! `cargo run --release --manifest-path fuzz/Cargo.toml --example maximise -- SECONDS [FOLDER]`.
//! The folder keeps every file that takes more than those before it.
//!
//! It changes a recipe at random, keeps what costs more, and begins anew where that ends. A file
//! that costs more than its length permits stops it with a panic.

use std::time::{Duration, Instant};

use bantam_fuzz::cost::{cook, measure};

/// Attempts without success after which it begins anew.
const PATIENCE: u32 = 2_000;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(30);
    let folder = std::env::args().nth(2);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut record = 0;
    while Instant::now() < end {
        let mut best: Vec<u8> = (0..400).map(|_| random.byte()).collect();
        let (mut most, mut failures) = (0, 0);
        while failures < PATIENCE && Instant::now() < end {
            let mut recipe = best.clone();
            for _ in 0..=random.byte() % 4 {
                let at = random.below(recipe.len());
                recipe[at] = random.byte();
            }
            let file = cook(&recipe);
            let steps = measure(&file);
            if steps > most {
                (best, most, failures) = (recipe, steps, 0);
                if most > record {
                    record = most;
                    let each = most / file.len().max(1) as u64;
                    println!("{record} steps, {} bytes, {each} a byte", file.len());
                    if let Some(folder) = &folder {
                        let path = format!("{folder}/{record}.tflite");
                        std::fs::write(path, &file).expect("the folder can be written");
                    }
                }
            } else {
                failures += 1;
            }
        }
    }
}

/// Random numbers.
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 56) as u8
    }

    fn below(&mut self, limit: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % limit
    }
}
