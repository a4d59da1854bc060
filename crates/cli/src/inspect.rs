//! `bantam inspect`: shows the contents of a model.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use bantam_report::inspect::{Inspection, Node, Signature, Subgraph, Tensor, inspect};
use bantam_report::model::Quantization;
use bantam_report::text::{grouped, listed, printable, shape_text};
use bantam_report::{Named, graph};
use bantam_schema::Model;
use serde_json::Value;

use crate::args::{GraphFormat, InspectArgs};
use crate::failure::{Failure, Result};
use crate::model_file::{self, named};
use crate::report::{
    self,
    Align::{Left, Right},
    ERROR, FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// The number of tensors of an operator in the list.
const TENSORS: usize = 8;

/// Shows a model.
pub(crate) fn run(args: &InspectArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    match args.graph {
        Some(format) => print_graph(path, &model, format),
        None => report::print(&named(path, inspect(&model)), args.common.json),
    }
}

/// Prints the graph that runs.
fn print_graph(path: &Path, model: &Model<'_>, format: GraphFormat) -> Result<()> {
    let empty = || Failure::at(path, "the model has no subgraph");
    let graph = graph(model, 0).ok_or_else(empty)?;
    let text = match format {
        GraphFormat::Mermaid => graph.mermaid(),
        GraphFormat::Dot => graph.dot(),
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

impl Report for Named<Inspection> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let inspection = &self.report;
        let nodes: usize = inspection.operator_codes.iter().map(|code| code.nodes).sum();
        let kinds = inspection.operator_codes.len();
        let file = format!("{} bytes", grouped(inspection.file_bytes));
        let buffers =
            format!("{} bytes in {} buffers", grouped(inspection.buffer_bytes), inspection.buffers);
        let mut facts = Table::new(&[("", Left), ("", Left)]);
        let mut fact = |name: &str, text: String| facts.row([(FAINT, name.into()), (PLAIN, text)]);
        fact("file", format!("{file}, schema version {}", inspection.schema_version));
        fact("description", inspection.description.clone().unwrap_or_default());
        fact("operators", format!("{nodes} of {kinds} kinds"));
        fact("constants", buffers);
        facts.write_rows(out)?;

        for (index, subgraph) in inspection.subgraphs.iter().enumerate() {
            if inspection.subgraphs.len() > 1 {
                let name = subgraph.name.as_deref().unwrap_or_default();
                let title = format!("subgraph {index} {}", printable(name));
                writeln!(out, "\n{}", styled(TITLE, title.trim_end()))?;
            }
            write_subgraph(subgraph, out)?;
        }

        let mut kinds =
            Table::new(&[("operator", Left), ("version", Right), ("nodes", Right), ("", Left)]);
        for code in &inspection.operator_codes {
            kinds.row([
                (NAME, code.operator.clone()),
                (PLAIN, code.version.to_string()),
                (PLAIN, code.nodes.to_string()),
                (ERROR, refused_text(code.refused)),
            ]);
        }
        section("kinds of operators", &kinds, out)?;
        if inspection.operator_codes.iter().any(|code| code.refused > 0) {
            writeln!(out, "\n`bantam check` says why nodes cannot run, and what to do")?;
        }

        let mut metadata = Table::new(&[("name", Left), ("bytes", Right)]);
        for entry in &inspection.metadata {
            let name = entry.name.clone().unwrap_or_default();
            metadata.row([(PLAIN, name), (PLAIN, grouped(entry.bytes))]);
        }
        section("metadata", &metadata, out)?;

        let mut signatures =
            Table::new(&[("key", Left), ("subgraph", Right), ("inputs", Left), ("outputs", Left)]);
        for signature in &inspection.signatures {
            signatures.row(signature_cells(signature));
        }
        section("signatures", &signatures, out)
    }
}

/// How many nodes cannot run, if there are any.
fn refused_text(refused: usize) -> String {
    if refused == 0 { String::new() } else { format!("{refused} cannot run") }
}

/// Writes a titled table; nothing without rows.
fn section(title: &str, table: &Table, out: &mut dyn Write) -> io::Result<()> {
    if table.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", styled(TITLE, title))?;
    table.write(out)
}

fn signature_cells(signature: &Signature) -> [(anstyle::Style, String); 4] {
    let names = |tensors: &BTreeMap<String, u32>| {
        let named: Vec<String> =
            tensors.iter().map(|(name, tensor)| format!("{name} = {tensor}")).collect();
        (PLAIN, listed(&named, TENSORS))
    };
    let key = signature.key.clone().unwrap_or_default();
    let subgraph = signature.subgraph.to_string();
    [(PLAIN, key), (PLAIN, subgraph), names(&signature.inputs), names(&signature.outputs)]
}

fn write_subgraph(subgraph: &Subgraph, out: &mut dyn Write) -> io::Result<()> {
    for (title, indices) in [("inputs", &subgraph.inputs), ("outputs", &subgraph.outputs)] {
        let tensors = indices.iter().filter_map(|index| tensor(subgraph, *index));
        let mut table = Table::new(&[
            ("tensor", Right),
            ("name", Left),
            ("type", Left),
            ("shape", Left),
            ("bytes", Right),
            ("quantization", Left),
        ]);
        for tensor in tensors {
            table.row([
                (FAINT, tensor.index.to_string()),
                (FIGURE, short_name(tensor)),
                (PLAIN, tensor.tensor_type.clone()),
                (PLAIN, tensor_shape(tensor)),
                (PLAIN, bytes_text(tensor)),
                (PLAIN, quantization_text(tensor)),
            ]);
        }
        section(title, &table, out)?;
    }

    let mut table = Table::new(&[
        ("#", Right),
        ("operator", Left),
        ("inputs", Left),
        ("outputs", Left),
        ("options", Left),
    ]);
    for operator in &subgraph.operators {
        table.row([
            (FAINT, operator.index.to_string()),
            (NAME, operator.operator.clone()),
            (PLAIN, inputs_text(operator)),
            (PLAIN, listed(&operator.outputs, TENSORS)),
            match operator.refused {
                Some(_) => (ERROR, "cannot run".to_owned()),
                None => (FAINT, options_text(operator)),
            },
        ]);
    }
    section("operators", &table, out)?;

    let mut table = Table::new(&[
        ("#", Right),
        ("role", Left),
        ("type", Left),
        ("shape", Left),
        ("bytes", Right),
        ("name", Left),
        ("quantization", Left),
    ]);
    for tensor in &subgraph.tensors {
        table.row([
            (FAINT, tensor.index.to_string()),
            (NAME, role(subgraph, tensor).to_owned()),
            (PLAIN, tensor.tensor_type.clone()),
            (PLAIN, tensor_shape(tensor)),
            (PLAIN, bytes_text(tensor)),
            (PLAIN, short_name(tensor)),
            (FAINT, quantization_text(tensor)),
        ]);
    }
    section("tensors", &table, out)
}

fn tensor(subgraph: &Subgraph, index: i32) -> Option<&Tensor> {
    subgraph.tensors.get(usize::try_from(index).ok()?)
}

fn role(subgraph: &Subgraph, tensor: &Tensor) -> &'static str {
    let among = |indices: &[i32]| indices.iter().any(|i| usize::try_from(*i) == Ok(tensor.index));
    if among(&subgraph.inputs) {
        "input"
    } else if among(&subgraph.outputs) {
        "output"
    } else if tensor.constant_bytes.is_some() {
        "constant"
    } else if tensor.variable {
        "variable"
    } else {
        ""
    }
}

