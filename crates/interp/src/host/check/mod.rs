//! What keeps a model from running: every node at once, each with its reason and what to do.
//!
//! ```
//! use bantam_interp::host::check;
//! use bantam_interp::ops;
//! # use bantam_schema::write::{ModelBuilder, TensorSpec};
//! # use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
//! # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
//! # graph.operator(BuiltinOperator::STABLEHLO_SORT, &[x], &[y], Options::None);
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let file = builder.finish();
//!
//! let faults = check(&Model::parse(&file)?, ops::ALL);
//! assert_eq!((faults[0].node, faults[0].operator.as_str()), (Some(0), "STABLEHLO_SORT"));
//! println!("{}: {}", faults[0].reason, faults[0].advice);
//! # Ok::<(), bantam_schema::Error>(())
//! ```

mod advice;
mod operators;
mod reason;
mod rows;
mod site;

use super::memory::Memory;
use crate::{Error, Op, Options, PrepareError};
use bantam_schema::{Model, Operator, Subgraph};
use core::fmt;
use site::{Site, operator_name, tensor_of};
use std::borrow::ToOwned;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

/// What keeps a node, or the model as a whole, from running.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The subgraph.
    pub subgraph: u32,
    /// The node; `None` where no single one is at fault.
    pub node: Option<u32>,
    /// Its operator, a custom one by its whole name; empty without a node, or without a name.
    pub operator: String,
    /// The version of the operator that the converter asked for.
    pub version: i32,
    /// The types of its inputs; `-` for one that is absent.
    pub inputs: Vec<String>,
    /// The types of its outputs.
    pub outputs: Vec<String>,
    /// The tensor at fault, if it is one.
    pub tensor: Option<TensorName>,
    /// What was found, and what is needed.
    pub reason: String,
    /// What its user can do; may be empty.
    pub advice: String,
}

/// A tensor's number and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorName {
    /// Its index in the subgraph.
    pub index: u32,
    /// Its name, if it has one.
    pub name: Option<String>,
}

impl fmt::Display for TensorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "tensor {} \"{name}\"", self.index),
            None => write!(f, "tensor {}", self.index),
        }
    }
}

impl fmt::Display for Fault {
    /// Writes all of it in a line: `node 3 (PAD): tensor 5 "paddings": type is …: do this`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subgraph != 0 {
            write!(f, "subgraph {}, ", self.subgraph)?;
        }
        if let Some(node) = self.node {
            write!(f, "node {node}")?;
            if !self.operator.is_empty() {
                write!(f, " ({})", self.operator)?;
            }
            f.write_str(": ")?;
        }
        if let Some(tensor) = &self.tensor {
            write!(f, "{tensor}: ")?;
        }
        f.write_str(&self.reason)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "; to do: {}", self.advice) }
    }
}

/// The most faults that [`check`] tells in full: a file of 64 KB can name one node 60,000 times.
pub const MOST_FAULTS: usize = 1000;

/// Everything that keeps `model` from running with these operators, in the order of the nodes;
/// nothing if it runs. Beyond [`MOST_FAULTS`], one more says how many are left out.
///
/// Nodes of all subgraphs are checked, each by itself. What only concerns the graph as a whole,
/// such as its memory, is looked at where no node is at fault.
pub fn check(model: &Model<'_>, ops: &[Op]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = vec![];
    let mut left_out = 0_u32;
    crate::build::every::each_failure(model, ops, |error| {
        if faults.len() >= MOST_FAULTS {
            left_out += 1;
            return;
        }
        let fault = Fault::new(model, ops, &error);
        // Inputs and outputs of the graph are those of nodes.
        let known =
            |other: &Fault| (other.subgraph, &other.tensor) == (fault.subgraph, &fault.tensor);
        if fault.node.is_some() || !faults.iter().any(known) {
            faults.push(fault);
        }
    });
    if left_out != 0 {
        let mut rest = Fault::without_node(0, std::format!("{left_out} more faults"));
        rest.advice = "mend those above first".to_owned();
        faults.push(rest);
    }
    if faults.is_empty()
        && let Err(error) = Memory::enough(model, ops, Options::default())
    {
        faults.push(Fault::new(model, ops, &error));
    }
    faults
}

