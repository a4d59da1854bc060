//! Says when it hears which word in a WAV file.
//!
//! `cargo run --release -p wake` makes the file and listens to it;
//! `cargo run --release -p wake -- FILE.wav` listens to another: 16 bits, one channel, 16,000
//! samples a second.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use wake::decision::Heard;
use wake::demo;
use wake::ears::{Ears, STEP};
use wake::listener::{Listener, Network};
use wake::synth::RATE;

const FORMAT: WavSpec = WavSpec {
    channels: 1,
    sample_rate: RATE,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(file) = env::args_os().nth(1) {
        listen(Path::new(&file))?;
        return Ok(());
    }
    let file = write()?;
    println!("{}: {} s of audio", file.display(), demo::SECONDS);
    let heard = listen(&file)?;
    let said = demo::said().count();
    println!("{said} words were said, {} heard", heard.len());
    println!("arena: {} bytes, the same on every target", Network::ARENA_BYTES);
    let mut pairs = demo::said().zip(&heard);
    if said == heard.len() && pairs.all(|(said, heard)| said.is(heard)) {
        Ok(())
    } else {
        Err("these are not the words that were said".into())
    }
}

/// Writes the WAV file of the demonstration into the folder of temporary files.
fn write() -> Result<PathBuf, hound::Error> {
    let file = env::temp_dir().join("bantam-wake.wav");
    let mut writer = WavWriter::create(&file, FORMAT)?;
    demo::audio().try_for_each(|sample| writer.write_sample(sample))?;
    writer.finalize()?;
    Ok(file)
}

/// Reads a WAV file, prints the words in it as they are heard, and returns them.
fn listen(file: &Path) -> Result<Vec<Heard>, Box<dyn Error>> {
    let mut reader = WavReader::open(file)?;
    if reader.spec() != FORMAT {
        return Err(
            format!("{:?} is not the format that is needed, {FORMAT:?}", reader.spec()).into()
        );
    }
    let (mut ears, mut arena) = (Ears::new(), [0; Network::ARENA_BYTES]);
    let mut listener = Listener::new(&mut ears, &mut arena)?;
    let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    let mut all = Vec::new();
    for step in samples.as_chunks::<STEP>().0 {
        if let Some(heard) = listener.hear(step)? {
            println!("{heard}");
            all.push(heard);
        }
    }
    Ok(all)
}
