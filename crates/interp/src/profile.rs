//! Where the time of an inference goes, on the device itself.

use crate::interpreter::Interpreter;
use crate::observer::{Node, Observer, Outputs};
use core::fmt;

/// A counter that runs while nodes run: SysTick, DWT's cycle counter, `mcycle`, a timer.
///
/// One that counts down is turned round by the caller: `MASK - value`. So is this, for a SysTick
/// that was set to reload from its 24 bits:
///
/// ```
/// # mod peripheral { pub fn systick_current() -> u32 { 7 } }
/// use bantam_interp::profile::Clock;
///
/// struct SysTick;
///
/// impl Clock for SysTick {
///     const MASK: u32 = 0x00FF_FFFF;
///
///     fn now(&mut self) -> u32 {
///         Self::MASK - peripheral::systick_current()
///     }
/// }
/// ```
///
/// Closures are clocks of 32 bits.
pub trait Clock {
    /// The largest value, after which it begins again with 0; all bits below the highest are ones.
    const MASK: u32 = u32::MAX;

    /// The ticks so far. A node must take fewer than go round.
    fn now(&mut self) -> u32;
}

impl<F: FnMut() -> u32> Clock for F {
    fn now(&mut self) -> u32 {
        self()
    }
}

/// The time of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeTicks {
    /// The ticks of all its runs.
    pub total: u64,
    /// Those of its longest.
    pub longest: u32,
    /// How often it ran.
    pub runs: u32,
}

/// An [`Observer`] that adds up the ticks of each node, in memory of the caller's.
///
/// ```
/// use bantam_interp::profile::{NodeTicks, Profile};
/// # use bantam_interp::{Interpreter, ops};
/// # use bantam_schema::write::{ModelBuilder, TensorSpec};
/// # use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
/// # let mut builder = ModelBuilder::new();
/// # let mut graph = builder.subgraph("main");
/// # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
/// # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
/// # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
/// # graph.inputs(&[x]).outputs(&[y]);
/// # let file = builder.finish();
/// # let model = Model::parse(&file)?;
/// # let mut arena = [0; 1024];
/// # let mut interpreter = Interpreter::new(&model, ops::ALL, &mut arena)?;
/// # let mut time = 0;
/// # let cycles = || { time += 5; time };
///
/// let mut nodes = [NodeTicks::default(); 32];
/// let mut profile = Profile::new(cycles, &mut nodes);
/// interpreter.invoke_observed(&mut profile)?;
/// // or writeln! to semihosting, or defmt's Display2Format
/// println!("{}", profile.table(&interpreter));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Profile<'s, C> {
    clock: C,
    nodes: &'s mut [NodeTicks],
    /// Ticks that reading the clock takes.
    overhead: u32,
    started: u32,
}

impl<'s, C: Clock> Profile<'s, C> {
    /// Counts from 0. Of a graph with more nodes than there are `nodes`, the last are not counted.
    pub fn new(mut clock: C, nodes: &'s mut [NodeTicks]) -> Self {
        nodes.fill(NodeTicks::default());
        let mut elapsed = || {
            let start = clock.now();
            clock.now().wrapping_sub(start) & C::MASK
        };
        let overhead = elapsed().min(elapsed()).min(elapsed());
        Self { clock, nodes, overhead, started: 0 }
    }

    /// The time of each node so far.
    pub fn nodes(&self) -> &[NodeTicks] {
        self.nodes
    }

    /// A table for people: a line for each node, and one for all.
    pub fn table<'p>(&'p self, interpreter: &'p Interpreter<'_>) -> Table<'p> {
        Table { nodes: self.nodes, interpreter }
    }
}

impl<C: Clock> Observer for Profile<'_, C> {
    fn before(&mut self, _node: Node) {
        self.started = self.clock.now();
    }

    fn after(&mut self, node: Node, _outputs: &Outputs<'_>) {
        let elapsed = self.clock.now().wrapping_sub(self.started) & C::MASK;
        let ticks = elapsed.saturating_sub(self.overhead);
        if let Some(entry) = self.nodes.get_mut(node.index as usize) {
            entry.total = entry.total.saturating_add(ticks.into());
            entry.longest = entry.longest.max(ticks);
            entry.runs = entry.runs.saturating_add(1);
        }
    }
}

