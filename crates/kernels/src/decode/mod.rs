//! DECODE: tensors that a model has in fewer bytes.
//!
//! A [header](header::Header) says how a tensor is encoded: as indices of a table ([`lut`]), as
//! codes of different lengths ([`huffman`]), or without the elements that are the zero point
//! ([`prune`]).

pub mod channels;
pub mod filter;
pub mod header;
pub mod huffman;
pub mod lut;
pub mod prune;
