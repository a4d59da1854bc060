//! Buffers, metadata and signatures: the lists of the root beside the graph.

use core::fmt;

use crate::{
    bytes::{At, slice_at, u32_at},
    fields::{buffer, metadata, model, signature_def, tensor_map},
    iter::{Iter, View},
    scalar::sealed::Sealed,
    table::Table,
};

/// A part of the file: its offset and length in bytes, which is 0 for none.
pub(crate) type Range = (At, u32);

/// Returns the bytes of the range.
pub(crate) fn data(file: &[u8], range: Option<Range>) -> &[u8] {
    range.and_then(|(at, len)| slice_at(file, at.get(), len)).unwrap_or(&[])
}

/// Returns where the bytes of the range begin; 0 if there are none.
pub(crate) fn offset(range: Option<Range>) -> u32 {
    range.filter(|(_, len)| *len != 0).map_or(0, |(at, _)| at.get())
}

/// Returns the range of a table's bytes: those of its inline vector, or else those at its 64-bit
/// offset, with the size in the slot behind it. `None` if they do not lie in the file.
///
/// Files whose constants lie behind the FlatBuffer use the 64-bit form; an offset of 0 or 1 means
/// that it is not in use.
// size: a call is smaller than the checks.
#[inline(never)]
pub(crate) fn range(table: &Table<'_>, inline: u16, offset: u16) -> Option<Range> {
    let size = offset.saturating_add(1);
    if let Some(at) = table.target(inline)
        && let Some(len @ 1..) = u32_at(table.file, at.get())
    {
        return Some((At::new(at.get().wrapping_add(4))?, len));
    }
    let offset = table.scalar(offset, 0_u64);
    if offset <= 1 {
        return Some((At::MIN, 0));
    }
    let at = At::new(u32::try_from(offset).ok()?)?;
    let len = u32::try_from(table.scalar(size, 0_u64)).ok()?;
    slice_at(table.file, at.get(), len).map(|_| (at, len))
}

/// Returns the 64-bit offset and length that a buffer's table states; zeros for none.
pub(crate) fn declared(table: &Table<'_>) -> (u64, u64) {
    let slot = buffer::OFFSET;
    (table.scalar(slot, 0), table.scalar(slot.saturating_add(1), 0))
}

/// Where the data of buffer `index` is, of the model to which the table belongs.
#[inline(never)]
pub(crate) fn range_of_buffer(table: &Table<'_>, index: u32) -> Option<Range> {
    Buffer::view(table.entry_of_model(model::BUFFERS, index)?).range()
}

/// Bytes that tensors and metadata refer to. Buffer 0 is empty by convention.
#[derive(Clone, Copy)]
pub struct Buffer<'a> {
    pub(crate) table: Table<'a>,
}

impl<'a> Buffer<'a> {
    pub(crate) fn range(&self) -> Option<Range> {
        range(&self.table, buffer::DATA, buffer::OFFSET)
    }

    /// Returns the bytes, empty for the buffer of a tensor that is no constant.
    pub fn data(&self) -> &'a [u8] {
        data(self.table.file, self.range())
    }

    /// Returns the byte offset of the data from the start of the file; 0 if there is no data.
    pub fn data_offset(&self) -> u32 {
        offset(self.range())
    }
}

impl fmt::Debug for Buffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("offset", &self.data_offset())
            .field("bytes", &self.data().len())
            .finish()
    }
}

impl Sealed for Buffer<'_> {}

impl<'a> View<'a> for Buffer<'a> {
    fn view(table: Table<'a>) -> Self {
        Self { table }
    }
}

/// A named buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// The name; `None` if there is none, or one that is not UTF-8.
    pub name: Option<&'a str>,
    /// Index of the buffer.
    pub buffer: u32,
}

impl Sealed for Metadata<'_> {}

impl<'a> View<'a> for Metadata<'a> {
    fn view(table: Table<'a>) -> Self {
        Self { name: table.string(metadata::NAME), buffer: table.scalar(metadata::BUFFER, 0) }
    }
}

/// Names for the inputs and outputs of a subgraph.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    table: Table<'a>,
}

impl<'a> Signature<'a> {
    /// Returns the name of the signature, such as `serving_default`.
    pub fn key(&self) -> Option<&'a str> {
        self.table.string(signature_def::SIGNATURE_KEY)
    }

    /// Returns the index of the subgraph.
    pub fn subgraph(&self) -> u32 {
        self.table.scalar(signature_def::SUBGRAPH_INDEX, 0)
    }

    /// Returns the named inputs.
    pub fn inputs(&self) -> Iter<'a, NamedTensor<'a>> {
        Iter::new(&self.table, signature_def::INPUTS)
    }

    /// Returns the named outputs.
    pub fn outputs(&self) -> Iter<'a, NamedTensor<'a>> {
        Iter::new(&self.table, signature_def::OUTPUTS)
    }
}

impl fmt::Debug for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("key", &self.key())
            .field("subgraph", &self.subgraph())
            .finish_non_exhaustive()
    }
}

impl Sealed for Signature<'_> {}

impl<'a> View<'a> for Signature<'a> {
    fn view(table: Table<'a>) -> Self {
        Self { table }
    }
}

/// A name that a signature gives to a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedTensor<'a> {
    /// The name; `None` if there is none, or one that is not UTF-8.
    pub name: Option<&'a str>,
    /// Index of the tensor in the signature's subgraph.
    pub tensor: u32,
}

impl Sealed for NamedTensor<'_> {}

impl<'a> View<'a> for NamedTensor<'a> {
    fn view(table: Table<'a>) -> Self {
        Self {
            name: table.string(tensor_map::NAME),
            tensor: table.scalar(tensor_map::TENSOR_INDEX, 0),
        }
    }
}
