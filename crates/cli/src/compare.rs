//! `bantam compare`: the first node whose result differs from a reference.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bantam_report::model::type_name;
use bantam_report::text::{grouped, printable};
use bantam_schema::{Model, Subgraph, TensorType};
use serde::Serialize;

use crate::args::CompareArgs;
use crate::engine::{Engine, Interpreter};
use crate::failure::{Failure, Result};
use crate::feeds::feeds;
use crate::model_file;
use crate::npy;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};
use crate::taps::{Taps, file_name};
use crate::value::{Number, numbers, significant};

/// The number of differences in the text.
const SHOWN: usize = 10;

/// Runs a model and compares; gives whether nothing differs.
pub(crate) fn run(args: &CompareArgs) -> Result<bool> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let Some(subgraph) = model.subgraph(0) else {
        return Err(Failure::at(path, "the model has no subgraph"));
    };
    let engine = Engine::new(path, model, args.planning);
    let mut memory = engine.exact_memory()?;
    let mut interpreter = engine.interpreter(&mut memory)?;
    let has_arrays = subgraph.tensors().zip(0_u32..).any(|(_, index)| {
        let is_input = subgraph.inputs().iter().any(|input| u32::try_from(input) == Ok(index));
        !is_input && args.reference.join(file_name(index)).exists()
    });
    if !has_arrays {
        return Err(nothing(&args.reference, &subgraph));
    }
    feed(args, &subgraph, &mut interpreter)?;
    let mut taps = Taps::new(subgraph);
    interpreter.invoke_observed(&mut taps).map_err(|error| engine.invoke_failure(error))?;

    let report = compare(args, &model, &subgraph, &taps)?;
    if report.compared == 0 {
        return Err(nothing(&args.reference, &subgraph));
    }
    let same = report.same;
    report::print(&report, args.common.json)?;
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

/// Compares each tensor that a node has written.
fn compare(
    args: &CompareArgs,
    model: &Model<'_>,
    subgraph: &Subgraph<'_>,
    taps: &Taps<'_>,
) -> Result<CompareReport> {
    let mut report = CompareReport {
        model: args.common.model.display().to_string(),
        nodes: model.subgraph(0).map_or(0, |graph| graph.operator_len()),
        compared: 0,
        same: true,
        first: None,
        differences: Vec::new(),
    };
    for (&index, (node, bytes)) in &taps.written {
        let file = args.reference.join(file_name(index));
        let Some(tensor) = subgraph.tensor(index).filter(|_| file.exists()) else { continue };
        let kind = tensor.tensor_type();
        let wanted = format!("tensor {index}");
        let reference = npy::read(&file, kind, &wanted)?.bytes;
        if reference.len() != bytes.len() {
            let message = format!(
                "the array has {} bytes, tensor {index} has {}",
                reference.len(),
                bytes.len()
            );
            return Err(Failure::at(&file, message));
        }
        report.compared += 1;
        let Some(found) = difference(kind, bytes, &reference, args.tolerance) else { continue };
        let operator = subgraph.operator(*node);
        report.differences.push(Difference {
            node: *node,
            operator: operator.map(|operator| operator.code().to_string()).unwrap_or_default(),
            tensor: index,
            name: tensor.name().map(str::to_owned),
            tensor_type: type_name(kind),
            quantized: tensor.quantization().is_some_and(|q| !q.scale().is_empty()),
            found,
        });
    }
    report.differences.sort_by_key(|difference| (difference.node, difference.tensor));
    report.first = report.differences.first().cloned();
    report.same = report.differences.is_empty();
    Ok(report)
}

/// By how much elements differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Found {
    elements: usize,
    /// Elements that differ by more than the tolerance.
    different: usize,
    /// NaN where one side is no number.
    largest: f64,
    mean: f64,
    /// The element with the largest difference, and what both sides have there.
    at: usize,
    ours: Number,
    reference: Number,
}

