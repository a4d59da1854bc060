//! Models whose weights take fewer bytes.

mod bits;
mod cluster;
mod encode;
mod encoded;
mod huffman;
mod tables;

use super::owned::arena_bytes;
use super::store::{PLAN_NAME, TFLM_NAME};
use crate::{Op, Options};
use bantam_kernels::Shape;
use bantam_kernels::decode::channels::Channels;
use bantam_kernels::decode::header::Header;
use bantam_schema::write::{CopyError, ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, LutTensor, Model, Operator, Subgraph, TensorType};
use cluster::clusters;
use encode::Elements;
use encoded::Encoded;
use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;
use tables::LutEntry;

pub use tables::{CompressError, LutFault};

/// Bytes of a model that a node takes which decodes a tensor, with its operands.
const NODE_BYTES: usize = 320;

/// Bytes of a model that a tensor of the metadata takes, besides indices and values.
const ENTRY_BYTES: usize = 80;

/// The operators whose second input is a filter.
const WEIGHTED: [B; 4] = [B::CONV_2D, B::DEPTHWISE_CONV_2D, B::FULLY_CONNECTED, B::TRANSPOSE_CONV];
const FILTER: usize = 1;

/// A model with weights in fewer bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Compressed {
    /// The model.
    pub file: Vec<u8>,
    /// The filters that are encoded, in the order of the nodes that read them.
    pub tensors: Vec<CompressedTensor>,
}

/// A tensor that is decoded while a model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompressedTensor {
    /// Its index, which is the same in both models.
    pub tensor: u32,
    /// How it is encoded.
    pub decoder: Decoder,
    /// Bytes of its elements.
    pub bytes_before: usize,
    /// Bytes of codes, header and tables.
    pub bytes_after: usize,
    /// Steps of its scale by which an element has changed at most.
    pub max_error: u8,
}

/// How a tensor is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoder {
    /// Indices of so many bits.
    Lut(u8),
    /// Huffman codes.
    Huffman,
    /// Without the elements that are the zero point.
    Prune,
}

/// How far [`compress`] may go.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Compression {
    /// Steps of its scale by which an element of `i8` may change. With 0 the model computes the
    /// same.
    pub max_error: u8,
    /// Bytes of the arena that the model may need; `None`: any number.
    pub max_arena: Option<usize>,
    /// How the model says it.
    pub form: Form,
}

/// How a model says that a tensor is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Nodes of TFLM_DECODE, which decode the tensor in the arena.
    #[default]
    Nodes,
    /// Lookup tables in the metadata `COMPRESSION_METADATA`, which kernels read: the arena does not
    /// grow. They are for filters of `i8`, and for the operators of [`ops::lut`](crate::ops::lut)
    /// and [`ops::int8_lut`](crate::ops::int8_lut).
    Tables,
}

/// Encodes the filters of `model` where that takes fewer bytes, and adds nodes of TFLM_DECODE that
/// decode them, or lists them in the metadata ([`Compression::form`]).
///
/// Of a lookup table, Huffman codes and pruning each filter gets the one with the fewest bytes. An
/// element of `i8` changes by up to [`Compression::max_error`] steps of its scale where that saves
/// bytes.
///
/// The filters of CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV of the subgraph
/// that runs are encoded, if they are of `i8` or `f32` and only one node reads them. A filter lies
/// in the arena from its decoding to the end of that node: the arena may grow. With
/// [`Compression::max_arena`] filters stay as they are that would make it larger, of a model that
/// runs with `ops`; those that save most come first. Plans in the metadata are left out, since
/// they are for other nodes. TensorFlow Lite Micro runs the result, too.
///
/// `COMPRESSION_METADATA` may list tensors as indices of tables already. With [`Form::Nodes`]
/// nodes of TFLM_DECODE then decode these in all subgraphs, with the same indices and values, and
/// the metadata goes; with [`Form::Tables`] it stays.
///
/// # Errors
///
/// [`CompressError`] if the model cannot be written without loss, or the metadata are wrong.
pub fn compress(
    model: &Model<'_>,
    ops: &[Op],
    options: &Compression,
) -> Result<Compressed, CompressError> {
    let tables = tables::listed(model)?;
    let is_listed = |filter: &Filter| {
        tables.iter().any(|entry| (entry.subgraph, entry.tensor) == (0, filter.report.tensor))
    };
    let mut filters: Vec<Filter> =
        filters(model, options).into_iter().filter(|filter| !is_listed(filter)).collect();
    let write = |filters: &[&Filter]| match options.form {
        Form::Nodes => write(model, &tables, filters),
        Form::Tables => write_tables(model, filters),
    };
    if let Some(most) = options.max_arena {
        filters.sort_by_key(|filter| core::cmp::Reverse(filter.saved()));
        let mut kept: Vec<Filter> = vec![];
        for filter in filters {
            let all: Vec<&Filter> = kept.iter().chain([&filter]).collect();
            if arena_of(&write(&all)?, ops).is_some_and(|bytes| bytes <= most) {
                kept.push(filter);
            }
        }
        filters = kept;
    }
    filters.sort_by_key(|filter| filter.node);
    let file = write(&filters.iter().collect::<Vec<_>>())?;
    let is_better = !filters.is_empty() && file.len() < model.bytes().len();
    if !is_better && (tables.is_empty() || options.form == Form::Tables) {
        return Ok(Compressed { file: model.bytes().to_vec(), tensors: vec![] });
    }
    let tensors = filters.iter().map(|filter| filter.report).collect();
    Ok(Compressed { file, tensors })
}

