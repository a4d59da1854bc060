//! Hears words: `examples/wake` on a board without a microphone, which makes the audio itself.
//!
//! Prints the words when it hears them, and at the end all the RAM that there was.
#![no_std]
#![no_main]

use core::fmt::{self, Write as _};

use harness::console::Console;
use harness::counter::{Cmsdk, Counter};
use harness::{exit, memory};
use static_cell::ConstStaticCell;
use wake::demo;
use wake::ears::{Ears, STEP};
use wake::listener::{Fault, Listener, Network};

/// Activations and the network's state: all that the network needs.
static ARENA: ConstStaticCell<[u8; Network::ARENA_BYTES]> =
    ConstStaticCell::new([0; Network::ARENA_BYTES]);
/// Constants and state of the front end.
static EARS: ConstStaticCell<Ears> = ConstStaticCell::new(Ears::new());

#[cortex_m_rt::entry]
fn main() -> ! {
    memory::paint();
    let mut console = Console::new();
    let printed = match listen(&mut console) {
        Ok(instructions) => report(&mut console, instructions),
        Err(fault) => writeln!(console, "failed: {fault}"),
    };
    exit(printed.is_ok())
}

/// Listens to all of the audio; returns the instructions of the longest 20 ms.
fn listen(console: &mut Console) -> Result<u64, Fault> {
    let mut listener = Listener::new(EARS.take(), ARENA.take())?;
    let counter = Counter::<Cmsdk<0x4000_0000, 25_000_000>>::start();
    let (mut audio, mut samples, mut longest) = (demo::audio(), [0; STEP], 0);
    for _ in 0..demo::SAMPLES as usize / STEP {
        samples.iter_mut().zip(&mut audio).for_each(|(slot, sample)| *slot = sample);
        let mut heard = Ok(None);
        longest = longest.max(counter.instructions(&mut || heard = listener.hear(&samples)));
        if let Some(heard) = heard? {
            // The console takes everything.
            let _ = writeln!(console, "{heard}");
        }
    }
    Ok(longest)
}

fn report(console: &mut Console, instructions: u64) -> fmt::Result {
    let (statics, stack) = (memory::statics(), memory::used().ok_or(fmt::Error)?);
    let (arena, ears) = (Network::ARENA_BYTES, size_of::<Ears>());
    writeln!(console, "{instructions} instructions for 20 ms of audio, at most")?;
    writeln!(console, "{statics} bytes of statics: arena {arena}, front end {ears}")?;
    writeln!(console, "{stack} bytes of stack")?;
    writeln!(console, "{} bytes of RAM in all", statics + stack)
}
