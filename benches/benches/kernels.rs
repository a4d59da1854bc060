//! The time of each operator, run in a model of one node.
//!
//! `cargo bench -p bantam-benches --bench kernels -- CONV_2D/i8` measures those whose names contain
//! that. Throughput counts multiply-accumulates where there are weights, elements elsewhere.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::time::Duration;

use bantam_benches::Runner;
use bantam_schema::Model;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn kernels(criterion: &mut Criterion) {
    for case in bantam_testkit::benchmarks() {
        let mut group = criterion.benchmark_group(case.operator_name());
        group.throughput(Throughput::Elements(case.work));
        // The model is prepared only if the benchmark is not filtered out.
        let name = case.name.split_once('/').map_or("", |(_, name)| name);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            let file = case.file();
            let model = Model::parse(&file).unwrap();
            let mut memory = bantam_benches::memory(&model);
            let mut runner = Runner::with_inputs(&model, &mut memory, case.noise());
            bencher.iter_custom(|inferences| runner.run(inferences));
        });
    }
}

criterion_group! {
    name = all;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = kernels
}
criterion_main!(all);
