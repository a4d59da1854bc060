//! A part of the given order that can be ordered for itself.

use core::ops::Range;
use std::collections::HashMap;
use std::vec;
use std::vec::Vec;

use super::graph::{Graph, Operation, Share};
use super::set::Set;
use super::timeline::shared;

/// Beyond this many steps, only the dependencies of neighbours are known.
const MOST_RELATED: usize = 2_048;

/// Steps that come in any order after the same steps, with the buffers they use. Both are numbered
/// from 0.
pub(super) struct Segment {
    pub(super) steps: Vec<Step>,
    buffers: Vec<Buffer>,
    /// Bytes that are live before.
    pub(super) live: u64,
}

pub(super) struct Step {
    /// The steps that must come first.
    before: Set,
    /// The steps that must come after this one.
    after: Vec<usize>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    scratch: u64,
    /// The bytes of the outputs during the step, and those of them that are live afterwards.
    born: u64,
    lasting: u64,
    shares: Vec<Share>,
}

struct Buffer {
    bytes: u64,
    /// The step that writes it; `None` for what is there before.
    writer: Option<usize>,
    readers: Set,
    /// Whether it is live after the segment.
    is_kept: bool,
}

/// The bytes during a step and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) during: u64,
    pub(super) after: u64,
}

/// The state of an order in the making.
#[derive(Clone)]
pub(super) struct State {
    /// The steps that have run.
    pub(super) done: Set,
    /// The steps that can run next.
    pub(super) ready: Set,
    /// The bytes that are live now.
    pub(super) live: u64,
    /// The most bytes that were live at once.
    pub(super) peak: u64,
}

/// Returns the parts of the given order between the steps that every order has at the same place:
/// those that depend on all before them, and on which all after them depend. Such a step is the
/// last of its part.
///
/// The steps that run before and after a part are the same in every order, so the peak of an order
/// is the highest of its parts, and each can be ordered for itself.
pub(super) fn parts(graph: &Graph) -> Vec<Range<usize>> {
    let len = graph.len();
    // Among what follows each step directly, the first; among what precedes it directly, the last.
    let mut first_after = vec![len; len];
    let last_before: Vec<Option<usize>> =
        graph.steps.iter().map(|step| step.before.last().copied()).collect();
    for (position, step) in graph.steps.iter().enumerate().rev() {
        step.before.iter().for_each(|&before| first_after[before] = position);
    }
    // Every later step depends on a position if, directly, it depends on that or on something
    // later.
    let mut least_before = vec![usize::MAX; len + 1];
    for position in (0..len).rev() {
        let before = last_before[position].map_or(0, |before| before + 1);
        least_before[position] = before.min(least_before[position + 1]);
    }
    let (mut parts, mut start, mut latest) = (Vec::new(), 0, 0);
    for (position, &after) in first_after.iter().enumerate() {
        // Every earlier step leads here if, directly, it leads here or to something earlier.
        let is_last = latest <= position && least_before[position + 1] > position;
        if is_last || position + 1 == len {
            parts.push(start..position + 1);
            start = position + 1;
        }
        latest = latest.max(after);
    }
    parts
}