/// Compares two tensors; `None` if they are the same but for the tolerance.
fn difference(kind: TensorType, ours: &[u8], reference: &[u8], tolerance: f64) -> Option<Found> {
    let (Some(ours), Some(reference)) = (numbers(ours, kind), numbers(reference, kind)) else {
        return None;
    };
    let mut found: Option<Found> = None;
    let (mut different, mut sum) = (0, 0.0);
    for (at, (&ours, &reference)) in ours.iter().zip(&reference).enumerate() {
        let by = distance(ours, reference);
        sum += by;
        if by <= tolerance {
            continue;
        }
        different += 1;
        // One that is no number counts as the largest.
        if found.is_none_or(|found| by > found.largest || by.is_nan() && !found.largest.is_nan()) {
            let (elements, mean) = (0, 0.0);
            found = Some(Found { elements, different, largest: by, mean, at, ours, reference });
        }
    }
    let elements = ours.len();
    found.map(|found| Found { elements, different, mean: sum / elements as f64, ..found })
}

/// The difference of two elements; 0 for any two that are no numbers.
fn distance(ours: Number, reference: Number) -> f64 {
    match (ours, reference) {
        (Number::Bool(a), Number::Bool(b)) => f64::from(u8::from(a != b)),
        (Number::Int(a), Number::Int(b)) => a.abs_diff(b) as f64,
        (Number::Uint(a), Number::Uint(b)) => a.abs_diff(b) as f64,
        (Number::Float(a), Number::Float(b)) => float_distance(a.into(), b.into()),
        (Number::Double(a), Number::Double(b)) => float_distance(a, b),
        _ => f64::NAN,
    }
}

fn float_distance(a: f64, b: f64) -> f64 {
    if a == b || a.is_nan() && b.is_nan() { 0.0 } else { (a - b).abs() }
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct CompareReport {
    model: String,
    nodes: u32,
    compared: usize,
    same: bool,
    first: Option<Difference>,
    differences: Vec<Difference>,
}

/// A tensor that differs.
#[derive(Clone, Debug, Serialize)]
struct Difference {
    node: u32,
    operator: String,
    tensor: u32,
    name: Option<String>,
    #[serde(rename = "type")]
    tensor_type: String,
    /// Whether differences are in steps of a scale.
    quantized: bool,
    #[serde(flatten)]
    found: Found,
}

impl Report for CompareReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let Some(first) = &self.first else {
            return writeln!(out, "{} tensors are the same as the reference", self.compared);
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
        writeln!(out, "\n{} of {} tensors differ", self.differences.len(), self.compared)?;
        let mut table = Table::new(&[
            ("node", Right),
            ("operator", Left),
            ("tensor", Right),
            ("name", Left),
            ("type", Left),
            ("largest", Right),
            ("mean", Right),
        ]);
        for difference in self.differences.iter().take(SHOWN) {
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
        match self.differences.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            rest => writeln!(out, "  … {rest} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted_in_steps() {
        let found = difference(TensorType::INT8, &[1, 255, 5, 0], &[1, 2, 4, 0], 0.0).unwrap();
        assert_eq!((found.different, found.largest, found.mean, found.at), (2, 3.0, 1.0, 1));
        assert_eq!((found.ours, found.reference), (Number::Int(-1), Number::Int(2)));
        assert_eq!(difference(TensorType::INT8, &[1, 2], &[2, 1], 1.0), None);
    }

    #[test]
    fn what_is_no_number_is_the_largest_difference() {
        let bytes =
            |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        let (ours, reference) = (bytes(&[f32::NAN, 1.0, f32::NAN]), bytes(&[f32::NAN, 2.0, 3.0]));
        let found = difference(TensorType::FLOAT32, &ours, &reference, 0.5).unwrap();
        assert!(found.largest.is_nan() && found.at == 2 && found.different == 2, "{found:?}");
        let same = bytes(&[f32::INFINITY, -0.0]);
        assert_eq!(
            difference(TensorType::FLOAT32, &same, &bytes(&[f32::INFINITY, 0.0]), 0.0),
            None
        );
    }
}
