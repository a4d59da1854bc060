use super::*;
use crate::host::{Effort, Search, prepare};
use crate::ops::lent;
use crate::{Interpreter, Progress, Sharing, ops};
use bantam_schema::write::{ModelBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator, Options, TensorType};
use proptest::prelude::*;
use std::vec;

const MODELS: [&[u8]; 2] = [
    include_bytes!("../../../models/digits.tflite"),
    include_bytes!("../../../models/wake.tflite"),
];

/// Runs a model node by node, and writes over memory before each node: that which `free` says for
/// the node's index. The outputs.
fn outputs(mut interpreter: Interpreter<'_>, free: &[Range<usize>]) -> Vec<Vec<u8>> {
    for index in 0..interpreter.input_len() {
        let bytes = interpreter.input_bytes(index).unwrap();
        bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at * 37 % 64) as u8);
    }
    let mut free = free.iter();
    loop {
        if let Some(range) = free.next() {
            interpreter.io.overlay[range.clone()].fill(0xA5);
        }
        match interpreter.step().unwrap() {
            Progress::More => {}
            Progress::Done(_) => break,
        }
    }
    (0..interpreter.output_len()).map(|at| interpreter.output_bytes(at).unwrap().to_vec()).collect()
}

/// Bytes for an interpreter of any model here.
fn arena() -> Vec<u8> {
    vec![0; 1 << 16]
}

/// What is free while the nodes run, according to this module, and what is lent to them.
fn free_and_lent(interpreter: &Interpreter<'_>) -> [Vec<Range<usize>>; 2] {
    let (fixed, overlay) = (&interpreter.io.fixed, interpreter.io.overlay.len());
    let source = (ops::ALL, interpreter.model());
    let free = of_nodes(fixed.records, &interpreter.graph, source, overlay).unwrap();
    let lent = interpreter.nodes().iter().map(|node| {
        let op = &ops::ALL[usize::from(node.op)];
        let (_, data) = node.read(fixed.records, interpreter.model(), op.data_bytes).unwrap();
        lent(op, data).min(overlay)..overlay
    });
    [free.iter().map(|range| range.start as usize..range.end as usize).collect(), lent.collect()]
}

fn made<'a>(model: &Model<'a>, arena: &'a mut [u8]) -> Interpreter<'a> {
    Interpreter::new(model, ops::ALL, arena).unwrap()
}

fn check(model: &Model<'_>) {
    let (mut first, mut second) = (arena(), arena());
    let expected = outputs(made(model, &mut first), &[]);
    for ranges in free_and_lent(&made(model, &mut second)) {
        assert_eq!(outputs(made(model, &mut first), &ranges), expected);
    }
}

#[test]
fn no_node_misses_what_is_lent() {
    let mut lent_bytes = 0;
    for file in MODELS {
        let model = Model::parse(file).unwrap();
        check(&model);
        let mut arena = arena();
        let interpreter = made(&model, &mut arena);
        let [free, lent] = free_and_lent(&interpreter);
        lent_bytes += lent.iter().map(Range::len).sum::<usize>();
        // What the device finds is what the host finds.
        for (free, lent) in free.iter().zip(&lent).filter(|(_, lent)| !lent.is_empty()) {
            assert!(lent.start >= free.start && lent.start < free.start + 256);
        }
    }
    assert!(lent_bytes > 1000, "{lent_bytes}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_tensor_of_any_graph_is_lent(
        nodes in prop::collection::vec((0..100_usize, 0..100_usize), 1..20),
        outputs in prop::collection::vec(0..100_usize, 1..3),
    ) {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let mut tensors = vec![];
        for name in ["a", "b"] {
            tensors.push(graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, 40])));
        }
        let inputs = tensors.clone();
        for (a, b) in nodes {
            let sum = graph.tensor(TensorSpec::new("sum", TensorType::FLOAT32, &[1, 40]));
            let (a, b) = (tensors[a % tensors.len()], tensors[b % tensors.len()]);
            graph.operator(BuiltinOperator::ADD, &[a, b], &[sum], Options::None);
            tensors.push(sum);
        }
        let outputs: Vec<_> = outputs.iter().map(|at| tensors[2 + at % (tensors.len() - 2)]).collect();
        graph.inputs(&inputs).outputs(&outputs);
        let file = builder.finish();
        check(&Model::parse(&file).unwrap());
    }
}

#[test]
fn images_lend_what_is_free() {
    let model = Model::parse(MODELS[0]).unwrap();
    let effort = Effort::Exact(Search { nodes: 100_000, threads: 1 });
    let prepared = prepare(&model, ops::ALL, Sharing::default(), effort, &mut |_| {}).unwrap();
    let mut image: Vec<u32> = vec![0; prepared.image.len() / 4];
    bytemuck::cast_slice_mut(&mut image).copy_from_slice(&prepared.image);
    let image = bytemuck::cast_slice(&image);
    let (mut first, mut second) = (arena(), arena());
    let [first, second] = [&mut first, &mut second]
        .map(|arena| Interpreter::from_prepared(&model, image, ops::ALL, arena).unwrap());
    let [free, lent] = free_and_lent(&first);
    let within =
        |(free, lent): (&Range<usize>, &Range<usize>)| lent.is_empty() || free.start <= lent.start;
    assert!(free.iter().zip(&lent).all(within), "{free:?} {lent:?}");
    assert!(lent.iter().map(Range::len).sum::<usize>() > 1000, "{lent:?}");
    assert_eq!(outputs(second, &lent), outputs(first, &[]));
}
