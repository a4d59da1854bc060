//! Random graphs give the same outputs whether tensors lie over each other or not, and with plans
//! made on a host.
//!
//! A tensor that is an output of the graph must survive, so nothing may lie over it: making every
//! tensor an output forbids all overlaps. The nodes are those of `bantam-testkit`'s table.

use std::sync::LazyLock;

use bantam_interp::host::{self, Planned, Request, Search};
use bantam_interp::{
    Effort, Error, Interpreter, OfflinePlan, Options as InterpreterOptions, Outcome, Sharing,
};
use bantam_planner::schedule;
use bantam_schema::write::ModelBuilder;
use bantam_schema::{ActivationFunction, Model, Padding, TensorType};
use bantam_signal_ops::EVERY;
use bantam_testkit::{Case, Entry, Memory, Params, Tensor, noise, table};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use crate::golden::SHARINGS;

/// All entries but those of custom operators, which graphs do not have.
static TABLE: LazyLock<Vec<Entry>> =
    LazyLock::new(|| table().into_iter().filter(|entry| entry.custom.is_none()).collect());

/// One node to be: the numbers are cut to what the graph at hand allows.
#[derive(Clone, Copy, Debug)]
struct Step {
    entry: usize,
    from: [usize; 3],
    window: [i32; 2],
    stride: [i32; 2],
    dilation: [i32; 2],
    channels: i32,
    axis: i32,
    variant: u8,
    activation: ActivationFunction,
    same: bool,
    per_channel: bool,
    /// Write to a tensor that there is already, if one fits.
    again: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let pair = |max: i32| [1..=max, 1..=max];
    let activations = [ActivationFunction::NONE, ActivationFunction::RELU6];
    (
        (0..TABLE.len(), [0..64_usize, 0..64, 0..64]),
        (pair(3), pair(2), pair(2)),
        (1..=5_i32, -1..4_i32, 0..3_u8, prop::sample::select(activations.to_vec())),
        (any::<bool>(), any::<bool>(), prop::bool::weighted(0.1)),
    )
        .prop_map(
            |(
                (entry, from),
                (window, stride, dilation),
                (channels, axis, variant, activation),
                (same, per_channel, again),
            )| Step {
                entry,
                from,
                window,
                stride,
                // Strides and dilations exclude each other.
                dilation: if stride == [1, 1] { dilation } else { [1, 1] },
                channels,
                axis,
                variant,
                activation,
                same,
                per_channel,
                again,
            },
        )
}

#[derive(Clone, Debug)]
struct Plan {
    /// The type of the graph's inputs.
    tensor_type: TensorType,
    batches: i32,
    /// Height, width and channels of the graph's inputs.
    inputs: Vec<[i32; 3]>,
    steps: Vec<Step>,
    /// Tensors that are outputs besides the last one.
    outputs: Vec<usize>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let types = vec![TensorType::INT8, TensorType::INT16, TensorType::FLOAT32];
    let size = [1..=9_i32, 1..=6, 1..=4];
    (
        prop::sample::select(types),
        1..=2_i32,
        prop::collection::vec(size, 1..=2),
        prop::collection::vec(step(), 1..14),
        prop::collection::vec(0..64_usize, 0..2),
    )
        .prop_map(|(tensor_type, batches, inputs, steps, outputs)| Plan {
            tensor_type,
            batches,
            inputs,
            steps,
            outputs,
        })
}

/// A graph under construction.
struct Graph {
    activations: Vec<Tensor>,
    nodes: Vec<Node>,
}

struct Node {
    case: Case,
    /// The activations that it reads; `None` stands for a constant.
    inputs: Vec<Option<usize>>,
    outputs: Vec<usize>,
}

impl Graph {
    /// Adds the node that `step` describes, on the first activation from the one it names that can
    /// have it.
    fn add(&mut self, step: &Step) {
        let len = self.activations.len();
        let node = (0..len).find_map(|more| self.node(step, (step.from[0] + more) % len));
        if let Some((case, inputs)) = node {
            let outputs = case.outputs.iter().map(|output| self.output(step, output, &inputs));
            let outputs = outputs.collect::<Vec<_>>();
            let outputs = outputs.into_iter().map(|(old, tensor)| {
                old.unwrap_or_else(|| {
                    self.activations.push(tensor);
                    self.activations.len() - 1
                })
            });
            let outputs = outputs.collect();
            self.nodes.push(Node { case, inputs, outputs });
        }
    }

