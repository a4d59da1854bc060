//! Files that are wrong on purpose, each in one way that a parser might overlook.

use crate::common;
use std::time::{Duration, Instant};

use bantam_schema::{
    BuiltinOperator, Error, Model, Options, OptionsType, Part, Place, TensorType, fields,
    options::IfOptions,
    write::{CopyError, ModelBuilder, OperatorSpec, TensorSpec},
};

fn place(part: Part, subgraph: Option<u32>, index: u32) -> Place {
    Place { part, subgraph, index }
}

const OPERATOR: Place = Place { part: Part::Operator, subgraph: Some(0), index: 0 };

fn u32_at(file: &[u8], at: usize) -> usize {
    u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize
}

fn put_u32(file: &mut [u8], at: usize, value: u32) {
    file[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Returns where a field of the table at `table` lies.
fn field(file: &[u8], table: usize, slot: u16) -> usize {
    let vtable = table.wrapping_sub(u32_at(file, table) as i32 as usize);
    let entry = vtable + 4 + 2 * usize::from(slot);
    table + usize::from(u16::from_le_bytes(file[entry..entry + 2].try_into().unwrap()))
}

/// Returns the target of an offset.
fn target(file: &[u8], at: usize) -> usize {
    at + u32_at(file, at)
}

/// Returns entry `index` of a vector of tables.
fn entry(file: &[u8], table: usize, slot: u16, index: usize) -> usize {
    target(file, target(file, field(file, table, slot)) + 4 + 4 * index)
}

/// Returns a model with one operator and two tensors, and the place of its root.
fn simple() -> (Vec<u8>, usize) {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1, 4]).data(&[1, 2, 3, 4]));
    let y = graph.tensor(TensorSpec::new("y", TensorType::INT8, &[1, 4]));
    graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
    graph.outputs(&[y]);
    let file = model.finish();
    let root = u32_at(&file, 0);
    (file, root)
}

fn graph_of(file: &[u8], root: usize) -> usize {
    entry(file, root, fields::model::SUBGRAPHS, 0)
}

fn error(file: &[u8]) -> Error {
    Model::parse(file).unwrap_err()
}

#[test]
fn rejects_what_is_no_tflite_file() {
    let (mut file, root) = simple();
    assert!(Model::parse(&file).is_ok());
    file[4] = b'X';
    assert_eq!(error(&file), Error::Identifier(*b"XFL3"));
    assert_eq!(error(&file).to_string(), "the file identifier is `XFL3`, not `TFL3`");
    file[4] = b'T';
    let version = field(&file, root, fields::model::VERSION);
    put_u32(&mut file, version, 2);
    assert_eq!(error(&file), Error::Version(2));
    // A version that the table does not have is 0; one that lies behind the end is nowhere.
    let vtable = root.wrapping_sub(u32_at(&file, root) as i32 as usize);
    file[vtable + 4..vtable + 6].fill(0);
    assert_eq!(error(&file), Error::Version(0));
    file[vtable + 4..vtable + 6].fill(0xff);
    let (place, offset) = (place(Part::Model, None, 0), root as u32 + 0xffff);
    assert_eq!(error(&file), Error::OutOfBounds { place, offset });
}

#[test]
fn rejects_a_root_outside_the_file() {
    let (mut file, _) = simple();
    for root in [file.len() as u32 - 3, file.len() as u32, u32::MAX] {
        put_u32(&mut file, 0, root);
        assert_eq!(
            error(&file),
            Error::Vtable { place: place(Part::Model, None, 0), offset: root }
        );
    }
}

#[test]
fn rejects_vtables_outside_the_file_or_of_impossible_length() {
    let (file, root) = simple();
    let graph = graph_of(&file, root);
    let wrong = Error::Vtable { place: place(Part::Subgraph, None, 0), offset: graph as u32 };
    let back = [graph as u32 + 1, u32::MAX - file.len() as u32, i32::MIN as u32, i32::MAX as u32];
    for back in back {
        let mut file = file.clone();
        put_u32(&mut file, graph, back);
        assert_eq!(error(&file), wrong);
    }
    for len in [0_u16, 2, 5, u16::MAX - 1] {
        let mut file = file.clone();
        // A vtable of its own, so that no other table is hit first.
        let vtable = file.len();
        file.extend(len.to_le_bytes());
        file.extend([4, 0, 0, 0]);
        put_u32(&mut file, graph, (graph as u32).wrapping_sub(vtable as u32));
        assert_eq!(error(&file), wrong);
    }
}