/// Bytes of the arena that a model needs, if it runs.
fn arena_of(file: &[u8], ops: &[Op]) -> Option<usize> {
    arena_bytes(&Model::parse(file).ok()?, ops, Options::default()).ok()
}

/// A filter that is worth a node.
struct Filter {
    /// The node that reads it.
    node: u32,
    encoded: Encoded,
    report: CompressedTensor,
}

impl Filter {
    fn saved(&self) -> usize {
        self.report.bytes_before.saturating_sub(self.report.bytes_after)
    }
}

/// The filters of the subgraph that runs.
fn filters(model: &Model<'_>, options: &Compression) -> Vec<Filter> {
    let Some(graph) = model.subgraph(0) else { return vec![] };
    let users = Users::of(model, &graph);
    let filter = |(node, operator): (u32, Operator<'_>)| {
        let tensor = operator.input(FILTER).and_then(|tensor| u32::try_from(tensor).ok())?;
        if !WEIGHTED.contains(&operator.builtin()) || !users.is_only_one(&graph, tensor) {
            return None;
        }
        let (encoded, report) = encode(&graph, tensor, options)?;
        Some(Filter { node, encoded, report })
    };
    (0..).zip(graph.operators()).filter_map(filter).collect()
}

/// A node that decodes a tensor.
struct Decoding<'a> {
    tensor: u32,
    codes: &'a [u8],
    /// Header and tables.
    ancillary: Vec<u8>,
}

/// Writes a model with nodes that decode tensors, each before the node that reads it first.
fn write(
    model: &Model<'_>,
    tables: &[LutEntry],
    filters: &[&Filter],
) -> Result<Vec<u8>, CopyError> {
    let mut builder = ModelBuilder::from_model(model)?;
    for (index, graph) in (0..).zip(model.subgraphs()) {
        let Some(mut edited) = builder.edit_subgraph(index) else { continue };
        // By the nodes before which they stand.
        let mut nodes: BTreeMap<u32, Vec<Decoding<'_>>> = BTreeMap::new();
        for entry in tables.iter().filter(|entry| entry.subgraph == index) {
            let (codes, ancillary) = (&entry.indices[..], entry.ancillary.clone());
            let node = Decoding { tensor: entry.tensor, codes, ancillary };
            nodes.entry(first_reader(&graph, entry.tensor)).or_default().push(node);
        }
        for filter in filters.iter().filter(|_| index == 0) {
            let encoded = &filter.encoded;
            let (codes, ancillary) = (&encoded.codes[..], encoded.ancillary());
            let node = Decoding { tensor: filter.report.tensor, codes, ancillary };
            nodes.entry(filter.node).or_default().push(node);
        }
        let (mut order, mut next) = (Vec::new(), graph.operator_len());
        let len = graph.operator_len();
        for node in 0..=len {
            for Decoding { tensor, codes, ancillary } in nodes.remove(&node).unwrap_or_default() {
                let mut constant = |bytes: &[u8]| {
                    let shape = [bytes.len() as i32];
                    edited.tensor(TensorSpec::new("", TensorType::UINT8, &shape).data(bytes))
                };
                let inputs = [constant(codes), constant(&ancillary)];
                edited.clear_data(tensor).custom("TFLM_DECODE", &inputs, &[tensor as i32], &[]);
                order.push(next);
                next += 1;
            }
            order.extend((node < len).then_some(node));
        }
        edited.reorder(&order);
    }
    for name in [PLAN_NAME, TFLM_NAME, tables::NAME] {
        builder.remove_metadata(name);
    }
    Ok(builder.clear_unused_buffers().finish())
}

/// Writes a model whose metadata list tensors.
fn write_tables(model: &Model<'_>, filters: &[&Filter]) -> Result<Vec<u8>, CopyError> {
    let mut builder = ModelBuilder::from_model(model)?;
    let listed = |index| model.compression().map(|listed| listed.lut_tensors(index).collect());
    let mut lists: Vec<Vec<LutTensor>> =
        (0..model.subgraph_len()).map(|index| listed(index).unwrap_or_default()).collect();
    for filter in filters {
        let (Header::Lut(params), tensor) = (filter.encoded.header, filter.report.tensor) else {
            continue;
        };
        let value_buffer = builder.buffer(&filter.encoded.tables);
        if let (Some(mut edited), Some(list)) = (builder.edit_subgraph(0), lists.first_mut()) {
            edited.set_data(tensor, &filter.encoded.codes);
            let (tensor, index_bits) = (tensor as i32, params.bits);
            list.push(LutTensor { tensor, value_buffer, index_bits });
        }
    }
    Ok(builder.compression(&lists).clear_unused_buffers().finish())
}

