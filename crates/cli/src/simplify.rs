//! `bantam simplify`: a model without the nodes that a device need not run.

use std::io::{self, Write};

use bantam_interp::host::simplify;
use bantam_report::text::{grouped, printable};
use bantam_signal_ops::EVERY;
use serde::Serialize;

use crate::args::SimplifyArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file;
use crate::report::{
    self,
    Align::{Left, Right},
    FIGURE, NAME, PLAIN, Report, TITLE, Table, styled,
};

/// Simplifies a model, and writes it.
pub(crate) fn run(args: &SimplifyArgs) -> Result<()> {
    let path = &args.common.model;
    let given = model_file::read(path)?;
    let bytes = model_file::with_batch(path, given.clone(), args.sizes)?;
    let model = model_file::parse(path, &bytes)?;
    let simplified = simplify(&model, EVERY).map_err(|error| Failure::at(path, error))?;
    if let Some(output) = &args.output {
        files::write(output, &simplified.file)?;
    }
    let node = |&index: &u32| {
        let operator = model.subgraph(0).and_then(|graph| graph.operator(index));
        let name = operator.map(|operator| operator.code().to_string());
        Node { index, operator: name.unwrap_or_default() }
    };
    let report = SimplifyReport {
        model: path.display().to_string(),
        nodes: model.subgraph(0).map_or(0, |graph| graph.operator_len()),
        folded: simplified.folded.iter().map(node).collect(),
        unread: simplified.unread.iter().map(node).collect(),
        bytes_before: given.len(),
        bytes_after: simplified.file.len(),
    };
    report::print(&report, args.common.json)
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct SimplifyReport {
    model: String,
    nodes: u32,
    folded: Vec<Node>,
    unread: Vec<Node>,
    bytes_before: usize,
    bytes_after: usize,
}

/// A node of the model that was given.
#[derive(Debug, Serialize)]
struct Node {
    index: u32,
    operator: String,
}

impl Report for SimplifyReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let mut table = Table::new(&[("node", Right), ("operator", Left), ("", Left)]);
        for (nodes, why) in [
            (&self.folded, "depends on constants alone: its result is one now"),
            (&self.unread, "nobody reads its result"),
        ] {
            for node in nodes {
                table.row([
                    (FIGURE, node.index.to_string()),
                    (NAME, node.operator.clone()),
                    (PLAIN, why.to_owned()),
                ]);
            }
        }
        let removed = self.folded.len() + self.unread.len();
        if removed > 0 {
            table.write(out)?;
            writeln!(out)?;
        }
        writeln!(
            out,
            "{removed} of {} nodes are not needed; the file has {} bytes, {} before",
            self.nodes,
            grouped(self.bytes_after),
            grouped(self.bytes_before)
        )
    }
}