#[test]
fn rejects_offsets_that_lead_nowhere() {
    let (file, root) = simple();
    let graph = graph_of(&file, root);
    let tensor = entry(&file, graph, fields::subgraph::TENSORS, 1);
    for (slot, tensor) in [(fields::tensor::SHAPE, tensor), (fields::tensor::NAME, tensor)] {
        let at = field(&file, tensor, slot);
        for offset in [0, file.len() as u32, u32::MAX, u32::MAX - at as u32 + 1] {
            let mut file = file.clone();
            put_u32(&mut file, at, offset);
            let Error::OutOfBounds { place: found, .. } = error(&file) else { panic!() };
            assert_eq!(found, place(Part::Tensor, Some(0), 1));
        }
        // A length whose bytes overflow 32 bits, and one that is just too much.
        for len in [u32::MAX, 0x4000_0001, file.len() as u32] {
            let mut file = file.clone();
            let at = target(&file, at);
            put_u32(&mut file, at, len);
            let wrong = place(Part::Tensor, Some(0), 1);
            assert_eq!(error(&file), Error::OutOfBounds { place: wrong, offset: at as u32 });
        }
    }
}

#[test]
fn rejects_a_list_that_contains_itself() {
    let (mut file, root) = simple();
    // The subgraph's list of tensors becomes the model's list of subgraphs: tables of the wrong
    // kind, in a circle, but finite because the schema's nesting is.
    let graph = graph_of(&file, root);
    let tensors = field(&file, graph, fields::subgraph::TENSORS);
    let subgraphs = target(&file, field(&file, root, fields::model::SUBGRAPHS));
    put_u32(&mut file, tensors, (subgraphs as u32).wrapping_sub(tensors as u32));
    assert!(Model::parse(&file).is_err());
}

#[test]
fn rejects_indices_that_name_nothing() {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1]));
    graph.operator(BuiltinOperator::RELU, &[-1, x], &[x], Options::None);
    let sound = model.clone();
    assert!(Model::parse(&sound.finish()).is_ok());

    let with = |change: &dyn Fn(&mut ModelBuilder)| {
        let mut model = sound.clone();
        change(&mut model);
        error(&model.finish())
    };
    let tensor = |place, index| Error::TensorIndex { place, index, len: 1 };
    let operator = Place { index: 1, ..OPERATOR };
    let graph = place(Part::Subgraph, None, 0);
    let add = |inputs: &'static [i32], outputs: &'static [i32]| {
        with(&move |model| {
            model.edit_subgraph(0).unwrap().operator(
                BuiltinOperator::RELU,
                inputs,
                outputs,
                Options::None,
            );
        })
    };
    assert_eq!(add(&[1], &[0]), tensor(operator, 1));
    assert_eq!(add(&[-2], &[0]), tensor(operator, -2));
    assert_eq!(add(&[0], &[-1]), tensor(operator, -1));
    assert_eq!(add(&[0], &[i32::MAX]), tensor(operator, i64::from(i32::MAX)));
    let found = with(&|model| {
        let spec = OperatorSpec::new(BuiltinOperator::RELU, &[0], &[0]).intermediates(&[3]);
        model.edit_subgraph(0).unwrap().add(spec);
    });
    assert_eq!(found, tensor(operator, 3));
    let found = with(&|model| {
        model.edit_subgraph(0).unwrap().inputs(&[-1]);
    });
    assert_eq!(found, tensor(graph, -1));
    let found = with(&|model| {
        model.edit_subgraph(0).unwrap().outputs(&[1]);
    });
    assert_eq!(found, tensor(graph, 1));
    let found = with(&|model| {
        let spec = TensorSpec::new("y", TensorType::INT8, &[1]).buffer(9);
        model.edit_subgraph(0).unwrap().tensor(spec);
    });
    let y = place(Part::Tensor, Some(0), 1);
    assert_eq!(found, Error::BufferIndex { place: y, index: 9, len: 1 });
    for shape in [[-2, 1], [i32::MIN, -1]] {
        let found = with(&|model| {
            let spec = TensorSpec::new("y", TensorType::INT8, &[3, -1]).shape_signature(&shape);
            model.edit_subgraph(0).unwrap().tensor(spec);
        });
        assert_eq!(found, Error::Dimension { place: y, axis: 0, size: shape[0] });
    }
    for (then_subgraph_index, else_subgraph_index) in [(1, 0), (0, 1), (-1, 0)] {
        let found = with(&|model| {
            let options = IfOptions { then_subgraph_index, else_subgraph_index };
            let mut graph = model.edit_subgraph(0).unwrap();
            graph.operator(BuiltinOperator::IF, &[0], &[0], options);
        });
        let index = i64::from(then_subgraph_index + else_subgraph_index);
        assert_eq!(found, Error::SubgraphIndex { place: operator, index, len: 1 });
    }
    let signature = place(Part::Signature, None, 0);
    let found = with(&|model| {
        model.signature("s", 1, &[], &[]);
    });
    assert_eq!(found, Error::SubgraphIndex { place: signature, index: 1, len: 1 });
    let found = with(&|model| {
        model.signature("s", 0, &[("x", 0)], &[("y", u32::MAX)]);
    });
    assert_eq!(found, tensor(signature, i64::from(u32::MAX)));
    assert_eq!(error(&ModelBuilder::new().finish()), Error::NoSubgraph);
}

