//! `bantam bench`: the time of an inference.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use bantam_interp::{InvokeError, Observer};
use bantam_report::text::{grouped, printable};
use bantam_schema::TensorType;
use serde::Serialize;

use crate::args::BenchArgs;
use crate::bench_input::{Fill, Fnv1a, fill};
use crate::clock;
use crate::engine::{Engine, Interpreter};
use crate::failure::Result;
use crate::model_file;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, styled,
};
use crate::statistics::{median, microseconds};
use crate::value::significant;

/// The least time of one sample: long enough for the clock, short enough for many samples.
const SAMPLE_NS: u64 = 5_000_000;
/// The least number of samples.
const MIN_SAMPLES: usize = 5;
/// The most inferences of the profile.
const MAX_PROFILED: usize = 10_000;

/// Measures a model.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::with_batch(path, model_file::read(path)?, args.sizes)?;
    let engine = Engine::new(path, model_file::parse(path, &bytes)?, args.planning);
    let mut memory = engine.exact_memory()?;
    let arena_bytes = memory.as_mut_slice().len();
    let mut bench = Bench::new(engine.interpreter(&mut memory)?, &engine)?;

    let output_hash = bench.output_hash(&engine)?;
    let mut timing = bench.time(args.seconds).map_err(|error| engine.invoke_failure(error))?;
    let operators =
        bench.profile(args.seconds / 4.0).map_err(|error| engine.invoke_failure(error))?;
    let report = BenchReport {
        model: path.display().to_string(),
        invoke_us: microseconds(median(&mut timing.samples)),
        // The median has sorted them.
        invoke_min_us: microseconds(timing.samples.first().copied().unwrap_or(0.0)),
        samples: timing.samples.len(),
        batch: timing.batch,
        clock: clock::NAME,
        arena_bytes,
        output_hash,
        operators,
    };
    report::print(&report, args.common.json)
}

/// An interpreter and its inputs. Inputs share memory with activations, so each inference, also a
/// measured one, begins by writing them.
struct Bench<'a> {
    interpreter: Interpreter<'a>,
    inputs: Vec<Vec<u8>>,
}

/// Nanoseconds of an inference in each sample, and how many inferences a sample is the mean of.
struct Timing {
    samples: Vec<f64>,
    batch: u64,
}

impl<'a> Bench<'a> {
    fn new(mut interpreter: Interpreter<'a>, engine: &Engine<'_>) -> Result<Self> {
        let mut inputs = Vec::new();
        for (index, seed) in (0..interpreter.input_len()).zip(0_u32..) {
            let tensor_type = interpreter.input_tensor(index).map(|tensor| tensor.tensor_type());
            let mut bytes = interpreter
                .input_bytes(index)
                .map_err(|error| engine.port_failure("input", index, error))?
                .to_vec();
            fill(&mut bytes, kind(tensor_type.unwrap_or_default()), seed);
            inputs.push(bytes);
        }
        Ok(Self { interpreter, inputs })
    }

    fn invoke(&mut self, observer: &mut impl Observer) -> Result<(), InvokeError> {
        for (index, input) in self.inputs.iter().enumerate() {
            if let Ok(bytes) = self.interpreter.input_bytes(index) {
                bytes.copy_from_slice(input);
            }
        }
        self.interpreter.invoke_observed(observer).map(drop)
    }

    /// Returns the hash of all outputs after the first inference.
    fn output_hash(&mut self, engine: &Engine<'_>) -> Result<String> {
        self.invoke(&mut ()).map_err(|error| engine.invoke_failure(error))?;
        let mut hash = Fnv1a::new();
        for index in 0..self.interpreter.output_len() {
            let bytes = self.interpreter.output_bytes(index);
            hash.update(bytes.map_err(|error| engine.port_failure("output", index, error))?);
        }
        Ok(hash.hex())
    }

    fn batch_ns(&mut self, batch: u64) -> Result<u64, InvokeError> {
        let (spent, result) =
            clock::measure_ns(|| (0..batch).try_for_each(|_| self.invoke(&mut ())));
        result.map(|()| spent)
    }

    fn time(&mut self, seconds: f64) -> Result<Timing, InvokeError> {
        let mut batch = 1;
        loop {
            let spent = self.batch_ns(batch)?;
            if spent >= SAMPLE_NS || batch >= 1 << 24 {
                break;
            }
            let enough = batch.saturating_mul(SAMPLE_NS) / spent.max(1) + 1;
            batch = enough.clamp(batch + 1, batch * 10);
        }
        let mut samples = Vec::new();
        let mut total = 0.0;
        while total < seconds * 1e9 || samples.len() < MIN_SAMPLES {
            let spent = self.batch_ns(batch)? as f64;
            total += spent;
            samples.push(spent / batch as f64);
        }
        Ok(Timing { samples, batch })
    }

