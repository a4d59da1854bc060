//! From the scores of frames to words: an average, a threshold, and a pause after each word.

use core::fmt;

use crate::ears::STEP;
use crate::synth::{RATE, WORDS};

/// Frames whose scores are averaged: one high score alone is no word.
const FRAMES: usize = 4;
/// What their sum must reach, of `255 · FRAMES`: 80 %.
const THRESHOLD: u16 = 204 * FRAMES as u16;
/// Frames after a word in which nothing else is heard: 400 ms.
const PAUSE: u32 = 20;

/// A word, and when it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The index of the word in [`WORDS`].
    pub word: usize,
    /// The end of the frame in which the average reached the threshold, in milliseconds.
    pub milliseconds: u32,
    /// The average score, in percent.
    pub percent: u16,
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, hundredths) = (self.milliseconds / 1000, self.milliseconds % 1000 / 10);
        let name = WORDS.get(self.word).map_or("?", |word| word.name);
        write!(f, "{seconds}.{hundredths:02} s: \"{name}\" (0.{:02})", self.percent.min(99))
    }
}

/// What is kept from frame to frame.
#[derive(Debug, Default)]
pub struct Decision {
    /// The latest scores of each word, from 0 to 255, in the order of a ring.
    scores: [[u8; WORDS.len()]; FRAMES],
    frames: u32,
    pause: u32,
}

impl Decision {
    /// Takes the model's scores of a frame: of no word, and of each word.
    pub fn hear(&mut self, scores: &[i8]) -> Option<Heard> {
        let slot = self.scores.get_mut(self.frames as usize % FRAMES)?;
        for (slot, &score) in slot.iter_mut().zip(scores.get(1..)?) {
            *slot = (i16::from(score) + 128) as u8;
        }
        self.frames = self.frames.wrapping_add(1);
        if let Some(rest) = self.pause.checked_sub(1) {
            self.pause = rest;
            return None;
        }
        let mut sums = [0; WORDS.len()];
        for frame in &self.scores {
            sums.iter_mut().zip(frame).for_each(|(sum, &score)| *sum += u16::from(score));
        }
        let (word, &sum) = sums.iter().enumerate().max_by_key(|&(_, sum)| sum)?;
        if sum < THRESHOLD {
            return None;
        }
        self.pause = PAUSE;
        let milliseconds = self.frames * (1000 * STEP as u32 / RATE);
        Some(Heard { word, milliseconds, percent: sum * 10 / (255 * FRAMES as u16 / 10) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [i8; 4] = [127, -128, -128, -128];
    const SECOND: [i8; 4] = [-128, -128, 127, -128];

    #[test]
    fn a_word_is_heard_once_and_again_after_the_pause() {
        let mut decision = Decision::default();
        assert!((0..FRAMES).all(|_| decision.hear(&NOTHING).is_none()));
        let times = (0..60).filter_map(|_| decision.hear(&SECOND));
        let expected =
            [160, 580, 1000].map(|milliseconds| Heard { word: 1, milliseconds, percent: 100 });
        assert!(times.eq(expected));
    }

    #[test]
    fn one_high_score_is_no_word() {
        let mut decision = Decision::default();
        for _ in 0..10 {
            assert_eq!(decision.hear(&SECOND), None);
            assert!((0..3).all(|_| decision.hear(&NOTHING).is_none()));
        }
    }

    #[test]
    fn a_word_is_written_with_its_time() {
        let heard = Heard { word: 0, milliseconds: 1240, percent: 93 };
        assert_eq!(std::format!("{heard}"), "1.24 s: \"wow\" (0.93)");
    }
}
