//! An encoded tensor, as a model has it.

use bantam_kernels::decode::header::{HEADER_BYTES, Header};
use std::vec::Vec;

/// An encoded tensor.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    pub(super) header: Header,
    pub(super) codes: Vec<u8>,
    pub(super) tables: Vec<u8>,
}

impl Encoded {
    /// Bytes that it takes in a model.
    pub(super) fn len(&self) -> usize {
        self.codes.len() + HEADER_BYTES + self.tables.len()
    }

    /// Header and tables.
    pub(super) fn ancillary(&self) -> Vec<u8> {
        [&self.header.bytes()[..], &self.tables].concat()
    }
}
