//! `bantam run`: tensors in, tensors out.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bantam_interp::{Interpreter, Outcome};
use bantam_report::Error;
use bantam_report::engine::{Engine, Memory};
use bantam_report::model::{Quantization, type_name};
use bantam_report::statistics::{median, microseconds};
use bantam_report::text::{grouped, listed, printable, shape_text};
use bantam_report::value::{self, Number, significant};
use bantam_schema::{Tensor, TensorType};
use serde::Serialize;

use crate::args::RunArgs;
use crate::clock;
use crate::dump::Dump;
use crate::failure::{Failure, Result};
use crate::feeds::feeds;
use crate::files;
use crate::model_file;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// The number of elements of an output in the text.
const ELEMENTS: usize = 10;

/// The number of steps whose times are kept.
const MAX_TIMES: usize = 1 << 20;

/// Runs a model.
pub(crate) fn run(args: &RunArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::with_batch(path, model_file::read(path)?, args.sizes)?;
    let model = model_file::parse(path, &bytes)?;
    let failure = |error| Failure::report(path, error);
    let engine = Engine::new(model, args.planning.sharing.into());
    let memory = match args.arena {
        Some(len) => Memory::new(len),
        None => engine.exact_memory(),
    };
    let mut memory = memory.map_err(failure)?;
    let arena_bytes = memory.as_mut_slice().len();
    let mut interpreter = match engine.interpreter(&mut memory) {
        Err(_) if args.arena.is_some() => return Err(too_small(path, &engine, arena_bytes)),
        made => made.map_err(failure)?,
    };

    let steps = args.steps.get();
    let names = match &args.signature {
        Some(key) => Names::of(&mut interpreter, key).map_err(|why| Failure::at(path, why))?,
        None => Names::default(),
    };
    let files = match &args.signature {
        Some(_) => names.in_order(&args.inputs)?,
        None => args.inputs.clone(),
    };
    let feeds = feeds(&files, &mut interpreter, steps)?;
    let mut inputs: Vec<PortReport> = (0..interpreter.input_len())
        .map(|index| PortReport::new(index, interpreter.input_tensor(index), 0))
        .map(|port| port.named(&names.inputs))
        .collect();
    for (input, file) in inputs.iter_mut().zip(&files) {
        input.file = Some(file.display().to_string());
    }

    // Outputs are kept where somebody wants them.
    let mut collected = vec![Vec::new(); interpreter.output_len()];
    let keeps = args.output_dir.is_some();
    let mut dump = args.dump.as_ref().map(|_| Dump::new(model));
    let mut times = Vec::new();
    let mut incomplete = 0;
    for step in 0..steps {
        for (index, input) in inputs.iter_mut().enumerate() {
            let tensor = interpreter
                .input_bytes(index)
                .map_err(|error| failure(Error::Port { port: "input", index, error }))?;
            input.bytes = tensor.len();
            match feeds.get(index) {
                Some(feed) => tensor.copy_from_slice(part(feed, step, tensor.len())),
                None => tensor.fill(0),
            }
        }
        let (time, outcome) = match &mut dump {
            Some(dump) if step + 1 == steps => {
                dump.read_inputs(&mut interpreter);
                clock::measure_ns(|| interpreter.invoke_watched(&mut |event| dump.keep(&event)))
            }
            _ => clock::measure_ns(|| interpreter.invoke()),
        };
        if outcome.map_err(|error| failure(error.into()))? == Outcome::NeedMoreInput {
            incomplete += 1;
        }
        if times.len() < MAX_TIMES {
            times.push(time as f64);
        }
        for (index, output) in collected.iter_mut().enumerate().filter(|_| keeps) {
            output.extend_from_slice(output_bytes(path, &interpreter, index)?);
        }
    }

    let mut outputs = Vec::new();
    for (index, data) in collected.iter().enumerate() {
        let last = output_bytes(path, &interpreter, index)?;
        let tensor = interpreter.output_tensor(index);
        let mut port = PortReport::new(index, tensor, last.len()).named(&names.outputs);
        port.values = value::numbers(last, port.element);
        port.file =
            args.output_dir.as_deref().map(|folder| write(folder, index, data)).transpose()?;
        outputs.push(port);
    }
    let dumped = match (&args.dump, &dump) {
        (Some(folder), Some(dump)) => Some(dump.write(folder)?),
        _ => None,
    };
    let report = RunReport {
        model: path.display().to_string(),
        steps,
        incomplete_steps: incomplete,
        inputs,
        outputs,
        invoke_us: microseconds(median(&mut times)),
        arena_bytes,
        arena_used_bytes: interpreter.arena_used_bytes(),
        dumped,
    };
    report::print(&report, args.common.json)
}

