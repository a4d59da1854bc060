//! TensorFlow Lite's arithmetic as plain functions on slices.
//!
//! Every quantized kernel gives, bit for bit, what TensorFlow Lite Micro's *reference* kernels give
//! (built without `TFLITE_SINGLE_ROUNDING`); float kernels agree to rounding. Nothing here knows of
//! models, arenas or interpreters: parameters are validated once when they are constructed, lengths once at
//! the top of a call, and after that nothing can fail.
//!
//! ```
//! use bantam_kernels::quant::Requant;
//!
//! // 0.75 as a fixed-point factor; products are rounded to nearest.
//! let factor = Requant::from_scale(0.75);
//! assert_eq!(factor.apply(40), 30);
//! assert_eq!(factor.apply(-3), -2);
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

#[cfg(test)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod accumulate;
pub mod add;
pub mod arithmetic;
pub mod average_pool_2d;
pub mod broadcast;
mod chunks;
mod compact;
pub mod concatenation;
mod const_math;
pub mod conv_2d;
pub mod depthwise_conv_2d;
pub mod dequantize;
mod dot;
pub mod element;
pub mod elementwise;
pub mod error;
pub mod expand_dims;
pub mod factors;
pub mod fixed_point;
pub mod fully_connected;
pub mod logistic;
pub mod max_pool_2d;
pub mod mean;
pub mod mul;
pub mod pad;
pub mod padding;
pub mod pool2d;
pub mod quant;
pub mod quantize;
mod ratio;
pub mod reduce;
pub mod relu;
pub mod relu6;
pub mod reshape;
pub mod resize;
pub mod resize_bilinear;
pub mod resize_nearest_neighbor;
pub mod rows;
pub mod shape;
mod sigmoid_table;
pub mod softmax;
pub mod split;
pub mod squeeze;
pub mod strided;
pub mod strided_slice;
pub mod sub;
pub mod tanh;
mod tile;
pub mod transpose;
pub mod transpose_conv;
pub mod window;

pub use element::{Le, Load};
pub use error::{LengthMismatch, Operand, ParamsError};
pub use factors::ChannelScales;
pub use quant::{Activation, ActivationRange, ChannelRequant, Quantization, Requant};
pub use shape::{Matrix, Nhwc, Shape};
