//! The memory of a model, with the names of its tensors and operators.

use std::collections::BTreeSet;

use bantam_interp::host::{Placed, Planned};
use bantam_interp::plan::Origin;
use bantam_planner::csv::Instance;
use bantam_planner::exact::Solution;
use bantam_schema::{Model, Subgraph};
use serde::Serialize;

use crate::model::type_name;

/// Columns up to which a file of buffers is drawn.
const MOST_COLUMNS: usize = 10_000;

/// The offset of every buffer, and its lifetime.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MemoryMap {
    /// Bytes that all of them take.
    pub overlay_bytes: u32,
    /// No plan takes less.
    pub lower_bound_bytes: u32,
    /// Whether the plan takes no more than that.
    pub proven: bool,
    /// Bytes of the arena of the planned model; 0 for buffers from a file.
    pub arena_bytes: usize,
    /// The number of buffers that the search placed.
    pub nodes: u64,
    /// Whether the operators run in another order than in the model that was given.
    pub reordered: bool,
    /// Step 0 is before the first node; node `i` runs in step `i + 1`.
    pub steps: Vec<Step>,
    /// The first step in which the most bytes are in use.
    pub peak_step: usize,
    /// All buffers.
    pub buffers: Vec<Buffer>,
}

/// The event of a step.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Step {
    /// The node's operator; `None` for the inputs of the graph.
    pub operator: Option<String>,
    /// Its index in the model that was given.
    pub source: Option<u32>,
    /// The bytes that are in use.
    pub bytes: u32,
    /// The label below its column in a picture.
    #[serde(skip)]
    pub label: String,
}

impl Step {
    /// Returns a title such as `in step 3: node 2, CONV_2D`.
    pub fn title(&self, step: usize) -> String {
        match &self.operator {
            Some(operator) => {
                format!("in step {step}: node {}, {operator}", step.saturating_sub(1))
            }
            None => format!("in step {step}: inputs"),
        }
    }
}

/// A buffer of the overlay.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Buffer {
    /// The tensor's name, or the node whose scratch it is.
    pub name: String,
    /// The tensor's index; `None` for scratch.
    pub tensor: Option<u32>,
    /// The type of its elements, such as `int8`; `None` for scratch.
    #[serde(rename = "type")]
    pub tensor_type: Option<String>,
    /// Sizes of its dimensions, outermost first; `None` for scratch.
    pub shape: Option<Vec<i32>>,
    /// Where it begins in the overlay.
    pub offset: u32,
    /// Its size.
    pub bytes: u32,
    /// The step that writes it.
    pub first: u32,
    /// The last step that reads it.
    pub last: u32,
    /// Steps between them in which nothing is in use: first and last of each gap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<(u32, u32)>,
    /// The buffer that it overlaps: the index of an input of the node that writes it.
    pub over: Option<usize>,
    /// Bytes that it shares with that one.
    pub shared_bytes: u32,
    /// Whether it is written backwards.
    pub backwards: bool,
    /// The buffer that it is a view of.
    pub base: Option<usize>,
}

impl Buffer {
    /// Returns whether it is in use during a step.
    pub fn is_live(&self, step: usize) -> bool {
        self.stretches().any(|(first, last)| (first as usize..=last as usize).contains(&step))
    }

    /// Returns the first and the last step of each stretch between its gaps.
    pub fn stretches(&self) -> impl Iterator<Item = (u32, u32)> {
        let starts = core::iter::once(self.first).chain(self.gaps.iter().map(|gap| gap.1 + 1));
        let ends = self.gaps.iter().map(|gap| gap.0.checked_sub(1));
        let ends = ends.chain(core::iter::once(Some(self.last)));
        starts.zip(ends).filter_map(|(first, last)| Some((first, last?)).filter(|(a, b)| a <= b))
    }

    /// Returns the offset behind its last byte.
    pub fn end(&self) -> u32 {
        self.offset + self.bytes
    }
}

/// A buffer that is live, with its index.
#[derive(Clone, Copy, Debug)]
pub struct Live<'m> {
    /// Its place among all buffers.
    pub index: usize,
    /// The buffer.
    pub buffer: &'m Buffer,
}

impl MemoryMap {
    /// Returns the map of a planned model, whose nodes are those of `model`.
    pub fn new(model: &Model<'_>, planned: &Planned) -> Self {
        let map = &planned.map;
        let buffers: Vec<Buffer> = match model.subgraph(0) {
            Some(subgraph) => {
                map.buffers.iter().map(|placed| buffer(&subgraph, &map.buffers, placed)).collect()
            }
            None => Vec::new(),
        };
        let operators = model.subgraph(0).into_iter().flat_map(|subgraph| {
            subgraph.operators().map(|operator| operator.code().to_string()).collect::<Vec<_>>()
        });
        let nodes = operators.zip(&planned.order).map(|(name, &source)| (Some(name), Some(source)));
        let steps: Vec<Step> = core::iter::once((None, None))
            .chain(nodes)
            .zip(0..)
            .map(|((operator, source), step)| Step {
                label: match &operator {
                    Some(operator) => format!("{operator} {}", step - 1),
                    None => "inputs".to_owned(),
                },
                operator,
                source,
                bytes: map.bytes_during(step),
            })
            .collect();
        Self {
            overlay_bytes: map.overlay_bytes,
            lower_bound_bytes: map.lower_bound,
            proven: map.is_optimal(),
            arena_bytes: planned.arena_bytes,
            nodes: map.nodes,
            reordered: !planned.order.is_sorted(),
            peak_step: peak_step(&steps),
            steps,
            buffers,
        }
    }

