//! The folders of packages.

use std::fs;
use std::path::PathBuf;

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// Returns the folder of a package, empty.
pub(super) fn empty(workspace: &Workspace, name: &str) -> Outcome<PathBuf> {
    let folder = workspace.target.join("dist").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