/// What a signature calls inputs and outputs, by their index.
#[derive(Debug, Default)]
struct Names {
    inputs: BTreeMap<usize, String>,
    outputs: BTreeMap<usize, String>,
}

impl Names {
    fn of(interpreter: &mut Interpreter<'_>, key: &str) -> std::result::Result<Self, String> {
        let runner = interpreter.signature(key).map_err(|why| format!("signature {key}: {why}"))?;
        let signature = runner.signature();
        let named = |name: Option<&str>, index: Option<usize>| Some((index?, name?.to_owned()));
        let inputs = signature.inputs().filter_map(|port| {
            named(port.name, port.name.and_then(|name| runner.input_index(name).ok()))
        });
        let outputs = signature.outputs().filter_map(|port| {
            named(port.name, port.name.and_then(|name| runner.output_index(name).ok()))
        });
        Ok(Self { inputs: inputs.collect(), outputs: outputs.collect() })
    }

    /// Puts files, each given as `NAME=FILE`, into the order of the model's inputs.
    fn in_order(&self, given: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let known = || self.inputs.values().map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut files = BTreeMap::new();
        for text in given {
            let text = text.to_string_lossy();
            let found = text.split_once('=').and_then(|(name, file)| {
                let input = self.inputs.iter().find(|(_, known)| *known == name);
                input.map(|(index, _)| (*index, PathBuf::from(file)))
            });
            let Some((index, file)) = found else {
                let message = format!(
                    "inputs: {} is no NAME=FILE of an input of the signature: {}",
                    printable(&text),
                    printable(&known())
                );
                return Err(Failure::new(message));
            };
            files.insert(index, file);
        }
        Ok(files.into_values().collect())
    }
}

/// Returns the tensor of one step; `feeds` has made sure that it is there.
fn part(feed: &[u8], step: usize, len: usize) -> &[u8] {
    &feed[step * len..(step + 1) * len]
}

fn output_bytes<'i>(
    path: &Path,
    interpreter: &'i Interpreter<'_>,
    index: usize,
) -> Result<&'i [u8]> {
    let port = |error| Failure::report(path, Error::Port { port: "output", index, error });
    interpreter.output_bytes(index).map_err(port)
}

/// Returns the reason why an arena of the user's size does not do: it is too small, or the model
/// has another fault.
fn too_small(path: &Path, engine: &Engine<'_>, len: usize) -> Failure {
    match engine.exact_memory() {
        Ok(mut exact) => Failure::at(
            path,
            format!(
                "an arena of {len} bytes is too small, the model needs {}",
                exact.as_mut_slice().len()
            ),
        ),
        Err(error) => Failure::report(path, error),
    }
}

