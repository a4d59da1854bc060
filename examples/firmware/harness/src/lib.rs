//! Runs the [`case`] on a board and prints its figures, a line `name value` for each, for
//! `cargo xtask firmware`.
//!
//! It has no `core::fmt` and no panics, so that the flash of a firmware is the library's.
#![no_std]

pub mod console;
pub mod counter;
pub mod memory;
mod traps;

use case::{Failure, Figures};
use console::Console;
use counter::{Clock, Counter};

/// Runs the case, prints its figures, and ends the emulation: with 0 if every output was the one to
/// expect.
pub fn run<C: Clock>() -> ! {
    let mut report = Report::default();
    let measured = measure::<C>(&mut report);
    let mut console = Console::new();
    let passed = match measured {
        Ok(()) => print(&mut console, &report),
        Err(failure) => {
            console.line(&["failed ", failure.step()]);
            false
        }
    };
    exit(passed)
}

/// The case's figures, and the board's.
// Packed as the figures are.
#[derive(Default)]
#[repr(C, packed(4))]
struct Report {
    case: Figures,
    arena_hash: u64,
    prepare_stack: Option<usize>,
    invoke_stack: Option<usize>,
    invoke_own_stack: Option<usize>,
}

// Never inlined: its stack counts, the stack of printing does not.
#[inline(never)]
fn measure<C: Clock>(report: &mut Report) -> Result<(), Failure> {
    let arena = case::arena::take().ok_or(Failure::Prepare)?;
    let mut counter = Counter::<C>::start();
    memory::paint();
    let model = case::model()?;
    // Not taken out of its result: that would be a second one on the stack.
    let mut made = case::interpreter(&model, arena);
    let Ok(interpreter) = &mut made else { return Err(Failure::Prepare) };
    report.prepare_stack = memory::used();
    memory::paint();
    case::run(interpreter, &mut counter, &mut report.case)?;
    report.invoke_stack = memory::used();
    report.invoke_own_stack = memory::used_below(counter.stack());
    // All that lies in the arena: activations, and the records that say where they lie.
    report.arena_hash = case::hash(arena);
    Ok(())
}

fn print(console: &mut Console, report: &Report) -> bool {
    let Report { case, .. } = report;
    let stacks = (report.prepare_stack, report.invoke_stack, report.invoke_own_stack);
    let (Some(prepare_stack), Some(invoke_stack), Some(invoke_own_stack)) = stacks else {
        console.line(&["failed stack"]);
        return false;
    };
    console.line(&["mode ", case::MODE]);
    console.number("arena_bytes", case::ARENA_BYTES as u64);
    console.number("arena_used_bytes", case.arena_bytes as u64);
    console.number("overlay_bytes", case.overlay_bytes as u64);
    console.hash("arena_hash", report.arena_hash);
    console.hash("output_hash", case.output_hash);
    console.number("sets", case.sets.into());
    console.number("equal", case.equal.into());
    console.number("instructions", case.instructions);
    console.number("prepare_stack_bytes", prepare_stack as u64);
    console.number("invoke_stack_bytes", invoke_stack as u64);
    console.number("invoke_own_stack_bytes", invoke_own_stack as u64);
    case.equal == case.sets && case.arena_bytes == case::ARENA_BYTES
}

/// Ends the emulation: with 0 if all went well.
pub fn exit(passed: bool) -> ! {
    semihosting::process::exit(i32::from(!passed))
}
