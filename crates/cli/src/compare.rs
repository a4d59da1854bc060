//! `bantam compare`: the first node whose result differs from a reference.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bantam_interp::Interpreter;
use bantam_report::compare::{Comparison, Found, Mismatch, compare};
use bantam_report::engine::Engine;
use bantam_report::taps::Taps;
use bantam_report::text::{grouped, printable};
use bantam_report::value::significant;
use bantam_report::{Error, Named};
use bantam_schema::Subgraph;

use crate::args::CompareArgs;
use crate::dump::file_name;
use crate::failure::{Failure, Result};
use crate::feeds::feeds;
use crate::model_file::{self, named};
use crate::npy;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// The number of differences in the text.
const SHOWN: usize = 10;

/// Runs a model and compares; gives whether nothing differs.
pub(crate) fn run(args: &CompareArgs) -> Result<bool> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let failure = |error| Failure::report(path, error);
    let empty = || Failure::at(path, "the model has no subgraph");
    let subgraph = model.subgraph(0).ok_or_else(empty)?;
    let engine = Engine::new(model, args.planning.sharing.into());
    let mut memory = engine.exact_memory().map_err(failure)?;
    let mut interpreter = engine.interpreter(&mut memory).map_err(failure)?;
    let has_arrays = subgraph.tensors().zip(0_u32..).any(|(_, index)| {
        let is_input = subgraph.inputs().iter().any(|input| u32::try_from(input) == Ok(index));
        !is_input && args.reference.join(file_name(index)).exists()
    });
    if !has_arrays {
        return Err(nothing(&args.reference, &subgraph));
    }
    feed(args, &subgraph, &mut interpreter)?;
    let mut taps = Taps::of(&model).ok_or_else(empty)?;
    interpreter.invoke_observed(&mut taps).map_err(|error| failure(Error::from(error)))?;

    let comparison = compare(&model, &taps, args.tolerance, |index, tensor| {
        let file = args.reference.join(file_name(index));
        let array = |file| npy::read(file, tensor.tensor_type(), &format!("tensor {index}"));
        file.exists().then(|| array(&file)).transpose().map(|array| array.map(|a| a.bytes))
    });
    let comparison = comparison.map_err(|mismatch| match mismatch {
        Mismatch::Reference(failure) => failure,
        Mismatch::Length { tensor, .. } => {
            Failure::at(&args.reference.join(file_name(tensor)), mismatch)
        }
        mismatch => Failure::at(&args.reference, mismatch),
    })?;
    if comparison.compared == 0 {
        return Err(nothing(&args.reference, &subgraph));
    }
    let same = comparison.same;
    report::print(&named(path, comparison), args.common.json)?;
    Ok(same)
}

/// The error of a folder without any array of a tensor that a node writes.
fn nothing(folder: &Path, subgraph: &Subgraph<'_>) -> Failure {
    if !folder.is_dir() {
        return Failure::at(folder, "there is no such folder");
    }
    let last = subgraph.operators().next_back().and_then(|last| last.outputs().iter().next());
    let last = last.and_then(|output| u32::try_from(output).ok()).unwrap_or(0);
    let name = subgraph.tensor(last).and_then(|tensor| tensor.name().map(printable));
    let name = name.map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let message = format!(
        "no array of a tensor that a node writes: tensor N is looked for in tensor_N.npy, such as \
         {} of tensor {last}{name}; `bantam run --dump`, or the script in docs/debugging.md, \
         writes them",
        file_name(last)
    );
    Failure::at(folder, message)
}

/// Fills the inputs from the files, or from those of the reference.
fn feed(
    args: &CompareArgs,
    subgraph: &Subgraph<'_>,
    interpreter: &mut Interpreter<'_>,
) -> Result<()> {
    let of_reference = |tensor: i32| args.reference.join(file_name(tensor as u32));
    let files: Vec<PathBuf> = if args.inputs.is_empty() {
        subgraph.inputs().iter().map(of_reference).collect()
    } else {
        args.inputs.clone()
    };
    for (index, feed) in feeds(&files, interpreter, 1)?.iter().enumerate() {
        if let Ok(input) = interpreter.input_bytes(index) {
            input.copy_from_slice(feed);
        }
    }
    Ok(())
}

impl Report for Named<Comparison> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let comparison = &self.report;
        let Some(first) = &comparison.first else {
            return writeln!(out, "{} tensors are the same as the reference", comparison.compared);
        };
        let found = first.found;
        let steps = if first.quantized { " steps of the scale" } else { "" };
        let title = format!("node {} ({})", first.node, printable(&first.operator));
        writeln!(out, "the first node that differs: {}", styled(FIGURE, title))?;
        let name = first.name.as_deref().map(|name| format!(" \"{}\"", printable(name)));
        let name = name.unwrap_or_default();
        writeln!(
            out,
            "  tensor {}{name}: {} of {} elements differ; largest difference {}{steps}, mean {}",
            first.tensor,
            grouped(found.different),
            grouped(found.elements),
            significant(found.largest),
            significant(found.mean)
        )?;
        let Found { at, ours, reference, .. } = found;
        writeln!(out, "  element {at} is {ours} where the reference has {reference}")?;
        writeln!(
            out,
            "\n{} of {} tensors differ",
            comparison.differences.len(),
            comparison.compared
        )?;
        let mut table = Table::new(&[
            ("node", Right),
            ("operator", Left),
            ("tensor", Right),
            ("name", Left),
            ("type", Left),
            ("largest", Right),
            ("mean", Right),
        ]);
        for difference in comparison.differences.iter().take(SHOWN) {
            table.row([
                (FAINT, difference.node.to_string()),
                (NAME, difference.operator.clone()),
                (FAINT, difference.tensor.to_string()),
                (PLAIN, shortened(difference.name.as_deref().unwrap_or_default())),
                (PLAIN, difference.tensor_type.clone()),
                (PLAIN, significant(difference.found.largest)),
                (PLAIN, significant(difference.found.mean)),
            ]);
        }
        table.write(out)?;
        match comparison.differences.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            rest => writeln!(out, "  … {rest} more"),
        }
    }
}
