//! What a file costs is bounded by its length, in steps: numbers that are read in the file, and
//! buffers that planners look at.

use bantam_interp::host::{self, Effort, Request};
use bantam_interp::{Interpreter, Sharing, ops};
use bantam_schema::{BuiltinOperator as B, Model, TensorType as T, steps};
use bantam_testkit::dense::{Dense, Kind, Node};

/// A sort of files that could take long.
type Family = fn(usize) -> Dense;

const FAMILIES: &[(&str, Family)] = &[
    ("variables", variables),
    ("buffers", buffers),
    ("live", live),
    ("graph", graph),
    ("parts", parts),
    ("nested parts", nested_parts),
    ("outputs", outputs),
    ("scales", scales),
    ("subgraphs", subgraphs),
    ("intermediates", intermediates),
];

fn of_type(tensor_type: T, shape: &[i32]) -> Kind {
    Kind { tensor_type, shape: shape.to_vec(), ..Kind::default() }
}

fn tensor(shape: &[i32]) -> Kind {
    Kind { scales: vec![0.5], ..of_type(T::INT8, shape) }
}

fn node(builtin: B, inputs: usize, outputs: usize) -> Node {
    Node { builtin, inputs, outputs, ..Node::default() }
}

/// All inputs and outputs are variables.
fn variables(bytes: usize) -> Dense {
    let len = bytes / 12;
    let all: Vec<i32> = (0..len as i32).collect();
    Dense {
        kinds: vec![Kind { is_variable: true, ..tensor(&[1]) }],
        tensors: vec![0; len],
        lists: vec![all.clone(), all],
        outputs: 1,
        ..Dense::default()
    }
}

/// Tensors that nobody uses.
fn buffers(bytes: usize) -> Dense {
    let len = bytes / 4;
    Dense {
        kinds: vec![tensor(&[1])],
        tensors: vec![0; len],
        lists: vec![vec![0]],
        ..Dense::default()
    }
}

/// As many activations as a table may have, all live at once.
fn live(bytes: usize) -> Dense {
    let len = (bytes / 12).min(2048);
    let all: Vec<i32> = (0..len as i32).collect();
    Dense {
        kinds: (1..=4).map(|size| tensor(&[48 * size])).collect(),
        tensors: (0..len).map(|index| index * 7 % 4).collect(),
        lists: vec![all.clone(), all],
        outputs: 1,
        ..Dense::default()
    }
}

/// Activations of many sizes, each of which another node reads some time later.
fn graph(bytes: usize) -> Dense {
    let len = (bytes / 64).min(680);
    let mut random = Random(1);
    let real = |shape: &[i32], data: Vec<u8>| Kind { data, ..of_type(T::FLOAT32, shape) };
    let mut dense = Dense {
        kinds: vec![real(&[1], vec![]), Kind { data: vec![0; 4], ..of_type(T::INT32, &[1]) }],
        tensors: vec![0, 1],
        lists: vec![vec![0], vec![]],
        outputs: 1,
        ..Dense::default()
    };
    for size in 1..=48 {
        dense.kinds.extend([real(&[size], vec![0; 4 * size as usize]), real(&[size], vec![])]);
        dense.tensors.push(2 * size as usize);
    }
    let mut waiting: Vec<i32> = vec![];
    for index in 0..2 * len {
        let at = dense.tensors.len() as i32;
        let lists = dense.lists.len();
        if waiting.is_empty() || index < len && random.below(3) != 0 {
            let size = 1 + random.below(48);
            dense.tensors.push(2 * size + 1);
            dense.lists.extend([vec![0, 1 + size as i32], vec![at]]);
            dense.operators.push(node(B::ADD, lists, lists + 1));
            waiting.push(at);
        } else {
            let read = waiting.swap_remove(random.below(waiting.len()));
            dense.tensors.push(0);
            dense.lists.extend([vec![read, 1], vec![at]]);
            dense.operators.push(node(B::REDUCE_MAX, lists, lists + 1));
            dense.lists[1].push(at);
        }
        dense.nodes.push(index);
    }
    dense
}

/// Random numbers.
struct Random(usize);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// Nodes that all join the same tensors.
fn parts(bytes: usize) -> Dense {
    let len = bytes / 8;
    let mut dense = Dense {
        kinds: vec![tensor(&[1, 16]), tensor(&[1, 160])],
        tensors: vec![0; 10],
        lists: vec![(0..10).collect()],
        ..Dense::default()
    };
    for index in 0..(len / 10).min(1000) {
        dense.tensors.push(1);
        dense.lists.push(vec![10 + index as i32]);
        dense
            .operators
            .push(Node { options: (10, vec![(0, 4, 1)]), ..node(B::CONCATENATION, 0, index + 1) });
        dense.nodes.extend([index; 8]);
    }
    dense.outputs = 1;
    dense
}

/// Each node joins what the one before it has joined and another tensor; all read the first.
fn nested_parts(bytes: usize) -> Dense {
    let len = bytes / 150;
    let mut dense = Dense {
        lists: vec![vec![0], vec![]],
        tensors: vec![0],
        kinds: vec![tensor(&[1, 16])],
        outputs: 1,
        ..Dense::default()
    };
    for index in 0..len {
        let at = dense.tensors.len() as i32;
        let before = at - 1;
        dense.kinds.push(tensor(&[1, 16 * (index as i32 + 2)]));
        dense.tensors.extend([0, index + 1]);
        let lists = dense.lists.len();
        dense.lists.extend([vec![0], vec![at], vec![before, at], vec![at + 1]]);
        let operators = dense.operators.len();
        dense.operators.extend([
            node(B::RELU, lists, lists + 1),
            Node { options: (10, vec![(0, 4, 1)]), ..node(B::CONCATENATION, lists + 2, lists + 3) },
        ]);
        dense.nodes.extend([operators, operators + 1]);
    }
    dense.lists[1].push(dense.tensors.len() as i32 - 1);
    dense
}

