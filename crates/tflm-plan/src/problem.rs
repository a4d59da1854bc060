//! Tensors and scratch memory as buffers for the planner.

use std::collections::BTreeMap;

use bantam_planner::{Buffer, Lifetime, Overlap, Permission};

use crate::graph::{ALIGNMENT, Graph};
use crate::lifetimes::lifetimes;
use crate::loops::{Budget, below, is_view};
use crate::refusal::Refusal;
use crate::scratch;

/// The buffers to place, and the permissions to overlap.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// The buffer of each tensor that needs memory.
    pub(super) tensors: Vec<Option<Buffer>>,
    /// In the order of TFLM's requests.
    pub(super) scratch: Vec<Buffer>,
    /// The permissions by the loops of the nodes.
    pub(super) overlaps: Vec<Pair>,
    /// Nodes that may have their output exactly at their input: the two tensors.
    pub(super) views: Vec<(usize, usize)>,
}

/// An output that may begin `below` bytes under an input that dies, or more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) output: usize,
    pub(super) input: usize,
    pub(super) below: u32,
}

impl Demand {
    /// Makes the problem, without permissions if `disjoint`.
    pub(super) fn new(graph: &Graph<'_>, disjoint: bool) -> Result<Self, Refusal> {
        let lifetimes = lifetimes(graph)?;
        let tensors: Vec<Option<Buffer>> = (graph.tensors.iter().zip(&lifetimes.tensors))
            .map(|(tensor, &lifetime)| {
                let buffer = Buffer { bytes: tensor.bytes, lifetime, fixed: None };
                tensor.is_activation().then_some(buffer)
            })
            .collect();
        let mut scratch = Vec::new();
        for (node, &lifetime) in graph.nodes.iter().zip(&lifetimes.nodes) {
            let requests = scratch::requests(graph, node)?;
            let buffer = |bytes| Buffer { bytes, lifetime, fixed: None };
            scratch.extend(requests.into_iter().map(buffer));
        }
        let mut demand = Self { tensors, scratch, overlaps: Vec::new(), views: Vec::new() };
        if !disjoint {
            demand.permit(graph);
        }
        Ok(demand)
    }

    fn permit(&mut self, graph: &Graph<'_>) {
        let mut budget = Budget::new();
        for node in graph.nodes.iter().filter(|node| node.callees.is_empty()) {
            let [output] = node.outputs[..] else { continue };
            let mut inputs: Vec<usize> = node.inputs.iter().flatten().copied().collect();
            inputs.sort_unstable();
            inputs.dedup();
            for input in inputs {
                if !self.dies(graph, input, output) {
                    continue;
                }
                if is_view(graph, node) {
                    self.views.push((output, input));
                }
                // An input that is read at several positions has to suit them all.
                let positions = (0..node.inputs.len()).filter(|&at| node.inputs[at] == Some(input));
                let distances: Option<Vec<u32>> =
                    positions.map(|at| below(graph, node, at, &mut budget)).collect();
                let farthest = distances.and_then(|all| all.into_iter().max());
                let bytes = graph.tensors[output].bytes;
                if let Some(below) = farthest.filter(|&below| below < bytes) {
                    self.overlaps.push(Pair { output, input, below });
                }
            }
        }
    }

    /// Returns whether `input` is read for the last time where `output` is written.
    fn dies(&self, graph: &Graph<'_>, input: usize, output: usize) -> bool {
        let buffers = self.tensors[input].zip(self.tensors[output]);
        !graph.parts.iter().any(|part| part.outputs.contains(&input))
            && buffers.is_some_and(|(input, output)| input.lifetime.dies_for(output.lifetime))
    }

    /// Returns the input of TFLM's planner: the tensors in their order, then the scratch memory.
    pub(super) fn online(&self) -> Vec<Buffer> {
        self.tensors.iter().flatten().chain(&self.scratch).copied().collect()
    }

