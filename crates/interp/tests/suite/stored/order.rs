//! What keeps its place when operators are put into another order.

use bantam_interp::OfflinePlan;
use bantam_schema::BuiltinOperator as B;
use bantam_schema::write::ModelBuilder;

use super::models::{Images, branches, branches_of, run};
use super::{nodes, plan};

/// The same outputs as before, and where each node of the given order runs in the new one.
fn places(file: &[u8]) -> Vec<usize> {
    let planned = plan(file);
    let before = run(file, OfflinePlan::Ignore).unwrap();
    assert_eq!(run(&planned.file, OfflinePlan::Require).unwrap().outputs, before.outputs);
    let place = |node: u32| planned.order.iter().position(|&other| other == node).unwrap();
    (0..planned.order.len() as u32).map(place).collect()
}

/// The first branch widens `state`, the second one makes its next value: alone the second branch
/// would come first, and be done with. In a model without state it does.
fn next_value(state: bool) -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let x = graph.small("x");
    let (old, new) = if state {
        let state = graph.state("state");
        (state, state)
    } else {
        (x, graph.small("new"))
    };
    let wide = ["w1", "w2"].map(|name| graph.large(name));
    let narrow = ["n1", "n2"].map(|name| graph.small(name));
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, old, wide[0]);
    graph.widen(B::RESIZE_BILINEAR, x, wide[1]);
    graph.pool(B::MAX_POOL_2D, wide[1], narrow[1]);
    graph.relu(narrow[1], new);
    graph.pool(B::MAX_POOL_2D, wide[0], narrow[0]);
    graph.0.inputs(&[x]).outputs(&[narrow[0]]);
    builder.finish()
}

#[test]
fn nodes_that_touch_a_variable_keep_their_order() {
    let free = places(&next_value(false));
    assert_ne!(free, [0, 1, 2, 3, 4]);
    let [reads, _, _, writes, _] = places(&next_value(true))[..] else { panic!("five nodes") };
    assert!(reads < writes, "the new value is written in step {writes}, the old read in {reads}");
}

#[test]
fn custom_operators_are_passed_by_no_other() {
    assert_ne!(places(&branches()), [0, 1, 2, 3, 4, 5, 6]);
    let with_custom = branches_of([B::MAX_POOL_2D; 2], true);
    let custom =
        nodes(&with_custom).iter().skip(1).position(|node| node.0 == "CUSTOM").unwrap() + 1;
    let places = places(&with_custom);
    for (node, &place) in places.iter().enumerate() {
        assert_eq!(node.cmp(&custom), place.cmp(&places[custom]), "{places:?}");
    }
}

/// `n1` is written by both branches, the second time with what is read in the end: there is no
/// other order in which that is so.
fn written_twice() -> Vec<u8> {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, narrow) = (graph.small("x"), graph.small("n1"));
    let wide = ["w1", "w2"].map(|name| graph.large(name));
    let y = graph.small("y");
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, x, wide[0]);
    graph.widen(B::RESIZE_BILINEAR, x, wide[1]);
    graph.pool(B::MAX_POOL_2D, wide[1], narrow);
    graph.pool(B::MAX_POOL_2D, wide[0], narrow);
    graph.relu(narrow, y);
    graph.0.inputs(&[x]).outputs(&[y]);
    builder.finish()
}

#[test]
fn graphs_that_write_a_tensor_twice_keep_their_order() {
    assert_eq!(places(&written_twice()), [0, 1, 2, 3, 4]);
}

/// The first of two writers widens over its input, backwards; the second one has an input
/// elsewhere.
#[test]
fn only_the_first_writer_of_a_tensor_runs_over_its_input() {
    let mut builder = ModelBuilder::new();
    let mut graph = Images(builder.subgraph("main"));
    let (x, a, b, y) = (graph.small("x"), graph.small("a"), graph.small("b"), graph.small("y"));
    let wide = graph.large("wide");
    graph.relu(x, a);
    graph.relu(x, b);
    graph.widen(B::RESIZE_NEAREST_NEIGHBOR, a, wide);
    graph.widen(B::RESIZE_BILINEAR, b, wide);
    graph.pool(B::MAX_POOL_2D, wide, y);
    graph.0.inputs(&[x]).outputs(&[y]);
    let file = builder.finish();
    let planned = plan(&file);
    assert!(planned.map.buffers.iter().any(|placed| placed.backwards));
    assert_eq!(places(&file), [0, 1, 2, 3, 4]);
}
