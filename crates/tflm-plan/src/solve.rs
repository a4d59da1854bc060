//! Searches for a plan, and computes the head that TFLM makes of it.

use bantam_planner::exact::{self, Options};
use bantam_planner::{Buffer, WithOverlaps, large};
use bantam_schema::Model;
use serde::Serialize;

use crate::graph::{ALIGNMENT, Graph};
use crate::lifetimes::lifetimes;
use crate::metadata::{self, ONLINE};
use crate::placement::place;
use crate::problem::{Demand, Kind, Problem, Views};
use crate::refusal::Refusal;

/// The budget of the search, and whether outputs may lie over inputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort {
    /// The budget of each search.
    pub options: Options,
    /// Whether outputs never lie over inputs: such a plan holds for all of TFLM's kernels, others
    /// for its reference kernels only.
    pub disjoint: bool,
}

/// The plan, and the head that TFLM makes of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// The head of TFLM's arena for the model as it is.
    pub before_bytes: u64,
    /// The head with the plan, or without one where none is smaller.
    pub head_bytes: u64,
    /// No plan needs less.
    pub lower_bound_bytes: u64,
    /// For each tensor, its offset, or -1 where TFLM chooses; `None` if no plan is smaller than the
    /// model's own.
    pub offsets: Option<Vec<i32>>,
    /// The nodes whose outputs lie over inputs, in their order.
    pub overlaps: Vec<Shared>,
}

/// Bytes that an output shares with an input that it is computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shared {
    /// The subgraph of the node.
    pub subgraph: u32,
    /// Its place in the subgraph.
    pub node: usize,
    /// Its operator.
    pub operator: String,
    /// The name of the output.
    pub output: String,
    /// The name of the input.
    pub input: String,
    /// The bytes that both have.
    pub bytes: u64,
}

/// Plans the memory of a model for TFLM.
///
/// # Errors
///
/// A [`Refusal`].
pub fn plan(model: &Model<'_>, effort: &Effort) -> Result<Plan, Refusal> {
    if model.metadata_by_name("COMPRESSION_METADATA").is_some() {
        return Err(Refusal::Compressed);
    }
    let graph = Graph::new(model)?;
    let demand = Demand::new(&graph, effort.disjoint)?;
    let before_bytes = before(model, &graph, &demand)?;
    let Found { offsets, head, lower_bound } = search(&demand, &effort.options)?;
    let smaller = head < before_bytes;
    let overlaps = if smaller { shared(&graph, &offsets) } else { Vec::new() };
    let head_bytes = head.min(before_bytes);
    Ok(Plan {
        before_bytes,
        head_bytes,
        lower_bound_bytes: lower_bound.min(head_bytes),
        offsets: smaller.then_some(offsets),
        overlaps,
    })
}

/// Returns the head for the model as it is: planned by TFLM, around the offsets that it may carry.
fn before(model: &Model<'_>, graph: &Graph<'_>, demand: &Demand) -> Result<u64, Refusal> {
    let given = metadata::offsets(model, graph.tensors.len());
    let mut buffers = demand.online();
    if let Some(given) = given {
        let spans = lifetimes(graph)?.tensors;
        let tensors = graph.tensors.iter().zip(&spans).zip(&given);
        buffers = tensors
            .filter_map(|((tensor, &lifetime), &offset)| {
                // A variable takes part only if it has an offset.
                let planned = tensor.is_activation()
                    || (tensor.variable && tensor.data.is_none() && offset != ONLINE);
                let fixed = u32::try_from(offset).ok();
                planned.then_some(Buffer { bytes: tensor.bytes, lifetime, fixed })
            })
            .chain(demand.scratch.iter().copied())
            .collect();
    }
    Ok(place(&buffers).1)
}

/// The best plan that was found.
struct Found {
    offsets: Vec<i32>,
    head: u64,
    lower_bound: u64,
}

/// Plans without overlaps come first, so that there are overlaps only if they are worth something.
const KINDS: [Kind; 3] = [
    Kind { views: Views::Apart, overlaps: false, merged_scratch: false },
    Kind { views: Views::InPlace, overlaps: true, merged_scratch: false },
    Kind { views: Views::Apart, overlaps: true, merged_scratch: false },
];

/// Returns a lower bound for plans of any kind.
const RELAXED: Kind = Kind { views: Views::Anywhere, overlaps: true, merged_scratch: false };

fn search(demand: &Demand, options: &Options) -> Result<Found, Refusal> {
    let relaxed = demand.problem(RELAXED);
    let mut lower_bound = relaxed.quick_bound()?;
    let nothing_to_permit = demand.overlaps.is_empty() && demand.views.is_empty();
    let mut best: Option<Found> = None;
    for kind in &KINDS[..if nothing_to_permit { 1 } else { KINDS.len() }] {
        if best.as_ref().is_some_and(|best| best.head <= lower_bound) {
            break;
        }
        let found = attempt(demand, *kind, options)?;
        if nothing_to_permit {
            lower_bound = found.lower_bound;
        }
        if best.as_ref().is_none_or(|best| found.head < best.head) {
            best = Some(found);
        }
    }
    let Some(mut best) = best else {
        return Ok(Found { offsets: Vec::new(), head: 0, lower_bound: 0 });
    };
    if best.head > lower_bound && !nothing_to_permit {
        lower_bound = lower_bound.max(relaxed.solve(options)?.lower_bound.into());
    }
    best.lower_bound = lower_bound;
    Ok(best)
}

