//! Runs a case in WebAssembly, without a heap and without imports: `run.mjs` calls it.
#![no_std]
#![allow(unsafe_code, reason = "functions that are exported by name")]

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU64, Ordering};

use case::{Failure, Figures, Meter};

/// The figures of [`run`], in the order in which `run.mjs` names them.
static FIGURES: [AtomicU64; 7] = [const { AtomicU64::new(0) }; 7];

/// Nothing here counts instructions.
struct Unmeasured;

impl Meter for Unmeasured {
    fn measure(&mut self, work: &mut dyn FnMut()) -> u64 {
        work();
        0
    }
}

/// Runs the case: 1 if every output was the one to expect.
// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> u32 {
    match figures() {
        Ok((figures, arena_hash)) => {
            let values = [
                case::ARENA_BYTES as u64,
                figures.arena_bytes as u64,
                figures.overlay_bytes as u64,
                arena_hash,
                figures.output_hash,
                figures.sets.into(),
                figures.equal.into(),
            ];
            for (figure, value) in FIGURES.iter().zip(values) {
                figure.store(value, Ordering::Relaxed);
            }
            u32::from(figures.equal == figures.sets)
        }
        Err(_) => 0,
    }
}

/// Returns the mode of the run: byte `index` of its name, 0 behind it.
// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
pub extern "C" fn mode(index: usize) -> u32 {
    case::MODE.as_bytes().get(index).map_or(0, |&byte| byte.into())
}

/// Figure `index` of the last run.
// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
pub extern "C" fn figure(index: usize) -> u64 {
    FIGURES.get(index).map_or(0, |figure| figure.load(Ordering::Relaxed))
}

fn figures() -> Result<(Figures, u64), Failure> {
    let arena = case::arena::take().ok_or(Failure::Prepare)?;
    let mut interpreter =
        case::interpreter(&case::model()?, arena).map_err(|_| Failure::Prepare)?;
    let mut figures = Figures::default();
    case::run(&mut interpreter, &mut Unmeasured, &mut figures)?;
    Ok((figures, case::hash(arena)))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
