//! `bantam check`: every node of a model that cannot run, and what to do.

use std::io::{self, Write};

use bantam_report::check::{Check, Group, TensorName};
use bantam_report::text::{listed, printable};
use bantam_report::{Named, check};

use crate::args::CheckArgs;
use crate::failure::Result;
use crate::model_file::{self, named};
use crate::report::{self, FIGURE, NAME, Report, TITLE, styled};

/// The number of nodes that a group names.
const NODES: usize = 12;

/// Checks a model; gives whether it can run.
pub(crate) fn run(args: &CheckArgs) -> Result<bool> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let report = named(path, check(&model));
    report::print(&report, args.common.json)?;
    Ok(report.report.runs)
}

fn write_group(group: &Group, out: &mut dyn Write) -> io::Result<()> {
    let mut title = String::new();
    if group.subgraph != 0 {
        title += &format!("subgraph {}, ", group.subgraph);
    }
    match &group.nodes[..] {
        [] => title += "the model",
        [node] => title += &format!("node {node}"),
        nodes => title += &format!("nodes {}", listed(nodes, NODES)),
    }
    write!(out, "\n{}", styled(FIGURE, title))?;
    if group.nodes.is_empty() {
        writeln!(out)?;
    } else {
        let operator = if group.operator.is_empty() { "?" } else { &group.operator };
        let types = format!("{} to {}", group.inputs.join(", "), group.outputs.join(", "));
        let name = styled(NAME, printable(operator));
        writeln!(out, "  {name} version {}  {types}", group.version)?;
    }
    let tensor = match &group.tensor {
        Some(TensorName { index, name: Some(name) }) => format!("tensor {index} \"{name}\": "),
        Some(TensorName { index, name: None }) => format!("tensor {index}: "),
        None => String::new(),
    };
    writeln!(out, "  {}", printable(&format!("{tensor}{}", group.reason)))?;
    if group.advice.is_empty() {
        return Ok(());
    }
    writeln!(out, "  what to do: {}", printable(&group.advice))
}

impl Report for Named<Check> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let check = &self.report;
        if check.runs {
            return writeln!(out, "all {} nodes can run", check.nodes);
        }
        let at_least = if check.is_cut() { "at least " } else { "" };
        writeln!(out, "{at_least}{} of {} nodes cannot run", check.refused, check.nodes)?;
        check.faults.iter().try_for_each(|group| write_group(group, out))
    }
}
