//! A run node by node, alone and mixed with whole ones.

use bantam_interp::{
    EvalError, Failed, Interpreter, Io, Op, Operator, Outcome, Prepare, Progress, ops,
};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as B, Model, Options, TensorType};

/// Passes its input on. A negative one ends the run, and one above 100 is an error.
struct Gate;

impl Operator for Gate {
    type Data = ();

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<(), Failed> {
        node.require_operands(1..=1, 1)
    }

    fn eval(_: &(), io: &mut Io<'_>) -> Result<(), EvalError> {
        let (output, reader) = io.output::<f32>(0)?;
        let input = reader.input::<f32>(0)?;
        output.copy_from_slice(input);
        let first = input[0];
        if first < 0.0 {
            io.stop();
        }
        if first > 100.0 { Err(EvalError::Custom("too large")) } else { Ok(()) }
    }
}

static OPS: &[Op] = &[ops::SQUARE, Op::builtin::<Gate>(B::NEG), ops::ADD];

/// `x -> gate -> square -> twice`.
fn file() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let [x, a, b, y] = ["x", "a", "b", "y"]
        .map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, 4])));
    graph.operator(B::NEG, &[x], &[a], Options::None);
    graph.operator(B::SQUARE, &[a], &[b], Options::None);
    graph.operator(B::ADD, &[b, b], &[y], bantam_schema::options::AddOptions::default());
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

fn with(test: impl FnOnce(&mut Interpreter<'_>)) {
    let file = file();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    test(&mut Interpreter::new(&model, OPS, &mut arena).unwrap());
}

fn fill(interpreter: &mut Interpreter<'_>, value: f32) {
    interpreter.input::<f32>(0).unwrap().fill(value);
}

fn output(interpreter: &Interpreter<'_>) -> f32 {
    interpreter.output::<f32>(0).unwrap()[0]
}

#[test]
fn steps_compute_what_an_invoke_computes() {
    with(|interpreter| {
        for value in [3.0, 5.0] {
            fill(interpreter, value);
            for next in 0..2 {
                assert_eq!(interpreter.next_node(), next);
                assert_eq!(interpreter.step(), Ok(Progress::More));
            }
            assert_eq!(interpreter.step(), Ok(Progress::Done(Outcome::Done)));
            assert_eq!((interpreter.next_node(), output(interpreter)), (0, 2.0 * value * value));
        }
    });
}

#[test]
fn an_invoke_a_reset_and_an_input_end_a_run() {
    let ends: [fn(&mut Interpreter<'_>); 3] = [
        |interpreter| assert_eq!(interpreter.invoke(), Ok(Outcome::Done)),
        |interpreter| interpreter.reset().unwrap(),
        |interpreter| fill(interpreter, 1.0),
    ];
    for end in ends {
        with(|interpreter| {
            fill(interpreter, 2.0);
            assert_eq!(interpreter.step(), Ok(Progress::More));
            // An output may be looked at, and changes nothing.
            output(interpreter);
            assert_eq!(interpreter.next_node(), 1);
            end(interpreter);
            assert_eq!(interpreter.next_node(), 0);
            fill(interpreter, 4.0);
            while interpreter.step() == Ok(Progress::More) {}
            assert_eq!(output(interpreter), 32.0);
        });
    }
}

#[test]
fn errors_and_streams_end_a_run() {
    with(|interpreter| {
        fill(interpreter, 200.0);
        let error = interpreter.step().unwrap_err();
        assert_eq!((error.node, error.cause), (0, EvalError::Custom("too large")));
        assert_eq!(interpreter.next_node(), 0);
        fill(interpreter, -1.0);
        assert_eq!(interpreter.step(), Ok(Progress::Done(Outcome::NeedMoreInput)));
        assert_eq!(interpreter.next_node(), 0);
        // A failure after steps names its own node.
        fill(interpreter, 1.0);
        assert_eq!(interpreter.step(), Ok(Progress::More));
        fill(interpreter, 200.0);
        assert_eq!(interpreter.invoke().unwrap_err().node, 0);
    });
}

#[test]
fn a_graph_without_nodes_is_done_at_once() {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1]));
    graph.inputs(&[x]).outputs(&[x]);
    let file = builder.finish();
    let model = Model::parse(&file).unwrap();
    let mut arena = [0; 256];
    let mut interpreter = Interpreter::new(&model, OPS, &mut arena).unwrap();
    assert_eq!(interpreter.step(), Ok(Progress::Done(Outcome::Done)));
}