    /// Returns the buffers and permissions for a search.
    pub(super) fn problem(&self, kind: Kind) -> Problem {
        let owner = self.owners(kind.views == Views::InPlace);
        let mut problem =
            Problem { buffers: Vec::new(), of_tensor: Vec::new(), permissions: Vec::new() };
        let mut numbers = BTreeMap::new();
        for (tensor, buffer) in self.tensors.iter().enumerate() {
            let number = buffer.map(|buffer| {
                let number = *numbers.entry(owner[tensor]).or_insert(problem.buffers.len());
                match problem.buffers.get_mut(number) {
                    Some(shared) => shared.lifetime = hull(shared.lifetime, buffer.lifetime),
                    None => problem.buffers.push(buffer),
                }
                number
            });
            problem.of_tensor.push(number);
        }
        if kind.overlaps {
            problem.permissions = self.permissions(&problem.of_tensor, kind.views);
        }
        if kind.merged_scratch {
            problem.buffers.extend(self.merged_scratch());
        } else {
            problem.buffers.extend(&self.scratch);
        }
        problem
    }

    /// Returns for each tensor the tensor whose buffer it has.
    fn owners(&self, in_place: bool) -> Vec<usize> {
        let mut owner: Vec<usize> = (0..self.tensors.len()).collect();
        // Views come in the order of the nodes, so that the owner of an input is known.
        for &(output, input) in self.views.iter().filter(|_| in_place) {
            owner[output] = owner[input];
        }
        owner
    }

    fn permissions(&self, of_tensor: &[Option<usize>], views: Views) -> Vec<Permission> {
        let mut below = BTreeMap::new();
        let number = |pair: &Pair| {
            let (output, input) = (of_tensor[pair.output]?, of_tensor[pair.input]?);
            (output != input).then_some((output as u32, input as u32))
        };
        for pair in &self.overlaps {
            if let Some(key) = number(pair) {
                let distance = below.entry(key).or_insert(pair.below);
                *distance = pair.below.max(*distance);
            }
        }
        for &(output, input) in self.views.iter().filter(|_| views == Views::Anywhere) {
            if let Some(key) = number(&Pair { output, input, below: 0 }) {
                below.insert(key, 0);
            }
        }
        let permission = |((output, input), below)| {
            let overlap = Overlap { below: Some(below), above: None };
            Permission { output, input, overlap }
        };
        below.into_iter().map(permission).collect()
    }

    /// Returns one buffer for all scratch memory of a node.
    ///
    /// If there is a gap for it, TFLM finds offsets for the pieces in it or below: the pieces that
    /// it has put lower take nothing away, and the rest still fits.
    fn merged_scratch(&self) -> Vec<Buffer> {
        let mut merged: Vec<Buffer> = Vec::new();
        for part in &self.scratch {
            let bytes = part.bytes.next_multiple_of(ALIGNMENT);
            match merged.last_mut().filter(|last| last.lifetime == part.lifetime) {
                Some(last) => last.bytes = last.bytes.saturating_add(bytes),
                None => merged.push(Buffer { bytes, ..*part }),
            }
        }
        merged
    }
}

fn hull(a: Lifetime, b: Lifetime) -> Lifetime {
    Lifetime::new(a.first.min(b.first), a.last.max(b.last))
}

/// Which problem to make of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) views: Views,
    pub(super) overlaps: bool,
    pub(super) merged_scratch: bool,
}

/// The place of a view relative to its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Views {
    /// Apart from it, or as its loop permits.
    Apart,
    /// Exactly in its place.
    InPlace,
    /// At any distance: no kernel permits that, but every valid plan needs at least as much.
    Anywhere,
}

/// Buffers for the planner: those of the tensors, then those of scratch memory.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) buffers: Vec<Buffer>,
    /// The buffer of each tensor.
    pub(super) of_tensor: Vec<Option<usize>>,
    pub(super) permissions: Vec<Permission>,
}
