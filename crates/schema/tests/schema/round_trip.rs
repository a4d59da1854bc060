//! The reader returns what the writer wrote.

use crate::common;
use std::collections::BTreeMap;

use bantam_schema::{
    ActivationFunction, BuiltinOperator, Model, Options, OptionsType, Padding, TensorType, Vector,
    flexbuffer::Reader,
    options::*,
    write::{FlexValue, ModelBuilder, OperatorSpec, TensorSpec, flexbuffer},
};
use proptest::{collection::vec, option, prelude::*};

/// A tensor, as plain data.
#[derive(Clone, Debug)]
struct TensorCase {
    name: String,
    tensor_type: i8,
    shape: Vec<i32>,
    signature: Vec<i32>,
    quantization: Vec<(f32, i64)>,
    dimension: i32,
    data: Option<Vec<u8>>,
    variable: bool,
}

impl TensorCase {
    fn spec(&self) -> TensorSpec {
        let mut spec = TensorSpec::new(&self.name, TensorType(self.tensor_type), &self.shape)
            .shape_signature(&self.signature);
        if !self.quantization.is_empty() {
            let (scale, zero_point): (Vec<_>, Vec<_>) = self.quantization.iter().copied().unzip();
            spec = spec.quantized_per_channel(&scale, &zero_point, self.dimension);
        }
        if let Some(data) = &self.data {
            spec = spec.data(data);
        }
        if self.variable { spec.variable() } else { spec }
    }
}

fn tensor_case() -> impl Strategy<Value = TensorCase> {
    (
        "\\PC{0,12}",
        any::<i8>(),
        vec(-1_i32..100, 0..6),
        vec(-1_i32..100, 0..6),
        vec((any::<f32>().prop_filter("comparable", |f| !f.is_nan()), any::<i64>()), 0..5),
        any::<i32>(),
        option::of(vec(any::<u8>(), 1..40)),
        any::<bool>(),
    )
        .prop_map(
            |(name, tensor_type, shape, signature, quantization, dimension, data, variable)| {
                TensorCase {
                    name,
                    tensor_type,
                    shape,
                    signature,
                    quantization,
                    dimension,
                    data,
                    variable,
                }
            },
        )
}

fn activation() -> impl Strategy<Value = ActivationFunction> {
    any::<i8>().prop_map(ActivationFunction)
}

/// Options of every shape: numbers, floats, flags, defaults that are not zero.
fn options() -> impl Strategy<Value = Options<'static>> {
    let float = || any::<f32>().prop_filter("comparable", |f| !f.is_nan());
    prop_oneof![
        Just(Options::None),
        Just(Options::Other(OptionsType::ABS)),
        (any::<[i32; 4]>(), any::<i8>(), activation()).prop_map(|(n, padding, activation)| {
            Options::Conv2d(Conv2dOptions {
                padding: Padding(padding),
                stride_w: n[0],
                stride_h: n[1],
                fused_activation_function: activation,
                dilation_w_factor: n[2],
                dilation_h_factor: n[3],
                quantized_bias_type: TensorType(padding),
            })
        }),
        (activation(), any::<bool>()).prop_map(|(activation, pot)| {
            Options::Add(AddOptions { fused_activation_function: activation, pot_scale_int16: pot })
        }),
        float().prop_map(|beta| Options::Softmax(SoftmaxOptions { beta })),
        any::<[bool; 2]>().prop_map(|[align_corners, half_pixel_centers]| {
            Options::ResizeBilinear(ResizeBilinearOptions { align_corners, half_pixel_centers })
        }),
        any::<[i64; 2]>().prop_map(|[seed, seed2]| Options::Random(RandomOptions { seed, seed2 })),
        (any::<[i32; 5]>(), any::<bool>()).prop_map(|(masks, offset)| {
            Options::StridedSlice(StridedSliceOptions {
                begin_mask: masks[0],
                end_mask: masks[1],
                ellipsis_mask: masks[2],
                new_axis_mask: masks[3],
                shrink_axis_mask: masks[4],
                offset,
            })
        }),
    ]
}

fn flex_value() -> impl Strategy<Value = FlexValue> {
    let leaf = prop_oneof![
        Just(FlexValue::Null),
        any::<i64>().prop_map(FlexValue::Int),
        (-130_i64..300).prop_map(FlexValue::Int),
        any::<u64>().prop_map(FlexValue::Uint),
        any::<f32>().prop_map(|float| FlexValue::Float(float.into())),
        any::<f64>().prop_map(FlexValue::Float),
        any::<bool>().prop_map(FlexValue::Bool),
        "\\PC{0,20}".prop_map(FlexValue::String),
        vec(any::<u8>(), 0..20).prop_map(FlexValue::Blob),
        vec(any::<i64>(), 0..6).prop_map(FlexValue::Ints),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(FlexValue::Vector),
            prop::collection::btree_map("[a-z_é]{0,6}", inner, 0..6).prop_map(FlexValue::Map),
        ]
    })
}

