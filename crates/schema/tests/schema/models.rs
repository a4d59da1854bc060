//! Real models and samples of the conformance corpus parse. The place of the corpus is in
//! `BANTAM_CONFORMANCE`, by default a folder beside the repository.

use crate::common;
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use bantam_schema::{Model, write::ModelBuilder};

fn model_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            model_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "tflite") {
            found.push(path);
        }
    }
}

/// Returns the folders of the cases that nobody has to load.
fn refused(public: &Path) -> HashSet<PathBuf> {
    let manifest = fs::read_to_string(public.join("manifest.jsonl")).unwrap();
    let lines = manifest.lines().filter(|line| line.contains(r#""expect": "error""#));
    let case = |line: &str| Some(line.split_once(r#""case": ""#)?.1.split_once('"')?.0.to_owned());
    lines.map(|line| public.join(case(line).unwrap())).collect()
}

#[test]
fn real_models_and_a_sample_of_the_corpus_parse() {
    let Some(public) = bantam_testkit::conformance() else { return };
    let mut models = Vec::new();
    model_files(&public.join("models"), &mut models);
    assert!(!models.is_empty());
    let mut cases = Vec::new();
    model_files(&public, &mut cases);
    let refused = refused(&public);
    cases.retain(|path| path.parent().is_some_and(|folder| !refused.contains(folder)));
    models.extend(cases.into_iter().step_by(20));
    let mut operators = 0;
    for path in &models {
        let bytes = fs::read(path).unwrap();
        let name = path.display();
        let start = Instant::now();
        let model = Model::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let micros = start.elapsed().as_micros();
        let text = common::walk(model);
        for operator in model.subgraphs().flat_map(|graph| graph.operators()) {
            assert!(operator.code().builtin.name().is_some(), "{name}");
            operators += 1;
        }
        if bytes.len() > 1 << 20 {
            eprintln!("{name}: {} bytes in {micros} µs", bytes.len());
        }
        let copy = ModelBuilder::from_model(&model).unwrap_or_else(|e| panic!("{name}: {e}"));
        let copy = copy.finish();
        assert_eq!(common::walk(Model::parse(&copy).unwrap()), text, "{name}");
    }
    eprintln!("{} models, {operators} operators", models.len());
    assert!(operators > models.len());
}
