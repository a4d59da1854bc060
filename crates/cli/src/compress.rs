//! `bantam compress`: a model whose weights take fewer bytes.

use std::io::{self, Write};

use bantam_interp::Options;
use bantam_interp::host::{CompressedTensor, Compression, Decoder, Form, arena_bytes, compress};
use bantam_report::text::{grouped, printable};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use serde::Serialize;

use crate::args::CompressArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file;
use crate::report::{
    self,
    Align::{Left, Right},
    FIGURE, NAME, PLAIN, Report, TITLE, Table, styled,
};

/// Compresses a model, and writes it.
pub(crate) fn run(args: &CompressArgs) -> Result<()> {
    let path = &args.common.model;
    let given = model_file::read(path)?;
    let model = model_file::parse(path, &given)?;
    let mut options = Compression::default();
    (options.max_error, options.max_arena) = (args.max_error, args.max_arena);
    options.form = if args.tables { Form::Tables } else { Form::Nodes };
    let compressed = compress(&model, EVERY, &options).map_err(|error| Failure::at(path, error))?;
    if let Some(output) = &args.output {
        files::write(output, &compressed.file)?;
    }
    let tensor = |tensor: &CompressedTensor| Encoded {
        index: tensor.tensor,
        name: name(&model, tensor.tensor),
        decoder: match tensor.decoder {
            Decoder::Lut(bits) => format!("table, {bits} bits"),
            Decoder::Huffman => "Huffman".to_owned(),
            Decoder::Prune => "pruning".to_owned(),
            other => format!("{other:?}"),
        },
        bytes_before: tensor.bytes_before,
        bytes_after: tensor.bytes_after,
        max_error: tensor.max_error,
    };
    // None if it cannot run.
    let arena = |file: &[u8]| {
        let model = Model::parse(file).ok()?;
        arena_bytes(&model, EVERY, Options::default()).ok()
    };
    let report = CompressReport {
        model: path.display().to_string(),
        tensors: compressed.tensors.iter().map(tensor).collect(),
        bytes_before: given.len(),
        bytes_after: compressed.file.len(),
        arena_before: arena(&given),
        arena_after: arena(&compressed.file),
    };
    report::print(&report, args.common.json)
}

fn name(model: &Model<'_>, tensor: u32) -> String {
    let tensor = model.subgraph(0).and_then(|graph| graph.tensor(tensor));
    tensor.and_then(|tensor| tensor.name()).unwrap_or_default().to_owned()
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct CompressReport {
    model: String,
    tensors: Vec<Encoded>,
    bytes_before: usize,
    bytes_after: usize,
    arena_before: Option<usize>,
    arena_after: Option<usize>,
}

/// A tensor that is encoded.
#[derive(Debug, Serialize)]
struct Encoded {
    index: u32,
    name: String,
    decoder: String,
    bytes_before: usize,
    bytes_after: usize,
    max_error: u8,
}

impl Report for CompressReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let mut table = Table::new(&[
            ("tensor", Right),
            ("", Left),
            ("decoder", Left),
            ("bytes", Right),
            ("before", Right),
            ("largest error", Right),
        ]);
        for tensor in &self.tensors {
            table.row([
                (FIGURE, tensor.index.to_string()),
                (NAME, printable(&tensor.name).to_string()),
                (PLAIN, tensor.decoder.clone()),
                (FIGURE, grouped(tensor.bytes_after)),
                (FIGURE, grouped(tensor.bytes_before)),
                (FIGURE, tensor.max_error.to_string()),
            ]);
        }
        if self.tensors.is_empty() {
            writeln!(out, "no filter takes fewer bytes when it is encoded")?;
        } else {
            table.write(out)?;
            writeln!(out)?;
        }
        let [after, before] = [self.bytes_after, self.bytes_before].map(grouped);
        writeln!(out, "the file has {after} bytes, {before} before")?;
        let arena = |bytes: Option<usize>| match bytes {
            Some(bytes) => format!("an arena of {} bytes", grouped(bytes)),
            None => "no arena, since it cannot run".to_owned(),
        };
        let [after, before] = [self.arena_after, self.arena_before].map(arena);
        writeln!(out, "it needs {after}; before {before}")
    }
}
