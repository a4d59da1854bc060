//! What TFLM's metadata `COMPRESSION_METADATA` says: the tensors that are indices of tables.
//!
//! Source: TFLM 90b983c2b, `micro/compression/metadata.fbs`.

use crate::{
    Model,
    iter::{Iter, View},
    scalar::sealed::Sealed,
    table::Table,
};

/// The name of the metadata.
pub(crate) const NAME: &str = "COMPRESSION_METADATA";

/// The newest version of the metadata that this crate reads.
pub(crate) const VERSION: u32 = 1;

// The fields of `Metadata`, `Subgraph` and `LutTensor`.
pub(crate) const SCHEMA_VERSION: u16 = 0;
pub(crate) const SUBGRAPHS: u16 = 1;
pub(crate) const LUT_TENSORS: u16 = 0;
pub(crate) const TENSOR: u16 = 0;
pub(crate) const VALUE_BUFFER: u16 = 1;
pub(crate) const INDEX_BITWIDTH: u16 = 2;

/// The tensors of a model that are indices of tables, as its metadata lists them.
///
/// [`Model::parse`] does not check them: numbers may be those of tensors and buffers that are not
/// there.
#[derive(Clone, Copy, Debug)]
pub struct Compression<'a> {
    root: Table<'a>,
}

impl<'a> Compression<'a> {
    /// Returns the version of the metadata: 1 for what this crate reads.
    pub fn version(&self) -> u32 {
        self.root.scalar(SCHEMA_VERSION, VERSION)
    }

    /// Returns whether this crate knows the version.
    pub fn is_known(&self) -> bool {
        self.version() <= VERSION
    }

    /// The metadata that these bytes are.
    #[cfg(feature = "write")]
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { root: Table::root(bytes) }
    }

    /// Returns the tensors of subgraph `index`.
    pub fn lut_tensors(&self, index: u32) -> Iter<'a, LutTensor> {
        let none = Table { file: &[], at: 0 };
        Iter::new(&self.root.entry(SUBGRAPHS, index).unwrap_or(none), LUT_TENSORS)
    }
}

impl<'a> Model<'a> {
    /// Returns what the metadata `COMPRESSION_METADATA` says; `None` if there is none.
    pub fn compression(&self) -> Option<Compression<'a>> {
        Some(Compression { root: Table::root(self.metadata_by_name(NAME)?) })
    }
}

/// A tensor whose data are indices of a table of values. Each of its channels has a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LutTensor {
    /// Index of the tensor, whose buffer has the indices.
    pub tensor: i32,
    /// Index of the buffer that has the values, in the type of the tensor.
    pub value_buffer: u32,
    /// Bits of an index.
    pub index_bits: u8,
}

impl Sealed for LutTensor {}

impl<'a> View<'a> for LutTensor {
    fn view(table: Table<'a>) -> Self {
        Self {
            tensor: table.scalar(TENSOR, 0),
            value_buffer: table.scalar(VALUE_BUFFER, 0),
            index_bits: table.scalar(INDEX_BITWIDTH, 0),
        }
    }
}