    /// The node of `step` that reads the activation `from`, and the places of its inputs.
    fn node(&self, step: &Step, from: usize) -> Option<(Case, Vec<Option<usize>>)> {
        let others = [step.from[1], step.from[2]].map(|other| other % self.activations.len());
        let input = self.activations[from].clone();
        let params = Params {
            others: others.map(|other| self.activations[other].clone()).into(),
            window: step.window,
            stride: step.stride,
            dilation: step.dilation,
            padding: if step.same { Padding::SAME } else { Padding::VALID },
            channels: step.channels,
            axis: step.axis,
            activation: step.activation,
            per_channel: step.per_channel,
            variant: step.variant,
            ..Params::new(input.tensor_type, &input.shape)
        };
        let case = TABLE[step.entry].node(&Params { input, ..params })?;
        if case.custom.is_some() || !case.is_alone() {
            return None;
        }
        // Each of the three in its turn, where they are alike.
        let mut turn = [from, others[0], others[1]].into_iter().cycle();
        let mut place = |tensor: &Tensor| {
            let mut candidates = turn.by_ref().take(3);
            candidates.find(|&candidate| self.activations[candidate] == *tensor)
        };
        let mut inputs = Vec::new();
        for tensor in &case.inputs {
            inputs.push(if tensor.is_fed() { Some(place(tensor)?) } else { None });
        }
        Some((case, inputs))
    }

    /// An old activation for an output, if there shall be one, or else a new one.
    fn output(
        &self,
        step: &Step,
        tensor: &Tensor,
        inputs: &[Option<usize>],
    ) -> (Option<usize>, Tensor) {
        let fits = |&i: &usize| self.activations[i] == *tensor && !inputs.contains(&Some(i));
        let fitting = || (0..self.activations.len()).filter(fits);
        let old = fitting().nth(step.from[1] % fitting().count().max(1));
        (old.filter(|_| step.again), tensor.clone())
    }
}

/// The model of `plan`, and how many outputs it has that the plan asks for; all activations come
/// after them if `all` is set.
fn model(plan: &Plan, all: bool) -> (Vec<u8>, usize) {
    let input =
        |&[h, w, c]: &[i32; 3]| Tensor::activation(plan.tensor_type, &[plan.batches, h, w, c]);
    let mut graph = Graph { activations: plan.inputs.iter().map(input).collect(), nodes: vec![] };
    for step in &plan.steps {
        if graph.activations.iter().all(|tensor| tensor.elements_len() < 1000) {
            graph.add(step);
        }
    }
    let len = graph.activations.len();
    let mut outputs = vec![graph.nodes.last().map_or(0, |node| node.outputs[0])];
    outputs.extend(plan.outputs.iter().map(|i| i % len));
    let named = outputs.len();
    if all {
        outputs.extend(0..len);
    }

    let mut builder = ModelBuilder::new();
    let mut subgraph = builder.subgraph("main");
    for tensor in &graph.activations {
        subgraph.tensor(tensor.spec());
    }
    let indices = |list: &[usize]| list.iter().map(|&i| i as i32).collect::<Vec<_>>();
    for Node { case, inputs, outputs } in &graph.nodes {
        let tensors = inputs.iter().zip(&case.inputs);
        let inputs = tensors.map(|(place, tensor)| match place {
            Some(place) => *place as i32,
            None => subgraph.tensor(tensor.spec()),
        });
        let inputs: Vec<i32> = inputs.collect();
        subgraph.operator(case.operator, &inputs, &indices(outputs), case.options);
    }
    let inputs: Vec<usize> = (0..plan.inputs.len()).collect();
    subgraph.inputs(&indices(&inputs)).outputs(&indices(&outputs));
    (builder.finish(), named)
}

