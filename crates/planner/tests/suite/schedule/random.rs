//! Random graphs, and what an order of them costs, computed another way.

use std::collections::BTreeSet;

use bantam_planner::schedule::{Description, Graph, Step};
use bantam_planner::{Overlap, Permission};
use proptest::prelude::*;

/// The owner of a [`Step`]'s slices.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnedStep {
    pub(crate) inputs: Vec<u32>,
    pub(crate) outputs: Vec<u32>,
    pub(crate) scratch_bytes: u32,
    pub(crate) after: Vec<u32>,
}

/// The owner of a [`Description`]'s slices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owned {
    pub(crate) bytes: Vec<u32>,
    pub(crate) steps: Vec<OwnedStep>,
    pub(crate) inputs: Vec<u32>,
    pub(crate) outputs: Vec<u32>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) alignment: u32,
}

impl Owned {
    pub(crate) fn graph(&self) -> Graph {
        let step = |step: &OwnedStep| -> Step<'static> {
            // A test may leak.
            Step {
                inputs: step.inputs.clone().leak(),
                outputs: step.outputs.clone().leak(),
                scratch_bytes: step.scratch_bytes,
                after: step.after.clone().leak(),
            }
        };
        let steps: Vec<Step<'_>> = self.steps.iter().map(step).collect();
        Graph::new(&Description {
            bytes: &self.bytes,
            steps: &steps,
            inputs: &self.inputs,
            outputs: &self.outputs,
            permissions: &self.permissions,
            alignment: self.alignment,
        })
        .unwrap()
    }

    /// Returns for each step the steps that must come before it.
    fn before(&self) -> Vec<BTreeSet<u32>> {
        let writer = |buffer: &u32| {
            let writes = |step: &OwnedStep| step.outputs.contains(buffer);
            self.steps.iter().position(writes).map(|step| step as u32)
        };
        let before = |step: &OwnedStep| {
            step.inputs.iter().filter_map(writer).chain(step.after.iter().copied()).collect()
        };
        self.steps.iter().map(before).collect()
    }

    pub(crate) fn is_order(&self, order: &[u32]) -> bool {
        let before = self.before();
        let all: BTreeSet<u32> = order.iter().copied().collect();
        all.len() == self.steps.len()
            && order.len() == self.steps.len()
            && order.iter().enumerate().all(|(at, &step)| {
                before.get(step as usize).is_some_and(|b| b.iter().all(|b| order[..at].contains(b)))
            })
    }

    /// Returns the peak of an order from lifetimes, step by step and buffer by buffer.
    pub(crate) fn peak(&self, order: &[u32]) -> u64 {
        let up = |bytes: u32| u64::from(bytes.next_multiple_of(self.alignment));
        let time = |step: usize| order.iter().position(|&s| s as usize == step).unwrap() + 1;
        let lifetime = |buffer: u32| {
            let times = |uses: &dyn Fn(&OwnedStep) -> bool| -> Vec<usize> {
                let steps = self.steps.iter().enumerate().filter(|(_, step)| uses(step));
                steps.map(|(step, _)| time(step)).collect()
            };
            let is_input = self.inputs.contains(&buffer).then_some(0);
            let first = is_input.or(times(&|s| s.outputs.contains(&buffer)).first().copied())?;
            let last = times(&|s| s.inputs.contains(&buffer)).into_iter().max().unwrap_or(first);
            Some(first..=if self.outputs.contains(&buffer) { order.len() } else { last })
        };
        let lifetimes: Vec<_> = (0..self.bytes.len() as u32).map(lifetime).collect();
        let during = |now: usize| -> u64 {
            let lives = |b: usize| lifetimes[b].as_ref().is_some_and(|life| life.contains(&now));
            let live = (0..self.bytes.len()).filter(|&b| lives(b)).map(|b| up(self.bytes[b]));
            let total: u64 = live.sum();
            let Some(&step) = now.checked_sub(1).and_then(|at| order.get(at)) else { return total };
            let step = &self.steps[step as usize];
            let (mut pairs, mut inputs, mut outputs) = (0, BTreeSet::new(), BTreeSet::new());
            for permission in &self.permissions {
                let (output, input) = (permission.output, permission.input);
                let dies = lifetimes[input as usize].as_ref().is_some_and(|l| *l.end() == now);
                let here = step.outputs.contains(&output) && step.inputs.contains(&input);
                let shared = self.shared(permission);
                if here && dies && !self.outputs.contains(&input) && shared != 0 {
                    pairs += shared;
                    inputs.insert(input);
                    outputs.insert(output);
                }
            }
            let sum = |set: BTreeSet<u32>| set.iter().map(|&b| up(self.bytes[b as usize])).sum();
            let shared = pairs.min(sum(inputs)).min(sum(outputs));
            total + up(step.scratch_bytes) - shared
        };
        (0..=order.len()).map(during).max().unwrap()
    }

    /// Tries every offset of one to the other.
    fn shared(&self, permission: &Permission) -> u64 {
        let up = |bytes: u32| i64::from(bytes.next_multiple_of(self.alignment));
        let output = up(self.bytes[permission.output as usize]);
        let input = up(self.bytes[permission.input as usize]);
        let Overlap { below, above } = permission.overlap;
        let alignment = i64::from(self.alignment);
        let far = (output + input) / alignment + 1;
        let shared = |offset: i64| {
            // The input at 0, the output at this offset.
            let permitted = below.is_some_and(|below| -offset >= i64::from(below))
                || above.is_some_and(|above| offset >= i64::from(above));
            let common = input.min(offset + output) - offset.max(0);
            if permitted { common.max(0) } else { 0 }
        };
        (-far..=far).map(|units| shared(units * alignment)).max().unwrap() as u64
    }

    /// Returns the lowest peak of all orders.
    pub(crate) fn lowest_peak(&self) -> u64 {
        let mut lowest = u64::MAX;
        self.extend(&self.before(), &mut Vec::new(), &mut lowest);
        lowest
    }

    fn extend(&self, before: &[BTreeSet<u32>], order: &mut Vec<u32>, lowest: &mut u64) {
        if order.len() == self.steps.len() {
            *lowest = self.peak(order).min(*lowest);
        }
        for step in 0..self.steps.len() as u32 {
            let can_run = before[step as usize].iter().all(|first| order.contains(first));
            if can_run && !order.contains(&step) {
                order.push(step);
                self.extend(before, order, lowest);
                order.pop();
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Choice {
    inputs: Vec<prop::sample::Index>,
    outputs: Vec<u32>,
    scratch_bytes: u32,
    after: Option<prop::sample::Index>,
    is_output: bool,
    /// Distances for pairs of outputs and inputs.
    overlaps: Vec<(bool, Option<u32>, Option<u32>)>,
}

/// Graphs of up to `len` steps whose numbers are shuffled if `shuffled`.
pub(crate) fn graphs(len: usize, shuffled: bool) -> impl Strategy<Value = Owned> {
    let size = || prop_oneof![0..3_u32, 0..40_u32];
    let choice =
        (
            prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            prop::collection::vec(size(), 0..3),
            prop_oneof![3 => Just(0), 1 => size()],
            prop::option::weighted(0.2, any::<prop::sample::Index>()),
            prop::bool::weighted(0.15),
            prop::collection::vec(
                (prop::bool::weighted(0.4), prop::option::of(size()), prop::option::of(size())),
                6,
            ),
        )
            .prop_map(|(inputs, outputs, scratch_bytes, after, is_output, overlaps)| {
                Choice { inputs, outputs, scratch_bytes, after, is_output, overlaps }
            });
    let numbers = Just((0..len as u32).collect::<Vec<_>>()).prop_shuffle();
    let inputs = prop::collection::vec(size(), 1..3);
    (prop::collection::vec(choice, 0..=len), inputs, numbers, 0..4_u32).prop_map(
        move |(choices, inputs, mut numbers, log2)| {
            numbers.retain(|&number| (number as usize) < choices.len());
            if !shuffled {
                numbers.sort_unstable();
            }
            build(&choices, inputs, &numbers, 1 << log2)
        },
    )
}

fn build(choices: &[Choice], inputs: Vec<u32>, numbers: &[u32], alignment: u32) -> Owned {
    let mut owned = Owned {
        inputs: (0..inputs.len() as u32).collect(),
        bytes: inputs,
        steps: vec![OwnedStep::default(); choices.len()],
        alignment,
        ..Owned::default()
    };
    for (at, choice) in choices.iter().enumerate() {
        let readable = owned.bytes.len();
        let inputs: Vec<u32> = choice.inputs.iter().map(|i| i.index(readable) as u32).collect();
        let outputs: Vec<u32> = (readable as u32..).take(choice.outputs.len()).collect();
        owned.bytes.extend(&choice.outputs);
        if choice.is_output {
            owned.outputs.extend(&outputs);
        }
        let pairs = outputs.iter().flat_map(|&o| inputs.iter().map(move |&i| (o, i)));
        let pairs: BTreeSet<(u32, u32)> = pairs.collect();
        for ((output, input), &(wanted, below, above)) in pairs.into_iter().zip(&choice.overlaps) {
            let overlap = Overlap { below, above };
            owned.permissions.extend(wanted.then_some(Permission { output, input, overlap }));
        }
        let after = choice.after.filter(|_| at > 0).map(|after| numbers[after.index(at)]);
        let scratch_bytes = choice.scratch_bytes;
        owned.steps[numbers[at] as usize] =
            OwnedStep { inputs, outputs, scratch_bytes, after: after.into_iter().collect() };
    }
    owned
}
