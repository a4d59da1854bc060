//! TensorFlow Lite's arithmetic as plain functions on slices.
//!
//! Every quantized kernel gives, bit for bit, what TensorFlow Lite Micro's *reference* kernels give
//! (built without `TFLITE_SINGLE_ROUNDING`); so do float kernels, but for `exp` and `tanh`, which
//! are not those of a C library. Nothing here knows of models, arenas or interpreters: parameters
//! are validated once when they are constructed, lengths once at the top of a call, and after that
//! nothing can fail.
//!
//! | module | operators |
//! |---|---|
//! | [`weighted`] | convolutions, fully connected layers, products of matrices |
//! | [`pool`] | one value for each window and channel |
//! | [`unary`] | one operand, one result for each of its elements |
//! | [`binary`] | two operands that broadcast against each other |
//! | [`decode`] | tensors that a model has in fewer bytes |
//! | [`detection`] | what detectors of objects end with |
//! | [`compare`] | two operands, a truth value for each pair of elements |
//! | [`recurrent`] | a state that is kept from one inference to the next |
//! | [`reduce`] | some dimensions reduced to one element, sums along one |
//! | [`rowwise`] | the innermost dimension as a whole: SOFTMAX and the like |
//! | [`resize`] | images in another size |
//! | [`movement`] | elements moved, nothing computed |
//!
//! [`Conv2dParams`](weighted::conv_2d::Conv2dParams) has a first program, a convolution of `i8`.
//!
//! Below them lie [`number`] (factors, quantizations), [`walk`] (shapes, windows, rows) and
//! [`backend`] (sums of products and blocks of elements, for different cores).
//!
//! ```
//! use bantam_kernels::number::requant::Requant;
//!
//! // 0.75 as a fixed-point factor; products are rounded to nearest.
//! let factor = Requant::from_scale(0.75);
//! assert_eq!(factor.apply(40), 30);
//! assert_eq!(factor.apply(-3), -2);
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(test)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod backend;
pub mod binary;
pub mod compare;
pub mod decode;
pub mod detection;
pub mod error;
pub mod movement;
pub mod number;
pub mod pool;
pub mod recurrent;
pub mod reduce;
pub mod resize;
pub mod rowwise;
mod target;
pub mod unary;
pub mod walk;
pub mod weighted;

pub use error::{IndexError, LengthMismatch, LookupError, Operand, ParamsError};
pub use number::activation::{Activation, ActivationRange, Quantization};
pub use number::channel_factors::{ChannelFactors, Packed};
pub use number::channel_requant::ChannelRequant;
pub use number::channel_scales::ChannelScales;
pub use number::element::{Le, Load};
pub use number::requant::Requant;
pub use target::{LENDS, PACKED_FILTERS, SCRATCH_WORDS};
pub use walk::shape::{MAX_RANK, Matrix, Nhwc, Shape};
