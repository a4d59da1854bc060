//! The time of an inference, in total and by node.

mod input;

use std::fmt;

use bantam_interp::{Interpreter, InvokeError, Node, Observer, Outputs, Sharing};
use bantam_schema::{Model, TensorType};
use serde::Serialize;

use self::input::{Fill, Fnv1a, fill};
use crate::Error;
use crate::engine::Engine;
use crate::statistics::{median, microseconds};

/// The least time of one sample: long enough for the clock, short enough for many samples.
const SAMPLE_NS: u64 = 5_000_000;
/// The least number of samples.
const MIN_SAMPLES: usize = 5;
/// The most samples, should the clock stand still.
const MAX_SAMPLES: usize = 1_000_000;
/// The most inferences of the profile.
const MAX_PROFILED: usize = 10_000;

/// The clocks of a measurement, which the caller has: each gives nanoseconds since some moment.
pub struct Clock<'c> {
    /// What `invoke_ns` counts, such as `thread` or `wall`; it is in the report.
    pub name: &'static str,
    /// Measures many inferences: best a clock that other programs do not disturb.
    pub invoke_ns: &'c dyn Fn() -> u64,
    /// Measures single nodes: best a clock that is fast to read.
    pub node_ns: &'c dyn Fn() -> u64,
}

impl fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Measures a model for about so many seconds, with inputs that are the same in every run.
///
/// # Errors
///
/// What keeps the model from running, or the error of an inference.
pub fn bench(
    model: &Model<'_>,
    sharing: Sharing,
    seconds: f64,
    clock: &Clock<'_>,
) -> Result<Bench, Error> {
    let engine = Engine::new(*model, sharing);
    let mut memory = engine.exact_memory()?;
    let arena_bytes = memory.as_mut_slice().len();
    let mut bench = Bencher::new(engine.interpreter(&mut memory)?, clock)?;
    let output_hash = bench.output_hash()?;
    let mut timing = bench.time(seconds)?;
    let operators = bench.profile(seconds / 4.0)?;
    Ok(Bench {
        invoke_us: microseconds(median(&mut timing.samples)),
        // The median has sorted them.
        invoke_min_us: microseconds(timing.samples.first().copied().unwrap_or(0.0)),
        samples: timing.samples.len(),
        batch: timing.batch,
        clock: clock.name,
        arena_bytes,
        output_hash,
        operators,
    })
}

/// An interpreter and its inputs. Inputs share memory with activations, so each inference, also a
/// measured one, begins by writing them.
struct Bencher<'a, 'c> {
    interpreter: Interpreter<'a>,
    clock: &'c Clock<'c>,
    inputs: Vec<Vec<u8>>,
}

/// Nanoseconds of an inference in each sample, and how many inferences a sample is the mean of.
struct Timing {
    samples: Vec<f64>,
    batch: u64,
}

