//! Models whose constants are indices of tables, as TFLM's metadata `COMPRESSION_METADATA` lists
//! them.

use bantam_schema::write::ModelBuilder;
use bantam_schema::{BuiltinOperator as Op, LutTensor, Model, Operator, Tensor};

use crate::{Case, cases, noise};

/// A model with constants of few values, and the same model with these as indices of tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The model with its constants as they are.
    pub plain: Vec<u8>,
    /// The model with indices of tables.
    pub packed: Vec<u8>,
}

impl Tables {
    /// Makes both of a model: the constants that `takes` names by their node and their position get
    /// few values, and indices of `bits` bits. `None` if there are no such constants.
    ///
    /// From three bits on the tables have one value less than there are indices.
    pub fn of(file: &[u8], bits: u8, takes: impl Fn(&Operator<'_>, usize) -> bool) -> Option<Self> {
        let model = Model::parse(file).ok()?;
        let mut plain = ModelBuilder::from_model(&model).ok()?;
        let mut packed = plain.clone();
        let mut lists = Vec::new();
        for (index, graph) in (0..).zip(model.subgraphs()) {
            let mut list: Vec<LutTensor> = Vec::new();
            for node in graph.operators() {
                for (at, tensor) in node.inputs().iter().enumerate().filter(|(_, t)| *t >= 0) {
                    let is_new = list.iter().all(|listed| listed.tensor != tensor);
                    let constant = graph.tensor(tensor as u32).filter(|_| is_new);
                    let constant = constant.filter(|_| takes(&node, at));
                    let Some(parts) = constant.and_then(|of| Parts::of(&of, bits)) else {
                        continue;
                    };
                    plain.edit_subgraph(index)?.set_data(tensor as u32, &parts.elements);
                    packed.edit_subgraph(index)?.set_data(tensor as u32, &parts.indices);
                    let value_buffer = packed.buffer(&parts.values);
                    list.push(LutTensor { tensor, value_buffer, index_bits: bits });
                }
            }
            lists.push(list);
        }
        let found = lists.iter().any(|list| !list.is_empty());
        found.then(|| Self { plain: plain.finish(), packed: packed.compression(&lists).finish() })
    }
}

/// The files of all [`cases`], and of those that have constants which may be indices of tables,
/// once more with such.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let files = |case: &Case| {
        let file = case.file();
        let tables = Tables::of(&file, 3, takes_tables);
        let packed = tables.map(|tables| (format!("{}/tables", case.name), tables.packed));
        [Some((case.name.clone(), file)), packed]
    };
    cases().iter().flat_map(files).flatten().collect()
}

/// Whether TFLM takes this input of the node as indices of tables.
pub fn takes_tables(node: &Operator<'_>, at: usize) -> bool {
    match node.builtin() {
        Op::TRANSPOSE_CONV => at == 1 || at == 3,
        Op::CONCATENATION => true,
        Op::CONV_2D | Op::DEPTHWISE_CONV_2D | Op::FULLY_CONNECTED | Op::ASSIGN_VARIABLE => at > 0,
        _ => false,
    }
}

/// A constant with few values.
struct Parts {
    elements: Vec<u8>,
    indices: Vec<u8>,
    values: Vec<u8>,
}

impl Parts {
    fn of(tensor: &Tensor<'_>, bits: u8) -> Option<Self> {
        let (data, width) = (tensor.data()?, tensor.tensor_type().size_bytes()? as usize);
        let sizes: Vec<usize> = tensor.shape().iter().map(|size| size as usize).collect();
        let len: usize = sizes.iter().product();
        let elements: Vec<&[u8]> = data.chunks_exact(width).take(len).collect();
        let quantization = tensor.quantization();
        let (channels, axis) = quantization
            .map_or((1, 0), |of| (of.scale().len().max(1), of.quantized_dimension() as usize));
        let inner: usize = sizes.iter().skip(axis + 1).product();
        let channel = |at: usize| if channels == 1 { 0 } else { at / inner % channels };
        let most = if bits < 3 { 1 << bits } else { (1 << bits) - 1 };
        let mut tables = vec![Vec::new(); channels];
        for (at, element) in elements.iter().enumerate() {
            let table = &mut tables[channel(at)];
            if table.len() < most && !table.contains(element) {
                table.push(element);
            }
        }
        for table in &mut tables {
            let first = *table.first()?;
            table.resize(most, first);
        }
        let picks = noise::bytes(bantam_schema::TensorType::INT8, len, u32::from(bits));
        let index = |(at, element): (usize, &&[u8])| {
            let found = tables[channel(at)].iter().position(|value| value == element);
            found.unwrap_or(usize::from(picks[at]) % most)
        };
        let picked: Vec<usize> = elements.iter().enumerate().map(index).collect();
        let of_table = |(at, &index): (usize, &usize)| tables[channel(at)][index];
        let elements: Vec<&[u8]> = picked.iter().enumerate().map(of_table).collect();
        let digits: Vec<u8> = picked
            .iter()
            .flat_map(|index| (0..bits).rev().map(move |bit| (index >> bit & 1) as u8))
            .collect();
        let byte = |digits: &[u8]| {
            digits.iter().enumerate().fold(0, |byte, (at, digit)| byte | digit << (7 - at))
        };
        Some(Self {
            elements: elements.concat(),
            indices: digits.chunks(8).map(byte).collect(),
            values: tables.concat().concat(),
        })
    }
}