type How = (Effort, Sharing);

/// Plans that the models carry must be valid.
fn options((effort, sharing): How) -> InterpreterOptions {
    let mut options = InterpreterOptions::default();
    (options.effort, options.sharing) = (effort, sharing);
    options.offline_plan = OfflinePlan::Require;
    options
}

/// Runs `file` twice in `arena`; gives its first `count` outputs.
fn run(file: &[u8], arena: &mut [u8], how: How, count: usize) -> Vec<Vec<u8>> {
    let model = Model::parse(file).unwrap();
    let options = options(how);
    let mut interpreter = Interpreter::with_options(&model, EVERY, arena, options).unwrap();
    for _ in 0..2 {
        for index in 0..interpreter.input_len() {
            let kind = interpreter.input_tensor(index).unwrap().tensor_type();
            let input = interpreter.input_bytes(index).unwrap();
            input.copy_from_slice(&noise::bytes(kind, input.len(), index as u32));
        }
        assert_eq!(interpreter.invoke(), Ok(Outcome::Done));
    }
    (0..count).map(|i| interpreter.output_bytes(i).unwrap().to_vec()).collect()
}

/// The bytes that `file` needs, which an error names too, and those of them that are the overlay.
fn needed(file: &[u8], how: How) -> (usize, usize) {
    let model = Model::parse(file).unwrap();
    let options = options(how);
    let mut arena = Memory::new(1 << 20);
    let interpreter = Interpreter::with_options(&model, EVERY, arena.bytes(), options).unwrap();
    let (bytes, overlay) = (interpreter.arena_used_bytes(), interpreter.overlay_bytes());
    match Interpreter::with_options(&model, EVERY, &mut arena.bytes()[..bytes - 1], options) {
        Err(Error::OutOfMemory { needed, .. }) => assert_eq!(needed, bytes),
        other => panic!("{other:?}"),
    }
    (bytes, overlay)
}

/// The model with a plan, for which there is little time.
fn planned(file: &[u8], sharing: Sharing) -> Planned {
    let request = Request {
        sharing,
        search: Search { nodes: 200, threads: 1 },
        order: Some(schedule::Options { states: 200, beam_width: 4 }),
    };
    host::plan(&Model::parse(file).unwrap(), EVERY, &request, &mut |_| {}).unwrap()
}

const EFFORTS: [Effort; 3] = [Effort::Greedy, Effort::Portfolio, Effort::Search(64)];

proptest! {
    #[test]
    fn overlaps_change_no_output(plan in plan(), effort in 0..3_usize) {
        let effort = EFFORTS[effort];
        let (file, count) = model(&plan, false);
        let (apart, _) = model(&plan, true);
        let how = (effort, Sharing::Apart);
        let (bytes, _) = needed(&apart, how);
        let expected = run(&apart, Memory::new(bytes).bytes(), how, count);
        for sharing in SHARINGS {
            let how = (effort, sharing);
            let (bytes, _) = needed(&file, how);
            let outputs = run(&file, Memory::new(bytes).bytes(), how, count);
            prop_assert_eq!(&outputs, &expected, "{:?}", sharing);
            let planned = planned(&file, sharing);
            let (bytes, overlay) = needed(&planned.file, how);
            let outputs = run(&planned.file, Memory::new(bytes).bytes(), how, count);
            prop_assert_eq!(&outputs, &expected, "planned, {:?}", sharing);
            let stored = (planned.arena_bytes, planned.map.overlay_bytes as usize);
            prop_assert_eq!((bytes, overlay), stored);
        }
    }
}