impl<'a, 'c> Bencher<'a, 'c> {
    fn new(mut interpreter: Interpreter<'a>, clock: &'c Clock<'c>) -> Result<Self, Error> {
        let mut inputs = Vec::new();
        for (index, seed) in (0..interpreter.input_len()).zip(0_u32..) {
            let tensor_type = interpreter.input_tensor(index).map(|tensor| tensor.tensor_type());
            let mut bytes = interpreter
                .input_bytes(index)
                .map_err(|error| Error::Port { port: "input", index, error })?
                .to_vec();
            fill(&mut bytes, kind(tensor_type.unwrap_or_default()), seed);
            inputs.push(bytes);
        }
        Ok(Self { interpreter, clock, inputs })
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
    fn output_hash(&mut self) -> Result<String, Error> {
        self.invoke(&mut ())?;
        let mut hash = Fnv1a::new();
        for index in 0..self.interpreter.output_len() {
            let bytes = self.interpreter.output_bytes(index);
            hash.update(bytes.map_err(|error| Error::Port { port: "output", index, error })?);
        }
        Ok(hash.hex())
    }

    fn batch_ns(&mut self, batch: u64) -> Result<u64, InvokeError> {
        let start = (self.clock.invoke_ns)();
        (0..batch).try_for_each(|_| self.invoke(&mut ()))?;
        Ok((self.clock.invoke_ns)().saturating_sub(start))
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
        while samples.len() < MIN_SAMPLES || total < seconds * 1e9 && samples.len() < MAX_SAMPLES {
            let spent = self.batch_ns(batch)? as f64;
            total += spent;
            samples.push(spent / batch as f64);
        }
        Ok(Timing { samples, batch })
    }

    /// Returns the time of each node, on a clock that is fast to read.
    fn profile(&mut self, seconds: f64) -> Result<Vec<NodeTime>, InvokeError> {
        let nodes = self.interpreter.node_len();
        let now = self.clock.node_ns;
        let mut profile = Profile { now, start: now(), spent: vec![Vec::new(); nodes] };
        let limit = seconds.max(0.01) * 1e9;
        let start = now();
        for count in 0..MAX_PROFILED {
            if count >= MIN_SAMPLES && now().saturating_sub(start) as f64 >= limit {
                break;
            }
            self.invoke(&mut profile)?;
        }
        let medians: Vec<f64> = profile.spent.iter_mut().map(|node| median(node)).collect();
        let total: f64 = medians.iter().sum();
        Ok(medians
            .iter()
            .enumerate()
            .map(|(index, nanoseconds)| NodeTime {
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
struct Profile<'c> {
    now: &'c dyn Fn() -> u64,
    start: u64,
    spent: Vec<Vec<f64>>,
}

impl Observer for Profile<'_> {
    fn before(&mut self, _node: Node) {
        self.start = (self.now)();
    }

    fn after(&mut self, node: Node, _outputs: &Outputs<'_>) {
        let spent = (self.now)().saturating_sub(self.start) as f64;
        if let Some(node) = self.spent.get_mut(node.index as usize) {
            node.push(spent);
        }
    }
}

/// The time of an inference, and what it computed.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Bench {
    /// Microseconds of an inference: the median of all samples.
    pub invoke_us: f64,
    /// Those of the fastest sample.
    pub invoke_min_us: f64,
    /// The number of samples.
    pub samples: usize,
    /// The inferences of which a sample is the mean.
    pub batch: u64,
    /// The name of the clock.
    pub clock: &'static str,
    /// Bytes of the arena.
    pub arena_bytes: usize,
    /// FNV-1a (64 bits) of all outputs after the first inference.
    pub output_hash: String,
    /// The nodes, in the order in which they run.
    pub operators: Vec<NodeTime>,
}

/// A node's median time, and its share of all nodes'.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NodeTime {
    /// Its index in the subgraph.
    pub index: usize,
    /// Its operator.
    pub operator: String,
    /// Microseconds: the median.
    pub us: f64,
    /// The part of all nodes' times, 0 to 1.
    pub share: f64,
}

impl Bench {
    /// Returns each kind of operator with its number of nodes, time and share, the longest first.
    pub fn kinds(&self) -> Vec<(&str, usize, f64, f64)> {
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Options};

    use super::*;

    #[test]
    fn times_are_those_of_the_callers_clock() {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y] = ["x", "y"]
            .map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, 4])));
        graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
        graph.inputs(&[x]).outputs(&[y]);
        let file = builder.finish();
        // Each look at a clock takes so long.
        let ticking = |nanoseconds: u64| {
            let now = Cell::new(0);
            move || now.replace(now.get() + nanoseconds)
        };
        let (invoke_ns, node_ns) = (ticking(6_000_000), ticking(3_000));
        let clock = Clock { name: "fake", invoke_ns: &invoke_ns, node_ns: &node_ns };
        let model = Model::parse(&file).unwrap();
        let bench = bench(&model, Sharing::default(), 0.06, &clock).unwrap();
        assert_eq!((bench.samples, bench.batch, bench.clock), (10, 1, "fake"));
        assert_eq!((bench.invoke_us, bench.invoke_min_us), (6000.0, 6000.0));
        assert_eq!((bench.operators[0].us, bench.operators[0].share), (3.0, 1.0));
        assert_eq!(bench.kinds(), [("RELU", 1, 3.0, 1.0)]);
    }
}
