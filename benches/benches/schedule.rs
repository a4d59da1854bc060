//! How long it takes to order the steps of networks of random cells.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;

use bantam_planner::schedule::Options;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

#[path = "../../crates/planner/tests/suite/schedule/cells.rs"]
mod cells;

fn schedule(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("schedule");
    group.sample_size(20);
    for (count, blocks) in [(1, 4), (2, 4), (4, 5), (20, 5), (4, 8)] {
        let graph = cells::cells(3, count, blocks, true);
        let name = format!("{count} cells of {blocks} blocks");
        group.bench_function(BenchmarkId::new("exact", &name), |bencher| {
            bencher.iter(|| black_box(&graph).schedule(&Options::default()));
        });
        let beam = Options { states: 0, ..Options::default() };
        group.bench_function(BenchmarkId::new("beam", &name), |bencher| {
            bencher.iter(|| black_box(&graph).schedule(&beam));
        });
    }
    group.finish();
}

criterion_group!(all, schedule);
criterion_main!(all);