/// Why `error` was given for this model and these operators: all of [`check`] where it finds
/// something, else what `error` says.
pub fn explain(model: &Model<'_>, ops: &[Op], error: &Error) -> Vec<Fault> {
    let of_nodes =
        matches!(error, Error::MissingOperator { .. } | Error::Prepare { .. } | Error::Port { .. });
    let faults = if of_nodes { check(model, ops) } else { vec![] };
    if faults.is_empty() { vec![Fault::new(model, ops, error)] } else { faults }
}

impl Fault {
    /// The error in full.
    fn new(model: &Model<'_>, ops: &[Op], error: &Error) -> Self {
        match *error {
            Error::MissingOperator { subgraph, node, .. } => {
                let mut fault = Self::of_node(model, subgraph, node);
                if let Some(operator) = operator_of(model, subgraph, node) {
                    let missing = operators::missing(&operator, ops);
                    (fault.reason, fault.advice) = missing;
                }
                fault
            }
            Error::Prepare { subgraph, node, error, .. } => {
                let mut fault = Self::of_node(model, subgraph, node);
                let graph = model.subgraph(subgraph);
                let operator = operator_of(model, subgraph, node);
                if let (Some(graph), Some(operator)) = (graph, operator) {
                    let site = Site { graph, operator };
                    let PrepareError { tensor, cause } = error;
                    let tensor = reason::culprit(&site, tensor, cause);
                    fault.tensor = tensor.map(|index| name_of(&graph, index));
                    fault.reason = reason::reason(&site, tensor, cause);
                    fault.advice = advice::advice(&site, tensor, cause);
                }
                fault
            }
            Error::Port { subgraph, tensor, cause } => {
                let mut fault = Self::without_node(subgraph, cause.to_string());
                if let Some(graph) = model.subgraph(subgraph) {
                    let site = Site { graph, operator: Operator::NONE };
                    fault.tensor = Some(name_of(&graph, tensor));
                    fault.reason = reason::reason(&site, Some(tensor), cause);
                    fault.advice = advice::advice(&site, Some(tensor), cause);
                }
                fault
            }
            ref other => Self::without_node(0, other.to_string()),
        }
    }

    fn without_node(subgraph: u32, reason: String) -> Self {
        Self {
            subgraph,
            node: None,
            operator: String::new(),
            version: 0,
            inputs: vec![],
            outputs: vec![],
            tensor: None,
            reason,
            advice: String::new(),
        }
    }

    /// The node, without a reason.
    fn of_node(model: &Model<'_>, subgraph: u32, node: u32) -> Self {
        let mut fault = Self { node: Some(node), ..Self::without_node(subgraph, String::new()) };
        let graph = model.subgraph(subgraph);
        if let (Some(graph), Some(operator)) = (graph, operator_of(model, subgraph, node)) {
            let type_of = |index: i32| match tensor_of(&graph, index) {
                Some(tensor) => tensor.tensor_type().to_string(),
                None => "-".to_owned(),
            };
            fault.operator = operator_name(&operator);
            fault.version = operator.code().version;
            fault.inputs = operator.inputs().iter().map(type_of).collect();
            fault.outputs = operator.outputs().iter().map(type_of).collect();
        }
        fault
    }
}

fn operator_of<'a>(model: &Model<'a>, subgraph: u32, node: u32) -> Option<Operator<'a>> {
    model.subgraph(subgraph)?.operator(node)
}

fn name_of(graph: &Subgraph<'_>, index: u32) -> TensorName {
    let name = graph.tensor(index).and_then(|tensor| tensor.name());
    TensorName { index, name: name.filter(|name| !name.is_empty()).map(str::to_owned) }
}

#[cfg(test)]
mod tests;
