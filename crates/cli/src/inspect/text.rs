//! The text of `bantam inspect`.

use std::io::{self, Write};

use bantam_report::text::{grouped, listed, printable, shape_text};
use serde_json::Value;

use super::{InspectReport, OperatorReport, SignatureReport, SubgraphReport, TensorReport};
use crate::model_file::Quantization;
use crate::report::{
    Align::{Left, Right},
    ERROR, FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// The number of tensors of an operator in the list.
const TENSORS: usize = 8;

impl Report for InspectReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let nodes: usize = self.operator_codes.iter().map(|code| code.nodes).sum();
        let kinds = self.operator_codes.len();
        let file = format!("{} bytes", grouped(self.file_bytes));
        let buffers = format!("{} bytes in {} buffers", grouped(self.buffer_bytes), self.buffers);
        let mut facts = Table::new(&[("", Left), ("", Left)]);
        let mut fact = |name: &str, text: String| facts.row([(FAINT, name.into()), (PLAIN, text)]);
        fact("file", format!("{file}, schema version {}", self.schema_version));
        fact("description", self.description.clone().unwrap_or_default());
        fact("operators", format!("{nodes} of {kinds} kinds"));
        fact("constants", buffers);
        facts.write_rows(out)?;

        for (index, subgraph) in self.subgraphs.iter().enumerate() {
            if self.subgraphs.len() > 1 {
                let name = subgraph.name.as_deref().unwrap_or_default();
                let title = format!("subgraph {index} {}", printable(name));
                writeln!(out, "\n{}", styled(TITLE, title.trim_end()))?;
            }
            subgraph.text(out)?;
        }

        let mut kinds =
            Table::new(&[("operator", Left), ("version", Right), ("nodes", Right), ("", Left)]);
        for code in &self.operator_codes {
            kinds.row([
                (NAME, code.operator.clone()),
                (PLAIN, code.version.to_string()),
                (PLAIN, code.nodes.to_string()),
                (ERROR, refused_text(code.refused)),
            ]);
        }
        section("kinds of operators", &kinds, out)?;
        if self.operator_codes.iter().any(|code| code.refused > 0) {
            writeln!(out, "\n`bantam check` says why nodes cannot run, and what to do")?;
        }

        let mut metadata = Table::new(&[("name", Left), ("bytes", Right)]);
        for entry in &self.metadata {
            let name = entry.name.clone().unwrap_or_default();
            metadata.row([(PLAIN, name), (PLAIN, grouped(entry.bytes))]);
        }
        section("metadata", &metadata, out)?;

        let mut signatures =
            Table::new(&[("key", Left), ("subgraph", Right), ("inputs", Left), ("outputs", Left)]);
        for signature in &self.signatures {
            signatures.row(signature.cells());
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

impl SignatureReport {
    fn cells(&self) -> [(anstyle::Style, String); 4] {
        let names = |tensors: &std::collections::BTreeMap<String, u32>| {
            let named: Vec<String> =
                tensors.iter().map(|(name, tensor)| format!("{name} = {tensor}")).collect();
            (PLAIN, listed(&named, TENSORS))
        };
        let key = self.key.clone().unwrap_or_default();
        let subgraph = self.subgraph.to_string();
        [(PLAIN, key), (PLAIN, subgraph), names(&self.inputs), names(&self.outputs)]
    }
}

impl SubgraphReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for (title, indices) in [("inputs", &self.inputs), ("outputs", &self.outputs)] {
            let tensors = indices.iter().filter_map(|index| self.tensor(*index));
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
                    (FIGURE, tensor.short_name()),
                    (PLAIN, tensor.tensor_type.clone()),
                    (PLAIN, tensor.shape_text()),
                    (PLAIN, tensor.bytes_text()),
                    (PLAIN, tensor.quantization_text()),
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
        for operator in &self.operators {
            table.row([
                (FAINT, operator.index.to_string()),
                (NAME, operator.operator.clone()),
                (PLAIN, operator.inputs_text()),
                (PLAIN, listed(&operator.outputs, TENSORS)),
                match operator.refused {
                    Some(_) => (ERROR, "cannot run".to_owned()),
                    None => (FAINT, operator.options_text()),
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
        for tensor in &self.tensors {
            table.row([
                (FAINT, tensor.index.to_string()),
                (NAME, self.role(tensor).to_owned()),
                (PLAIN, tensor.tensor_type.clone()),
                (PLAIN, tensor.shape_text()),
                (PLAIN, tensor.bytes_text()),
                (PLAIN, tensor.short_name()),
                (FAINT, tensor.quantization_text()),
            ]);
        }
        section("tensors", &table, out)
    }

    fn tensor(&self, index: i32) -> Option<&TensorReport> {
        self.tensors.get(usize::try_from(index).ok()?)
    }

    fn role(&self, tensor: &TensorReport) -> &'static str {
        let among =
            |indices: &[i32]| indices.iter().any(|i| usize::try_from(*i) == Ok(tensor.index));
        if among(&self.inputs) {
            "input"
        } else if among(&self.outputs) {
            "output"
        } else if tensor.constant_bytes.is_some() {
            "constant"
        } else if tensor.variable {
            "variable"
        } else {
            ""
        }
    }
}

impl TensorReport {
    fn short_name(&self) -> String {
        shortened(self.name.as_deref().unwrap_or_default())
    }

    fn shape_text(&self) -> String {
        match &self.shape_signature {
            Some(signature) if *signature != self.shape => {
                format!("{} of {}", shape_text(&self.shape), shape_text(signature))
            }
            _ => shape_text(&self.shape),
        }
    }

    fn bytes_text(&self) -> String {
        self.constant_bytes.or(self.bytes).map(grouped).unwrap_or_default()
    }

    fn quantization_text(&self) -> String {
        self.quantization.as_ref().map(Quantization::text).unwrap_or_default()
    }
}

impl OperatorReport {
    fn inputs_text(&self) -> String {
        let inputs: Vec<String> = self
            .inputs
            .iter()
            .map(|input| input.map_or_else(|| "-".to_owned(), |index| index.to_string()))
            .collect();
        listed(&inputs, TENSORS)
    }

    /// Returns the fields, without those that say that something is not used.
    fn options_text(&self) -> String {
        let fields: Vec<String> = self
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
