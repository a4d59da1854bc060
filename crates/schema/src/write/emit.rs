//! From a builder to bytes.

use alloc::{string::String, vec, vec::Vec};

use flatbuffers::{FlatBufferBuilder, UOffsetT, WIPOffset};

use super::{
    builder::{Graph, ModelBuilder, SignatureSpec},
    spec::{Code, OperatorSpec, QuantizationSpec, TensorSpec},
    value::{self, FieldValue, Value},
};
use crate::{BuiltinOperator, Model, OptionsType, fields, table::Table};

/// Stands for a 64-bit offset until the place of the data is known.
const PLACEHOLDER: u64 = u64::MAX;

type Builder = FlatBufferBuilder<'static>;

impl ModelBuilder {
    /// Returns the bytes of the file. Constants begin at multiples of 16.
    pub fn finish(&self) -> Vec<u8> {
        file(self)
    }
}

fn file(model: &ModelBuilder) -> Vec<u8> {
    let mut builder = Builder::new();
    let behind = model.data_behind;
    let lists = [
        (
            fields::model::BUFFERS,
            list(&mut builder, &model.buffers, |b, data| buffer(b, data, behind)),
        ),
        (fields::model::OPERATOR_CODES, list(&mut builder, &model.codes, operator_code)),
        (
            fields::model::SUBGRAPHS,
            list(&mut builder, &model.subgraphs, |b, graph| subgraph(b, graph, behind)),
        ),
        (fields::model::METADATA, list(&mut builder, &model.metadata, metadata)),
        (fields::model::SIGNATURE_DEFS, list(&mut builder, &model.signatures, signature)),
    ];
    let head = [
        (fields::model::VERSION, Value::U32(3)),
        (fields::model::DESCRIPTION, model.description.as_deref().into()),
    ];
    let root = value::table(&mut builder, head.into_iter().chain(lists));
    // Root offset and identifier follow; the file's length then is a multiple of 16, and so is the
    // distance of the data from its start.
    value::pad(&mut builder, 8);
    builder.finish(WIPOffset::<()>::new(root), Some("TFL3"));
    let mut file = builder.finished_data().to_vec();
    if behind {
        append_data(model, &mut file);
    }
    file
}

/// Returns a vector of tables; left out if there are none.
fn list<T>(
    builder: &mut Builder,
    items: &[T],
    mut write: impl FnMut(&mut Builder, &T) -> UOffsetT,
) -> Value {
    if items.is_empty() {
        return Value::Absent;
    }
    let tables: Vec<_> = items.iter().map(|item| write(builder, item)).collect();
    value::offsets(builder, &tables)
}

/// Returns a vector of numbers; left out if there are none.
fn numbers<T: Copy, const N: usize>(values: &[T], to_le: fn(T) -> [u8; N]) -> Value {
    if values.is_empty() { Value::Absent } else { Value::slice(values, to_le) }
}

fn indices(values: &[i32]) -> Value {
    numbers(values, i32::to_le_bytes)
}

/// Bytes in their inline form, or room for their 64-bit form.
fn bytes(
    builder: &mut Builder,
    data: &[u8],
    behind: bool,
    [inline, offset, size]: [u16; 3],
) -> Vec<FieldValue> {
    if data.is_empty() {
        vec![]
    } else if behind {
        vec![(offset, Value::U64(PLACEHOLDER)), (size, Value::U64(data.len() as u64))]
    } else {
        vec![(inline, value::aligned_bytes(builder, data))]
    }
}

fn buffer(builder: &mut Builder, data: &[u8], behind: bool) -> UOffsetT {
    use fields::buffer::{DATA, OFFSET, SIZE};
    let data = bytes(builder, data, behind, [DATA, OFFSET, SIZE]);
    value::table(builder, data)
}

fn operator_code(builder: &mut Builder, code: &Code) -> UOffsetT {
    use fields::operator_code::{BUILTIN_CODE, CUSTOM_CODE, DEPRECATED_BUILTIN_CODE, VERSION};
    let placeholder = BuiltinOperator::PLACEHOLDER_FOR_GREATER_OP_CODES.0;
    let byte = i8::try_from(code.builtin.0.min(placeholder)).unwrap_or(0);
    let fields = [
        (DEPRECATED_BUILTIN_CODE, Value::I8(byte)),
        (CUSTOM_CODE, code.custom.as_deref().into()),
        (VERSION, Value::I32(code.version)),
        (BUILTIN_CODE, Value::I32(code.builtin.0)),
    ];
    value::table(builder, fields)
}

fn subgraph(builder: &mut Builder, graph: &Graph, behind: bool) -> UOffsetT {
    use fields::subgraph::{INPUTS, NAME, OPERATORS, OUTPUTS, TENSORS};
    let fields = [
        (TENSORS, list(builder, &graph.tensors, tensor)),
        // TFLM reads these without asking whether they are there.
        (INPUTS, Value::slice(&graph.inputs, i32::to_le_bytes)),
        (OUTPUTS, Value::slice(&graph.outputs, i32::to_le_bytes)),
        (OPERATORS, list(builder, &graph.operators, |b, item| operator(b, item, behind))),
        (NAME, graph.name.as_deref().into()),
    ];
    value::table(builder, fields)
}

