//! A node in its graph.

use bantam_schema::{BuiltinOperator, Operator, Subgraph, Tensor};
use std::string::{String, ToString};

/// A node and its graph.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) graph: Subgraph<'a>,
    pub(super) operator: Operator<'a>,
}

impl<'a> Site<'a> {
    pub(super) fn tensor(&self, index: Option<u32>) -> Option<Tensor<'a>> {
        self.graph.tensor(index?)
    }

    pub(super) fn builtin(&self) -> BuiltinOperator {
        self.operator.builtin()
    }

    /// The operands: inputs, then outputs, those that are there.
    pub(super) fn operands(&self) -> impl Iterator<Item = (u32, Tensor<'a>)> + use<'a> {
        let graph = self.graph;
        let all = self.operator.inputs().iter().chain(self.operator.outputs().iter());
        all.filter_map(move |index| Some((u32::try_from(index).ok()?, tensor_of(&graph, index)?)))
    }
}

/// The tensor that an operand names, if it is there.
pub(super) fn tensor_of<'a>(graph: &Subgraph<'a>, index: i32) -> Option<Tensor<'a>> {
    graph.tensor(u32::try_from(index).ok()?)
}

/// The schema's name, or that of a custom operator; bytes that are not UTF-8 are replaced.
pub(super) fn operator_name(operator: &Operator<'_>) -> String {
    if operator.builtin() == BuiltinOperator::CUSTOM {
        String::from_utf8_lossy(operator.custom_name()).into_owned()
    } else {
        operator.builtin().to_string()
    }
}
