//! A model with a little of everything, and a function that reads all of it.

use std::fmt::Write;

use bantam_schema::{
    ActivationFunction, BuiltinOperator, Model, Padding, Subgraph, TensorType, Vector,
    flexbuffer::Reader,
    options::{
        CallOnceOptions, Conv2dOptions, IfOptions, ReshapeOptions, SoftmaxOptions,
        UnidirectionalSequenceLstmOptions, VarHandleOptions,
    },
    write::{FlexValue, ModelBuilder, OperatorSpec, TensorSpec, flexbuffer},
};

/// Two subgraphs, every form of tensor, options with numbers, vectors and strings, a custom
/// operator, metadata and signatures.
pub(crate) fn rich_model() -> ModelBuilder {
    let mut model = ModelBuilder::new();
    model.description("a little of everything");
    let mut graph = model.subgraph("main");
    let int8 = |name, shape: &[i32]| TensorSpec::new(name, TensorType::INT8, shape);
    let x = graph.tensor(int8("x", &[1, 4, 4, 2]).quantized(0.5, -1).range(&[-64.0], &[63.5]));
    let filter = graph.tensor(
        int8("filter", &[3, 1, 1, 2])
            .quantized_per_channel(&[0.5, 0.25, 2.0], &[0; 3], 0)
            .data_i8(&[1, -2, 3, -4, 5, -6]),
    );
    let bias = TensorSpec::new("bias", TensorType::INT32, &[3]).data_i32(&[70_000, -1, 0]);
    let bias = graph.tensor(bias);
    let y = graph.tensor(int8("y", &[1, 4, 4, 3]).shape_signature(&[-1, 4, 4, 3]).quantized(1., 0));
    let state = graph.tensor(TensorSpec::new("state", TensorType::INT16, &[]).ranked().variable());
    let flat = graph.tensor(int8("flat", &[48]).quantized(1.0, 0));
    graph.operator(
        BuiltinOperator::CONV_2D,
        &[x, filter, bias],
        &[y],
        Conv2dOptions {
            padding: Padding::VALID,
            stride_w: 1,
            stride_h: 2,
            fused_activation_function: ActivationFunction::RELU6,
            ..Conv2dOptions::default()
        },
    );
    let new_shape = [255, 255, 255, 255, 48, 0, 0, 0];
    graph.operator(
        BuiltinOperator::RESHAPE,
        &[y],
        &[flat],
        ReshapeOptions { new_shape: Vector::from_le_bytes(&new_shape) },
    );
    graph.operator(BuiltinOperator::SOFTMAX, &[flat], &[flat], SoftmaxOptions { beta: 1.5 });
    graph.add(
        OperatorSpec::new(BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, &[x, -1, state], &[y])
            .options(UnidirectionalSequenceLstmOptions {
                time_major: true,
                cell_clip: 10.0,
                ..UnidirectionalSequenceLstmOptions::default()
            })
            .intermediates(&[flat])
            .mutating_variable_inputs(&[false, false, true])
            .version(4),
    );
    graph.operator(
        BuiltinOperator::IF,
        &[x],
        &[y],
        IfOptions { then_subgraph_index: 1, else_subgraph_index: 0 },
    );
    graph.operator(
        BuiltinOperator::CALL_ONCE,
        &[],
        &[],
        CallOnceOptions { init_subgraph_index: 1 },
    );
    graph.operator(
        BuiltinOperator::VAR_HANDLE,
        &[],
        &[state],
        VarHandleOptions { container: None, shared_name: Some("counter") },
    );
    let custom = flexbuffer(&FlexValue::map([
        ("num_channels", 40.into()),
        ("scale", 0.1.into()),
        ("flags", FlexValue::Vector(vec![true.into(), FlexValue::Null, "text".into()])),
        ("steps", FlexValue::Ints(vec![1, -2, 300])),
    ]));
    graph.custom("Frontend", &[x], &[flat], &custom);
    graph.inputs(&[x]).outputs(&[flat]);
    let mut other = model.subgraph("then");
    let t = other.tensor(TensorSpec::new("t", TensorType::FLOAT32, &[2]));
    other.inputs(&[t]).outputs(&[t]);
    model.metadata("OfflineMemoryAllocation", &[1, 0, 0, 0, 0, 0, 0, 0]);
    model.metadata("min_runtime_version", b"1.5.0\0");
    model.signature("serving_default", 0, &[("image", 0)], &[("scores", 5)]);
    model
}

