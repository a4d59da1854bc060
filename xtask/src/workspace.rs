//! The workspace, from `cargo metadata`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{outcome::Outcome, process};

/// The workspace, as cargo sees it.
pub(crate) struct Workspace {
    /// The repository's folder.
    pub(crate) root: PathBuf,
    /// The folder in which cargo builds.
    pub(crate) target: PathBuf,
    /// `packages` of `cargo metadata`: the workspace's members.
    pub(crate) packages: Vec<Value>,
}

impl Workspace {
    pub(crate) fn load() -> Outcome<Self> {
        let json = process::output(process::cargo().args([
            "metadata",
            "--no-deps",
            "--format-version=1",
        ]))?;
        let mut metadata: Value = serde_json::from_str(&json)?;
        let path = |key: &str| metadata[key].as_str().map(PathBuf::from);
        let (Some(root), Some(target)) = (path("workspace_root"), path("target_directory")) else {
            return Err("cargo metadata names no folders".into());
        };
        let Value::Array(packages) = metadata["packages"].take() else {
            return Err("cargo metadata names no packages".into());
        };
        Ok(Self { root, target, packages })
    }
}

/// Returns the files of the repository that match a pattern such as `*.rs`, as paths from `root`;
/// among them those that git does not yet know, but not those that it ignores.
pub(crate) fn files(root: &Path, pattern: &str) -> Outcome<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard", pattern]);
    Ok(process::output(&mut git)?.lines().map(str::to_owned).collect())
}
