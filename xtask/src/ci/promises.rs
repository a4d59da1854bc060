//! The table of promises in `CONTRIBUTING.md`: the tests that it names exist.

use std::fs;
use std::path::Path;

use crate::outcome::Outcome;

const PAGE: &str = "CONTRIBUTING.md";
const HEADING: &str = "## Promises and their tests\n";
/// The words before a list of steps in a cell.
const CI: &str = "cargo xtask ci ";

/// Adds a fault for every file, test and step that the table names and that does not exist.
pub(super) fn check(root: &Path, steps: &[&str], faults: &mut Vec<String>) -> Outcome {
    let page = fs::read_to_string(root.join(PAGE))?;
    let source = |file: &str| fs::read_to_string(root.join(file)).ok();
    faults
        .extend(missing(&page, steps, source).into_iter().map(|fault| format!("{PAGE}: {fault}")));
    Ok(())
}

/// Returns a fault for each name without a file, test or step; `source` reads a file.
fn missing(page: &str, steps: &[&str], source: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rows = rows(page).peekable();
    if rows.peek().is_none() {
        faults.push("there is no table of promises".to_owned());
    }
    for (promise, cell) in rows {
        let mut file: Option<(&str, String)> = None;
        // Every other part is between two backticks.
        for name in cell.split('`').skip(1).step_by(2) {
            if let Some(names) = name.strip_prefix(CI) {
                let unknown = names.split(' ').filter(|name| !steps.contains(name));
                faults.extend(unknown.map(|name| format!("no step {name} for \"{promise}\"")));
            } else if name.contains('/') {
                file = source(name).map(|text| (name, text));
                if file.is_none() {
                    faults.push(format!("no file {name} for \"{promise}\""));
                }
            } else if let Some((file, text)) = &file
                && !text.contains(&format!("fn {name}("))
            {
                faults.push(format!("no test {name} in {file} for \"{promise}\""));
            }
        }
    }
    faults
}

/// Returns the two cells of each row of the table.
fn rows(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let section = page.split_once(HEADING).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(1).filter(|row| !row.starts_with("---")).filter_map(|row| row.split_once(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "\n| promise | protected by |\n| --- | --- |\n\
        | It adds | `a/b.rs`: `adds`, `lost`; `cargo xtask ci test gone`; the code of `a/c.md` |\n";

    fn faults(page: &str) -> Vec<String> {
        missing(page, &["test"], |file| (file == "a/b.rs").then(|| "fn adds() {}".to_owned()))
    }

    #[test]
    fn names_without_a_test_a_step_or_a_file_are_faults() {
        let expected = [
            "no test lost in a/b.rs for \"It adds\"",
            "no step gone for \"It adds\"",
            "no file a/c.md for \"It adds\"",
        ];
        assert_eq!(faults(&format!("# A\n\n{HEADING}{ROWS}\n## B\n\n| c | `d/e` |\n")), expected);
        assert_eq!(faults("# A\n"), ["there is no table of promises"]);
    }
}
