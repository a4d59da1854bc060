//! Arbitrary bytes as a model and as a FlexBuffer: reading all of them ends, and never panics.
#![no_main]

use bantam_schema::flexbuffer::Reader;
use bantam_schema::{Model, Subgraph, Tensor};
use std::hint::black_box;

/// How deep the walk follows a FlexBuffer, in which a value may contain itself.
const MAX_DEPTH: u32 = 3;
/// How many of a vector's values the walk looks at: every level multiplies them.
const MAX_VALUES: usize = 8;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Model::parse(bytes) {
        walk(model);
    }
    flexbuffer(Reader::root(bytes), MAX_DEPTH);
});

fn walk(model: Model<'_>) {
    assert_eq!(model.operator_codes().count(), model.operator_code_len() as usize);
    assert_eq!(model.subgraphs().count(), model.subgraph_len() as usize);
    assert_eq!(model.buffers().count(), model.buffer_len() as usize);
    assert!(model.subgraph(model.subgraph_len()).is_none());
    black_box((model.version(), model.description()));
    for buffer in model.buffers() {
        let start = buffer.data_offset() as usize;
        let data = buffer.data();
        assert!(data.is_empty() || &model.bytes()[start..start + data.len()] == data);
    }
    for metadata in model.metadata() {
        black_box(metadata.name.and_then(|name| model.metadata_by_name(name)));
    }
    for signature in model.signatures() {
        black_box((signature.key(), signature.subgraph()));
        for tensor in signature.inputs().chain(signature.outputs()) {
            black_box((tensor.name, tensor.tensor));
        }
    }
    model.subgraphs().for_each(|graph| subgraph(&graph));
}

fn subgraph(graph: &Subgraph<'_>) {
    black_box(graph.name());
    for operator in graph.operators() {
        for index in operator.inputs().iter().chain(operator.outputs().iter()) {
            // -1 stands for an operand that is left out; all others were checked.
            assert!(
                index == -1
                    || u32::try_from(index).is_ok_and(|index| graph.tensor(index).is_some())
            );
        }
        black_box((operator.code(), operator.options(), operator.intermediates()));
        black_box(operator.mutating_variable_inputs().iter().count());
        flexbuffer(Reader::root(operator.custom_options()), MAX_DEPTH);
    }
    for index in graph.inputs().iter().chain(graph.outputs().iter()) {
        assert!(u32::try_from(index).is_ok_and(|index| graph.tensor(index).is_some()));
    }
    graph.tensors().for_each(|each| tensor(&each));
}

fn tensor(tensor: &Tensor<'_>) {
    black_box((tensor.name(), tensor.tensor_type(), tensor.is_variable(), tensor.has_rank()));
    black_box((tensor.has_external_data(), tensor.has_sparsity()));
    assert_eq!(tensor.shape().iter().count(), tensor.shape().len());
    black_box(tensor.shape_signature().iter().count());
    if let Some(quantization) = tensor.quantization() {
        black_box((quantization.quantized_dimension(), quantization.has_details()));
        black_box((quantization.scale().iter().count(), quantization.zero_point().iter().count()));
        black_box((quantization.min().iter().count(), quantization.max().iter().count()));
    }
    if let (Some(data), Some(offset)) = (tensor.data(), tensor.data_offset()) {
        black_box((data.first(), data.last(), offset));
    }
}

fn flexbuffer(value: Option<Reader<'_>>, depth: u32) {
    let Some(value) = value else { return };
    black_box((value.is_null(), value.as_bool(), value.as_str(), value.as_blob()));
    black_box((value.as_i64(), value.as_i32(), value.as_u64(), value.as_f64(), value.as_f32()));
    if depth == 0 {
        return;
    }
    if let Some(vector) = value.as_vector() {
        assert_eq!(vector.iter().len(), vector.len());
        vector.iter().take(MAX_VALUES).for_each(|value| flexbuffer(Some(value), depth - 1));
        assert!(vector.get(vector.len()).is_none());
    }
    if let Some(map) = value.as_map() {
        for index in 0..map.len().min(MAX_VALUES) {
            black_box(map.key(index).and_then(|key| map.get(key)));
        }
        map.values().iter().take(MAX_VALUES).for_each(|value| flexbuffer(Some(value), depth - 1));
    }
}
