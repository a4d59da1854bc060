//! Links only if running a model cannot panic: the panic handler calls a function that is nowhere.
//!
//! It covers what [`probe`] reaches: [`Interpreter::invoke`] and [`Interpreter::reset`] with the
//! `eval` and `reset` of every operator, and access to inputs and outputs. The program never runs.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "a function that the linker knows by name, and one that is nowhere")]

use core::hint::black_box;
use core::panic::PanicInfo;

use bantam::signal::ops::EVERY;
use bantam::{Interpreter, Op, ops};

/// Every operator, without the code that prepares nodes.
#[allow(clippy::indexing_slicing, reason = "indexed when it is compiled")]
static OPS: [Op; EVERY.len()] = {
    let mut all = [ops::ADD; EVERY.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = EVERY[index].prepared();
        index += 1;
    }
    all
};

/// Runs a model.
// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
pub extern "C" fn probe(interpreter: &mut Interpreter<'_>, index: usize) -> usize {
    // The operators that an interpreter runs are not known when it is linked: any of these.
    black_box(&OPS);
    let Ok(input) = interpreter.input::<i8>(index).map(|input| black_box(input).len()) else {
        return 0;
    };
    let Ok(bytes) = interpreter.input_bytes(index).map(|input| black_box(input).len()) else {
        return 0;
    };
    if interpreter.reset().is_err() || interpreter.invoke().is_err() {
        return 0;
    }
    let output = interpreter.output::<i8>(index).map_or(0, <[i8]>::len);
    input ^ bytes ^ output ^ interpreter.output_bytes(index).map_or(0, <[u8]>::len)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn bantam_can_panic() -> !;
    }
    // SAFETY: there is no such function, so this is never linked.
    unsafe { bantam_can_panic() }
}