/// Returns a plan of one kind, with the head that TFLM makes of it.
fn attempt(demand: &Demand, kind: Kind, options: &Options) -> Result<Found, Refusal> {
    let found = attempt_once(demand, kind, options)?;
    if found.head == found.wanted {
        return Ok(found.found);
    }
    // TFLM does not find all gaps for scratch memory: leave it one for each node.
    let merged = attempt_once(demand, Kind { merged_scratch: true, ..kind }, options)?;
    let lower_bound = found.found.lower_bound;
    let better = if merged.head < found.head { merged.found } else { found.found };
    Ok(Found { lower_bound, ..better })
}

struct Attempt {
    found: Found,
    head: u64,
    /// The head if TFLM places scratch memory where the search did.
    wanted: u64,
}

fn attempt_once(demand: &Demand, kind: Kind, options: &Options) -> Result<Attempt, Refusal> {
    let problem = demand.problem(kind);
    let solution = problem.solve(options)?;
    let offsets: Vec<Option<u32>> = problem
        .of_tensor
        .iter()
        .map(|number| number.and_then(|number| solution.offsets.get(number).copied()))
        .collect();
    // Places as TFLM does: the tensors are where they are, scratch memory goes where it fits.
    let tensors =
        demand.tensors.iter().zip(&offsets).filter_map(|(buffer, &offset)| {
            buffer.map(|buffer| Buffer { fixed: offset, ..buffer })
        });
    let buffers: Vec<Buffer> = tensors.chain(demand.scratch.iter().copied()).collect();
    let (placed, head) = place(&buffers);
    check(demand, kind, &problem, &offsets, &placed, head)?;
    let word = |offset: Option<u32>| offset.and_then(|o| i32::try_from(o).ok()).unwrap_or(ONLINE);
    let found = Found {
        offsets: offsets.into_iter().map(word).collect(),
        head,
        lower_bound: solution.lower_bound.into(),
    };
    Ok(Attempt { found, head, wanted: solution.bytes.into() })
}

/// Validates the plan that TFLM will make, with each piece of scratch memory for itself.
fn check(
    demand: &Demand,
    kind: Kind,
    problem: &Problem,
    offsets: &[Option<u32>],
    placed: &[u64],
    head: u64,
) -> Result<(), Refusal> {
    let overflow = |index| Refusal::Planner(bantam_planner::Error::Overflow { index });
    let whole = demand.problem(Kind { merged_scratch: false, ..kind });
    let tensors = whole.buffers.len() - demand.scratch.len();
    let mut all = vec![0; whole.buffers.len()];
    for (number, offset) in problem.of_tensor.iter().zip(offsets) {
        if let Some((&number, &offset)) = number.as_ref().zip(offset.as_ref()) {
            all[number] = offset;
        }
    }
    let scratch = &placed[placed.len() - demand.scratch.len()..];
    for (at, &offset) in scratch.iter().enumerate() {
        all[tensors + at] = u32::try_from(offset).map_err(|_| overflow(at))?;
    }
    let head = u32::try_from(head).map_err(|_| overflow(0))?;
    let judged = WithOverlaps::new(&whole.buffers, &whole.permissions).map_err(Refusal::Planner)?;
    large::validate(&judged, ALIGNMENT, &all, head).map_err(Refusal::Plan)
}

impl Problem {
    fn solve(&self, options: &Options) -> Result<exact::Solution, Refusal> {
        let problem =
            WithOverlaps::new(&self.buffers, &self.permissions).map_err(Refusal::Planner)?;
        exact::solve(&problem, ALIGNMENT, options, &mut |_| {}).map_err(Refusal::Planner)
    }

    fn quick_bound(&self) -> Result<u64, Refusal> {
        let problem =
            WithOverlaps::new(&self.buffers, &self.permissions).map_err(Refusal::Planner)?;
        Ok(large::lower_bound(&problem, ALIGNMENT).map_err(Refusal::Planner)?.into())
    }
}

/// Returns the bytes that outputs share with the inputs of their nodes at these offsets.
fn shared(graph: &Graph<'_>, offsets: &[i32]) -> Vec<Shared> {
    let range = |tensor: usize| {
        let start = u64::try_from(*offsets.get(tensor)?).ok()?;
        Some(start..start + u64::from(graph.tensors[tensor].bytes))
    };
    let mut all = Vec::new();
    for node in &graph.nodes {
        let mut inputs: Vec<usize> = node.inputs.iter().flatten().copied().collect();
        inputs.sort_unstable();
        inputs.dedup();
        for (&output, &input) in
            node.outputs.iter().flat_map(|o| inputs.iter().map(move |i| (o, i)))
        {
            let Some((a, b)) = range(output).zip(range(input)) else { continue };
            let bytes = a.end.min(b.end).saturating_sub(a.start.max(b.start));
            if bytes > 0 && output != input {
                all.push(Shared {
                    subgraph: node.subgraph,
                    node: node.index,
                    operator: node.name.clone(),
                    output: graph.tensors[output].name.to_owned(),
                    input: graph.tensors[input].name.to_owned(),
                    bytes,
                });
            }
        }
    }
    all
}
