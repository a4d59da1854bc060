//! `bantam check`: every node of a model that cannot run, and what to do.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use bantam_interp::Error;
use bantam_interp::host::{self, Fault};
use bantam_report::text::{listed, printable};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use serde::Serialize;

use crate::args::CheckArgs;
use crate::failure::{Failure, Result};
use crate::model_file;
use crate::report::{self, FIGURE, NAME, Report, TITLE, styled};

/// The number of nodes that a group names.
const NODES: usize = 12;

/// Checks a model; gives whether it can run.
pub(crate) fn run(args: &CheckArgs) -> Result<bool> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let faults = host::check(&model, EVERY);
    let nodes = model.subgraphs().map(|subgraph| subgraph.operator_len() as usize).sum();
    let report = CheckReport::new(path, nodes, &faults);
    report::print(&report, args.common.json)?;
    Ok(faults.is_empty())
}

/// Returns the failure of a command to which the library gave `error`: with all that keeps the
/// model from running.
pub(crate) fn failure(path: &Path, model: &Model<'_>, error: &Error) -> Failure {
    Failure::report(path, bantam_report::Error::of(model, error))
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct CheckReport {
    model: String,
    runs: bool,
    nodes: usize,
    /// Nodes that cannot run, as far as they are told in full.
    refused: usize,
    faults: Vec<Group>,
}

/// Nodes with the same operator, types and reason.
#[derive(Debug, Serialize)]
struct Group {
    subgraph: u32,
    /// Empty where the model as a whole is at fault.
    nodes: Vec<u32>,
    operator: String,
    version: i32,
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// The tensor at fault, of the first node.
    tensor: Option<Tensor>,
    reason: String,
    advice: String,
}

#[derive(Debug, Serialize)]
struct Tensor {
    index: u32,
    name: Option<String>,
}

impl Group {
    fn new(fault: &Fault) -> Self {
        Self {
            subgraph: fault.subgraph,
            nodes: fault.node.into_iter().collect(),
            operator: fault.operator.clone(),
            version: fault.version,
            inputs: fault.inputs.clone(),
            outputs: fault.outputs.clone(),
            tensor: fault
                .tensor
                .as_ref()
                .map(|tensor| Tensor { index: tensor.index, name: tensor.name.clone() }),
            reason: fault.reason.clone(),
            advice: fault.advice.clone(),
        }
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut title = String::new();
        if self.subgraph != 0 {
            title += &format!("subgraph {}, ", self.subgraph);
        }
        match &self.nodes[..] {
            [] => title += "the model",
            [node] => title += &format!("node {node}"),
            nodes => title += &format!("nodes {}", listed(nodes, NODES)),
        }
        write!(out, "\n{}", styled(FIGURE, title))?;
        if self.nodes.is_empty() {
            writeln!(out)?;
        } else {
            let operator = if self.operator.is_empty() { "?" } else { &self.operator };
            let types = format!("{} to {}", self.inputs.join(", "), self.outputs.join(", "));
            let name = styled(NAME, printable(operator));
            writeln!(out, "  {name} version {}  {types}", self.version)?;
        }
        let tensor = match &self.tensor {
            Some(Tensor { index, name: Some(name) }) => format!("tensor {index} \"{name}\": "),
            Some(Tensor { index, name: None }) => format!("tensor {index}: "),
            None => String::new(),
        };
        writeln!(out, "  {}", printable(&format!("{tensor}{}", self.reason)))?;
        if self.advice.is_empty() {
            return Ok(());
        }
        writeln!(out, "  what to do: {}", printable(&self.advice))
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

impl CheckReport {
    fn new(path: &Path, nodes: usize, faults: &[Fault]) -> Self {
        let refused = faults.iter().filter(|fault| fault.node.is_some()).count();
        let runs = faults.is_empty();
        Self { model: path.display().to_string(), runs, nodes, refused, faults: grouped(faults) }
    }
}

impl Report for CheckReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        if self.runs {
            return writeln!(out, "all {} nodes can run", self.nodes);
        }
        let at_least = if self.refused >= host::MOST_FAULTS { "at least " } else { "" };
        writeln!(out, "{at_least}{} of {} nodes cannot run", self.refused, self.nodes)?;
        self.faults.iter().try_for_each(|group| group.text(out))
    }
}
