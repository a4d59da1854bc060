//! The macro [`model!`](macro@model), which `bantam` exports.
//!
//! It runs on the host, in the compiler. There it prepares the model, searches for the smallest
//! memory plan, and fails where the device would.

mod expand;

use proc_macro::TokenStream;

/// Embeds a model and its prepared image, and makes a type that runs it.
///
/// ```text
/// bantam::model!(Digits, "models/digits.tflite");
/// ```
///
/// The path is relative to the folder of the package's `Cargo.toml`. A visibility and attributes
/// may stand before the name, as for a `struct`. The type has
///
/// | item | is |
/// |---|---|
/// | `ARENA_BYTES` | bytes of activations and variables: all that it needs, at any address |
/// | `OPS` | the operators that the model uses, those that link the least |
/// | `MODEL` | what the image needs of the file: constants, inputs and outputs |
/// | `IMAGE` | the prepared image |
/// | `new(arena)` | the model, ready to run: borrows `&mut [u8; ARENA_BYTES]`, and nothing else |
///
/// and everything that an `Interpreter` has, which it dereferences to.
///
/// A model that cannot run does not compile: a model that is not there or not valid, an operator
/// without an implementation, an arena of another size. The macro knows the operators of
/// `bantam::ops`, and with the feature `signal` those of `bantam::signal::ops`, but no others:
/// prepare a model with operators of your own in a build script with
/// `bantam_interp::host::prepare`, and run it by `Interpreter::from_prepared`.
#[proc_macro]
pub fn model(input: TokenStream) -> TokenStream {
    expand::model(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