fn short_name(tensor: &Tensor) -> String {
    shortened(tensor.name.as_deref().unwrap_or_default())
}

fn tensor_shape(tensor: &Tensor) -> String {
    match &tensor.shape_signature {
        Some(signature) if *signature != tensor.shape => {
            format!("{} of {}", shape_text(&tensor.shape), shape_text(signature))
        }
        _ => shape_text(&tensor.shape),
    }
}

fn bytes_text(tensor: &Tensor) -> String {
    tensor.constant_bytes.or(tensor.bytes).map(grouped).unwrap_or_default()
}

fn quantization_text(tensor: &Tensor) -> String {
    tensor.quantization.as_ref().map(Quantization::text).unwrap_or_default()
}

fn inputs_text(node: &Node) -> String {
    let inputs: Vec<String> = node
        .inputs
        .iter()
        .map(|input| input.map_or_else(|| "-".to_owned(), |index| index.to_string()))
        .collect();
    listed(&inputs, TENSORS)
}

/// Returns the fields, without those that say that something is not used.
fn options_text(node: &Node) -> String {
    let fields: Vec<String> = node
        .options
        .iter()
        .filter(|(name, value)| !says_nothing(name, value))
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} {text}"),
            other => format!("{name} {other}"),
        })
        .collect();
    listed(&fields, usize::MAX)
}

fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Bool(set) => !set || name == "pot_scale_int16",
        Value::Null => true,
        Value::String(text) => text == "NONE" || name == "quantized_bias_type",
        Value::Number(number) => name.starts_with("dilation") && number.as_i64() == Some(1),
        _ => false,
    }
}
