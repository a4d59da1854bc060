//! The source files that pages name.

use std::fs;
use std::path::Path;

use crate::outcome::Outcome;
use crate::workspace;

/// How the names of source files end.
const SOURCE: &str = ".rs";

/// The part of a path that stands for any folder.
const ANY: &str = "FAMILY";

/// Adds a fault for every source file that a page names and that does not exist.
pub(super) fn check(root: &Path, faults: &mut Vec<String>) -> Outcome {
    let sources = workspace::files(root, "*.rs")?;
    // Git lists a file that was deleted until the deletion is staged.
    let sources: Vec<String> =
        sources.into_iter().filter(|file| root.join(file).is_file()).collect();
    for page in workspace::files(root, "*.md")? {
        let Ok(text) = fs::read_to_string(root.join(&page)) else { continue };
        let missing = named(&text).filter(|name| !exists(name, &sources));
        faults.extend(missing.map(|name| format!("{page}: there is no file {name}")));
    }
    Ok(())
}

/// The paths of source files between the backticks of a page, its code not counted. A name without
/// a folder is no path.
fn named(page: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    let prose = page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    let spans = prose.flat_map(|line| line.split('`').skip(1).step_by(2));
    spans.filter(|span| {
        let path = span.contains('/') && !span.contains([' ', '*', '<']);
        path && span.ends_with(SOURCE) && !span.split('/').any(|part| part == ANY)
    })
}

/// Whether a file has this path, or one that ends so: pages leave out the folders of a crate.
fn exists(name: &str, sources: &[String]) -> bool {
    sources.iter().any(|file| {
        let folder = file.strip_suffix(name);
        folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_between_backticks_outside_of_code() {
        let page = "See `a/b.rs` and c/d.rs, `e.rs`, `f/*.rs`, `run g/h.rs`, `x/FAMILY/y.rs`.\n\
            ```\n`i/j.rs`\n```\n| `k/l.rs`, `m/n.md` |\n";
        assert_eq!(named(page).collect::<Vec<_>>(), ["a/b.rs", "k/l.rs"]);
    }

    #[test]
    fn a_path_may_lack_folders_in_front_and_nowhere_else() {
        let sources = ["crates/a/src/ops/weighted/conv.rs".to_owned()];
        assert!(exists("crates/a/src/ops/weighted/conv.rs", &sources));
        assert!(exists("weighted/conv.rs", &sources));
        assert!(!exists("ops/conv.rs", &sources));
        assert!(!exists("ted/conv.rs", &sources));
    }
}
