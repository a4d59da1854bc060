//! What is heard, and when.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::process::{Command, Output};

use hound::{SampleFormat, WavSpec, WavWriter};
use wake::decision::Heard;
use wake::demo;
use wake::ears::{Ears, STEP};
use wake::listener::{Listener, Network};
use wake::synth::{Audio, OTHERS, Sound, Utterance, WORDS};

/// The words in so many seconds of audio.
fn heard(mut audio: impl Iterator<Item = i16>, seconds: usize) -> Vec<Heard> {
    let (mut ears, mut arena) = (Ears::new(), [0; Network::ARENA_BYTES]);
    let mut listener = Listener::new(&mut ears, &mut arena).unwrap();
    let steps = (0..seconds * 50).filter_map(|_| {
        let samples = [0; STEP].map(|_: i16| audio.next().unwrap_or_default());
        listener.hear(&samples).unwrap()
    });
    steps.collect()
}

fn said(sound: &'static Sound, level: u16) -> [Utterance; 1] {
    [Utterance { sound, start: 500, speed: 95, pitch: 131, formants: 103, level }]
}

#[test]
fn the_words_of_the_demonstration_are_heard_in_time() {
    let all = heard(demo::audio(), demo::SECONDS as usize);
    assert_eq!(all.len(), demo::said().count(), "{all:?}");
    for (said, heard) in demo::said().zip(&all) {
        assert!(said.is(heard), "{said:?}: {heard:?}");
    }
}

#[test]
fn words_are_heard_at_any_level() {
    for level in [1500, 5000, 15_000, 30_000] {
        for (index, word) in WORDS.iter().enumerate() {
            let all = heard(Audio::new(&said(word, level), 100, level.into()), 2);
            let words: Vec<usize> = all.iter().map(|heard| heard.word).collect();
            assert_eq!(words, [index], "{} at {level}", word.name);
        }
    }
}

#[test]
fn other_sounds_are_no_words() {
    for sound in &OTHERS {
        let all = heard(Audio::new(&said(sound, 8000), 100, 7), 2);
        assert_eq!(all, [], "{}", sound.name);
    }
}

#[test]
fn noise_is_no_word() {
    for noise in [0, 10, 100, 1000, 10_000] {
        assert_eq!(heard(Audio::new(&[], noise, noise.into()), 30), [], "{noise}");
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wake")).args(arguments).output().unwrap()
}

#[test]
fn the_program_says_what_is_in_its_file() {
    let Output { status, stdout, .. } = run(&[]);
    let printed = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{printed}");
    let all = heard(demo::audio(), demo::SECONDS as usize);
    let lines: Vec<String> = all.iter().map(Heard::to_string).collect();
    let found: Vec<&str> = printed.lines().filter(|line| line.contains(" s: ")).collect();
    assert_eq!(found, lines);
}

#[test]
fn a_file_of_another_format_is_an_error() {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("8000.wav");
    WavWriter::create(&file, spec).unwrap().finalize().unwrap();
    let Output { status, stderr, .. } = run(&[file.to_str().unwrap()]);
    let error = String::from_utf8(stderr).unwrap();
    assert!(!status.success() && error.contains("16000"), "{error}");
}