#[test]
fn tensors_of_another_subgraph_do_not_count() {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1]));
    model.subgraph("empty").inputs(&[0]);
    let mut file = model.finish();
    let second = Place { part: Part::Subgraph, subgraph: None, index: 1 };
    let wrong = Error::TensorIndex { place: second, index: 0, len: 0 };
    assert_eq!(error(&file), wrong);
    // Also where the list is not empty but absent.
    let root = u32_at(&file, 0);
    let graph = entry(&file, root, fields::model::SUBGRAPHS, 1);
    let vtable = graph.wrapping_sub(u32_at(&file, graph) as i32 as usize);
    let slot = vtable + 4 + 2 * usize::from(fields::subgraph::TENSORS);
    file[slot..slot + 2].fill(0);
    assert_eq!(error(&file), wrong);
}

#[test]
fn rejects_an_operator_code_or_metadata_buffer_that_does_not_exist() {
    let (mut file, root) = simple();
    let graph = graph_of(&file, root);
    let operator = entry(&file, graph, fields::subgraph::OPERATORS, 0);
    let at = field(&file, operator, fields::operator::OPCODE_INDEX);
    put_u32(&mut file, at, 1);
    assert_eq!(error(&file), Error::OperatorCodeIndex { place: OPERATOR, index: 1, len: 1 });

    let mut file = common::rich_model().finish();
    let root = u32_at(&file, 0);
    let metadata = entry(&file, root, fields::model::METADATA, 1);
    let at = field(&file, metadata, fields::metadata::BUFFER);
    put_u32(&mut file, at, 5);
    let wrong = place(Part::Metadata, None, 1);
    assert_eq!(error(&file), Error::BufferIndex { place: wrong, index: 5, len: 5 });
}

#[test]
fn rejects_data_behind_the_end_of_the_file() {
    let mut model = ModelBuilder::new();
    model.subgraph("main");
    model.buffer(&[1, 2, 3]);
    let file = model.data_behind(true).finish();
    let root = u32_at(&file, 0);
    let buffer = entry(&file, root, fields::model::BUFFERS, 1);
    let parsed = Model::parse(&file).unwrap();
    assert_eq!(parsed.buffer(1).unwrap().data(), [1, 2, 3]);
    assert_eq!(parsed.buffer(1).unwrap().data_offset() % 16, 0);
    let len = file.len() as u64;
    for (slot, values) in [
        (fields::buffer::OFFSET, [len - 2, len + 1, 1 << 32, u64::MAX]),
        (fields::buffer::SIZE, [4, len, 1 << 32, u64::MAX]),
    ] {
        for value in values {
            let mut file = file.clone();
            let at = field(&file, buffer, slot);
            file[at..at + 8].copy_from_slice(&value.to_le_bytes());
            let Error::OutOfBounds { place: found, .. } = error(&file) else { panic!() };
            assert_eq!(found, place(Part::Buffer, None, 1));
        }
    }
}