    /// Returns the map of buffers from a file, with a column wherever one begins or ends; `None` if
    /// there are more than can be drawn.
    pub fn of_instance(instance: &Instance, solution: &Solution) -> Option<Self> {
        let problem = instance.with_views();
        let lifetimes = instance.buffers().iter().map(|buffer| buffer.lifetime);
        let gaps = instance.gaps().iter().map(|(_, gap)| gap.steps);
        let changes: BTreeSet<u64> = lifetimes
            .chain(gaps)
            .flat_map(|lifetime| [u64::from(lifetime.first), u64::from(lifetime.last) + 1])
            .collect();
        let changes: Vec<u64> = changes.into_iter().collect();
        if changes.len() > MOST_COLUMNS {
            return None;
        }
        let column = |time: u64| changes.partition_point(|&change| change < time) as u32;
        let all = || instance.ids().iter().zip(instance.buffers()).zip(&solution.offsets);
        let mut buffers: Vec<Buffer> = all()
            .map(|((id, planned), &offset)| Buffer {
                name: id.clone(),
                tensor: None,
                tensor_type: None,
                shape: None,
                offset,
                bytes: planned.bytes,
                first: column(planned.lifetime.first.into()),
                last: column(u64::from(planned.lifetime.last) + 1) - 1,
                gaps: Vec::new(),
                over: None,
                shared_bytes: 0,
                backwards: false,
                base: None,
            })
            .collect();
        for (index, buffer) in buffers.iter_mut().enumerate() {
            buffer.base = problem.base_of(index).map(|(base, _)| base);
        }
        // Where a part is in use, the whole buffer is drawn.
        for (index, gap) in instance.gaps().iter().filter(|(_, gap)| gap.start == gap.end) {
            let steps = column(gap.steps.first.into());
            let gap = (steps, column(u64::from(gap.steps.last) + 1) - 1);
            buffers[*index as usize].gaps.push(gap);
        }
        for permission in instance.permissions() {
            let (output, input) = (permission.output as usize, permission.input as usize);
            let (written, read) = (&buffers[output], &buffers[input]);
            let shared = written.end().min(read.end());
            let shared = shared.saturating_sub(written.offset.max(read.offset));
            if shared > written.shared_bytes {
                let below = permission.overlap.below.and_then(|b| b.checked_add(written.offset));
                let backwards = below.is_none_or(|end| end > read.offset);
                let over = Some(input);
                let written = &mut buffers[output];
                (written.over, written.shared_bytes, written.backwards) = (over, shared, backwards);
            }
        }
        let steps: Vec<Step> = (0..)
            .zip(changes.windows(2))
            .map(|(step, times)| Step {
                operator: None,
                source: None,
                bytes: in_use(&buffers, step),
                label: match times {
                    [first, end] if first + 1 < *end => format!("steps {first} to {}", end - 1),
                    [first, ..] => format!("step {first}"),
                    [] => String::new(),
                },
            })
            .collect();
        Some(Self {
            overlay_bytes: solution.bytes,
            lower_bound_bytes: solution.lower_bound,
            proven: solution.is_optimal(),
            arena_bytes: 0,
            nodes: solution.nodes,
            reordered: false,
            peak_step: peak_step(&steps),
            steps,
            buffers,
        })
    }

    /// Returns the buffers that are live during a step, the highest first.
    pub fn live(&self, step: usize) -> Vec<Live<'_>> {
        let all = self.buffers.iter().enumerate();
        let mut live: Vec<Live<'_>> = all
            .filter(|(_, buffer)| buffer.is_live(step) && buffer.bytes > 0)
            .map(|(index, buffer)| Live { index, buffer })
            .collect();
        live.sort_by_key(|live| (core::cmp::Reverse(live.buffer.offset), live.index));
        live
    }
}

/// Returns the first step in which the most bytes are in use.
fn peak_step(steps: &[Step]) -> usize {
    let most = steps.iter().map(|step| step.bytes).max().unwrap_or(0);
    steps.iter().position(|step| step.bytes == most).unwrap_or(0)
}

/// Returns the bytes that are in use during a step: those shared count once.
fn in_use(buffers: &[Buffer], step: usize) -> u32 {
    let live = buffers.iter().filter(|buffer| buffer.is_live(step));
    let mut spans: Vec<(u32, u32)> = live.map(|buffer| (buffer.offset, buffer.end())).collect();
    spans.sort_unstable();
    let (mut sum, mut top) = (0, 0);
    for (start, end) in spans {
        sum += end.saturating_sub(top.max(start));
        top = top.max(end);
    }
    sum
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
        gaps: Vec::new(),
        over: placed.over,
        shared_bytes: shared,
        backwards: placed.backwards,
        base: placed.part_of,
    }
}
