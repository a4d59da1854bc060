//! A model's memory in the words of its model: tensors with names, nodes with operators.

use bantam_interp::host::{Placed, Planned};
use bantam_interp::plan::Origin;
use bantam_schema::{Model, Subgraph};
use serde::Serialize;

use crate::model_file::{operator_name, type_name};

/// Where everything is, and for how long.
#[derive(Debug, Serialize)]
pub(super) struct MemoryMap {
    pub(super) overlay_bytes: u32,
    pub(super) lower_bound_bytes: u32,
    pub(super) proven: bool,
    pub(super) arena_bytes: usize,
    /// How many buffers the search placed.
    pub(super) nodes: u64,
    /// Whether the operators run in another order than in the model that was given.
    pub(super) reordered: bool,
    /// Step 0 is before the first node; node `i` runs in step `i + 1`.
    pub(super) steps: Vec<Step>,
    /// The first step in which the most bytes are in use.
    pub(super) peak_step: usize,
    pub(super) buffers: Vec<Buffer>,
}

/// What happens at a time.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    /// The node's operator; `None` for the inputs of the graph.
    pub(super) operator: Option<String>,
    /// Its index in the model that was given.
    pub(super) source: Option<u32>,
    /// The bytes that are in use.
    pub(super) bytes: u32,
}

impl Step {
    /// `in step 3: node 2, CONV_2D`
    pub(super) fn title(&self, step: usize) -> String {
        match &self.operator {
            Some(operator) => format!("in step {step}: node {}, {operator}", step - 1),
            None => format!("in step {step}: inputs"),
        }
    }
}

/// A buffer of the overlay.
#[derive(Debug, Serialize)]
pub(super) struct Buffer {
    /// The tensor's name, or whose scratch it is.
    pub(super) name: String,
    /// The tensor's index; `None` for scratch.
    pub(super) tensor: Option<u32>,
    #[serde(rename = "type")]
    pub(super) tensor_type: Option<String>,
    pub(super) shape: Option<Vec<i32>>,
    pub(super) offset: u32,
    pub(super) bytes: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    /// The buffer that it lies over: the index of an input of the node that writes it.
    pub(super) over: Option<usize>,
    /// Bytes that it shares with that one.
    pub(super) shared_bytes: u32,
    /// Whether it is written backwards.
    pub(super) backwards: bool,
    /// The buffer that it is a part of.
    pub(super) part_of: Option<usize>,
}

impl Buffer {
    pub(super) fn is_live(&self, step: usize) -> bool {
        (self.first as usize..=self.last as usize).contains(&step)
    }

    pub(super) fn end(&self) -> u32 {
        self.offset + self.bytes
    }
}

/// A buffer that is live, with its index.
pub(super) struct Live<'m> {
    pub(super) index: usize,
    pub(super) buffer: &'m Buffer,
}

impl MemoryMap {
    /// The map of a planned model, whose nodes are those of `model`.
    pub(super) fn new(model: &Model<'_>, planned: &Planned) -> Self {
        let map = &planned.map;
        let buffers: Vec<Buffer> = match model.subgraph(0) {
            Some(subgraph) => {
                map.buffers.iter().map(|placed| buffer(&subgraph, &map.buffers, placed)).collect()
            }
            None => Vec::new(),
        };
        let operators = model.subgraph(0).into_iter().flat_map(|subgraph| {
            subgraph.operators().map(|operator| operator_name(operator.code())).collect::<Vec<_>>()
        });
        let nodes = operators.zip(&planned.order).map(|(name, &source)| (Some(name), Some(source)));
        let steps: Vec<Step> = core::iter::once((None, None))
            .chain(nodes)
            .zip(0..)
            .map(|((operator, source), step)| Step {
                operator,
                source,
                bytes: map.bytes_during(step),
            })
            .collect();
        let most = steps.iter().map(|step| step.bytes).max().unwrap_or(0);
        Self {
            overlay_bytes: map.overlay_bytes,
            lower_bound_bytes: map.lower_bound,
            proven: map.is_optimal(),
            arena_bytes: planned.arena_bytes,
            nodes: map.nodes,
            reordered: !planned.order.is_sorted(),
            peak_step: steps.iter().position(|step| step.bytes == most).unwrap_or(0),
            steps,
            buffers,
        }
    }

    /// What is live during a step, the highest first.
    pub(super) fn live(&self, step: usize) -> Vec<Live<'_>> {
        let all = self.buffers.iter().enumerate();
        let mut live: Vec<Live<'_>> = all
            .filter(|(_, buffer)| buffer.is_live(step) && buffer.bytes > 0)
            .map(|(index, buffer)| Live { index, buffer })
            .collect();
        live.sort_by_key(|live| (core::cmp::Reverse(live.buffer.offset), live.index));
        live
    }
}

fn buffer(subgraph: &Subgraph<'_>, all: &[Placed], placed: &Placed) -> Buffer {
    let (tensor, name) = match placed.origin {
        Origin::Tensor(index) => {
            let name = subgraph.tensor(index).and_then(|tensor| tensor.name());
            (Some(index), name.map_or_else(|| format!("tensor {index}"), str::to_owned))
        }
        Origin::Scratch(node) => (None, format!("scratch of node {node}")),
    };
    let spec = tensor.and_then(|index| subgraph.tensor(index));
    let end = |placed: &Placed| placed.offset + placed.bytes;
    let shared = placed.over.and_then(|input| all.get(input)).map_or(0, |input| {
        end(input).min(end(placed)).saturating_sub(input.offset.max(placed.offset))
    });
    Buffer {
        name,
        tensor,
        tensor_type: spec.map(|tensor| type_name(tensor.tensor_type())),
        shape: spec.map(|tensor| tensor.shape().iter().collect()),
        offset: placed.offset,
        bytes: placed.bytes,
        first: placed.first,
        last: placed.last,
        over: placed.over,
        shared_bytes: shared,
        backwards: placed.backwards,
        part_of: placed.part_of,
    }
}