/// Many outputs of the graph, and many nodes whose input could be one.
fn outputs(bytes: usize) -> Dense {
    let mut dense = graph(bytes / 2);
    let last = dense.tensors.len() as i32 - 1;
    dense.lists[1] = vec![last; bytes / 8];
    dense
}

/// Many nodes with the same filter of many channels.
fn scales(bytes: usize) -> Dense {
    let channels = bytes / 16;
    let filter = Kind {
        data: vec![1; channels],
        scales: vec![0.01; channels],
        ..tensor(&[channels as i32, 1])
    };
    Dense {
        kinds: vec![tensor(&[1, 1]), filter, tensor(&[1, channels as i32])],
        tensors: vec![0, 1, 2],
        lists: vec![vec![0], vec![0, 1, -1], vec![2]],
        operators: vec![Node { options: (8, vec![]), ..node(B::FULLY_CONNECTED, 1, 2) }],
        nodes: vec![0; bytes / 8],
        outputs: 2,
        ..Dense::default()
    }
}

/// Many subgraphs, and much metadata.
fn subgraphs(bytes: usize) -> Dense {
    Dense {
        kinds: vec![tensor(&[1])],
        tensors: vec![0],
        lists: vec![vec![0]],
        more_subgraphs: bytes / 16,
        metadata: (bytes / 16, "BantamMemoryPlan.1".to_owned()),
        ..Dense::default()
    }
}

/// Intermediate tensors of a high rank.
fn intermediates(bytes: usize) -> Dense {
    let rank = bytes / 16;
    let mut shape = vec![1; rank];
    shape.push(0);
    Dense {
        kinds: vec![tensor(&[4]), tensor(&shape)],
        tensors: vec![0, 0, 1],
        lists: vec![vec![0], vec![1], vec![2; bytes / 128]],
        operators: vec![Node { intermediates: Some(2), ..node(B::RELU, 0, 1) }],
        nodes: vec![0; bytes / 8],
        outputs: 1,
        ..Dense::default()
    }
}

/// The steps of a task for each byte of the file, at most: several times what these files take.
struct Bounds {
    parse: u64,
    new: u64,
    /// `bantam plan` and `bantam prepare`.
    host: u64,
    /// `bantam check`, `inspect` and `simplify`.
    look: u64,
}

const BOUNDS: Bounds = Bounds { parse: 40, new: 1_000, host: 8_000, look: 2_000 };

/// Steps for each byte of a file of 64 KB are not more than for each byte of a file of 16 KB, as
/// they would be if anything grew with the square of the length: only planners do, up to as many
/// buffers as they take.
#[test]
fn steps_are_bounded_by_the_length() {
    for &(name, family) in FAMILIES {
        for kilobytes in [4, 64] {
            let file = family(kilobytes << 10).file();
            let check = |task: &str, steps: u64, bound: u64| {
                let each = steps / file.len() as u64;
                assert!(each <= bound, "{task} of {} bytes of {name}: {each}", file.len());
            };
            let (steps, model) = steps::of(|| Model::parse(&file));
            check("parse", steps, BOUNDS.parse);
            let Ok(model) = model else { continue };
            let request = Request::for_model(&model);
            let mut arena = vec![0; 1 << 22];
            let new = || Interpreter::new(&model, ops::ALL, &mut arena).is_ok();
            check("new", steps::of(new).0, BOUNDS.new);
            let plan = || host::plan(&model, ops::ALL, &request, &mut |_| {}).is_ok();
            check("plan", steps::of(plan).0, BOUNDS.host);
            let effort = Effort::Exact(request.search);
            let sharing = Sharing::default();
            let prepare = || host::prepare(&model, ops::ALL, sharing, effort, &mut |_| {}).is_ok();
            check("prepare", steps::of(prepare).0, BOUNDS.host);
            let look = || (host::check(&model, ops::ALL), host::simplify(&model, ops::ALL));
            check("check and simplify", steps::of(look).0, BOUNDS.look);
        }
    }
}

/// What is refused for its cost says which part of the file is to blame.
#[test]
fn too_much_work_is_an_error_with_its_place() {
    let file = scales(64 << 10).file();
    let model = Model::parse(&file).unwrap();
    let error = Interpreter::new(&model, ops::ALL, &mut [0; 1 << 20]).unwrap_err();
    assert!(error.to_string().contains("a long list that many nodes share"), "{error}");
    let file = buffers(64 << 10).file();
    let model = Model::parse(&file).unwrap();
    let error = Interpreter::new(&model, ops::ALL, &mut [0; 1 << 20]).unwrap_err();
    assert!(error.to_string().contains("16384 buffers, but at most 2048"), "{error}");
}

/// The places of variables are those that they had when everybody counted the ones before.
#[test]
fn variables_lie_one_after_the_other() {
    let file = variables(1200).file();
    let model = Model::parse(&file).unwrap();
    let mut arena = vec![0; 1 << 16];
    let mut interpreter = Interpreter::new(&model, ops::ALL, &mut arena).unwrap();
    for index in 0..interpreter.input_len() {
        interpreter.input_bytes(index).unwrap().fill(index as u8);
    }
    for index in 0..interpreter.output_len() {
        assert_eq!(interpreter.output_bytes(index).unwrap(), [index as u8]);
    }
}
