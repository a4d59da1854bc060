//! The audio that the programs listen to.

use crate::decision::Heard;
use crate::synth::{Audio, OTHERS, RATE, Sound, Utterance, WORDS};

/// Seconds of it.
pub const SECONDS: u32 = 16;
/// Samples of it.
pub const SAMPLES: u32 = SECONDS * RATE;

/// The amplitude of its noise.
const NOISE: u16 = 150;
/// How long before the end of a word it may be heard, and how long after it, in milliseconds.
const EARLY: u32 = 100;
const LATE: u32 = 200;
const SEED: u32 = 20_260_101;

const fn say(sound: &'static Sound, start: u32, speed: u32, pitch: u32, level: u16) -> Utterance {
    Utterance { sound, start, speed, pitch, formants: 100, level }
}

/// Each word three times, fast and slowly, softly and loud, and other sounds between them.
pub static UTTERANCES: [Utterance; 17] = [
    say(&WORDS[0], 600, 100, 120, 8000),
    say(&OTHERS[0], 1500, 100, 120, 8000),
    say(&WORDS[1], 2400, 100, 120, 8000),
    say(&OTHERS[5], 3300, 90, 150, 9000),
    say(&WORDS[2], 4200, 100, 120, 8000),
    say(&OTHERS[3], 5100, 110, 200, 12_000),
    say(&WORDS[0], 6000, 120, 210, 16_000),
    say(&WORDS[1], 6900, 85, 95, 3000),
    say(&OTHERS[6], 7800, 100, 110, 8000),
    say(&WORDS[2], 8700, 120, 190, 2500),
    say(&OTHERS[4], 9600, 100, 140, 6000),
    say(&WORDS[0], 10_500, 84, 90, 2500),
    say(&OTHERS[7], 11_400, 100, 130, 8000),
    say(&WORDS[2], 12_300, 88, 160, 20_000),
    say(&OTHERS[1], 13_200, 100, 170, 8000),
    say(&WORDS[1], 14_000, 118, 220, 14_000),
    say(&OTHERS[2], 14_900, 100, 100, 8000),
];

/// Returns the samples, 16,000 for each second.
pub fn audio() -> impl Iterator<Item = i16> {
    Audio::new(&UTTERANCES, NOISE, SEED).take(SAMPLES as usize)
}

/// A word of the audio.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Its index in [`WORDS`].
    pub word: usize,
    /// When it ends, in milliseconds.
    pub end: u32,
}

impl Said {
    /// Returns whether it is this that was heard.
    pub fn is(&self, heard: &Heard) -> bool {
        let times = self.end - EARLY..self.end + LATE;
        self.word == heard.word && times.contains(&heard.milliseconds)
    }
}

/// Returns the words in the order in which they are said.
pub fn said() -> impl Iterator<Item = Said> {
    UTTERANCES.iter().filter_map(|utterance| {
        let word = WORDS.iter().position(|word| word.name == utterance.sound.name)?;
        Some(Said { word, end: utterance.end() })
    })
}
