//! The faults of a file.

use core::fmt;

/// A list of the file, to name the place of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Part {
    /// The root table.
    Model,
    /// The model's operator codes.
    OperatorCode,
    /// The model's subgraphs.
    Subgraph,
    /// A subgraph's tensors.
    Tensor,
    /// A subgraph's operators.
    Operator,
    /// The model's buffers.
    Buffer,
    /// The model's metadata.
    Metadata,
    /// The model's signatures.
    Signature,
}

/// An entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place {
    /// The list.
    pub part: Part,
    /// The subgraph of a tensor or an operator.
    pub subgraph: Option<u32>,
    /// The position in the list; 0 for the model itself.
    pub index: u32,
}

#[cfg(feature = "write")]
impl Place {
    pub(crate) fn within(subgraph: u32, part: Part, index: u32) -> Self {
        Self { part, subgraph: Some(subgraph), index }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.part {
            Part::Model => return f.write_str("the model"),
            Part::OperatorCode => "operator code",
            Part::Subgraph => "subgraph",
            Part::Tensor => "tensor",
            Part::Operator => "operator",
            Part::Buffer => "buffer",
            Part::Metadata => "metadata",
            Part::Signature => "signature",
        };
        write!(f, "{name} {}", self.index)?;
        match self.subgraph {
            Some(subgraph) => write!(f, " of subgraph {subgraph}"),
            None => Ok(()),
        }
    }
}

/// The reason why a file is no readable model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// Shorter than the header of a FlatBuffer, or longer than 32-bit offsets reach.
    Length {
        /// Length of the file in bytes.
        bytes: usize,
    },
    /// Bytes 4 to 7 are not `TFL3`.
    Identifier([u8; 4]),
    /// The version of the schema is not 3.
    Version(u32),
    /// An offset of the file points out of it.
    OutOfBounds {
        /// The entry with the offset.
        place: Place,
        /// Byte offset of the field, table or vector that reaches out of the file.
        offset: u32,
    },
    /// A table's description of its fields is malformed, or not in the file.
    Vtable {
        /// The entry to which the table belongs.
        place: Place,
        /// Byte offset of the table.
        offset: u32,
    },
    /// There is no subgraph, and so nothing to run.
    NoSubgraph,
    /// An operator names an operator code that the model does not have.
    OperatorCodeIndex {
        /// The operator.
        place: Place,
        /// The index.
        index: u32,
        /// Number of operator codes.
        len: u32,
    },
    /// A tensor index that the subgraph does not have.
    TensorIndex {
        /// What holds the index.
        place: Place,
        /// The index.
        index: i64,
        /// Number of tensors of the subgraph.
        len: u32,
    },
    /// A buffer index that the model does not have.
    BufferIndex {
        /// What holds the index.
        place: Place,
        /// The index.
        index: u32,
        /// Number of buffers.
        len: u32,
    },
    /// A subgraph index that the model does not have.
    SubgraphIndex {
        /// What holds the index.
        place: Place,
        /// The index.
        index: i64,
        /// Number of subgraphs.
        len: u32,
    },
    /// A dimension that is negative and not −1.
    Dimension {
        /// The tensor.
        place: Place,
        /// Position in the shape.
        axis: u32,
        /// The dimension.
        size: i32,
    },
    /// Parts of the file share the same bytes so often that reading it would take much longer than
    /// its length suggests. No converter writes such a file.
    TooMuchWork {
        /// The entry at which the allowance was used up.
        place: Place,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length { bytes } => write!(f, "a file of {bytes} bytes is not a model"),
            Self::Identifier(found) => {
                write!(f, "the file identifier is `{}`, not `TFL3`", found.escape_ascii())
            }
            Self::Version(version) => write!(f, "the schema version is {version}, not 3"),
            Self::OutOfBounds { place, offset } => {
                write!(f, "{place} reaches out of the file from byte {offset}")
            }
            Self::Vtable { place, offset } => {
                write!(f, "{place} has a broken table at byte {offset}")
            }
            Self::NoSubgraph => f.write_str("the model has no subgraph"),
            Self::OperatorCodeIndex { place, index, len } => {
                write!(f, "{place} has operator code {index} of {len}")
            }
            Self::TensorIndex { place, index, len } => {
                write!(f, "{place} names tensor {index} of {len}")
            }
            Self::BufferIndex { place, index, len } => {
                write!(f, "{place} names buffer {index} of {len}")
            }
            Self::SubgraphIndex { place, index, len } => {
                write!(f, "{place} names subgraph {index} of {len}")
            }
            Self::Dimension { place, axis, size } => {
                write!(f, "{place} has size {size} in dimension {axis}")
            }
            Self::TooMuchWork { place } => {
                write!(f, "the file shares its parts too often to be read, as of {place}")
            }
        }
    }
}

impl core::error::Error for Error {}