fn tensor(builder: &mut Builder, (spec, buffer): &(TensorSpec, u32)) -> UOffsetT {
    use fields::tensor::{
        BUFFER, HAS_RANK, IS_VARIABLE, NAME, QUANTIZATION, SHAPE, SHAPE_SIGNATURE, TYPE,
    };
    let quantization = spec.quantization.as_ref();
    let quantization = quantization.map(|spec| Value::Offset(quantization_table(builder, spec)));
    let fields = [
        (SHAPE, Value::slice(&spec.shape, i32::to_le_bytes)),
        (TYPE, Value::I8(spec.tensor_type.0)),
        (BUFFER, Value::U32(*buffer)),
        (NAME, spec.name.as_deref().into()),
        (QUANTIZATION, quantization.unwrap_or(Value::Absent)),
        (IS_VARIABLE, set(spec.variable)),
        (SHAPE_SIGNATURE, indices(&spec.shape_signature)),
        (HAS_RANK, set(spec.has_rank)),
    ];
    value::table(builder, fields)
}

/// Returns a flag, left out if it is not set.
fn set(flag: bool) -> Value {
    if flag { Value::Bool(true) } else { Value::Absent }
}

fn quantization_table(builder: &mut Builder, spec: &QuantizationSpec) -> UOffsetT {
    use fields::quantization::{MAX, MIN, QUANTIZED_DIMENSION, SCALE, ZERO_POINT};
    let fields = [
        (MIN, numbers(&spec.min, f32::to_le_bytes)),
        (MAX, numbers(&spec.max, f32::to_le_bytes)),
        (SCALE, numbers(&spec.scale, f32::to_le_bytes)),
        (ZERO_POINT, numbers(&spec.zero_point, i64::to_le_bytes)),
        (QUANTIZED_DIMENSION, Value::I32(spec.dimension)),
    ];
    value::table(builder, fields)
}

fn operator(builder: &mut Builder, (spec, code): &(OperatorSpec, u32), behind: bool) -> UOffsetT {
    use fields::operator::{
        BUILTIN_OPTIONS, BUILTIN_OPTIONS_TYPE, CUSTOM_OPTIONS, INPUTS, INTERMEDIATES,
        LARGE_CUSTOM_OPTIONS_OFFSET, LARGE_CUSTOM_OPTIONS_SIZE, MUTATING_VARIABLE_INPUTS,
        OPCODE_INDEX, OUTPUTS,
    };
    let mut fields = bytes(
        builder,
        &spec.custom_options,
        behind,
        [CUSTOM_OPTIONS, LARGE_CUSTOM_OPTIONS_OFFSET, LARGE_CUSTOM_OPTIONS_SIZE],
    );
    if spec.options_type != OptionsType::NONE {
        fields.push((BUILTIN_OPTIONS_TYPE, Value::U8(spec.options_type.0)));
        let options = value::table(builder, spec.options.iter().cloned());
        fields.push((BUILTIN_OPTIONS, Value::Offset(options)));
    }
    fields.extend([
        (OPCODE_INDEX, Value::U32(*code)),
        (INPUTS, Value::slice(&spec.inputs, i32::to_le_bytes)),
        (OUTPUTS, Value::slice(&spec.outputs, i32::to_le_bytes)),
        (INTERMEDIATES, indices(&spec.intermediates)),
        (MUTATING_VARIABLE_INPUTS, numbers(&spec.mutating_variable_inputs, u8::to_le_bytes)),
    ]);
    value::table(builder, fields)
}

fn metadata(builder: &mut Builder, (name, buffer): &(String, u32)) -> UOffsetT {
    use fields::metadata::{BUFFER, NAME};
    value::table(builder, [(NAME, Some(name.as_str()).into()), (BUFFER, Value::U32(*buffer))])
}

fn signature(builder: &mut Builder, signature: &SignatureSpec) -> UOffsetT {
    use fields::signature_def::{INPUTS, OUTPUTS, SIGNATURE_KEY, SUBGRAPH_INDEX};
    let fields = [
        (INPUTS, list(builder, &signature.inputs, tensor_map)),
        (OUTPUTS, list(builder, &signature.outputs, tensor_map)),
        (SIGNATURE_KEY, Some(signature.key.as_str()).into()),
        (SUBGRAPH_INDEX, Value::U32(signature.subgraph)),
    ];
    value::table(builder, fields)
}

fn tensor_map(builder: &mut Builder, (name, tensor): &(String, u32)) -> UOffsetT {
    use fields::tensor_map::{NAME, TENSOR_INDEX};
    value::table(builder, [(NAME, Some(name.as_str()).into()), (TENSOR_INDEX, Value::U32(*tensor))])
}

/// Puts the data behind the FlatBuffer and replaces the placeholders.
fn append_data(builder: &ModelBuilder, file: &mut Vec<u8>) {
    let mut data: Vec<(u32, &[u8])> = Vec::new();
    {
        let Some(model) = Model::unchecked(file) else { return };
        let offset_field = |at, slot| Some(Table { file, at }.field(slot)?.get());
        for (buffer, bytes) in model.buffers().zip(&builder.buffers) {
            let field = offset_field(buffer.table.at, fields::buffer::OFFSET);
            data.extend(field.map(|field| (field, bytes.as_slice())));
        }
        for (graph, spec) in model.subgraphs().zip(&builder.subgraphs) {
            for (operator, (spec, _)) in graph.operators().zip(&spec.operators) {
                let slot = fields::operator::LARGE_CUSTOM_OPTIONS_OFFSET;
                let field = offset_field(operator.at(), slot);
                data.extend(field.map(|field| (field, spec.custom_options.as_slice())));
            }
        }
    }
    for (field, bytes) in data {
        file.resize(file.len().next_multiple_of(16), 0);
        let offset = (file.len() as u64).to_le_bytes();
        let field = file.get_mut(field as usize..).and_then(|rest| rest.first_chunk_mut());
        if let Some(field) = field {
            *field = offset;
        }
        file.extend_from_slice(bytes);
    }
}