fn check_flex(value: &FlexValue, read: Reader<'_>) {
    match value {
        FlexValue::Null => assert!(read.is_null()),
        FlexValue::Int(int) => {
            assert_eq!(read.as_i64(), Some(*int));
            assert_eq!(read.as_u64(), u64::try_from(*int).ok());
            assert_eq!(read.as_f64(), Some(*int as f64));
        }
        FlexValue::Uint(uint) => {
            assert_eq!(read.as_u64(), Some(*uint));
            assert_eq!(read.as_i64(), i64::try_from(*uint).ok());
        }
        FlexValue::Float(float) => {
            assert_eq!(read.as_f64().unwrap().to_bits(), float.to_bits());
            assert_eq!(read.as_i64(), Some(*float as i64));
        }
        FlexValue::Bool(flag) => assert_eq!(read.as_bool(), Some(*flag)),
        FlexValue::String(text) => assert_eq!(read.as_str(), Some(text.as_str())),
        FlexValue::Blob(bytes) => assert_eq!(read.as_blob(), Some(bytes.as_slice())),
        FlexValue::Ints(ints) => {
            let vector = read.as_vector().unwrap();
            assert!(vector.iter().map(|int| int.as_i64().unwrap()).eq(ints.iter().copied()));
        }
        FlexValue::Vector(values) => check_flex_values(values.iter(), read),
        FlexValue::Map(entries) => {
            let map = read.as_map().unwrap();
            assert_eq!(map.len(), entries.len());
            for (index, (key, value)) in entries.iter().enumerate() {
                assert_eq!(map.key(index), Some(key.as_str()));
                check_flex(value, map.get(key).unwrap());
                check_flex(value, map.values().get(index).unwrap());
            }
            assert!(map.get("not there").is_none());
            check_flex_values(entries.values(), read);
        }
        _ => panic!("{value:?}"),
    }
}

fn check_flex_values<'v>(values: impl ExactSizeIterator<Item = &'v FlexValue>, read: Reader<'_>) {
    let vector = read.as_vector().unwrap();
    assert_eq!((vector.len(), vector.is_empty()), (values.len(), values.len() == 0));
    values.zip(vector.iter()).for_each(|(value, read)| check_flex(value, read));
    assert!(vector.get(vector.len()).is_none());
}

proptest! {
    #[test]
    fn prop_tensors_and_operators_survive(
        tensors in vec(tensor_case(), 1..6),
        operators in vec(
            (0..210_i32, 0..4_i32, options(), vec(any::<u8>(), 0..9), vec(-1..1_i32, 0..4)),
            0..6,
        ),
        behind: bool,
    ) {
        let mut builder = ModelBuilder::new();
        builder.data_behind(behind);
        let mut graph = builder.subgraph("graph");
        for (index, case) in tensors.iter().enumerate() {
            prop_assert_eq!(graph.tensor(case.spec()), index as i32);
        }
        for (code, version, options, custom, inputs) in &operators {
            let spec = OperatorSpec::new(BuiltinOperator(*code), inputs, &[0]);
            graph.add(spec.version(*version).options(*options).custom_options(custom));
        }
        graph.inputs(&[0]);
        let file = builder.finish();
        let model = Model::parse(&file).unwrap();

        let graph = model.subgraph(0).unwrap();
        prop_assert_eq!((graph.name(), graph.tensors().len()), (Some("graph"), tensors.len()));
        for (case, tensor) in tensors.iter().zip(graph.tensors()) {
            prop_assert_eq!(tensor.name(), Some(case.name.as_str()));
            prop_assert_eq!(tensor.tensor_type(), TensorType(case.tensor_type));
            prop_assert!(tensor.shape() == *case.shape);
            prop_assert!(tensor.shape_signature() == *case.signature);
            prop_assert_eq!(tensor.data(), case.data.as_deref());
            prop_assert_eq!(tensor.data_offset().unwrap_or(0) % 16, 0);
            prop_assert_eq!(tensor.is_variable(), case.variable);
            let quantization = tensor.quantization();
            prop_assert_eq!(quantization.is_none(), case.quantization.is_empty());
            if let Some(quantization) = quantization {
                let pairs = quantization.scale().iter().zip(quantization.zero_point());
                prop_assert!(pairs.eq(case.quantization.iter().copied()));
                prop_assert_eq!(quantization.quantized_dimension(), case.dimension);
            }
        }
        prop_assert_eq!(graph.operators().len(), operators.len());
        for (case, operator) in operators.iter().zip(graph.operators()) {
            let (code, version, options, custom, inputs) = case;
            prop_assert_eq!(operator.code().builtin, BuiltinOperator(*code));
            prop_assert_eq!(operator.code().version, *version);
            prop_assert_eq!(operator.options(), *options);
            prop_assert_eq!(operator.custom_options(), custom.as_slice());
            prop_assert!(operator.inputs() == **inputs);
        }

        let mut copy = ModelBuilder::from_model(&model).unwrap();
        prop_assert_eq!(copy.data_behind(behind).finish(), file);
    }

    #[test]
    fn prop_flexbuffers_survive(value in flex_value()) {
        let bytes = flexbuffer(&value);
        check_flex(&value, Reader::root(&bytes).unwrap());
    }

    #[test]
    fn prop_vectors_read_what_the_bytes_say(numbers: Vec<i32>, shift in 0..4_usize) {
        let mut bytes = vec![0; shift];
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let vector = Vector::<i32>::from_le_bytes(&bytes[shift..]);
        prop_assert!(vector == *numbers);
        prop_assert!(vector.iter().rev().eq(numbers.iter().rev().copied()));
        prop_assert_eq!(vector.get(numbers.len()), None);
        let whole = Vector::<i32>::new(&bytes, shift as u32, numbers.len() as u32).unwrap();
        prop_assert_eq!(whole, vector);
        prop_assert!(Vector::<i32>::new(&bytes, shift as u32 + 1, numbers.len() as u32).is_none());
    }
}

