//! Makes audio: words of two gliding tones, other sounds, and the noise of a room.
//!
//! Vowels differ in their formants: the pitches at which the throat resonates. A word here is two
//! of them that glide, buzzing at the pitch of a voice. It sounds like a toy, and is not speech.
//!
//! All arithmetic is that of integers, so every machine makes the same samples.

/// Samples in a second.
pub const RATE: u32 = 16_000;

/// The pitches of two formants, in hertz.
type Formants = [u16; 2];

/// A part of a sound, in which its formants glide evenly.
#[derive(Debug)]
struct Glide {
    milliseconds: u16,
    from: Formants,
    to: Formants,
}

const fn glide(milliseconds: u16, from: Formants, to: Formants) -> Glide {
    Glide { milliseconds, from, to }
}

/// A word, or a sound that is none.
#[derive(Debug)]
pub struct Sound {
    /// How it is written.
    pub name: &'static str,
    glides: &'static [Glide],
}

const A: Formants = [780, 1250];
const E: Formants = [450, 1950];
const I: Formants = [290, 2350];
const O: Formants = [480, 850];
const U: Formants = [300, 650];

/// The words, in the order of the model's outputs.
pub static WORDS: [Sound; 3] = [
    Sound { name: "wow", glides: &[glide(160, U, A), glide(60, A, A), glide(160, A, U)] },
    Sound { name: "yeah", glides: &[glide(70, I, I), glide(140, I, A), glide(140, A, A)] },
    Sound { name: "boy", glides: &[glide(130, O, O), glide(160, O, I), glide(60, I, I)] },
];

/// Sounds that are no words: vowels, words backwards, and what has a part of a word.
pub static OTHERS: [Sound; 8] = [
    Sound { name: "ah", glides: &[glide(350, A, A)] },
    Sound { name: "ee", glides: &[glide(350, I, I)] },
    Sound { name: "oh", glides: &[glide(350, O, O)] },
    Sound { name: "ow", glides: &[glide(140, A, A), glide(200, A, U)] },
    Sound { name: "why", glides: &[glide(160, U, A), glide(60, A, A), glide(160, A, I)] },
    Sound { name: "yo", glides: &[glide(60, I, I), glide(160, I, O), glide(130, O, O)] },
    Sound { name: "awa", glides: &[glide(160, A, U), glide(60, U, U), glide(160, U, A)] },
    Sound { name: "hey", glides: &[glide(120, E, E), glide(150, E, I), glide(80, I, I)] },
];

impl Sound {
    fn milliseconds(&self) -> u32 {
        self.glides.iter().map(|glide| u32::from(glide.milliseconds)).sum()
    }

    /// Returns the formants at a time within the sound.
    fn formants(&self, mut milliseconds: u32) -> Formants {
        for Glide { milliseconds: length, from, to } in self.glides {
            let length = u32::from(*length);
            if let Some(rest) = milliseconds.checked_sub(length) {
                milliseconds = rest;
                continue;
            }
            let [first, second] = [(from[0], to[0]), (from[1], to[1])].map(|(from, to)| {
                let sum = u32::from(from) * (length - milliseconds) + u32::from(to) * milliseconds;
                (sum / length) as u16
            });
            return [first, second];
        }
        self.glides.last().map_or([0; 2], |glide| glide.to)
    }
}

/// A sound that somebody makes at some time, in their own way.
#[derive(Clone, Copy, Debug)]
pub struct Utterance {
    /// The word or other sound.
    pub sound: &'static Sound,
    /// When it begins, in milliseconds.
    pub start: u32,
    /// How fast it is, in percent.
    pub speed: u32,
    /// The pitch of the voice, in hertz.
    pub pitch: u32,
    /// How high the formants are, in percent.
    pub formants: u32,
    /// How loud it is: the amplitude of the first formant.
    pub level: u16,
}

impl Utterance {
    /// Returns when it ends, in milliseconds.
    pub fn end(&self) -> u32 {
        self.start + self.sound.milliseconds() * 100 / self.speed.max(1)
    }

