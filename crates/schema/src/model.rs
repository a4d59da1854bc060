//! The root of a file.

use core::fmt;

use crate::{
    Buffer, Error, Metadata, OperatorCode, Signature, Subgraph,
    buffer::{data, range_of_buffer},
    bytes::{array_at, u32_at},
    check,
    fields::{metadata, model as field},
    iter::{Iter, View},
    table::Table,
};

/// A checked `.tflite` file, and everything in it.
///
/// A few words that point into the file: copy it freely. See the [crate](crate) for an example.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    file: &'a [u8],
}

impl<'a> Model<'a> {
    /// A model with nothing in it, which no file is.
    pub const NONE: Self = Self::of(&[]);

    /// Checks the whole file, of any alignment. After that, nothing can fail.
    ///
    /// # Errors
    ///
    /// [`Error`] names the fault and its place. `parse` checks the identifier and the version, that
    /// everything that can be read lies in the file, and that every index of a tensor, buffer,
    /// subgraph or operator code names one. It does not check the meaning: whether types, shapes
    /// and the lengths of constants fit to each other and to the operators.
    ///
    /// # Cost
    ///
    /// The time is proportional to the part of the file that describes the network; `parse` does
    /// not look at the data of constant tensors. It is an error if a file shares its parts so often
    /// that reading it would take more than a multiple of its length.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let length = Error::Length { bytes: bytes.len() };
        u32::try_from(bytes.len()).map_err(|_| length)?;
        let identifier = array_at(bytes, 4).ok_or(length)?;
        if identifier != *b"TFL3" {
            return Err(Error::Identifier(identifier));
        }
        check::model(bytes)?;
        Ok(Self::of(bytes))
    }

    /// Takes a file that was checked elsewhere, such as on the host that prepared an image of it.
    ///
    /// The views of a file that [`parse`](Self::parse) would refuse give wrong values or none, but
    /// nothing worse. `None` if there is not even a root.
    pub fn unchecked(file: &'a [u8]) -> Option<Self> {
        u32_at(file, 0).map(|_| Self::of(file))
    }

    pub(crate) const fn of(file: &'a [u8]) -> Self {
        Self { file }
    }

    pub(crate) fn table(self) -> Table<'a> {
        Table::root(self.file)
    }

    fn list<V: View<'a>>(self, slot: u16) -> Iter<'a, V> {
        Iter::new(&self.table(), slot)
    }

    fn root_entry(self, slot: u16, index: u32) -> Option<Table<'a>> {
        Table { file: self.file, at: 0 }.entry_of_model(slot, index)
    }

    fn entry<V: View<'a>>(self, slot: u16, index: u32) -> Option<V> {
        self.root_entry(slot, index).map(V::view)
    }

    fn list_len(self, slot: u16) -> u32 {
        self.table().elements(slot, 4).1
    }

    /// Returns the file.
    pub fn bytes(&self) -> &'a [u8] {
        self.file
    }

    /// Returns the version of the schema: 3.
    pub fn version(&self) -> u32 {
        self.table().scalar(field::VERSION, 0)
    }

    /// Returns the note of the converter about itself.
    pub fn description(&self) -> Option<&'a str> {
        self.table().string(field::DESCRIPTION)
    }

    /// Returns the kinds of operators that the model uses.
    pub fn operator_codes(&self) -> Iter<'a, OperatorCode<'a>> {
        self.list(field::OPERATOR_CODES)
    }

    /// Returns operator code `index`.
    pub fn operator_code(&self, index: u32) -> Option<OperatorCode<'a>> {
        self.entry(field::OPERATOR_CODES, index)
    }

    /// Returns the number of operator codes.
    pub fn operator_code_len(&self) -> u32 {
        self.list_len(field::OPERATOR_CODES)
    }

    /// Returns the subgraphs; the first is the one that runs.
    pub fn subgraphs(&self) -> Iter<'a, Subgraph<'a>> {
        self.list(field::SUBGRAPHS)
    }

    /// Returns subgraph `index`.
    pub fn subgraph(&self, index: u32) -> Option<Subgraph<'a>> {
        self.entry(field::SUBGRAPHS, index)
    }

    /// Returns the number of subgraphs, at least one.
    pub fn subgraph_len(&self) -> u32 {
        self.list_len(field::SUBGRAPHS)
    }

    /// Returns the buffers, which hold the data of constant tensors and metadata.
    pub fn buffers(&self) -> Iter<'a, Buffer<'a>> {
        self.list(field::BUFFERS)
    }

    /// Returns buffer `index`.
    pub fn buffer(&self, index: u32) -> Option<Buffer<'a>> {
        self.entry(field::BUFFERS, index)
    }

    /// Returns the number of buffers.
    pub fn buffer_len(&self) -> u32 {
        self.list_len(field::BUFFERS)
    }

    /// Returns the metadata.
    pub fn metadata(&self) -> Iter<'a, Metadata<'a>> {
        self.list(field::METADATA)
    }

    /// Returns the bytes of the last metadata entry of that name, as TFLM looks it up.
    pub fn metadata_by_name(&self, name: &str) -> Option<&'a [u8]> {
        let root = self.table();
        let (mut index, mut buffer) = (0, None);
        while let Some(entry) = root.entry(field::METADATA, index) {
            // Compares bytes, not strings: the other names need not be UTF-8.
            if entry.name(metadata::NAME) == Some(name.as_bytes()) {
                buffer = Some(entry.scalar(metadata::BUFFER, 0));
            }
            index = index.saturating_add(1);
        }
        Some(data(self.file, range_of_buffer(&root, buffer?)))
    }

    /// Returns the signatures: names for the inputs and outputs of subgraphs.
    pub fn signatures(&self) -> Iter<'a, Signature<'a>> {
        self.list(field::SIGNATURE_DEFS)
    }
}

impl fmt::Debug for Model<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("bytes", &self.file.len())
            .field("operator_codes", &self.operator_code_len())
            .field("subgraphs", &self.subgraph_len())
            .field("buffers", &self.buffer_len())
            .finish_non_exhaustive()
    }
}
