//! Runs many searches for one capacity, in turn or at once.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::vec::Vec;

use super::model::Model;
use super::orders::{Experience, Strategy, round};
use super::search::{Search, Stopped};

/// The answer to the question whether there is a plan within a capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Yes: the offsets of the model's buffers.
    Yes(Vec<u32>),
    No,
    /// The nodes ran out.
    Unknown,
}

/// The end of one search.
struct Ended {
    verdict: Verdict,
    nodes: u64,
    blame: Vec<u32>,
}

/// Searches with one strategy after the other until one has an answer.
///
/// Where no thread can be started, the caller's searches, if there are at most [`ON_CALLER`]
/// buffers; else the nodes count as used up. With more threads the searches of a round run at once.
/// The answer is that of the first in the sequence that has one, whichever thread was faster:
/// `nodes` counts down by the nodes of this search and those before it.
pub(super) fn decide(model: &Model, capacity: u32, nodes: &mut u64, threads: usize) -> Verdict {
    let mut experience = Experience::new(model);
    for number in 0.. {
        let mut jobs: Vec<(Strategy, Vec<u32>, u64)> = Vec::new();
        let mut left = *nodes;
        for (strategy, share) in round(number) {
            let share = share.min(left);
            left -= share;
            jobs.push((strategy, experience.ranks(strategy), share));
        }
        let ended = run_all(model, capacity, &jobs, threads);
        for ((strategy, ..), ended) in jobs.iter().zip(ended) {
            // Searches after the first with an answer may not even have begun. Without an answer,
            // none can: there are no threads.
            let Some(ended) = ended else {
                *nodes = 0;
                return Verdict::Unknown;
            };
            *nodes = nodes.saturating_sub(ended.nodes);
            if ended.verdict != Verdict::Unknown {
                return ended.verdict;
            }
            experience.learn(*strategy, &ended.blame);
        }
        if *nodes == 0 {
            break;
        }
    }
    Verdict::Unknown
}

/// The most buffers that are searched on the caller's stack, of which they take half a megabyte.
const ON_CALLER: usize = 256;

/// Runs the jobs; complete up to the first that has an answer.
fn run_all(
    model: &Model,
    capacity: u32,
    jobs: &[(Strategy, Vec<u32>, u64)],
    threads: usize,
) -> Vec<Option<Ended>> {
    let cancel: Vec<AtomicBool> = jobs.iter().map(|_| AtomicBool::new(false)).collect();
    let results: Mutex<Vec<Option<Ended>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some((_, rank, nodes)), Some(cancelled)) = (jobs.get(at), cancel.get(at)) else {
                break;
            };
            if cancelled.load(Ordering::Relaxed) {
                break;
            }
            let mut search = Search::new(model, rank, capacity, *nodes, cancelled);
            let verdict = match search.run() {
                Ok(true) => Verdict::Yes(core::mem::take(&mut search.floors)),
                Ok(false) => Verdict::No,
                Err(Stopped) => Verdict::Unknown,
            };
            if verdict != Verdict::Unknown {
                for later in &cancel[at + 1..] {
                    later.store(true, Ordering::Relaxed);
                }
            }
            let nodes = nodes - search.nodes_left();
            let ended = Ended { verdict, nodes, blame: core::mem::take(&mut search.blame) };
            results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(ended);
        }
    };
    thread::scope(|scope| {
        let start = |_: &usize| {
            // The search is as deep as there are buffers. A job whose thread cannot be started is
            // left to the other threads.
            let stack = thread::Builder::new().stack_size((1 << 20) + 2_048 * model.len());
            stack.spawn_scoped(scope, work).is_ok()
        };
        let started = (0..threads.min(jobs.len())).filter(start).count();
        if started == 0 && model.len() <= ON_CALLER {
            work();
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}
