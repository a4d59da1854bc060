//! Operators that keep something from one inference to the next.

use bantam_schema::options::VarHandleOptions;
use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
use bantam_schema::{BuiltinOperator as Op, Options, TensorType};

use crate::flex::flex_map;
use crate::params::join;
use crate::usual::{BOOL, F32, I8, I16, I32, I64, MAP, SMALL, U8};
use crate::{Case, Entry, Params, Tensor};

/// The types of resource variables.
const VALUES: &[TensorType] = &[I8, U8, I16, I32, I64, BOOL, F32];

pub(super) fn entries() -> Vec<Entry> {
    vec![
        variable(Op::ASSIGN_VARIABLE, assign_and_read),
        Entry::new(Op::CUSTOM, &[I8], circular_buffer)
            .custom("CIRCULAR_BUFFER")
            .test([Params::of(&[1, 1, 1, 3]), Params::of(&[1, 1, 2, 2]).variant(1)])
            .bench([Params::of(&[1, 1, 1, 40])]),
        variable(Op::READ_VARIABLE, read_and_assign),
        variable(Op::VAR_HANDLE, two_names),
    ]
}

/// Four slots; every inference gives an output, or every second.
fn circular_buffer(params: &Params) -> Option<Case> {
    let input = params.input.clone();
    let [1, 1, height, depth] = *input.shape else { return None };
    let output = Tensor { variable: true, ..input.shaped(&[1, 4, height, depth]) };
    let cycle = 1 + i32::from(params.variant);
    let options = flex_map(&[("cycles_max", cycle)]);
    let label = format!("{}_{cycle}", join(&input.shape));
    Some(Case::new(label, [input], output, Options::None).custom(options))
}

/// A resource variable: a value goes in, another or the same comes out.
fn variable(operator: Op, around: fn(&Case, &mut ModelBuilder)) -> Entry {
    let make = move |params: &Params| {
        let value = params.input.clone();
        let case = Case::new(join(&value.shape), [value.clone()], value, Options::None);
        Some(case.around(around))
    };
    Entry::new(operator, VALUES, make)
        .test([SMALL, &[3]].map(Params::of))
        .bench_of(&[I8], [Params::of(MAP)])
}

/// Adds a node that names a resource variable; gives its handle.
pub(super) fn handle(graph: &mut SubgraphBuilder<'_>, name: &'static str) -> i32 {
    let handle = graph.tensor(TensorSpec::new("handle", TensorType::RESOURCE, &[1]));
    let options = VarHandleOptions { container: Some(""), shared_name: Some(name) };
    graph.operator(Op::VAR_HANDLE, &[], &[handle], options);
    handle
}

fn assign(graph: &mut SubgraphBuilder<'_>, handle: i32, value: i32) {
    graph.operator(Op::ASSIGN_VARIABLE, &[handle, value], &[], Options::None);
}

pub(super) fn read(graph: &mut SubgraphBuilder<'_>, handle: i32, output: i32) {
    graph.operator(Op::READ_VARIABLE, &[handle], &[output], Options::None);
}

/// The value and the output of the case.
fn tensors(case: &Case, graph: &mut SubgraphBuilder<'_>) -> [i32; 2] {
    let [value, output] = [&case.inputs[0], &case.outputs[0]].map(|each| graph.tensor(each.spec()));
    graph.inputs(&[value]).outputs(&[output]);
    [value, output]
}

fn assign_and_read(case: &Case, model: &mut ModelBuilder) {
    let graph = &mut model.subgraph("main");
    let [value, output] = tensors(case, graph);
    let handle = handle(graph, "a");
    assign(graph, handle, value);
    read(graph, handle, output);
}

/// The output is the value of the inference before.
fn read_and_assign(case: &Case, model: &mut ModelBuilder) {
    let graph = &mut model.subgraph("main");
    let [value, output] = tensors(case, graph);
    let handle = handle(graph, "a");
    read(graph, handle, output);
    assign(graph, handle, value);
}

/// Two nodes have the same name, one between them has another.
fn two_names(case: &Case, model: &mut ModelBuilder) {
    let graph = &mut model.subgraph("main");
    let [value, output] = tensors(case, graph);
    let before = graph.tensor(case.outputs[0].spec());
    let [first, other, again] = ["a", "b", "a"].map(|name| handle(graph, name));
    read(graph, again, before);
    assign(graph, first, value);
    assign(graph, other, before);
    read(graph, other, output);
}
