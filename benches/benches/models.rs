//! The time of whole models: checking the file, making an interpreter, one inference.
//!
//! That is the model that comes with the repository, and those of MLPerf Tiny that the conformance
//! corpus has.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use bantam_benches::Runner;
use bantam_interp::Interpreter;
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use criterion::{Criterion, criterion_group, criterion_main};

fn models(criterion: &mut Criterion) {
    measure(criterion, "digits", &bantam_benches::digits());
    for name in bantam_benches::MLPERF_TINY.lines() {
        let file = bantam_benches::corpus_model(name);
        if file.is_file() {
            measure(criterion, name, &file);
        } else {
            eprintln!("{name} is not measured: there is no {}", file.display());
        }
    }
}

fn measure(criterion: &mut Criterion, name: &str, file: &Path) {
    let bytes = std::fs::read(file).unwrap();
    let model = Model::parse(&bytes).unwrap();
    let mut group = criterion.benchmark_group(name);
    group.bench_function("parse", |bencher| {
        bencher.iter(|| black_box(Model::parse(black_box(&bytes)).unwrap()));
    });
    group.bench_function("new", |bencher| {
        let mut memory = bantam_benches::memory(&model);
        bencher.iter(|| {
            let arena = bytemuck::cast_slice_mut(&mut memory);
            black_box(Interpreter::new(&model, EVERY, arena).unwrap().arena_used_bytes())
        });
    });
    group.bench_function("invoke", |bencher| {
        let mut memory = bantam_benches::memory(&model);
        let mut runner = Runner::new(&model, &mut memory);
        bencher.iter_custom(|inferences| runner.run(inferences));
    });
}

criterion_group! {
    name = all;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = models
}
criterion_main!(all);
