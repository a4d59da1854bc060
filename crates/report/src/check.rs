//! Every node of a model that cannot run, and what to do.

use std::collections::HashMap;

use bantam_interp::host::{self, Fault};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use serde::Serialize;

/// Returns what keeps the model from running.
pub fn check(model: &Model<'_>) -> Check {
    let faults = host::check(model, EVERY);
    Check {
        runs: faults.is_empty(),
        nodes: model.subgraphs().map(|subgraph| subgraph.operator_len() as usize).sum(),
        refused: faults.iter().filter(|fault| fault.node.is_some()).count(),
        faults: grouped(&faults),
    }
}

/// Whether a model can run, and if not, why.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Check {
    /// Whether it can run.
    pub runs: bool,
    /// All nodes.
    pub nodes: usize,
    /// Nodes that cannot run, as far as they are told in full.
    pub refused: usize,
    /// The reasons, nodes with the same one together.
    pub faults: Vec<Group>,
}

impl Check {
    /// Returns whether there may be more refused nodes than were counted.
    pub fn is_cut(&self) -> bool {
        self.refused >= host::MOST_FAULTS
    }
}

/// Nodes with the same operator, types and reason.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Group {
    /// The subgraph of the nodes.
    pub subgraph: u32,
    /// Empty where the model as a whole is at fault.
    pub nodes: Vec<u32>,
    /// Their operator, a custom one by its whole name; empty without one.
    pub operator: String,
    /// The version that the converter asks for.
    pub version: i32,
    /// The types of the inputs; `-` for one that is absent.
    pub inputs: Vec<String>,
    /// The types of the outputs.
    pub outputs: Vec<String>,
    /// The tensor at fault, of the first node.
    pub tensor: Option<TensorName>,
    /// What was found, and what is needed.
    pub reason: String,
    /// What its user can do; may be empty.
    pub advice: String,
}

/// A tensor's number and name.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TensorName {
    /// Its index in the subgraph.
    pub index: u32,
    /// Its name, if it has one.
    pub name: Option<String>,
}

impl Group {
    fn new(fault: &Fault) -> Self {
        let name = |tensor: &host::TensorName| TensorName {
            index: tensor.index,
            name: tensor.name.clone(),
        };
        Self {
            subgraph: fault.subgraph,
            nodes: fault.node.into_iter().collect(),
            operator: fault.operator.clone(),
            version: fault.version,
            inputs: fault.inputs.clone(),
            outputs: fault.outputs.clone(),
            tensor: fault.tensor.as_ref().map(name),
            reason: fault.reason.clone(),
            advice: fault.advice.clone(),
        }
    }
}

/// Puts nodes with the same fault together, in the order of the first of each.
fn grouped(faults: &[Fault]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places = HashMap::new();
    for fault in faults {
        let Fault { subgraph, node, operator, version, inputs, outputs, reason, advice, .. } =
            fault;
        let types = (operator, version, inputs, outputs);
        let place = *places
            .entry((subgraph, node.is_some(), types, reason, advice))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.nodes.extend(node),
            None => groups.push(Group::new(fault)),
        }
    }
    groups
}
