//! Inputs and outputs by the names of signatures.

use bantam_interp::{Interpreter, Outcome, PortError, ops};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
use bantam_testkit::Memory;

#[test]
fn names_lead_to_the_tensors_of_the_first_subgraph() {
    let mut builder = ModelBuilder::new();
    let graph = &mut builder.subgraph("main");
    let tensor = |name: &str| TensorSpec::new(name, TensorType::FLOAT32, &[2]);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| graph.tensor(tensor(name)));
    graph.operator(BuiltinOperator::RELU, &[a], &[c], Options::None);
    graph.operator(BuiltinOperator::NEG, &[b], &[d], Options::None);
    graph.inputs(&[a, b]).outputs(&[c, d]);
    builder.subgraph("other");
    // The order is another, one output has no name, and one name is that of no input.
    builder.signature("serve", 0, &[("second", 1), ("first", 0), ("inner", 2)], &[("result", 3)]);
    builder.signature("other", 1, &[], &[]);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let mut memory = Memory::new(4096);
    let mut interpreter = Interpreter::new(&model, ops::ALL, memory.bytes()).unwrap();

    assert_eq!(interpreter.signature("train").unwrap_err(), PortError::NoSignature);
    assert_eq!(interpreter.signature("other").unwrap_err(), PortError::OtherSubgraph(1));
    let mut serve = interpreter.signature("serve").unwrap();
    assert_eq!((serve.input_index("first"), serve.input_index("second")), (Ok(0), Ok(1)));
    for name in ["inner", "result", ""] {
        assert_eq!(serve.input_index(name), Err(PortError::Name), "{name}");
    }
    assert_eq!(serve.input::<i8>("first").unwrap_err(), PortError::Type(TensorType::FLOAT32));
    serve.input::<f32>("first").unwrap().fill(0.0);
    serve.input::<f32>("second").unwrap().copy_from_slice(&[1.0, -2.0]);
    assert_eq!(serve.invoke(), Ok(Outcome::Done));
    assert_eq!(serve.output::<f32>("result").unwrap(), [-1.0, 2.0]);
    assert_eq!(serve.output::<f32>("first").unwrap_err(), PortError::Name);
    assert_eq!(serve.signature().outputs().count(), 1);
}
