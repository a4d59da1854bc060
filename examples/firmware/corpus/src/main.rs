//! Runs models that the emulator has put into memory: each on all of its inputs, and on all of them
//! again after a reset. It compares every output, and prints a line for each model.
//!
//! `cargo xtask corpus` puts them there; `xtask/src/corpus/loaded.rs` has the format.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bantam::signal::ops::EVERY;
use bantam::{Interpreter, Model};
use cortex_m_semihosting::{debug, hprintln};

/// Bytes that the emulator fills.
const LOADED_BYTES: usize = 12 << 20;
/// The largest arena.
const ARENA_BYTES: usize = 4 << 20;
/// Words of the entry of a model: the arena's bytes, then beginning and length of the model, its
/// image, inputs and outputs.
const ENTRY_WORDS: usize = 9;

#[allow(unsafe_code, reason = "names a section")]
// SAFETY: `memory.x` puts the section into RAM that nothing initialises: any bytes will do.
#[unsafe(link_section = ".arena")]
static mut ARENA: [u8; ARENA_BYTES] = [0; ARENA_BYTES];

#[allow(unsafe_code, reason = "memory that the emulator fills")]
unsafe extern "C" {
    /// Where `memory.x` says that models are.
    static loaded: [u8; LOADED_BYTES];
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let arena = &raw mut ARENA;
    #[allow(unsafe_code, reason = "a static that is handed out as mutable")]
    // SAFETY: the entry point runs once, and nothing else names this static.
    let arena = unsafe { &mut *arena };
    #[allow(unsafe_code, reason = "memory that the emulator fills")]
    // SAFETY: it is there, as `memory.x` says, was filled before the program began, and nothing
    // writes it.
    let bytes = unsafe { &loaded };
    let mut passed = true;
    let count = word(bytes, 0).unwrap_or(0);
    for index in 0..count {
        match run(bytes, index, arena) {
            Ok(Done { steps, equal, arena_bytes }) => {
                passed &= equal == steps;
                hprintln!("{} {} {} {}", index, equal, steps, arena_bytes);
            }
            Err(step) => {
                passed = false;
                hprintln!("{} failed {}", index, step);
            }
        }
    }
    end(passed && count > 0)
}

/// Ends the emulation: with 0 if all went well.
fn end(passed: bool) -> ! {
    loop {
        debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end(false)
}

/// What a model did.
struct Done {
    steps: u32,
    /// Steps whose outputs are those to expect.
    equal: u32,
    /// Bytes that the interpreter needs.
    arena_bytes: usize,
}

/// Runs one; or the step that failed.
fn run(bytes: &[u8], index: u32, arena: &mut [u8]) -> Result<Done, &'static str> {
    let first = 1 + index as usize * ENTRY_WORDS;
    let [model, image, inputs, expected] =
        [1, 3, 5, 7].map(|at| part(bytes, first + at).unwrap_or(&[]));
    let arena_bytes = word(bytes, first).ok_or("entry")? as usize;
    let arena = arena.get_mut(..arena_bytes).ok_or("arena")?;
    let model = Model::parse(model).map_err(|_| "model")?;
    let made = if image.is_empty() {
        Interpreter::new(&model, EVERY, arena)
    } else {
        Interpreter::from_prepared(&model, image, EVERY, arena)
    };
    let mut interpreter = made.map_err(|_| "prepare")?;
    let mut done = Done { steps: 0, equal: 0, arena_bytes: interpreter.arena_used_bytes() };
    for _ in 0..2 {
        let (mut inputs, mut expected) = (inputs, expected);
        while !expected.is_empty() {
            for at in 0..interpreter.input_len() {
                let input = interpreter.input_bytes(at).map_err(|_| "input")?;
                let values = take(&mut inputs, input.len()).ok_or("inputs")?;
                input.iter_mut().zip(values).for_each(|(input, value)| *input = *value);
            }
            interpreter.invoke().map_err(|_| "invoke")?;
            let (mut equal, mut len) = (true, 0);
            for at in 0..interpreter.output_len() {
                let output = interpreter.output_bytes(at).map_err(|_| "output")?;
                equal &= take(&mut expected, output.len()) == Some(output);
                len += output.len();
            }
            // Without outputs it would never come to the end.
            if len == 0 {
                return Err("outputs");
            }
            done.steps += 1;
            done.equal += u32::from(equal);
        }
        interpreter.reset().map_err(|_| "reset")?;
    }
    Ok(done)
}

/// Cuts off the first `len` bytes.
fn take<'d>(data: &mut &'d [u8], len: usize) -> Option<&'d [u8]> {
    let (first, rest) = data.split_at_checked(len)?;
    *data = rest;
    Some(first)
}

/// The bytes whose beginning and length the words from `at` on say.
fn part(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let (start, len) = (word(bytes, at)? as usize, word(bytes, at + 1)? as usize);
    bytes.get(start..start.checked_add(len)?)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let (words, _) = bytes.as_chunks();
    words.get(at).map(|word| u32::from_le_bytes(*word))
}