/// A [`Profile`] to be written anywhere: see [`Profile::table`].
#[derive(Clone, Copy, Debug)]
pub struct Table<'p> {
    nodes: &'p [NodeTicks],
    interpreter: &'p Interpreter<'p>,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = self.nodes.iter().fold(0_u64, |sum, node| sum.saturating_add(node.total));
        writeln!(f, "node operator                       mean      longest  share")?;
        let len = self.interpreter.node_len();
        for (index, node) in self.nodes.iter().take(len).enumerate() {
            write!(f, "{index:4} ")?;
            match self.interpreter.node_operator(index) {
                Some(operator) => write!(f, "{operator:<24}")?,
                None => write!(f, "{:<24}", "?")?,
            }
            let mean = node.total.checked_div(node.runs.into()).unwrap_or(0);
            let per_mille = node.total.saturating_mul(1000).checked_div(sum).unwrap_or(0);
            let (whole, tenth) = (per_mille / 10, per_mille % 10);
            writeln!(f, "{mean:12} {:12} {whole:3}.{tenth} %", node.longest)?;
        }
        if let Some(left @ 1..) = len.checked_sub(self.nodes.len()) {
            writeln!(f, "{left} more nodes, for which there is no memory")?;
        }
        let runs = self.nodes.iter().map(|node| node.runs).max().unwrap_or(0);
        let mean = sum.checked_div(runs.into()).unwrap_or(0);
        write!(f, "{:<29}{mean:12} ticks an inference, {runs} inferences", "all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops;
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Model, Options, TensorType};
    use std::string::ToString;
    use std::vec::Vec;

    /// Two nodes.
    fn model() -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y, z] = ["x", "y", "z"]
            .map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, 4])));
        graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
        graph.operator(BuiltinOperator::LOGISTIC, &[y], &[z], Options::None);
        graph.inputs(&[x]).outputs(&[z]);
        builder.finish()
    }

    /// Advances by these ticks from reading to reading, over and over, and goes round after 24
    /// bits.
    struct Script<'t> {
        steps: &'t [u32],
        next: usize,
        time: u32,
    }

    impl Clock for Script<'_> {
        const MASK: u32 = 0xFF_FFFF;

        fn now(&mut self) -> u32 {
            self.time = (self.time + self.steps[self.next]) & Self::MASK;
            self.next = (self.next + 1) % self.steps.len();
            self.time
        }
    }

    #[test]
    fn ticks_are_added_up_round_the_end_of_the_clock() {
        let file = model();
        let model = Model::parse(&file).unwrap();
        let mut arena = [0; 1024];
        let mut interpreter = Interpreter::new(&model, ops::ALL, &mut arena).unwrap();
        let mut nodes = [NodeTicks { total: 9, longest: 9, runs: 9 }; 2];
        // Three measurements of the overhead, the least of which is 3; then two nodes, twice.
        let steps = [1, 5, 1, 3, 1, 4, 10, 103, 10, 0xFF_FFFF, 10, 203, 10, 2];
        let clock = Script { steps: &steps, next: 0, time: 0xFF_FFF0 };
        let mut profile = Profile::new(clock, &mut nodes);
        for _ in 0..2 {
            interpreter.invoke_observed(&mut profile).unwrap();
        }
        let first = NodeTicks { total: 300, longest: 200, runs: 2 };
        let second = NodeTicks { total: 0xFF_FFFC, longest: 0xFF_FFFC, runs: 2 };
        assert_eq!(profile.nodes(), [first, second]);
    }

    #[test]
    fn table_names_operators_and_says_what_is_missing() {
        let file = model();
        let model = Model::parse(&file).unwrap();
        let mut arena = [0; 1024];
        let mut interpreter = Interpreter::new(&model, ops::ALL, &mut arena).unwrap();
        let mut time = 0;
        let clock = || {
            time += 40;
            time
        };
        let mut nodes = [NodeTicks::default(); 1];
        let mut profile = Profile::new(clock, &mut nodes);
        interpreter.invoke_observed(&mut profile).unwrap();
        profile.nodes[0].total = 1234;
        let text = profile.table(&interpreter).to_string();
        let lines: Vec<&str> = text.lines().collect();
        let columns: Vec<&str> = lines[1].split_whitespace().collect();
        assert_eq!(columns, ["0", "RELU", "1234", "0", "100.0", "%"]);
        assert_eq!(lines[2], "1 more nodes, for which there is no memory");
        assert!(lines[3].starts_with("all ") && lines[3].ends_with("1 inferences"), "{text}");
    }
}
