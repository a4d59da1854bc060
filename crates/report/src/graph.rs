//! The graph of a model as a drawing in words: for Mermaid, which documents and web pages render,
//! and for Graphviz.
//!
//! Nodes are operators, inputs and outputs of the graph; arrows are tensors, constants left out.

use std::fmt::Write as _;

use bantam_schema::{Model, Subgraph, Tensor};
use serde::Serialize;

use crate::model::type_name;
use crate::text::{printable, shape_text};

/// A graph: what is computed from what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Graph {
    /// Inputs first, then operators in the order in which they run, then outputs.
    pub vertices: Vec<Vertex>,
    /// The tensors between them.
    pub edges: Vec<Edge>,
}

/// An operator, or an end of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Vertex {
    /// What it is.
    pub kind: VertexKind,
    /// The operator, or the name of the tensor.
    pub label: String,
}

/// What a vertex stands for: its place among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VertexKind {
    /// An input of the graph.
    Input(usize),
    /// A node.
    Node(usize),
    /// An output of the graph.
    Output(usize),
}

/// A tensor on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Edge {
    /// The place of the vertex that writes it.
    pub from: usize,
    /// The place of the vertex that reads it.
    pub to: usize,
    /// The index of the tensor.
    pub tensor: u32,
    /// Its type and shape, such as `int8 [1, 8, 8, 1]`.
    pub label: String,
}

/// Returns a graph of the model, by its number; the first one runs. `None` if there is none.
pub fn graph(model: &Model<'_>, subgraph: u32) -> Option<Graph> {
    let subgraph = model.subgraph(subgraph)?;
    let mut graph = Graph { vertices: Vec::new(), edges: Vec::new() };
    // The vertex that wrote a tensor last.
    let mut writers: Vec<Option<usize>> = subgraph.tensors().map(|_| None).collect();
    for (place, tensor) in subgraph.inputs().iter().enumerate() {
        let vertex = graph.add(VertexKind::Input(place), name(&subgraph, tensor));
        set(&mut writers, tensor, vertex);
    }
    for (place, operator) in subgraph.operators().enumerate() {
        let vertex = graph.add(VertexKind::Node(place), operator.code().to_string());
        for tensor in operator.inputs().iter() {
            graph.connect(&subgraph, &writers, tensor, vertex);
        }
        for tensor in operator.outputs().iter() {
            set(&mut writers, tensor, vertex);
        }
    }
    for (place, tensor) in subgraph.outputs().iter().enumerate() {
        let vertex = graph.add(VertexKind::Output(place), name(&subgraph, tensor));
        graph.connect(&subgraph, &writers, tensor, vertex);
    }
    Some(graph)
}

fn tensor_of<'m>(subgraph: &Subgraph<'m>, index: i32) -> Option<(u32, Tensor<'m>)> {
    let index = u32::try_from(index).ok()?;
    Some((index, subgraph.tensor(index)?))
}

fn name(subgraph: &Subgraph<'_>, index: i32) -> String {
    let name = tensor_of(subgraph, index).and_then(|(_, tensor)| tensor.name());
    name.map_or_else(|| format!("tensor {index}"), str::to_owned)
}

fn set(writers: &mut [Option<usize>], tensor: i32, vertex: usize) {
    let writer = usize::try_from(tensor).ok().and_then(|tensor| writers.get_mut(tensor));
    if let Some(writer) = writer {
        *writer = Some(vertex);
    }
}

impl Graph {
    fn add(&mut self, kind: VertexKind, label: String) -> usize {
        self.vertices.push(Vertex { kind, label });
        self.vertices.len() - 1
    }

    /// Draws an arrow from the writer of a tensor, if it has one.
    fn connect(
        &mut self,
        subgraph: &Subgraph<'_>,
        writers: &[Option<usize>],
        tensor: i32,
        to: usize,
    ) {
        let Some((index, tensor)) = tensor_of(subgraph, tensor) else { return };
        let Some(from) = writers.get(index as usize).copied().flatten() else { return };
        let shape: Vec<i32> = tensor.shape().iter().collect();
        let label = format!("{} {}", type_name(tensor.tensor_type()), shape_text(&shape));
        self.edges.push(Edge { from, to, tensor: index, label });
    }

