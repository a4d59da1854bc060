//! What an invoke costs, from the shapes alone: multiply-accumulates and steps.
//!
//! A step is one run of a kernel's innermost loop: a multiply-accumulate of a weighted operator, an
//! element of a pool's window, and for all others an element of the largest operand. So steps say
//! how the time of a model grows with its shapes, and not how many cycles it takes: the kernels of
//! one operator take more for a step than those of another.
//!
//! ```
//! use bantam_interp::cost;
//! # use bantam_schema::write::{ModelBuilder, TensorSpec};
//! # use bantam_schema::{BuiltinOperator, Model, TensorType, options::FullyConnectedOptions};
//! # let mut builder = ModelBuilder::new();
//! # let mut graph = builder.subgraph("main");
//! # let x = graph.tensor(TensorSpec::new("x", TensorType::FLOAT32, &[1, 8]));
//! # let weights = TensorSpec::new("w", TensorType::FLOAT32, &[3, 8]).data(&[0; 96]);
//! # let w = graph.tensor(weights);
//! # let y = graph.tensor(TensorSpec::new("y", TensorType::FLOAT32, &[1, 3]));
//! # let options = FullyConnectedOptions::default();
//! # graph.operator(BuiltinOperator::FULLY_CONNECTED, &[x, w, -1], &[y], options);
//! # graph.inputs(&[x]).outputs(&[y]);
//! # let file = builder.finish();
//! # let model = Model::parse(&file)?;
//! // One layer: 8 numbers in, 3 out.
//! assert_eq!(cost::of_model(&model).macs, 8 * 3);
//! # Ok::<(), bantam_schema::Error>(())
//! ```
//!
//! [`Options::allowance`](crate::Options::allowance) refuses models above a figure. Programs that
//! use neither link nothing of this.

use crate::error::{Error, MAX_CALL_DEPTH};
use crate::name::name_of;
use bantam_kernels::MAX_RANK;
use bantam_schema::{BuiltinOperator as B, Model, Operator, Subgraph, Vector};

/// What a node or a model costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-accumulates, with weights or of matrices; `u64::MAX` stands for more than that.
    pub macs: u64,
    /// Steps; not less.
    pub steps: u64,
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            macs: self.macs.saturating_add(other.macs),
            steps: self.steps.saturating_add(other.steps),
        }
    }

    fn larger(self, other: Self) -> Self {
        if self.steps < other.steps { other } else { self }
    }
}

/// What an invoke may cost: a model above that is refused.
// A pointer: who has no allowance links nothing.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    steps: u64,
    check: fn(&Model<'_>, u64) -> Result<(), Error>,
}

impl Allowance {
    /// So many steps.
    pub const fn of_steps(steps: u64) -> Self {
        Self { steps, check }
    }

    pub(crate) fn check(&self, model: &Model<'_>) -> Result<(), Error> {
        (self.check)(model, self.steps)
    }
}

/// Returns what an invoke costs; see [`of_node`] for nodes that call subgraphs.
pub fn of_model(model: &Model<'_>) -> Cost {
    let mut walk = Walk::new(model);
    walk.graph(0, 0)
}

/// Returns what running node `node` of subgraph `subgraph` costs, the subgraphs that it calls
/// included: of IF the dearer one, of WHILE one round, of CALL_ONCE what only the first invoke
/// runs. Where calls branch so much that counting takes too long, the cost is the largest number.
///
/// A node that is not there costs nothing, and a custom operator as much as one that looks at each
/// element once.
pub fn of_node(model: &Model<'_>, subgraph: u32, node: u32) -> Cost {
    let mut walk = Walk::new(model);
    model.subgraph(subgraph).map_or(Cost::default(), |graph| walk.node(&graph, node, 0))
}

/// Finds the node with which the steps become more than are allowed.
fn check(model: &Model<'_>, allowance: u64) -> Result<(), Error> {
    let (mut walk, mut sum) = (Walk::new(model), Cost::default());
    let Some(graph) = model.subgraph(0) else { return Ok(()) };
    for node in 0..graph.operator_len() {
        sum = sum.plus(walk.node(&graph, node, 0));
        if sum.steps > allowance
            && let Some(operator) = graph.operator(node)
        {
            let operator = name_of(&operator);
            return Err(Error::TooManySteps { node, operator, steps: sum.steps, allowance });
        }
    }
    Ok(())
}

/// Nodes that a walk may visit: those of a graph that is not called are no more.
const MOST_VISITS: u32 = 1 << 17;

struct Walk<'m, 'a> {
    model: &'m Model<'a>,
    visits: u32,
}