/// Otherwise the test above would compare a thing with itself.
#[test]
fn chains_do_overlap() {
    let step = Step {
        entry: 0,
        from: [0; 3],
        window: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        channels: 4,
        axis: -1,
        variant: 0,
        activation: ActivationFunction::NONE,
        same: true,
        per_channel: true,
        again: false,
    };
    let chain = [
        ("CONV_2D", step),
        ("DEPTHWISE_CONV_2D", Step { channels: 1, ..step }),
        ("AVERAGE_POOL_2D", step),
        ("MAX_POOL_2D", step),
        ("RESHAPE", Step { variant: 1, ..step }),
        ("RELU", step),
        ("RESIZE_NEAREST_NEIGHBOR", step),
        ("TRANSPOSE_CONV", step),
        ("FULLY_CONNECTED", step),
    ];
    let step = |(at, (name, step)): (usize, (&str, Step))| {
        let entry = TABLE.iter().position(|entry| entry.operator.name() == Some(name)).unwrap();
        Step { entry, from: [at; 3], ..step }
    };
    for tensor_type in [TensorType::INT8, TensorType::INT16, TensorType::FLOAT32] {
        let plan = Plan {
            tensor_type,
            batches: 1,
            inputs: vec![[8, 8, 4]],
            steps: chain.into_iter().enumerate().map(step).collect(),
            outputs: vec![],
        };
        let width = tensor_type.size_bytes().unwrap() as usize;
        let file = model(&plan, false).0;
        let [overlap, in_place, apart] = SHARINGS.map(|how| needed(&file, (Effort::Greedy, how)).1);
        assert!(overlap < 2 * 8 * 8 * 4 * width, "{overlap}");
        assert!(overlap < in_place && in_place <= apart, "{overlap} {in_place} {apart}");
    }
}

/// The operators of the table in docs/planning.md that do not look at one element at a time.
const OVER_THEIR_INPUT: [&str; 32] = [
    "ARG_MAX",
    "ARG_MIN",
    "AVERAGE_POOL_2D",
    "BATCH_MATMUL",
    "BROADCAST_TO",
    "CONV_2D",
    "CUMSUM",
    "DEPTHWISE_CONV_2D",
    "DEPTH_TO_SPACE",
    "FULLY_CONNECTED",
    "L2_NORMALIZATION",
    "L2_POOL_2D",
    "LOG_SOFTMAX",
    "MAX_POOL_2D",
    "MEAN",
    "MIRROR_PAD",
    "PAD",
    "PADV2",
    "REDUCE_ALL",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "SELECT_V2",
    "SHAPE",
    "SLICE",
    "SOFTMAX",
    "SPACE_TO_DEPTH",
    "STRIDED_SLICE",
    "SUM",
    "TRANSPOSE",
    "ZEROS_LIKE",
];

/// Otherwise the comparison with TFLM's outputs would be one of what lies apart.
#[test]
fn cases_of_operators_with_permissions_do_overlap() {
    for name in OVER_THEIR_INPUT {
        let entries = TABLE.iter().filter(|entry| entry.operator.name() == Some(name));
        let overlaps = entries.flat_map(Entry::cases).any(|case| {
            let file = case.file();
            let overlay = |sharing| needed(&file, (Effort::Portfolio, sharing)).1;
            overlay(Sharing::Overlap) < overlay(Sharing::Apart)
        });
        assert!(overlaps, "{name}");
    }
}

/// Otherwise the table could grow without growing these graphs.
#[test]
fn every_entry_stands_in_some_graph() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut missing: Vec<bool> = TABLE.iter().map(|_| true).collect();
    for _ in 0..2_000 {
        let step = step().new_tree(&mut runner).unwrap().current();
        let types = TABLE[step.entry].types;
        let kind = types[step.from[0] % types.len()];
        let shapes = [&[1, 4, 3, 2][..], &[1, 4, 3, 2], &[4], &[]];
        let activations = shapes.map(|shape| Tensor::activation(kind, shape)).to_vec();
        let mut graph = Graph { activations, nodes: vec![] };
        graph.add(&step);
        missing[step.entry] &= graph.nodes.is_empty();
    }
    // Indices do not come from other nodes, and graphs have neither variables nor other subgraphs.
    let reads = |entry: &Entry| {
        let reads =
            |case: Case| case.is_alone() && case.fed().any(|tensor| tensor.places.is_none());
        entry.cases().any(reads)
    };
    let missing = TABLE.iter().zip(missing).filter(|(entry, missing)| *missing && reads(entry));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "{missing:?}");
}
