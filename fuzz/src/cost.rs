//! What a file costs, in steps: numbers that are read in it, and buffers that planners look at.

use bantam_interp::{Interpreter, ops};
use bantam_schema::{BuiltinOperator as B, Model, TensorType as T, steps};
use bantam_testkit::dense::{Dense, Kind, Node};

/// The length of the files that recipes make, at most.
const MAX_BYTES: usize = 64 << 10;

/// Steps of `Model::parse` for each byte of the file.
const PARSE: u64 = 200;
/// Steps of `Interpreter::new` for each byte of the file, and for any file.
const NEW: (u64, u64) = (1_000, 1 << 26);

/// Gives the steps that parsing and preparing a file take, and panics if they are more than its
/// length permits.
pub fn measure(file: &[u8]) -> u64 {
    let len = file.len() as u64;
    let (parse, model) = steps::of(|| Model::parse(file));
    assert!(parse <= PARSE * (len + 64), "parse: {parse} steps, {len} bytes");
    let Ok(model) = model else { return parse };
    let mut arena = vec![0; 1 << 21];
    let (new, _) = steps::of(|| Interpreter::new(&model, ops::ALL, &mut arena).is_ok());
    let (each, any) = NEW;
    assert!(new <= each * len + any, "new: {new} steps, {len} bytes");
    parse + new
}

/// Operators that need no options, and few that have them.
const OPERATORS: &[(B, u8)] = &[
    (B::RELU, 0),
    (B::ADD, 0),
    (B::REDUCE_MAX, 0),
    (B::CONCATENATION, 10),
    (B::FULLY_CONNECTED, 8),
    (B::RESHAPE, 0),
    (B::TRANSPOSE, 0),
    (B::SPLIT, 35),
    (B::PACK, 59),
    (B::UNPACK, 64),
];

/// Makes a model of a recipe.
pub fn cook(recipe: &[u8]) -> Vec<u8> {
    let mut bytes = recipe.iter().map(|&byte| usize::from(byte));
    let mut next = || bytes.next().unwrap_or(0);
    let mut dense = Dense { lists: vec![vec![], vec![]], outputs: 1, ..Dense::default() };
    for _ in 0..next() % 8 + 1 {
        let (sort, size) = (next(), next() as i32 + 1);
        let tensor_type = [T::FLOAT32, T::INT8, T::INT32][sort % 3];
        dense.kinds.push(Kind {
            tensor_type,
            shape: [vec![1, size], vec![size], vec![1]][sort / 3 % 3].clone(),
            is_variable: sort & 64 != 0,
            data: vec![0; if sort & 128 != 0 { 4 * size as usize } else { 0 }],
            scales: vec![0.5; if sort & 32 != 0 { size as usize } else { 1 }],
        });
    }
    for kind in 0..dense.kinds.len() {
        let many = next() << (next() % 6);
        dense.tensors.extend(std::iter::repeat_n(kind, many));
    }
    let tensors = dense.tensors.len().max(1);
    for list in 0..next() % 64 + 2 {
        let (first, len, stride) = (next() << (next() % 6), next() << (next() % 5), next());
        let all = (0..len).map(|at| ((first + at * stride) % tensors) as i32).collect();
        match dense.lists.get_mut(list) {
            Some(ports) => *ports = all,
            None => dense.lists.push(all),
        }
    }
    let lists = dense.lists.len();
    for _ in 0..next() {
        let (builtin, options) = OPERATORS[next() % OPERATORS.len()];
        let intermediates = next();
        dense.operators.push(Node {
            builtin,
            options: (options, vec![(0, 4, 1)]),
            inputs: next() % lists,
            outputs: next() % lists,
            intermediates: (intermediates & 1 != 0).then_some(intermediates / 2 % lists),
        });
        let many = 1 + (next() << (next() % 6));
        dense.nodes.extend(std::iter::repeat_n(dense.operators.len() - 1, many));
    }
    (dense.more_subgraphs, dense.metadata.0) = (next(), next());
    dense.metadata.1 = "BantamMemoryPlan.1".to_owned();
    let file = dense.file();
    if file.len() > MAX_BYTES { vec![] } else { file }
}
