//! The tensors of a model while it runs, as its nodes write them.

use std::collections::BTreeMap;

use bantam_interp::{Node, Observer, Outputs};
use bantam_schema::{Model, Subgraph};

/// What a node wrote into a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The node.
    pub node: u32,
    /// The little-endian elements.
    pub bytes: Vec<u8>,
}

/// Keeps the outputs of every node of one run, by the index of the tensor.
///
/// ```
/// use bantam_interp::host::OwnedInterpreter;
/// use bantam_report::taps::Taps;
///
/// # use bantam_schema::write::{ModelBuilder, TensorSpec};
/// # use bantam_schema::{BuiltinOperator, Options, TensorType};
/// # let mut builder = ModelBuilder::new();
/// # let mut graph = builder.subgraph("main");
/// # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 4]));
/// # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 4]));
/// # graph.operator(BuiltinOperator::RELU, &[x], &[y], Options::None);
/// # graph.inputs(&[x]).outputs(&[y]);
/// # let bytes = builder.finish();
/// let model = bantam_report::model::parse(&bytes)?;
/// let mut taps = Taps::of(&model).ok_or("a model without a graph")?;
/// let mut owned = OwnedInterpreter::new(&model, bantam_signal_ops::EVERY, Default::default())?;
/// owned.with(|interpreter| interpreter.invoke_observed(&mut taps))?;
/// assert_eq!(taps.written.values().next().map(|written| written.node), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Taps<'m> {
    subgraph: Subgraph<'m>,
    /// What was written last into each tensor.
    pub written: BTreeMap<u32, Written>,
}

impl<'m> Taps<'m> {
    /// Returns taps of the graph that runs; `None` if the model has none.
    pub fn of(model: &Model<'m>) -> Option<Self> {
        let subgraph = model.subgraph(0)?;
        Some(Self { subgraph, written: BTreeMap::new() })
    }

    /// Returns the graph.
    pub fn subgraph(&self) -> Subgraph<'m> {
        self.subgraph
    }
}

impl Observer for Taps<'_> {
    fn before(&mut self, _node: Node) {}

    fn after(&mut self, node: Node, outputs: &Outputs<'_>) {
        let Some(operator) = self.subgraph.operator(node.index) else { return };
        for (at, tensor) in operator.outputs().iter().enumerate() {
            if let (Ok(tensor), Some(bytes)) = (u32::try_from(tensor), outputs.bytes(at)) {
                let written = Written { node: node.index, bytes: bytes.to_vec() };
                self.written.insert(tensor, written);
            }
        }
    }
}
