//! The conformance corpus: models, inputs, and the outputs that TensorFlow Lite Micro computes.

use std::env;
use std::path::{Path, PathBuf};

use super::context::{Context, Done};
use crate::{outcome::Outcome, process};

const VARIABLE: &str = "BANTAM_CONFORMANCE";

/// Returns the folder of the corpus, if there is one.
pub(crate) fn corpus(root: &Path) -> Option<PathBuf> {
    let folder = env::var_os(VARIABLE);
    let folder = folder.map_or_else(|| root.join("../shared/conformance"), PathBuf::from);
    folder.canonicalize().ok()
}

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let Some(corpus) = corpus(&context.workspace.root) else {
        return context.missing(format!("no corpus ({VARIABLE} names it)"));
    };
    // Of the whole workspace, as in the step before: other features would be another build.
    process::run(process::cargo().env(VARIABLE, corpus).args([
        "test",
        "--workspace",
        "--test",
        "suite",
        "conformance",
        "--",
        "--nocapture",
    ]))?;
    Ok(Done::Passed)
}
