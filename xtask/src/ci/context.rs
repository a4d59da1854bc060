//! The input and the end of a step of CI.

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The end of a step, if not with an error.
pub(super) enum Done {
    Passed,
    /// Passed, but for tests without their data: a line for each.
    Incomplete(Vec<String>),
    /// Not run, for the reason given.
    Skipped(String),
}

/// The input of every step.
pub(super) struct Context {
    pub(super) workspace: Workspace,
    /// The names of all steps.
    pub(super) steps: Vec<&'static str>,
    /// Whether this is the CI itself, where a missing tool is an error.
    pub(super) strict: bool,
}

impl Context {
    /// Returns the result of a step whose tools are missing: skipped on a developer's machine, an
    /// error in CI.
    pub(super) fn missing(&self, what: impl Into<String>) -> Outcome<Done> {
        let what = what.into();
        if self.strict { Err(what.into()) } else { Ok(Done::Skipped(what)) }
    }
}
