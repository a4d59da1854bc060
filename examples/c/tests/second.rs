//! A second library of Rust's in the same program: with the standard library and its panic handler.

use std::panic;

/// Panics and catches it, which takes the runtime of this library.
#[unsafe(no_mangle)]
pub extern "C" fn second_value() -> i32 {
    panic::set_hook(Box::new(|_| ()));
    panic::catch_unwind(|| panic!("caught")).map_or_else(|_| 42, |()| 0)
}