    /// Returns the sample `at` samples after the beginning of the audio; 0 before it starts and
    /// after it ends.
    fn sample(&self, at: u32, voice: &mut Voice) -> i32 {
        let (start, end) = (self.start * RATE / 1000, self.end() * RATE / 1000);
        if at < start || at >= end {
            return 0;
        }
        if at == start {
            *voice = Voice::default();
        }
        let formants = self.sound.formants((at - start) * self.speed / (RATE / 10));
        let buzz =
            voice.next(formants.map(|hertz| u32::from(hertz) * self.formants / 100), self.pitch);
        // Twenty milliseconds of fading at both ends.
        let fade = (at - start).min(end - at).min(RATE / 50) as i32;
        buzz * i32::from(self.level) / 32_768 * fade / (RATE as i32 / 50)
    }
}

/// The phases of a voice, in turns of 2^32.
#[derive(Clone, Copy, Debug, Default)]
struct Voice {
    pitch: u32,
    formants: [u32; 2],
}

impl Voice {
    /// Returns the next sample. Each period of the pitch strikes both formants anew; then they fade
    /// until the next.
    fn next(&mut self, formants: [u32; 2], pitch: u32) -> i32 {
        let (next, struck) = self.pitch.overflowing_add(turn(pitch));
        self.pitch = next;
        let fade = (u32::MAX - next) >> 17;
        let mut sum = 0;
        for ((phase, hertz), share) in self.formants.iter_mut().zip(formants).zip([1, 2]) {
            *phase = if struck { 0 } else { phase.wrapping_add(turn(hertz)) };
            sum += sine(*phase) / share;
        }
        sum * (fade as i32) / 32_768
    }
}

/// Returns by how much a phase grows with each sample.
fn turn(hertz: u32) -> u32 {
    ((u64::from(hertz) << 32) / u64::from(RATE)) as u32
}

/// Returns the sine of a phase, within ±32,767. A half wave is a parabola: it is off by 6 % at
/// most, which is one more overtone.
fn sine(phase: u32) -> i32 {
    let half = (phase >> 16) & 0x7fff;
    let arch = (half * (0x8000 - half)) >> 13;
    let arch = arch.min(0x7fff) as i32;
    if phase >> 31 == 0 { arch } else { -arch }
}

/// A generator of numbers that look random (xorshift, of 32 bits).
#[derive(Clone, Copy, Debug)]
pub struct Random(u32);

impl Random {
    /// Makes a generator; seeds that differ give other numbers.
    pub const fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9) | 1)
    }

    /// Returns the next number, of 32 bits.
    pub fn bits(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// Returns a number from `low` to below `high`.
    pub fn within(&mut self, low: u32, high: u32) -> u32 {
        low + ((u64::from(self.bits()) * u64::from(high - low)) >> 32) as u32
    }
}

/// Audio: utterances one after the other, and noise. An iterator of samples, 16,000 for each
/// second, without an end.
#[derive(Debug)]
pub struct Audio<'u> {
    utterances: &'u [Utterance],
    noise: u16,
    random: Random,
    /// The noise before, which the next follows slowly.
    rumble: i32,
    voice: Voice,
    at: u32,
}

impl<'u> Audio<'u> {
    /// Makes audio of utterances, each of which ends before the next begins; `noise` is the
    /// amplitude of the hiss.
    pub fn new(utterances: &'u [Utterance], noise: u16, seed: u32) -> Self {
        let random = Random::new(seed);
        Self { utterances, noise, random, rumble: 0, voice: Voice::default(), at: 0 }
    }
}

impl Iterator for Audio<'_> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        let hiss = (self.random.bits() >> 16) as i32 - 32_768;
        self.rumble += (hiss - self.rumble) / 16;
        let noise = i64::from(hiss + 4 * self.rumble) * i64::from(self.noise) / 65_536;
        let noise = noise as i32;
        let ended = |utterance: &Utterance| utterance.end() * (RATE / 1000) <= self.at;
        while let Some((_, rest)) = self.utterances.split_first().filter(|(first, _)| ended(first))
        {
            self.utterances = rest;
        }
        let spoken = self.utterances.first().map_or(0, |u| u.sample(self.at, &mut self.voice));
        self.at += 1;
        Some((spoken + noise).clamp(-32_768, 32_767) as i16)
    }
}