/// Returns a file of many operators with the same huge vector of inputs: the file is small, the
/// work is not.
fn shared_inputs(operators: usize, inputs: usize) -> Vec<u8> {
    let mut model = ModelBuilder::new();
    let mut graph = model.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1]));
    graph.operator(BuiltinOperator::ADD_N, &vec![x; inputs], &[x], Options::None);
    for _ in 1..operators {
        graph.operator(BuiltinOperator::ADD_N, &[x], &[x], Options::None);
    }
    let mut file = model.finish();
    let root = u32_at(&file, 0);
    let graph = graph_of(&file, root);
    let first = entry(&file, graph, fields::subgraph::OPERATORS, 0);
    let list = target(&file, field(&file, graph, fields::subgraph::OPERATORS));
    // Every entry becomes the first operator.
    for index in 1..operators {
        let at = list + 4 + 4 * index;
        put_u32(&mut file, at, (first as u32).wrapping_sub(at as u32));
    }
    file
}

#[test]
fn rejects_vectors_that_are_shared_too_often() {
    assert!(Model::parse(&shared_inputs(2, 20_000)).is_ok(), "sharing as such is no error");
    let start = Instant::now();
    let file = shared_inputs(20_000, 200_000);
    let built = start.elapsed();
    assert!(matches!(error(&file), Error::TooMuchWork { place } if place.part == Part::Operator));
    // 4 · 10⁹ steps would take many seconds of a test build.
    assert!(start.elapsed() - built < Duration::from_secs(2));
}

#[test]
fn rejects_a_huge_name_of_many_operators() {
    let named = |operators, len| {
        let mut model = ModelBuilder::new();
        let mut graph = model.subgraph("main");
        let name = "n".repeat(len);
        (0..operators).for_each(|_| _ = graph.custom(&name, &[], &[], &[]));
        model.finish()
    };
    assert!(Model::parse(&named(1000, 100)).is_ok());
    assert!(
        matches!(error(&named(1000, 100_000)), Error::TooMuchWork { place } if place.index > 0)
    );
}

#[test]
fn rejects_tables_that_are_shared_too_often() {
    // Each of the subgraphs is the same one, with as many tensors as there are subgraphs.
    let mut model = ModelBuilder::new();
    let count = 3000;
    for _ in 0..count {
        model.subgraph("");
    }
    let mut graph = model.edit_subgraph(0).unwrap();
    for _ in 0..count {
        graph.tensor(TensorSpec::new("x", TensorType::INT8, &[1]));
    }
    let mut file = model.finish();
    assert!(Model::parse(&file).is_ok());
    let root = u32_at(&file, 0);
    let list = target(&file, field(&file, root, fields::model::SUBGRAPHS));
    let graph = target(&file, list + 4);
    for index in 1..count {
        let at = list + 4 + 4 * index;
        put_u32(&mut file, at, (graph as u32).wrapping_sub(at as u32));
    }
    assert!(matches!(error(&file), Error::TooMuchWork { .. }));
}

#[test]
fn keeps_what_the_schema_does_not_know() {
    let (mut file, root) = simple();
    let code = entry(&file, root, fields::model::OPERATOR_CODES, 0);
    let at = field(&file, code, fields::operator_code::BUILTIN_CODE);
    put_u32(&mut file, at, 4711);
    let graph = graph_of(&file, root);
    let tensor = entry(&file, graph, fields::subgraph::TENSORS, 0);
    let at = field(&file, tensor, fields::tensor::TYPE);
    file[at] = 99;
    let model = Model::parse(&file).unwrap();
    let graph = model.subgraph(0).unwrap();
    assert_eq!(graph.operator(0).unwrap().code().builtin, BuiltinOperator(4711));
    let found = graph.tensor(0).unwrap().tensor_type();
    assert_eq!((found, found.name(), found.size_bytes()), (TensorType(99), None, None));
}