/// Writes an output and returns the file's path.
fn write(folder: &Path, index: usize, data: &[u8]) -> Result<String> {
    files::make_folder(folder)?;
    let path = folder.join(format!("output_{index}.bin"));
    files::write(&path, data)?;
    Ok(path.display().to_string())
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct RunReport {
    model: String,
    steps: usize,
    /// Steps in which a streaming operator waited for more input.
    incomplete_steps: usize,
    inputs: Vec<PortReport>,
    outputs: Vec<PortReport>,
    invoke_us: f64,
    arena_bytes: usize,
    arena_used_bytes: usize,
    /// The number of tensors that were dumped.
    #[serde(skip_serializing_if = "Option::is_none")]
    dumped: Option<usize>,
}

/// An input or output.
#[derive(Debug, Serialize)]
struct PortReport {
    #[serde(skip)]
    index: usize,
    name: Option<String>,
    #[serde(skip)]
    element: TensorType,
    #[serde(rename = "type")]
    tensor_type: String,
    shape: Vec<i32>,
    bytes: usize,
    /// The file that it was read from or written to.
    file: Option<String>,
    #[serde(skip)]
    quantization: Option<Quantization>,
    /// The elements after the last step; `None` for inputs and for types that are not numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Number>>,
}

impl PortReport {
    fn new(index: usize, tensor: Option<Tensor<'_>>, bytes: usize) -> Self {
        let element = tensor.map(|tensor| tensor.tensor_type()).unwrap_or_default();
        Self {
            index,
            name: tensor.and_then(|tensor| tensor.name()).map(str::to_owned),
            element,
            tensor_type: type_name(element),
            shape: tensor.map(|tensor| tensor.shape().iter().collect()).unwrap_or_default(),
            bytes,
            file: None,
            quantization: tensor.and_then(|tensor| Quantization::of(&tensor)),
            values: None,
        }
    }

    /// With the name that a signature gives it, if it gives one.
    fn named(mut self, names: &BTreeMap<usize, String>) -> Self {
        if let Some(name) = names.get(&self.index) {
            self.name = Some(name.clone());
        }
        self
    }

    fn cells(&self) -> [(anstyle::Style, String); 5] {
        [
            (FAINT, self.index.to_string()),
            (NAME, shortened(self.name.as_deref().unwrap_or_default())),
            (PLAIN, self.tensor_type.clone()),
            (PLAIN, shape_text(&self.shape)),
            (PLAIN, grouped(self.bytes)),
        ]
    }

    /// Returns the real numbers that quantized elements stand for.
    fn real_values(&self) -> Option<Vec<String>> {
        let quantization = self.quantization.as_ref()?.per_tensor()?;
        let real = |number: &Number| number.dequantized(quantization).map(significant);
        self.values.as_ref()?.iter().take(ELEMENTS + 1).map(real).collect()
    }

    fn values_text(&self) -> String {
        self.values.as_ref().map(|values| listed(values, ELEMENTS)).unwrap_or_default()
    }
}

impl Report for RunReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        writeln!(out, "\n{}", styled(TITLE, "inputs"))?;
        const PORT: [(&str, report::Align); 5] =
            [("#", Right), ("name", Left), ("type", Left), ("shape", Left), ("bytes", Right)];
        let columns = |last: &'static str| [&PORT[..], &[(last, Left)]].concat();
        let mut table = Table::new(&columns("from"));
        for input in &self.inputs {
            let source = input.file.clone().unwrap_or_else(|| "zeros".to_owned());
            table.row(input.cells().into_iter().chain([(FAINT, source)]));
        }
        table.write(out)?;

        writeln!(out, "\n{}", styled(TITLE, "outputs"))?;
        let mut table = Table::new(&columns("written to"));
        for output in &self.outputs {
            let file = output.file.clone().unwrap_or_default();
            table.row(output.cells().into_iter().chain([(FAINT, file)]));
        }
        table.write(out)?;
        for output in &self.outputs {
            writeln!(out, "\n  {} {}", styled(FAINT, "values of output"), output.index)?;
            writeln!(out, "  {}", styled(FIGURE, output.values_text()))?;
            if let Some(real) = output.real_values() {
                let rest = output.values.as_ref().map_or(0, Vec::len).saturating_sub(ELEMENTS);
                let more = if rest > 0 { format!(", … {rest} more") } else { String::new() };
                let shown: Vec<String> = real.into_iter().take(ELEMENTS).collect();
                writeln!(out, "  {} {}{more}", styled(FAINT, "real:"), shown.join(", "))?;
            }
        }

        writeln!(out)?;
        let mut facts = Table::new(&[("", Left), ("", Left)]);
        let steps = match self.steps {
            1 => String::new(),
            steps => format!(", median of {} steps", grouped(steps)),
        };
        let time = format!("{} us{steps}", significant(self.invoke_us));
        facts.row([(FAINT, "time".to_owned()), (PLAIN, time)]);
        if self.incomplete_steps > 0 {
            let waited = format!("{} steps waited for more input", grouped(self.incomplete_steps));
            facts.row([(FAINT, "incomplete".to_owned()), (PLAIN, waited)]);
        }
        if let Some(dumped) = self.dumped {
            facts.row([(FAINT, "dumped".to_owned()), (PLAIN, format!("{dumped} tensors"))]);
        }
        let used = if self.arena_used_bytes == self.arena_bytes {
            String::from("all of them needed")
        } else {
            format!("{} of them needed", grouped(self.arena_used_bytes))
        };
        let arena = format!("{} bytes, {used}", grouped(self.arena_bytes));
        facts.row([(FAINT, "arena".to_owned()), (PLAIN, arena)]);
        facts.write_rows(out)
    }
}
