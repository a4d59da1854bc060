//! The lifetimes of tensors and scratch memory, in the scopes that TensorFlow Lite Micro counts.
//!
//! Scope 0 is the beginning, node `i` runs in scope `i + 1`. Inputs of the graph live from the
//! beginning, outputs to the scope of the last node. Here every scope is one step later, because a
//! tensor that no node writes lives from before the beginning.
//!
//! Source: TFLM 90b983c2b, `micro/micro_allocation_info.cc`, `MarkAllocationLifetimes`.

use bantam_planner::Lifetime;

use super::graph::Graph;

/// The step before all others.
const NEVER: u32 = 0;

/// Returns the step of a scope.
const fn step(scope: usize) -> u32 {
    // A file that `Model::parse` accepts has fewer nodes than bytes, of which there are fewer than
    // 2^32.
    (scope as u32).saturating_add(1)
}

/// Returns the step in which a node runs.
pub(crate) const fn node_step(node: usize) -> u32 {
    step(node + 1)
}

/// Returns the lifetimes of all tensors, whether they need memory or not.
pub(crate) fn lifetimes(graph: &Graph<'_>) -> Vec<Lifetime> {
    let mut marks =
        Marks { first: vec![None; graph.tensors.len()], last: vec![NEVER; graph.tensors.len()] };
    for &tensor in &graph.inputs {
        marks.create(tensor, step(0));
        marks.touch(tensor, step(0));
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        let now = node_step(index);
        for &tensor in &node.outputs {
            marks.create(tensor, now);
        }
        for &tensor in node.inputs.iter().flatten().chain(&node.outputs) {
            marks.touch(tensor, now);
        }
    }
    let end = step(graph.nodes.len());
    for &tensor in &graph.outputs {
        marks.create(tensor, end);
        marks.touch(tensor, end);
    }
    let spans = marks.first.iter().zip(&marks.last);
    spans.map(|(first, &last)| Lifetime::new(first.unwrap_or(NEVER), last)).collect()
}

struct Marks {
    first: Vec<Option<u32>>,
    last: Vec<u32>,
}

impl Marks {
    fn create(&mut self, tensor: usize, step: u32) {
        if let Some(first) = self.first.get_mut(tensor) {
            first.get_or_insert(step);
        }
    }

    fn touch(&mut self, tensor: usize, step: u32) {
        if let Some(last) = self.last.get_mut(tensor) {
            *last = step;
        }
    }
}

#[cfg(test)]
mod tests {
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Model, Options, TensorType};

    use super::*;

    #[test]
    fn scopes_are_those_of_tflm() {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let names = ["unused input", "x", "y", "z", "nobody's", "only read"];
        let [unused, x, y, z, _, read] =
            names.map(|name| graph.tensor(TensorSpec::new(name, TensorType::INT8, &[1])));
        graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
        graph.operator(BuiltinOperator::ADD, &[y, read], &[z], Options::None);
        graph.inputs(&[unused, x]).outputs(&[y]);
        let file = builder.finish();
        let graph = Graph::new(&Model::parse(&file).unwrap()).unwrap();
        let spans = lifetimes(&graph).into_iter().map(|span| (span.first, span.last));
        // Scopes of TFLM, plus one: (0, 0), (0, 1), (1, 2), (2, 2), (-1, -1), (-1, 2).
        let expected = [(1, 1), (1, 2), (2, 3), (3, 3), (0, 0), (0, 3)];
        assert_eq!(spans.collect::<Vec<_>>(), expected);
        assert_eq!(node_step(0), 2);
    }
}