#[test]
fn does_not_copy_what_it_cannot_read() {
    let (file, root) = simple();
    let graph = graph_of(&file, root);
    let copy = |file: &[u8]| ModelBuilder::from_model(&Model::parse(file).unwrap()).err();
    assert_eq!(copy(&file), None);
    // A field that the table has takes the place of one that it has not.
    let stand_in = |table: usize, from: u16, to: u16| {
        let mut file = file.clone();
        let old = table.wrapping_sub(u32_at(&file, table) as i32 as usize);
        let mut vtable = file[old..old + usize::from(file[old])].to_vec();
        vtable.resize(40, 0);
        vtable[0] = 40;
        let field = |slot: u16| 4 + 2 * usize::from(slot);
        vtable.copy_within(field(from)..field(from) + 2, field(to));
        let new = file.len();
        file.extend(vtable);
        put_u32(&mut file, table, (table as u32).wrapping_sub(new as u32));
        file
    };
    let tensor = entry(&file, graph, fields::subgraph::TENSORS, 0);
    let wrong = place(Part::Tensor, Some(0), 0);
    for slot in [fields::tensor::SPARSITY, fields::tensor::EXTERNAL_BUFFER] {
        let file = stand_in(tensor, fields::tensor::BUFFER, slot);
        assert_eq!(copy(&file), Some(CopyError::Tensor(wrong)));
    }
    let operator = entry(&file, graph, fields::subgraph::OPERATORS, 0);
    let copied = copy(&stand_in(
        operator,
        fields::operator::INPUTS,
        fields::operator::BUILTIN_OPTIONS_2_TYPE,
    ));
    assert_eq!(copied, Some(CopyError::Operator(OPERATOR)));

    let mut model = ModelBuilder::new();
    let unknown = Options::Other(OptionsType(200));
    model.subgraph("main").operator(BuiltinOperator(300), &[], &[], unknown);
    let file = model.finish();
    let operator = Model::parse(&file).unwrap().subgraph(0).unwrap().operator(0).unwrap();
    assert_eq!((operator.options(), operator.code().builtin.0), (unknown, 300));
    assert_eq!(copy(&file), Some(CopyError::Operator(OPERATOR)));
}

#[test]
fn numbers_of_the_schema_have_names_and_sizes() {
    assert_eq!(BuiltinOperator::ALL.len(), 210);
    assert_eq!(BuiltinOperator::STABLEHLO_CASE.to_string(), "STABLEHLO_CASE");
    assert_eq!(format!("{:?}", BuiltinOperator(-1)), "BuiltinOperator(-1)");
    assert_eq!(OptionsType::RIGHT_SHIFT, OptionsType(126));
    for (tensor_type, bits, bytes) in [
        (TensorType::INT8, Some(8), Some(1)),
        (TensorType::INT4, Some(4), None),
        (TensorType::BFLOAT16, Some(16), Some(2)),
        (TensorType::COMPLEX128, Some(128), Some(16)),
        (TensorType::STRING, None, None),
        (TensorType(-1), None, None),
    ] {
        assert_eq!((tensor_type.bits(), tensor_type.size_bytes()), (bits, bytes), "{tensor_type}");
    }
}

#[test]
fn takes_the_greater_of_both_operator_codes() {
    let (mut file, root) = simple();
    let code = entry(&file, root, fields::model::OPERATOR_CODES, 0);
    let byte = field(&file, code, fields::operator_code::DEPRECATED_BUILTIN_CODE);
    let extended = field(&file, code, fields::operator_code::BUILTIN_CODE);
    for (old, new, expected) in [
        (3, 0, BuiltinOperator::CONV_2D),
        (127, 142, BuiltinOperator::VAR_HANDLE),
        (0, 9, BuiltinOperator::FULLY_CONNECTED),
    ] {
        file[byte] = old;
        put_u32(&mut file, extended, new);
        let model = Model::parse(&file).unwrap();
        assert_eq!(model.operator_code(0).unwrap().builtin, expected);
    }
}