    /// Returns the time of each node, on a clock that is fast to read.
    fn profile(&mut self, seconds: f64) -> Result<Vec<OperatorReport>, InvokeError> {
        let nodes = self.interpreter.node_len();
        let mut profile = Profile { start: Instant::now(), spent: vec![Vec::new(); nodes] };
        let limit = Duration::from_secs_f64(seconds.max(0.01));
        let start = Instant::now();
        for count in 0..MAX_PROFILED {
            if count >= MIN_SAMPLES && start.elapsed() >= limit {
                break;
            }
            self.invoke(&mut profile)?;
        }
        let medians: Vec<f64> = profile.spent.iter_mut().map(|node| median(node)).collect();
        let total: f64 = medians.iter().sum();
        Ok(medians
            .iter()
            .enumerate()
            .map(|(index, nanoseconds)| OperatorReport {
                index,
                operator: self
                    .interpreter
                    .node_operator(index)
                    .map(|name| name.to_string())
                    .unwrap_or_default(),
                us: microseconds(*nanoseconds),
                share: if total > 0.0 { nanoseconds / total } else { 0.0 },
            })
            .collect())
    }
}

/// Returns how the elements of a type are filled.
fn kind(tensor_type: TensorType) -> Fill {
    match tensor_type {
        TensorType::INT8 | TensorType::UINT8 => Fill::Bits8,
        TensorType::INT16 => Fill::Bits16,
        TensorType::FLOAT32 => Fill::Float32,
        _ => Fill::Zero,
    }
}

/// Collects the nanoseconds of each node.
struct Profile {
    start: Instant,
    spent: Vec<Vec<f64>>,
}

impl Observer for Profile {
    fn before(&mut self, _node: bantam_interp::Node) {
        self.start = Instant::now();
    }

    fn after(&mut self, node: bantam_interp::Node, _outputs: &bantam_interp::Outputs<'_>) {
        let spent = self.start.elapsed().as_nanos() as f64;
        if let Some(node) = self.spent.get_mut(node.index as usize) {
            node.push(spent);
        }
    }
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct BenchReport {
    model: String,
    invoke_us: f64,
    invoke_min_us: f64,
    samples: usize,
    batch: u64,
    clock: &'static str,
    arena_bytes: usize,
    output_hash: String,
    operators: Vec<OperatorReport>,
}

/// A node's median time, and its share of all nodes'.
#[derive(Debug, Serialize)]
struct OperatorReport {
    index: usize,
    operator: String,
    us: f64,
    share: f64,
}

impl BenchReport {
    /// Returns each kind of operator with its number of nodes, time and share, the longest first.
    fn kinds(&self) -> Vec<(&str, usize, f64, f64)> {
        let mut kinds: Vec<(&str, usize, f64, f64)> = Vec::new();
        for node in &self.operators {
            match kinds.iter_mut().find(|kind| kind.0 == node.operator) {
                Some((_, count, us, share)) => {
                    *count += 1;
                    *us += node.us;
                    *share += node.share;
                }
                None => kinds.push((&node.operator, 1, node.us, node.share)),
            }
        }
        kinds.sort_by(|a, b| b.2.total_cmp(&a.2));
        kinds
    }
}

impl Report for BenchReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let time = styled(FIGURE, format!("{} us", significant(self.invoke_us)));
        let fastest = significant(self.invoke_min_us);
        let inferences = grouped(usize::try_from(self.batch).unwrap_or(usize::MAX));
        writeln!(
            out,
            "  {time} per inference: median of {} samples of {inferences}, the fastest {fastest} us, {} time",
            grouped(self.samples),
            if self.clock == "thread" { "CPU" } else { "wall" },
        )?;
        writeln!(out, "  {} bytes of arena", grouped(self.arena_bytes))?;

        writeln!(out, "\n{}", styled(TITLE, "operators"))?;
        let mut table =
            Table::new(&[("#", Right), ("operator", Left), ("us", Right), ("share", Right)]);
        for node in &self.operators {
            table.row([
                (FAINT, node.index.to_string()),
                (NAME, node.operator.clone()),
                (PLAIN, format!("{:.3}", node.us)),
                (PLAIN, percent(node.share)),
            ]);
        }
        table.write(out)?;

        writeln!(out, "\n{}", styled(TITLE, "kinds of operators"))?;
        let mut table =
            Table::new(&[("operator", Left), ("nodes", Right), ("us", Right), ("share", Right)]);
        for (operator, nodes, us, share) in self.kinds() {
            table.row([
                (NAME, operator.to_owned()),
                (PLAIN, nodes.to_string()),
                (PLAIN, format!("{us:.3}")),
                (PLAIN, percent(share)),
            ]);
        }
        table.write(out)
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
