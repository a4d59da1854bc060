//! The lifetimes of tensors and scratch memory, in the scopes that TensorFlow Lite Micro counts.
//!
//! Scope 0 is the beginning, node `i` runs in scope `i + 1`. Inputs of the graph live from the
//! beginning, outputs to the scope of the last node. A subgraph that a node calls has scopes of its
//! own, in the midst of the node's. Here every scope is one step later, because a tensor that no
//! node writes lives from before the beginning.
//!
//! Source: TFLM 90b983c2b, `micro/micro_allocation_info.cc`, `MarkAllocationLifetimes`.

use bantam_planner::Lifetime;

use crate::graph::Graph;
use crate::refusal::Refusal;

/// The step before all others.
const NEVER: u32 = 0;

/// How deep subgraphs may call each other.
const MAX_DEPTH: usize = 16;
/// How many scopes there may be: more than any model has that somebody runs.
const MAX_SCOPES: u32 = 1 << 22;

/// The lifetimes in a model.
pub(crate) struct Lifetimes {
    /// Of all tensors, whether they need memory or not.
    pub(crate) tensors: Vec<Lifetime>,
    /// Of the scratch memory of all nodes: while the node runs, and what it calls.
    pub(crate) nodes: Vec<Lifetime>,
}

/// Returns the lifetimes of all tensors and nodes.
pub(crate) fn lifetimes(graph: &Graph<'_>) -> Result<Lifetimes, Refusal> {
    let mut walk = Walk {
        graph,
        tensors: Marks::new(graph.tensors.len()),
        nodes: Marks::new(graph.nodes.len()),
        // The first scope is one step behind the beginning.
        now: 1,
    };
    walk.enter(0, 0)?;
    Ok(Lifetimes { tensors: walk.tensors.spans(), nodes: walk.nodes.spans() })
}

/// A walk over the nodes in the order of TFLM's scopes.
struct Walk<'w, 'a> {
    graph: &'w Graph<'a>,
    tensors: Marks,
    nodes: Marks,
    now: u32,
}

impl Walk<'_, '_> {
    fn enter(&mut self, part: usize, depth: usize) -> Result<(), Refusal> {
        let graph = self.graph;
        let part = graph.parts.get(part).filter(|_| depth <= MAX_DEPTH).ok_or(Refusal::Calls)?;
        for &tensor in &part.inputs {
            self.tensors.create(tensor, self.now);
            self.tensors.touch(tensor, self.now);
        }
        for index in part.nodes.clone() {
            let node = &graph.nodes[index];
            self.advance()?;
            for &tensor in &node.outputs {
                self.tensors.create(tensor, self.now);
            }
            self.nodes.create(index, self.now);
            for &callee in &node.callees {
                self.advance()?;
                self.enter(callee, depth + 1)?;
            }
            for &tensor in node.inputs.iter().flatten().chain(&node.outputs) {
                self.tensors.touch(tensor, self.now);
            }
            self.nodes.touch(index, self.now);
        }
        for &tensor in &part.outputs {
            self.tensors.create(tensor, self.now);
            self.tensors.touch(tensor, self.now);
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<(), Refusal> {
        self.now += 1;
        if self.now < MAX_SCOPES { Ok(()) } else { Err(Refusal::Calls) }
    }
}

struct Marks {
    first: Vec<Option<u32>>,
    last: Vec<u32>,
}

impl Marks {
    fn new(len: usize) -> Self {
        Self { first: vec![None; len], last: vec![NEVER; len] }
    }

    fn spans(&self) -> Vec<Lifetime> {
        let spans = self.first.iter().zip(&self.last);
        spans.map(|(first, &last)| Lifetime::new(first.unwrap_or(NEVER), last)).collect()
    }

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
    use bantam_schema::options::IfOptions;
    use bantam_schema::write::{ModelBuilder, SubgraphBuilder, TensorSpec};
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
        let spans = lifetimes(&graph).unwrap();
        let nodes = spans.nodes.iter().map(|span| (span.first, span.last));
        assert!(nodes.eq([(2, 2), (3, 3)]));
        let spans = spans.tensors.into_iter().map(|span| (span.first, span.last));
        // Scopes of TFLM, plus one: (0, 0), (0, 1), (1, 2), (2, 2), (-1, -1), (-1, 2).
        let expected = [(1, 1), (1, 2), (2, 3), (3, 3), (0, 0), (0, 3)];
        assert_eq!(spans.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn subgraphs_run_within_their_nodes() {
        let mut builder = ModelBuilder::new();
        let tensor = |graph: &mut SubgraphBuilder<'_>, name: &str| {
            graph.tensor(TensorSpec::new(name, TensorType::INT8, &[1]))
        };
        let graph = &mut builder.subgraph("main");
        let [x, y, z] = ["x", "y", "z"].map(|name| tensor(graph, name));
        let options = IfOptions { then_subgraph_index: 1, else_subgraph_index: 2 };
        graph.operator(BuiltinOperator::IF, &[x, y], &[z], options);
        graph.inputs(&[x, y]).outputs(&[z]);
        for name in ["then", "else"] {
            let graph = &mut builder.subgraph(name);
            let [y, z] = ["y", "z"].map(|name| tensor(graph, name));
            graph.operator(BuiltinOperator::RELU, &[y], &[z], Options::None);
            graph.inputs(&[y]).outputs(&[z]);
        }
        let file = builder.finish();
        let graph = Graph::new(&Model::parse(&file).unwrap()).unwrap();
        let spans = lifetimes(&graph).unwrap();
        // The node begins in step 2, its subgraphs have 3 and 4, 5 and 6.
        let nodes = spans.nodes.iter().map(|span| (span.first, span.last));
        assert_eq!(nodes.collect::<Vec<_>>(), [(2, 6), (4, 4), (6, 6)]);
        let tensors = spans.tensors.iter().map(|span| (span.first, span.last));
        let expected = [(1, 6), (1, 6), (2, 6), (3, 4), (4, 4), (5, 6), (6, 6)];
        assert_eq!(tensors.collect::<Vec<_>>(), expected);
    }
}