/// The first node that reads a tensor; the number of nodes if none does.
fn first_reader(graph: &Subgraph<'_>, tensor: u32) -> u32 {
    let reads = |operator: Operator<'_>| {
        operator.inputs().iter().any(|input| u32::try_from(input) == Ok(tensor))
    };
    let found = graph.operators().position(reads);
    found.map_or(graph.operator_len(), |node| node as u32)
}

/// Who reads tensors, and how many tensors have a buffer.
struct Users {
    readers: BTreeMap<u32, usize>,
    owners: BTreeMap<u32, usize>,
}

impl Users {
    fn of(model: &Model<'_>, graph: &Subgraph<'_>) -> Self {
        let (mut readers, mut owners) = (BTreeMap::new(), BTreeMap::new());
        let inputs = graph.operators().flat_map(|operator| operator.inputs().iter());
        let ports = graph.inputs().iter().chain(graph.outputs().iter());
        for tensor in inputs.chain(ports).filter_map(|tensor| u32::try_from(tensor).ok()) {
            *readers.entry(tensor).or_insert(0) += 1;
        }
        for tensor in model.subgraphs().flat_map(|graph| graph.tensors()) {
            *owners.entry(tensor.buffer()).or_insert(0) += 1;
        }
        Self { readers, owners }
    }

    /// Whether one node reads the tensor, and its data is nobody else's.
    fn is_only_one(&self, graph: &Subgraph<'_>, tensor: u32) -> bool {
        let buffer = graph.tensor(tensor).map(|tensor| tensor.buffer());
        let owners = buffer.and_then(|buffer| self.owners.get(&buffer));
        self.readers.get(&tensor) == Some(&1) && owners == Some(&1)
    }
}

/// The shortest way to encode a tensor, if it is worth what else it takes.
fn encode(
    graph: &Subgraph<'_>,
    tensor: u32,
    options: &Compression,
) -> Option<(Encoded, CompressedTensor)> {
    let elements = elements(graph, tensor)?;
    let is_tables = options.form == Form::Tables;
    if is_tables && elements.width != 1 {
        return None;
    }
    let most = if elements.width == 1 { options.max_error } else { 0 };
    let forms = (0..=most).filter_map(|error| {
        let changed = elements.changed(error);
        let encoded = if is_tables { changed.tables() } else { changed.encode() };
        Some((encoded?, error, changed))
    });
    let (encoded, _, changed) = forms.min_by_key(|(encoded, error, _)| (encoded.len(), *error))?;
    let pairs = elements.bytes.iter().zip(&changed.bytes);
    let differences = pairs.map(|(&old, &new)| (old as i8).abs_diff(new as i8));
    let report = CompressedTensor {
        tensor,
        decoder: match encoded.header {
            Header::Lut(params) => Decoder::Lut(params.bits),
            Header::Huffman(_) => Decoder::Huffman,
            Header::Prune => Decoder::Prune,
        },
        bytes_before: elements.bytes.len(),
        bytes_after: encoded.len(),
        max_error: differences.max().unwrap_or(0),
    };
    let more = if is_tables { ENTRY_BYTES } else { NODE_BYTES };
    (encoded.len() + more < report.bytes_before).then_some((encoded, report))
}

/// The elements of a constant of `i8` or `f32`.
fn elements(graph: &Subgraph<'_>, index: u32) -> Option<Elements> {
    let tensor = graph.tensor(index)?;
    let width = match tensor.tensor_type() {
        TensorType::INT8 => 1,
        TensorType::FLOAT32 => 4,
        _ => return None,
    };
    let shape = Shape::from_dims(tensor.shape().iter()).ok()?;
    let bytes = tensor.data()?.get(..shape.len() * width)?.to_vec();
    let quantization = tensor.quantization();
    let quantization = quantization.filter(|q| !q.scale().is_empty() && !q.zero_point().is_empty());
    let zeros = quantization.map(|q| q.zero_point().iter().map(|zero| vec![zero as u8]).collect());
    let channels = match quantization {
        Some(q) => Channels::new(q.scale().len() as u32, q.quantized_dimension(), &shape).ok(),
        None => Some(Channels::ONE),
    };
    let zeros = if width == 1 { zeros } else { None };
    let zeros: Vec<Vec<u8>> = zeros.unwrap_or_else(|| vec![vec![0; width]]);
    let is_each = channels.is_none_or(|channels| channels.count() == zeros.len());
    let zeros = if is_each { zeros } else { zeros.into_iter().take(1).collect() };
    Some(Elements { bytes, width, channels, zeros })
}

impl Elements {
    /// With as few values as there can be where each may change by `error` steps.
    fn changed(&self, error: u8) -> Self {
        if error == 0 {
            return self.clone();
        }
        let mut counts = [0; 256];
        self.bytes.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
        let mapping = clusters(&counts, error);
        let bytes = self.bytes.iter().map(|&byte| mapping[usize::from(byte)] as u8).collect();
        Self { bytes, ..self.clone() }
    }
}
