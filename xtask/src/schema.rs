//! `cargo xtask schema`: writes the schemas of the reports of `bantam-report`; a test of that crate
//! says whether they are up to date.

use std::fs;

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The schemas are in this folder.
const FOLDER: &str = "docs/schema";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err("`schema` takes no arguments".into());
    }
    let folder = Workspace::load()?.root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    for (name, schema) in bantam_report::schema::schemas() {
        let text = serde_json::to_string_pretty(&schema)?;
        fs::write(folder.join(format!("{name}.json")), text + "\n")?;
    }
    Ok(())
}
