//! A look at tensors: while nodes run, and after an invoke under a plan that keeps all.

use bantam_interp::host::OwnedInterpreter;
use bantam_interp::plan::KeepAll;
use bantam_interp::{Interpreter, Node, Observer, Outputs, Sharing, ops};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
use bantam_testkit::{Memory, cases};

/// `x`, then three nodes that negate it.
fn chain() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = builder.subgraph("main");
    let spec = |name| TensorSpec::new(name, TensorType::FLOAT32, &[4]);
    let [x, a, b, y] = ["x", "a", "b", "y"].map(|name| graph.tensor(spec(name)));
    for (from, to) in [(x, a), (a, b), (b, y)] {
        graph.operator(BuiltinOperator::NEG, &[from], &[to], Options::None);
    }
    graph.tensor(spec("unused"));
    let bytes: Vec<u8> = [7.0_f32; 4].iter().flat_map(|value| value.to_le_bytes()).collect();
    graph.tensor(spec("constant").data(&bytes));
    graph.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect()
}

/// What each node has written.
#[derive(Default)]
struct Taps(Vec<(u32, Vec<f32>)>);

impl Observer for Taps {
    fn before(&mut self, _node: Node) {}

    fn after(&mut self, node: Node, outputs: &Outputs<'_>) {
        assert_eq!((outputs.len(), outputs.is_empty()), (1, false));
        assert_eq!(outputs.bytes(1), None);
        self.0.push((node.index, floats(outputs.bytes(0).unwrap())));
    }
}

const X: [f32; 4] = [1.0, -2.0, 3.0, 0.5];

#[test]
fn an_observer_reads_outputs_where_they_lie() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let mut interpreter = Interpreter::new(&model, ops::ALL, &mut arena).unwrap();
    interpreter.input::<f32>(0).unwrap().copy_from_slice(&X);
    let mut taps = Taps::default();
    interpreter.invoke_observed(&mut taps).unwrap();
    let negated = X.map(|x| -x).to_vec();
    let expected = [(0, negated.clone()), (1, X.to_vec()), (2, negated)];
    assert_eq!(taps.0, expected);
    // They lie over each other, so none can be read afterwards.
    assert!((0..4).all(|tensor| interpreter.tensor(tensor).is_none()));
}

#[test]
fn a_plan_that_keeps_all_shows_every_tensor() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 4096];
    let made =
        Interpreter::with_planner(&model, ops::ALL, &mut arena, Sharing::Apart, &mut KeepAll);
    let mut interpreter = made.unwrap();
    assert_eq!(interpreter.overlay_bytes(), 4 * 16);
    interpreter.input::<f32>(0).unwrap().copy_from_slice(&X);
    interpreter.invoke().unwrap();
    let negated = X.map(|x| -x);
    for (tensor, expected) in (0..).zip([X, negated, X, negated]) {
        assert_eq!(floats(interpreter.tensor(tensor).unwrap()), expected, "{tensor}");
    }
    // Nothing uses the others.
    assert_eq!((4..9).find_map(|tensor| interpreter.tensor(tensor)), None);
}

#[test]
fn an_owned_interpreter_takes_a_planner_and_exactly_its_bytes() {
    let file = chain();
    let model = Model::parse(&file).unwrap();
    let made = OwnedInterpreter::with_planner(&model, ops::ALL, Sharing::Apart, &mut KeepAll);
    let mut owned = made.unwrap();
    let mut arena = vec![0; 4096];
    let made =
        Interpreter::with_planner(&model, ops::ALL, &mut arena, Sharing::Apart, &mut KeepAll);
    assert_eq!(owned.arena_bytes(), made.unwrap().arena_used_bytes());
    owned.input::<f32>(0).unwrap().copy_from_slice(&X);
    owned.invoke().unwrap();
    let kept = owned.with(|made| made.tensor(1).map(floats));
    assert_eq!(kept.unwrap(), X.map(|x| -x));
}

#[test]
fn nodes_of_called_subgraphs_are_watched() {
    for name in ["IF", "WHILE", "CALL_ONCE"] {
        let case = cases().into_iter().find(|case| case.operator_name() == name).unwrap();
        let file = case.file();
        let model = Model::parse(&file).unwrap();
        let mut memory = Memory::new(1 << 14);
        let mut interpreter = Interpreter::new(&model, ops::ALL, memory.bytes()).unwrap();
        let (mut nodes, mut called, mut values) = (0, 0, Vec::new());
        for inputs in case.feeds() {
            for (index, bytes) in inputs.iter().enumerate() {
                interpreter.input_bytes(index).unwrap().copy_from_slice(bytes);
            }
            let mut in_call = false;
            let outcome = interpreter.invoke_watched(&mut |event| {
                let graph = model.subgraph(event.subgraph).unwrap();
                let tensor = match event.node {
                    Some(node) => graph.operator(node).unwrap().outputs().get(0),
                    None => graph.inputs().get(0),
                };
                match (event.subgraph, event.node) {
                    (0, node) => nodes += u32::from(node.is_some()),
                    (_, None) => called += 1,
                    (_, Some(_)) => assert!(in_call, "{name}: told before it runs"),
                }
                in_call = event.subgraph > 0;
                let value = event.value(0);
                assert_eq!(value.is_some(), tensor.is_some(), "{name}: {event:?}");
                values.extend(value.filter(|_| in_call));
                assert_eq!(event.value(9), None);
            });
            outcome.unwrap();
            let output = interpreter.output_bytes(0).unwrap().to_vec();
            // What IF and WHILE give is what a subgraph has made.
            assert!(name == "CALL_ONCE" || values.contains(&output), "{name}");
        }
        assert_eq!(nodes as usize, case.feeds().len() * interpreter.node_len(), "{name}");
        assert!(called > 0 && (name == "CALL_ONCE" || !values.is_empty()), "{name}");
    }
}