impl<'m, 'a> Walk<'m, 'a> {
    fn new(model: &'m Model<'a>) -> Self {
        Self { model, visits: 0 }
    }

    fn graph(&mut self, index: u32, depth: u32) -> Cost {
        let Some(graph) = self.model.subgraph(index) else { return Cost::default() };
        let nodes = 0..graph.operator_len();
        nodes.fold(Cost::default(), |sum, node| sum.plus(self.node(&graph, node, depth)))
    }

    fn node(&mut self, graph: &Subgraph<'a>, node: u32, depth: u32) -> Cost {
        self.visits += 1;
        if self.visits > MOST_VISITS || depth > MAX_CALL_DEPTH {
            return Cost { macs: u64::MAX, steps: u64::MAX };
        }
        let Some(operator) = graph.operator(node) else { return Cost::default() };
        let shapes = Shapes { graph, operator: &operator };
        let macs = shapes.macs();
        let own = Cost { macs, steps: macs.max(shapes.window()).max(shapes.largest()) };
        own.plus(self.calls(&operator, depth))
    }

    fn calls(&mut self, operator: &Operator<'_>, depth: u32) -> Cost {
        let mut graph = |index: i32| self.graph(index as u32, depth + 1);
        if let Some(options) = operator.if_options() {
            let then = graph(options.then_subgraph_index);
            then.larger(graph(options.else_subgraph_index))
        } else if let Some(options) = operator.while_options() {
            graph(options.cond_subgraph_index).plus(graph(options.body_subgraph_index))
        } else if let Some(options) = operator.call_once_options() {
            graph(options.init_subgraph_index)
        } else {
            Cost::default()
        }
    }
}

/// The operands of a node.
struct Shapes<'n, 'a> {
    graph: &'n Subgraph<'a>,
    operator: &'n Operator<'a>,
}

impl Shapes<'_, '_> {
    /// Multiply-accumulates.
    fn macs(&self) -> u64 {
        let [first, filter, third] = [0, 1, 2].map(|at| self.input(at));
        let output = self.output();
        match self.operator.builtin() {
            // Each element of the output takes as many as a channel of the filter has weights.
            B::CONV_2D | B::FULLY_CONNECTED => output.elements(filter.share_of(filter.dim(0))),
            B::DEPTHWISE_CONV_2D => output.elements(filter.share_of(filter.last(0))),
            // The first input is the shape of the output; each element of the input meets as many
            // weights as an input channel has.
            B::TRANSPOSE_CONV => third.elements(filter.share_of(filter.last(0))),
            B::BATCH_MATMUL => {
                let transposed = self.operator.batch_matmul_options().is_some_and(|o| o.adj_x);
                output.elements(first.last(transposed.into()))
            }
            _ => 0,
        }
    }

    /// Elements of a pool's windows, as far as they lie in the input.
    fn window(&self) -> u64 {
        let Some(options) = self.operator.pool_2d_options() else { return 0 };
        let input = self.input(0);
        let within = |size: i32, of: u64| u64::try_from(size).unwrap_or(0).min(of);
        let height = within(options.filter_height, input.dim(1));
        let width = within(options.filter_width, input.dim(2));
        self.output().elements(height.saturating_mul(width))
    }

    /// The elements of the largest operand.
    fn largest(&self) -> u64 {
        let operands = self.operator.inputs().iter().chain(self.operator.outputs().iter());
        operands.map(|tensor| self.tensor(tensor).elements(1)).max().unwrap_or(0)
    }

    fn input(&self, at: usize) -> Dims<'_> {
        self.tensor(self.operator.input(at).unwrap_or(-1))
    }

    fn output(&self) -> Dims<'_> {
        self.tensor(self.operator.output(0).unwrap_or(-1))
    }

    fn tensor(&self, index: i32) -> Dims<'_> {
        let tensor = u32::try_from(index).ok().and_then(|index| self.graph.tensor(index));
        Dims(tensor.map(|tensor| tensor.shape()).filter(|shape| shape.len() <= MAX_RANK))
    }
}

/// The dimensions of a tensor; an absent one has no elements.
#[derive(Clone, Copy)]
struct Dims<'a>(Option<Vector<'a, i32>>);

