//! What can be said about a `.tflite` model, as data: for the command `bantam`, Python, a web page.
//!
//! Every function takes bytes or a checked [`Model`](bantam_schema::Model), and returns a value that
//! is [`serde::Serialize`]. Nothing here prints, opens a file or asks for the time, so it also runs in
//! a browser (`wasm32-unknown-unknown`).
//!
//! ```
//! use bantam_report::codegen::{Language, codegen, rust};
//!
//! let bytes = std::fs::read("../../examples/digits/digits.tflite").unwrap();
//! let model = bantam_report::model::parse(&bytes)?;
//! let files = codegen(&model, "digits", &Language::Rust(rust::Options::default()))?;
//! assert!(files.iter().any(|file| file.path == "src/lib.rs"));
//! # Ok::<(), bantam_report::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod codegen;
mod error;
pub mod model;
pub mod text;

pub use error::Error;
