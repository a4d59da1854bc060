//! Metadata that list tensors as indices of tables.

use alloc::vec::Vec;

use flatbuffers::{FlatBufferBuilder, WIPOffset};

use super::{
    builder::ModelBuilder,
    value::{self, Value},
};
use crate::{
    LutTensor,
    compression::{
        INDEX_BITWIDTH, LUT_TENSORS, NAME, SCHEMA_VERSION, SUBGRAPHS, TENSOR, VALUE_BUFFER, VERSION,
    },
};

impl ModelBuilder {
    /// Sets TFLM's metadata `COMPRESSION_METADATA`: for each subgraph the tensors that are indices
    /// of tables.
    pub fn compression(&mut self, subgraphs: &[Vec<LutTensor>]) -> &mut Self {
        self.remove_metadata(NAME).metadata(NAME, &written(subgraphs))
    }
}

fn written(subgraphs: &[Vec<LutTensor>]) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let mut lists = Vec::new();
    for tensors in subgraphs {
        let entry = |tensor: &LutTensor| {
            let fields = [
                (TENSOR, Value::I32(tensor.tensor)),
                (VALUE_BUFFER, Value::U32(tensor.value_buffer)),
                (INDEX_BITWIDTH, Value::U8(tensor.index_bits)),
            ];
            value::table(&mut builder, fields)
        };
        let entries: Vec<_> = tensors.iter().map(entry).collect();
        let list = value::offsets(&mut builder, &entries);
        lists.push(value::table(&mut builder, [(LUT_TENSORS, list)]));
    }
    let lists = value::offsets(&mut builder, &lists);
    let fields = [(SCHEMA_VERSION, Value::U32(VERSION)), (SUBGRAPHS, lists)];
    let root = value::table(&mut builder, fields);
    builder.finish(WIPOffset::<()>::new(root), None);
    builder.finished_data().to_vec()
}
