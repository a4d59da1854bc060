//! Tensors that TFLM's metadata lists as indices of tables.

use bantam_kernels::Shape;
use bantam_kernels::decode::header::Header;
use bantam_kernels::decode::lut::LutParams;
use bantam_schema::write::CopyError;
use bantam_schema::{LutTensor, Model};
use core::fmt;
use std::collections::BTreeSet;
use std::vec::Vec;

/// The name of the metadata.
pub(super) const NAME: &str = "COMPRESSION_METADATA";

/// Entries of a table at most.
const MOST_ENTRIES: usize = 128;

/// Why a model cannot be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompressError {
    /// It cannot be written without loss.
    Copy(CopyError),
    /// The metadata `COMPRESSION_METADATA` is of a version above 1.
    Version(u32),
    /// An entry of that metadata is wrong.
    LutTensor {
        /// The subgraph.
        subgraph: u32,
        /// The tensor that the entry names.
        tensor: i32,
        /// What is wrong.
        fault: LutFault,
    },
}

/// What is wrong with a tensor that is listed as indices of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LutFault {
    /// There is no such tensor, or it has a shape, a type or no data so that it can be no constant.
    Tensor,
    /// It is listed twice.
    Twice,
    /// Indices have so many bits, and not 1 to 7.
    Bits(u8),
    /// There are fewer bytes of indices than there must be.
    Indices {
        /// Bytes that there must be.
        needed: usize,
        /// Bytes that there are.
        actual: usize,
    },
    /// There is no table, or one of more than 128 entries.
    Table,
}

impl fmt::Display for CompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copy(error) => error.fmt(f),
            Self::Version(version) => write!(f, "version {version} of {NAME} is not known"),
            Self::LutTensor { subgraph, tensor, fault } => {
                write!(f, "{NAME}, subgraph {subgraph}, tensor {tensor}: ")?;
                match fault {
                    LutFault::Tensor => f.write_str("there is no such constant"),
                    LutFault::Twice => f.write_str("is listed twice"),
                    LutFault::Bits(bits) => {
                        write!(f, "indices have {bits} bits where 1 to 7 are needed")
                    }
                    LutFault::Indices { needed, actual } => {
                        write!(f, "there are {actual} bytes of indices where {needed} are needed")
                    }
                    LutFault::Table => f.write_str("each channel needs a table of 1 to 128 values"),
                }
            }
        }
    }
}

impl core::error::Error for CompressError {}

impl From<CopyError> for CompressError {
    fn from(error: CopyError) -> Self {
        Self::Copy(error)
    }
}

/// A tensor that is decoded by its table.
pub(super) struct LutEntry {
    pub(super) subgraph: u32,
    pub(super) tensor: u32,
    pub(super) indices: Vec<u8>,
    /// Header and tables.
    pub(super) ancillary: Vec<u8>,
}

/// All tensors that the metadata lists.
pub(super) fn listed(model: &Model<'_>) -> Result<Vec<LutEntry>, CompressError> {
    let (mut entries, mut places) = (Vec::new(), BTreeSet::new());
    let Some(compression) = model.compression() else { return Ok(entries) };
    if !compression.is_known() {
        return Err(CompressError::Version(compression.version()));
    }
    for subgraph in 0..model.subgraph_len() {
        for lut in compression.lut_tensors(subgraph) {
            let error = |fault| CompressError::LutTensor { subgraph, tensor: lut.tensor, fault };
            let entry = entry(model, subgraph, lut).map_err(error)?;
            if !places.insert((subgraph, entry.tensor)) {
                return Err(error(LutFault::Twice));
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn entry(model: &Model<'_>, subgraph: u32, lut: LutTensor) -> Result<LutEntry, LutFault> {
    let index = u32::try_from(lut.tensor).map_err(|_| LutFault::Tensor)?;
    let tensor = model.subgraph(subgraph).and_then(|graph| graph.tensor(index));
    let tensor = tensor.ok_or(LutFault::Tensor)?;
    let shape = Shape::from_dims(tensor.shape().iter()).map_err(|_| LutFault::Tensor)?;
    let width = tensor.tensor_type().size_bytes().ok_or(LutFault::Tensor)? as usize;
    let indices = tensor.data().ok_or(LutFault::Tensor)?;
    if !(1..=7).contains(&lut.index_bits) {
        return Err(LutFault::Bits(lut.index_bits));
    }
    let needed = (shape.len() * usize::from(lut.index_bits)).div_ceil(8);
    let actual = indices.len();
    let indices = indices.get(..needed).ok_or(LutFault::Indices { needed, actual })?;
    let values = model.buffer(lut.value_buffer).map_or(&[][..], |buffer| buffer.data());
    let scales = tensor.quantization().map_or(0, |quantization| quantization.scale().len());
    let stride = values.len() / width.max(1) / scales.max(1);
    if !(1..=MOST_ENTRIES).contains(&stride) {
        return Err(LutFault::Table);
    }
    let header = Header::Lut(LutParams { bits: lut.index_bits, stride: stride as u8 });
    let ancillary = [&header.bytes()[..], values].concat();
    Ok(LutEntry { subgraph, tensor: index, indices: indices.to_vec(), ancillary })
}