impl Dims<'_> {
    /// The elements, so many times.
    fn elements(&self, times: u64) -> u64 {
        let Some(shape) = self.0 else { return 0 };
        let size = |dim: i32| u64::try_from(dim).unwrap_or(0);
        shape.iter().fold(times, |all, dim| all.saturating_mul(size(dim)))
    }

    fn dim(&self, axis: usize) -> u64 {
        let dim = self.0.and_then(|shape| shape.get(axis));
        dim.and_then(|dim| u64::try_from(dim).ok()).unwrap_or(0)
    }

    /// A dimension counted from the innermost.
    fn last(&self, axis: usize) -> u64 {
        let rank = self.0.map_or(0, |shape| shape.len());
        rank.checked_sub(axis + 1).map_or(0, |axis| self.dim(axis))
    }

    /// The elements of each of so many parts.
    fn share_of(&self, parts: u64) -> u64 {
        self.elements(1).checked_div(parts).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interpreter, Options, ops};
    use bantam_schema::options::Pool2dOptions;
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{Options as Fields, TensorType};
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    /// A node with operands of these shapes, the last of which is the output.
    fn cost(builtin: B, shapes: &[&[i32]], options: impl Into<Fields<'static>>) -> Cost {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let tensors: Vec<i32> = shapes
            .iter()
            .map(|shape| graph.tensor(TensorSpec::new("t", TensorType::FLOAT32, shape)))
            .collect();
        let (output, inputs) = tensors.split_last().unwrap();
        graph.operator(builtin, inputs, &[*output], options.into());
        let file = builder.finish();
        of_node(&Model::parse(&file).unwrap(), 0, 0)
    }

    /// Counted by hand: output pixels, channels, and weights that each meets.
    #[test]
    fn families_count_what_their_loops_do() {
        let macs = |macs| Cost { macs, steps: macs };
        let none = Fields::None;
        let conv = cost(B::CONV_2D, &[&[1, 8, 8, 3], &[5, 3, 3, 3], &[5], &[1, 6, 6, 5]], none);
        assert_eq!(conv, macs(36 * 5 * 27));
        let shapes: &[&[i32]] = &[&[1, 8, 8, 4], &[1, 3, 3, 8], &[8], &[1, 6, 6, 8]];
        assert_eq!(cost(B::DEPTHWISE_CONV_2D, shapes, none), macs(36 * 8 * 9));
        let shapes: &[&[i32]] = &[&[4], &[2, 3, 3, 5], &[1, 4, 4, 5], &[1, 8, 8, 2]];
        assert_eq!(cost(B::TRANSPOSE_CONV, shapes, none), macs(16 * 5 * 9 * 2));
        let dense = cost(B::FULLY_CONNECTED, &[&[2, 7], &[3, 7], &[3], &[2, 3]], none);
        assert_eq!(dense, macs(2 * 3 * 7));
        let matrices = cost(B::BATCH_MATMUL, &[&[6, 2, 5], &[6, 5, 3], &[6, 2, 3]], none);
        assert_eq!(matrices, macs(6 * 2 * 5 * 3));
        let sum = cost(B::ADD, &[&[1], &[4, 5], &[4, 5]], none);
        assert_eq!(sum, Cost { macs: 0, steps: 20 });
        // A filter larger than the image.
        let window = Pool2dOptions { filter_height: 9, filter_width: 2, ..Default::default() };
        let pool = cost(B::MAX_POOL_2D, &[&[1, 4, 4, 2], &[1, 4, 4, 2]], window);
        assert_eq!(pool, Cost { macs: 0, steps: 32 * 8 });
        let open = cost(B::ABS, &[&[-1, 4], &[-1, 4]], none);
        assert_eq!(open, Cost::default());
        let huge = cost(B::ABS, &[&[i32::MAX; 4], &[1]], none);
        assert_eq!(huge.steps, u64::MAX);
    }

    #[test]
    fn a_model_above_the_allowance_is_refused_with_the_node() {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let [x, y, z] = ["x", "y", "z"]
            .map(|name| graph.tensor(TensorSpec::new(name, TensorType::FLOAT32, &[1, 10])));
        graph.operator(B::RELU, &[x], &[y], Fields::None);
        graph.operator(B::LOGISTIC, &[y], &[z], Fields::None);
        graph.inputs(&[x]).outputs(&[z]);
        let file = builder.finish();
        let model = Model::parse(&file).unwrap();
        assert_eq!(of_model(&model).steps, 20);
        let mut arena = vec![0; 1024];
        let mut new = |steps: u64| {
            let allowance = Some(Allowance::of_steps(steps));
            let options = Options { allowance, ..Options::default() };
            Interpreter::with_options(&model, ops::ALL, &mut arena, options).map(drop)
        };
        assert_eq!(new(20), Ok(()));
        let error = new(19).unwrap_err();
        let Error::TooManySteps { node: 1, steps: 20, allowance: 19, .. } = error else {
            panic!("{error:?}");
        };
        assert!(error.to_string().starts_with("node 1 (LOGISTIC)"), "{error}");
    }
}