    /// Returns the graph for [Mermaid](https://mermaid.js.org), from top to bottom.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        for (number, vertex) in self.vertices.iter().enumerate() {
            let label = escaped(&vertex.title(), &MERMAID);
            let (open, close) = if vertex.is_end() { ("([", "])") } else { ("[", "]") };
            // A string takes whatever is written to it.
            let _ = writeln!(text, "    v{number}{open}\"{label}\"{close}");
        }
        for edge in &self.edges {
            let label = escaped(&edge.label, &MERMAID);
            let _ = writeln!(text, "    v{} -->|\"{label}\"| v{}", edge.from, edge.to);
        }
        text
    }

    /// Returns the graph for `dot` of [Graphviz](https://graphviz.org), from top to bottom.
    pub fn dot(&self) -> String {
        let mut text = String::from("digraph model {\n    node [shape=box];\n");
        for (number, vertex) in self.vertices.iter().enumerate() {
            let label = escaped(&vertex.title(), &DOT);
            let shape = if vertex.is_end() { ", shape=oval" } else { "" };
            let _ = writeln!(text, "    v{number} [label=\"{label}\"{shape}];");
        }
        for edge in &self.edges {
            let label = escaped(&edge.label, &DOT);
            let _ = writeln!(text, "    v{} -> v{} [label=\"{label}\"];", edge.from, edge.to);
        }
        text + "}\n"
    }
}

impl Vertex {
    fn is_end(&self) -> bool {
        !matches!(self.kind, VertexKind::Node(_))
    }

    /// Returns the label with the number of a node.
    fn title(&self) -> String {
        match self.kind {
            VertexKind::Node(place) => format!("{place} {}", self.label),
            VertexKind::Input(_) | VertexKind::Output(_) => self.label.clone(),
        }
    }
}

/// Characters that end a label, and what stands for them.
type Escapes = [(char, &'static str); 4];

/// Mermaid takes entities of HTML, with `#` in place of `&`.
const MERMAID: Escapes = [('#', "#35;"), ('"', "#quot;"), ('<', "#lt;"), ('>', "#gt;")];
const DOT: Escapes = [('\\', "\\\\"), ('"', "\\\""), ('<', "<"), ('>', ">")];

fn escaped(label: &str, escapes: &Escapes) -> String {
    let mut text = String::new();
    for c in printable(label).chars() {
        match escapes.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => text.push_str(to),
            None => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Options, TensorType};

    use super::*;

    fn example() -> Graph {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let x = graph.tensor(TensorSpec::new("x \"#1\"\n", TensorType::INT8, &[1, 2]));
        let y = graph.tensor(TensorSpec::new("y", TensorType::INT8, &[1, 2]));
        let z = graph.tensor(TensorSpec::new("z<\\>", TensorType::INT8, &[1, 2]));
        graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
        graph.operator(BuiltinOperator::MAXIMUM, &[x, y], &[z], Options::None);
        graph.inputs(&[x]).outputs(&[z]);
        let file = builder.finish();
        super::graph(&Model::parse(&file).unwrap(), 0).unwrap()
    }

    #[test]
    fn arrows_lead_from_writers_to_readers() {
        let graph = example();
        let kinds = graph.vertices.iter().map(|vertex| vertex.kind);
        use VertexKind::{Input, Node, Output};
        assert!(kinds.eq([Input(0), Node(0), Node(1), Output(0)]));
        let arrows: Vec<_> = graph.edges.iter().map(|e| (e.from, e.to, e.tensor)).collect();
        assert_eq!(arrows, [(0, 1, 0), (0, 2, 0), (1, 2, 1), (2, 3, 2)]);
    }

    #[test]
    fn labels_cannot_end_themselves() {
        let graph = example();
        let expected = "flowchart TD
    v0([\"x #quot;#35;1#quot;\\n\"])
    v1[\"0 RELU\"]
    v2[\"1 MAXIMUM\"]
    v3([\"z#lt;\\#gt;\"])
    v0 -->|\"int8 [1, 2]\"| v1
    v0 -->|\"int8 [1, 2]\"| v2
    v1 -->|\"int8 [1, 2]\"| v2
    v2 -->|\"int8 [1, 2]\"| v3
";
        assert_eq!(graph.mermaid(), expected);
        let dot = graph.dot();
        assert!(dot.contains("v0 [label=\"x \\\"#1\\\"\\\\n\", shape=oval];"), "{dot}");
        assert!(dot.contains("v3 [label=\"z<\\\\>\", shape=oval];"), "{dot}");
        assert!(dot.contains("v1 -> v2 [label=\"int8 [1, 2]\"];"), "{dot}");
    }
}
