//! How long planning takes, by the number of buffers.
//!
//! The problems resemble models: most buffers live for a few steps, some sizes are equal.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;
use std::time::Duration;

use bantam_planner::exact::{Options, solve};
use bantam_planner::{
    Buffer, Effort, greedy, greedy_workspace_len, large, lower_bound, plan, plan_workspace_len,
    validate,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const ALIGNMENT: u32 = 16;

/// The same buffers each time, whatever the machine.
fn buffers(len: u32) -> Vec<Buffer> {
    let mut state = 1_u32;
    let mut below = |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % limit
    };
    (0..len)
        .map(|step| Buffer::new(64 * (1 + below(1_000)), step, step + 1 + below(2) * below(8)))
        .collect()
}

/// Buffers of all sizes that begin anywhere and live for up to sixty steps: no plan reaches the
/// lower bound, so that all is tried.
fn scattered(len: u32) -> Vec<Buffer> {
    let mut state = 1_u64;
    let mut below = |limit: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(limit)) as u32
    };
    (0..len)
        .map(|_| {
            let first = below(len);
            Buffer::new(1 + below(1_000), first, first + below(60))
        })
        .collect()
}

fn planner(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("planner");
    for len in [10, 100, 1_000] {
        let buffers = buffers(len);
        let mut offsets = vec![0; buffers.len()];
        let mut workspace = vec![0; greedy_workspace_len(buffers.len())];
        group.throughput(Throughput::Elements(u64::from(len)));
        group.bench_function(BenchmarkId::new("greedy", len), |bencher| {
            bencher.iter(|| {
                let problem = black_box(buffers.as_slice());
                greedy(problem, ALIGNMENT, &mut offsets, &mut workspace).unwrap()
            });
        });
        let total = greedy(&*buffers, ALIGNMENT, &mut offsets, &mut workspace).unwrap();
        group.bench_function(BenchmarkId::new("validate", len), |bencher| {
            bencher.iter(|| {
                validate(black_box(buffers.as_slice()), ALIGNMENT, &offsets, total).unwrap();
            });
        });
        group.bench_function(BenchmarkId::new("lower_bound", len), |bencher| {
            bencher.iter(|| lower_bound(black_box(buffers.as_slice()), ALIGNMENT).unwrap());
        });
    }
    group.finish();
}

/// On a device there are 10 to 100 buffers.
fn portfolio(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("portfolio");
    for len in [10, 30, 100] {
        let buffers = buffers(len);
        let mut offsets = vec![0; buffers.len()];
        let mut workspace = vec![0; plan_workspace_len(buffers.len())];
        for (name, effort) in
            [("portfolio", Effort::Portfolio), ("search of 500", Effort::Search(500))]
        {
            group.bench_function(BenchmarkId::new(name, len), |bencher| {
                bencher.iter(|| {
                    let problem = black_box(buffers.as_slice());
                    plan(problem, ALIGNMENT, &mut offsets, &mut workspace, effort).unwrap()
                });
            });
        }
        let options = Options { nodes: 100_000, threads: 1 };
        group.bench_function(BenchmarkId::new("exact", len), |bencher| {
            bencher.iter(|| solve(black_box(&*buffers), ALIGNMENT, &options, &mut |_| {}).unwrap());
        });
    }
    group.finish();
}

/// From a thousand to a million: the time per buffer should hardly grow.
fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("growth");
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    for len in [1_000, 10_000, 100_000, 1_000_000] {
        let buffers = buffers(len);
        let problem = buffers.as_slice();
        group.throughput(Throughput::Elements(u64::from(len)));
        group.bench_function(BenchmarkId::new("plan", len), |bencher| {
            bencher.iter(|| large::plan(black_box(problem), ALIGNMENT).unwrap());
        });
        let hard = scattered(len);
        group.bench_function(BenchmarkId::new("plan of scattered buffers", len), |bencher| {
            bencher.iter(|| large::plan(black_box(&*hard), ALIGNMENT).unwrap());
        });
        group.bench_function(BenchmarkId::new("best_fit", len), |bencher| {
            bencher.iter(|| large::best_fit(black_box(problem), ALIGNMENT).unwrap());
        });
        let (total, offsets) = large::best_fit(problem, ALIGNMENT).unwrap();
        group.bench_function(BenchmarkId::new("validate", len), |bencher| {
            bencher.iter(|| {
                large::validate(black_box(problem), ALIGNMENT, &offsets, total).unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(all, planner, portfolio, growth);
criterion_main!(all);