impl Segment {
    /// Returns the part of the graph at these positions, with `live` bytes before.
    pub(super) fn new(graph: &Graph, part: &Range<usize>, live: u64) -> Self {
        let operations = &graph.steps[part.clone()];
        let mut local = HashMap::new();
        let mut buffers = Vec::new();
        for operation in operations {
            for &buffer in operation.inputs.iter().chain(&operation.outputs) {
                local.entry(buffer).or_insert_with(|| {
                    buffers.push(Buffer::new(graph, part, buffer));
                    buffers.len() - 1
                });
            }
        }
        let number = |list: &[usize]| list.iter().map(|buffer| local[buffer]).collect::<Vec<_>>();
        let step = |operation: &Operation| {
            let mut before = Set::new(part.len());
            let inside = operation.before.iter().filter_map(|p| p.checked_sub(part.start));
            inside.for_each(|first| before.insert(first));
            let outputs = number(&operation.outputs);
            let bytes = |output: &usize| buffers[*output].bytes;
            let share = |share: &Share| Share {
                output: local[&share.output],
                input: local[&share.input],
                ..*share
            };
            Step {
                before,
                after: Vec::new(),
                inputs: number(&operation.inputs),
                scratch: operation.scratch,
                born: outputs.iter().map(bytes).sum(),
                lasting: outputs.iter().filter(|&&o| buffers[o].lasts()).map(bytes).sum(),
                outputs,
                shares: operation.shares.iter().map(share).collect(),
            }
        };
        let mut steps: Vec<Step> = operations.iter().map(step).collect();
        for index in 0..steps.len() {
            let before: Vec<usize> = steps[index].before.iter().collect();
            before.into_iter().for_each(|first| steps[first].after.push(index));
        }
        Self { steps, buffers, live }
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Returns the state before the first step, with a peak that does not matter.
    pub(super) fn start(&self, peak: u64) -> State {
        let mut ready = Set::new(self.len());
        for (index, _) in self.steps.iter().enumerate().filter(|(_, step)| step.before.is_empty()) {
            ready.insert(index);
        }
        State { done: Set::new(self.len()), ready, live: self.live, peak }
    }

    /// Returns the cost of a step that is ready.
    pub(super) fn cost(&self, state: &State, index: usize) -> Cost {
        let step = &self.steps[index];
        let dies = |input: usize| {
            let buffer = &self.buffers[input];
            !buffer.is_kept && buffer.readers.is_subset_without(index, &state.done)
        };
        let dying = step.inputs.iter().filter(|&&input| dies(input));
        let freed: u64 = dying.map(|&input| self.buffers[input].bytes).sum();
        let during = state.live + step.born + step.scratch - shared(&step.shares, dies);
        Cost { during, after: state.live + step.lasting - freed }
    }

    /// Runs a step that is ready.
    pub(super) fn run(&self, state: &State, index: usize, cost: Cost) -> State {
        let mut next = state.clone();
        next.done.insert(index);
        next.ready.remove(index);
        let after = self.steps[index].after.iter();
        after
            .filter(|&&other| self.steps[other].before.is_subset(&next.done))
            .for_each(|&other| next.ready.insert(other));
        next.live = cost.after;
        next.peak = next.peak.max(cost.during);
        next
    }

    /// Returns the peak of an order of all steps.
    pub(super) fn peak(&self, order: &[usize]) -> u64 {
        let mut state = self.start(0);
        for &index in order {
            state = self.run(&state, index, self.cost(&state, index));
        }
        state.peak
    }

    /// Steps that may run at once without loss if an order with a peak of `floor` is good enough:
    /// each depends on the one before, none needs more than `floor`, and after the last no more is
    /// live than now.
    ///
    /// *Why nothing is lost.* Let Q be these steps, and take any order that goes on from here. Move
    /// Q to its beginning and leave the rest as it is. Q itself stays within the floor. Of the
    /// others, look at one that came after P, which are not in Q, and a part of Q; as each in Q
    /// depends on the one before, that part is a beginning of Q. Now all of Q has run. What the
    /// rest of Q adds to the live bytes does not depend on P, since nothing in P reads it; what it
    /// frees can only become more by P, since P reads the same inputs. After P the rest of Q thus
    /// adds at most what it adds without P, and that is not positive: all beginnings of Q but Q
    /// itself leave more live than Q does. So no other step has more live bytes before it than it
    /// had, and the inputs that die in it are the same or more, so that it shares as much or more.
    pub(super) fn free_run(&self, state: &State, floor: u64) -> Option<Vec<usize>> {
        let mut longer = Vec::new();
        for index in state.ready.iter() {
            let cost = self.cost(state, index);
            if cost.during > floor {
                continue;
            }
            if cost.after <= state.live {
                return Some(vec![index]);
            }
            longer.push((index, cost));
        }
        longer.into_iter().find_map(|(index, cost)| self.free_chain(state, index, cost, floor))
    }

    fn free_chain(
        &self,
        state: &State,
        index: usize,
        mut cost: Cost,
        floor: u64,
    ) -> Option<Vec<usize>> {
        let mut chain = vec![index];
        let mut now = state.clone();
        loop {
            let last = chain.last().copied()?;
            now = self.run(&now, last, cost);
            // Of those that this step made ready, the one that leaves least.
            let after = self.steps[last].after.iter().filter(|&&next| now.ready.contains(next));
            let costs = after.map(|&next| (self.cost(&now, next), next));
            let within = costs.filter(|(cost, _)| cost.during <= floor);
            let next;
            (cost, next) = within.min_by_key(|&(cost, next)| (cost.after, next))?;
            chain.push(next);
            if cost.after <= state.live {
                return Some(chain);
            }
        }
    }

    /// Returns a bound below the peak of every order: for each step its operands, and what lies
    /// between the steps that come before it in every order and those that come after it in every
    /// order.
    pub(super) fn bound(&self) -> u64 {
        let related = self.relations();
        let inside = self.buffers.iter().filter(|buffer| buffer.writer.is_none());
        let untouched = self.live - inside.map(|buffer| buffer.bytes).sum::<u64>();
        let need = |index: usize| {
            let (step, (before, after)) = (&self.steps[index], &related[index]);
            let is_live = |(number, buffer): (usize, &Buffer)| {
                let is_operand = step.inputs.contains(&number) || step.outputs.contains(&number);
                let is_written = buffer.writer.is_none_or(|writer| before.contains(writer));
                let is_read = buffer.is_kept || !buffer.readers.is_disjoint(after);
                if is_operand || is_written && is_read { buffer.bytes } else { 0 }
            };
            let live: u64 = self.buffers.iter().enumerate().map(is_live).sum();
            let may_die = |input: usize| {
                let buffer = &self.buffers[input];
                !buffer.is_kept && buffer.readers.is_disjoint(after)
            };
            untouched + live + step.scratch - shared(&step.shares, may_die)
        };
        (0..self.len()).map(need).max().unwrap_or(0)
    }

    /// Returns for each step the steps before it in every order, and those after it.
    fn relations(&self) -> Vec<(Set, Set)> {
        let none = Set::new(self.len());
        let mut related = vec![(none.clone(), none); self.len()];
        if self.len() > MOST_RELATED {
            return related;
        }
        for (index, step) in self.steps.iter().enumerate() {
            let mut all = step.before.clone();
            step.before.iter().for_each(|first| all.unite(&related[first].0));
            related[index].0 = all;
        }
        for (index, step) in self.steps.iter().enumerate().rev() {
            let mut all = Set::new(self.len());
            for &next in &step.after {
                all.insert(next);
                all.unite(&related[next].1);
            }
            related[index].1 = all;
        }
        related
    }
}

impl Buffer {
    fn new(graph: &Graph, part: &Range<usize>, buffer: usize) -> Self {
        let node = &graph.buffers[buffer];
        let mut readers = Set::new(part.len());
        let inside = node.readers.iter().filter(|position| part.contains(position));
        inside.for_each(|position| readers.insert(position - part.start));
        Self {
            bytes: node.bytes,
            writer: node.writer.and_then(|position| position.checked_sub(part.start)),
            readers,
            is_kept: node.is_output || node.readers.last().is_some_and(|&last| last >= part.end),
        }
    }

    /// Returns whether anybody needs it after the step that writes it.
    fn lasts(&self) -> bool {
        self.is_kept || !self.readers.is_empty()
    }
}