#[test]
fn every_part_of_a_rich_model_survives() {
    let builder = common::rich_model();
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    assert_eq!(model.description(), Some("a little of everything"));
    assert_eq!(model.metadata_by_name("min_runtime_version"), Some(b"1.5.0\0".as_slice()));
    assert_eq!(model.metadata_by_name("other"), None);
    let signature = model.signatures().next().unwrap();
    assert_eq!((signature.key(), signature.subgraph()), (Some("serving_default"), 0));
    assert_eq!(signature.outputs().next().map(|named| named.tensor), Some(5));
    let graph = model.subgraph(0).unwrap();
    let scales = graph.tensor(1).unwrap().quantization().unwrap();
    assert_eq!(scales.scale(), [0.5, 0.25, 2.0]);
    assert_eq!(Vector::new(&file, scales.scale_offset(), 3), Some(scales.scale()));
    assert!(scales.zero_point().iter().skip(1).eq([0, 0]));
    let lstm = graph.operator(3).unwrap();
    assert_eq!((lstm.code().version, lstm.inputs().get(1)), (4, Some(-1)));
    assert_eq!(lstm.intermediates(), [5]);
    assert_eq!(lstm.mutating_variable_inputs(), [false, false, true]);
    assert!(lstm.unidirectional_sequence_lstm_options().unwrap().time_major);
    assert!(lstm.conv_2d_options().is_none());
    assert_eq!(graph.operator(1).unwrap().reshape_options().unwrap().new_shape, [-1, 48]);
    let name = graph.operator(6).unwrap().var_handle_options().unwrap().shared_name;
    assert_eq!(name, Some("counter"));
    let custom = graph.operator(7).unwrap();
    assert_eq!(custom.code().custom, Some("Frontend"));
    let options = Reader::root(custom.custom_options()).unwrap().as_map().unwrap();
    assert_eq!(options.get("num_channels").unwrap().as_i32(), Some(40));
    assert!(graph.tensor(4).unwrap().is_variable() && graph.tensor(4).unwrap().has_rank());
    assert_eq!(ModelBuilder::from_model(&model).unwrap().finish(), file);

    let behind = builder.clone().data_behind(true).finish();
    let moved = Model::parse(&behind).unwrap();
    assert_eq!(common::walk(moved), common::walk(model));
}

#[test]
fn the_last_metadata_of_a_name_counts_and_can_be_replaced() {
    let mut builder = common::rich_model();
    builder.metadata("plan", &[1]).metadata("plan", &[2]);
    let file = builder.finish();
    assert_eq!(Model::parse(&file).unwrap().metadata_by_name("plan"), Some([2].as_slice()));
    builder.remove_metadata("plan").metadata("plan", &[3]);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    assert_eq!(model.metadata_by_name("plan"), Some([3].as_slice()));
    assert_eq!(model.metadata().len(), 3);
}

#[test]
fn lists_can_be_walked_from_both_ends() {
    let file = common::rich_model().finish();
    let model = Model::parse(&file).unwrap();
    let graph = model.subgraph(0).unwrap();
    let names: Vec<_> = graph.tensors().map(|tensor| tensor.name()).collect();
    let mut backwards: Vec<_> = graph.tensors().rev().map(|tensor| tensor.name()).collect();
    backwards.reverse();
    assert_eq!(names, backwards);
    let mut tensors = graph.tensors();
    assert_eq!(tensors.nth(2).and_then(|tensor| tensor.name()), Some("bias"));
    assert_eq!(tensors.len(), names.len() - 3);
    assert!(graph.tensor(names.len() as u32).is_none() && graph.tensor(u32::MAX).is_none());
    assert_eq!(model.metadata().len(), 2);
}

#[test]
fn flexbuffers_take_the_least_width() {
    let map = |value: FlexValue| flexbuffer(&FlexValue::Map(BTreeMap::from([("a".into(), value)])));
    assert_eq!(map(5.into()), [b'a', 0, 1, 3, 1, 1, 1, 5, 4, 2, 0x24, 1]);
    assert_eq!(*map(300.into()).last().unwrap(), 2);
    assert_eq!(*map(0.5.into()).last().unwrap(), 4);
    assert_eq!(*map(0.1.into()).last().unwrap(), 8);
}
