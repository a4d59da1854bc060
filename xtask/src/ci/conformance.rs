//! The conformance corpus: models, inputs, and the outputs that TensorFlow Lite Micro computes.

use std::env;
use std::path::PathBuf;

use super::{Context, Done};
use crate::{Outcome, process};

const VARIABLE: &str = "BANTAM_CONFORMANCE";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let corpus = env::var_os(VARIABLE)
        .map_or_else(|| context.workspace.root.join("../shared/conformance"), PathBuf::from);
    let Ok(corpus) = corpus.canonicalize() else {
        return context.missing(format!("no corpus at {} ({VARIABLE} names it)", corpus.display()));
    };
    process::run(process::cargo().env(VARIABLE, corpus).args([
        "test",
        "--workspace",
        "--test",
        "conformance",
        "--",
        "--nocapture",
    ]))?;
    Ok(Done::Passed)
}
