//! Where packages are made, and of which version they are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// Returns the folder of a package, empty.
pub(super) fn folder(workspace: &Workspace, name: &str, chosen: Option<&Path>) -> Outcome<PathBuf> {
    let folder = chosen.map_or_else(|| workspace.target.join("dist").join(name), Path::to_path_buf);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Returns the version of the workspace's packages.
pub(super) fn version(workspace: &Workspace) -> Outcome<String> {
    let bantam = workspace.packages.iter().find(|package| package["name"] == "bantam");
    let version = bantam.and_then(|package| package["version"].as_str());
    Ok(version.ok_or("the package bantam has no version")?.to_owned())
}