/// Reads the whole model, and returns it as text.
pub(crate) fn walk(model: Model<'_>) -> String {
    let mut text = String::new();
    let mut line = |part: &dyn core::fmt::Debug| writeln!(text, "{part:?}").unwrap();
    line(&(model.version(), model.description(), model.operator_code_len(), model.buffer_len()));
    model.operator_codes().for_each(|code| line(&code));
    for (buffer, index) in model.buffers().zip(0..) {
        assert_eq!(buffer.data().len(), model.buffer(index).unwrap().data().len());
        line(&summary(buffer.data()));
        assert!(buffer.data_offset() as usize + buffer.data().len() <= model.bytes().len());
    }
    for entry in model.metadata() {
        line(&(entry, entry.name.map(|name| model.metadata_by_name(name).map(summary))));
    }
    for signature in model.signatures() {
        line(&(signature.key(), signature.subgraph()));
        signature.inputs().chain(signature.outputs()).for_each(|named| line(&named));
    }
    for (graph, index) in model.subgraphs().zip(0..) {
        line(&model.subgraph(index).unwrap());
        walk_subgraph(graph, &mut line);
    }
    text
}

/// Returns length and a checksum that depends on the order.
fn summary(data: &[u8]) -> (usize, u64) {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    (data.len(), data.iter().fold(0, mix))
}

fn walk_subgraph(graph: Subgraph<'_>, line: &mut dyn FnMut(&dyn core::fmt::Debug)) {
    line(&(graph.name(), graph.inputs(), graph.outputs()));
    for (tensor, index) in graph.tensors().zip(0..) {
        assert_eq!(graph.tensor(index).unwrap().name(), tensor.name());
        line(&(tensor.name(), tensor.shape(), tensor.shape_signature(), tensor.has_rank()));
        line(&(
            tensor.tensor_type(),
            tensor.buffer(),
            tensor.data().map(summary),
            tensor.is_variable(),
        ));
        line(&(tensor.data_offset().is_some(), tensor.has_sparsity(), tensor.has_external_data()));
        if let Some(q) = tensor.quantization() {
            line(&(q.scale(), q.zero_point(), q.quantized_dimension(), q.min(), q.max()));
            line(&q.has_details());
        }
    }
    for (operator, index) in graph.operators().zip(0..) {
        assert_eq!(graph.operator(index).unwrap().code(), operator.code());
        line(&(operator.code_index(), operator.code(), operator.inputs(), operator.outputs()));
        line(&(operator.intermediates(), operator.mutating_variable_inputs()));
        line(&(operator.options_type(), operator.options(), operator.options_2_type()));
        line(&operator.custom_options());
        line(&(operator.custom_options_offset() != 0));
        if let Some(root) = Reader::root(operator.custom_options()) {
            walk_value(root, 4, line);
        }
    }
}

/// Returns the whole value of a FlexBuffer as text, down to a depth.
pub(crate) fn walk_value(
    value: Reader<'_>,
    depth: u32,
    line: &mut dyn FnMut(&dyn core::fmt::Debug),
) {
    line(&(value.is_null(), value.as_i64(), value.as_i32(), value.as_u64(), value.as_bool()));
    line(&(value.as_f64(), value.as_f32(), value.as_str(), value.as_blob()));
    if depth == 0 {
        return;
    }
    if let Some(map) = value.as_map() {
        for index in 0..map.len() {
            if let Some(key) = map.key(index) {
                line(&(key, map.get(key)));
            }
        }
    }
    if let Some(vector) = value.as_vector() {
        line(&vector.len());
        vector.iter().for_each(|value| walk_value(value, depth - 1, line));
    }
}
