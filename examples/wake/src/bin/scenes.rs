//! Writes features and labels to train with: `scenes SEED COUNT`, to standard output.
//!
//! A scene is 200 frames: words and other sounds of chance in noise of chance. A frame is 40
//! features (`i8`), and a label: 0 for no word, 1 and so on for the word that has just ended, 255
//! where either is right.

use std::env;
use std::error::Error;
use std::io::{self, BufWriter, Write};

use wake::ears::{Ears, FEATURES, STEP};
use wake::synth::{Audio, OTHERS, RATE, Random, Utterance, WORDS};

const FRAMES: u32 = 200;
const FRAME_MS: u32 = 1000 * STEP as u32 / RATE;
/// Frames from a word's end during which the model shall say it, and those at either side of them
/// during which it may.
const SAID: u32 = 6;
const MAYBE: u32 = 5;
const EITHER: u8 = 255;

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = env::args().skip(1).map(|text| text.parse::<u32>());
    let (Some(seed), Some(count)) = (numbers.next(), numbers.next()) else {
        return Err("usage: scenes SEED COUNT".into());
    };
    let mut random = Random::new(seed?);
    let mut out = BufWriter::new(io::stdout().lock());
    for _ in 0..count? {
        // Every eighth room is empty, and as loud as rooms are.
        let (utterances, octaves) = match random.within(0, 8) {
            0 => (Vec::new(), 11),
            _ => (utterances(&mut random), 6),
        };
        let mut audio = Audio::new(&utterances, noise(&mut random, octaves), random.bits());
        let mut ears = Ears::new();
        let labels = labels(&utterances);
        for label in labels {
            let (mut samples, mut features) = ([0; STEP], [0; FEATURES]);
            samples.iter_mut().zip(&mut audio).for_each(|(slot, sample)| *slot = sample);
            ears.hear(&samples, &mut features)?;
            out.write_all(&features.map(i8::cast_unsigned))?;
            out.write_all(&[label])?;
        }
    }
    Ok(out.flush()?)
}

/// Returns sounds of chance, two of five words.
fn utterances(random: &mut Random) -> Vec<Utterance> {
    let mut all = Vec::new();
    let mut start = random.within(100, 700);
    loop {
        let sounds = if random.within(0, 5) < 2 { &WORDS[..] } else { &OTHERS[..] };
        let utterance = Utterance {
            sound: &sounds[random.within(0, sounds.len() as u32) as usize],
            start,
            speed: random.within(80, 126),
            pitch: random.within(85, 230),
            formants: random.within(92, 109),
            level: level(random),
        };
        start = utterance.end() + random.within(150, 900);
        if utterance.end() + FRAME_MS * (SAID + MAYBE) > FRAMES * FRAME_MS {
            return all;
        }
        all.push(utterance);
    }
}

/// Returns a level of chance: each octave as often as the others.
fn level(random: &mut Random) -> u16 {
    let octave = random.within(0, 4);
    (random.within(1500, 3000) << octave) as u16
}

/// Returns noise of chance, in so many octaves; six are 12 dB below what is spoken softly.
fn noise(random: &mut Random, octaves: u32) -> u16 {
    let octave = random.within(0, octaves);
    (random.within(6, 12) << octave) as u16
}

/// Returns the label of each frame.
fn labels(utterances: &[Utterance]) -> Vec<u8> {
    let mut labels = vec![0; FRAMES as usize];
    for utterance in utterances {
        let word = WORDS.iter().position(|word| word.name == utterance.sound.name);
        let Some(word) = word else { continue };
        // The frame that holds the last sample.
        let end = utterance.end() / FRAME_MS;
        let until = |frame: u32| frame.min(FRAMES) as usize;
        labels[until(end - MAYBE)..until(end + SAID + MAYBE)].fill(EITHER);
        labels[until(end)..until(end + SAID)].fill(word as u8 + 1);
    }
    labels
}
