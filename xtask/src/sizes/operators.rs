//! The flash that each operator adds to a prepared program: a table of `docs/size.md`.

use std::fs;

use bantam::schema::TensorType;
use bantam_interp::{Code, Op};
use bantam_signal_ops::EVERY;
use bantam_testkit::table;

use crate::firmware::board::{self, Mode, Profile};
use crate::firmware::case::Case;
use crate::firmware::runner::Runner;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

pub(super) const PAGE: &str = "docs/size.md";
pub(super) const BOARD: &str = "mps2-an386";
/// The value of `BANTAM_FIRMWARE_OPS` for no operator.
pub(super) const NO_OPS: &str = "none";

/// The example whose image the programs carry.
const MODEL: &str = "sine";

const HEADING: &str = "\n## Operators\n";

const TEXT: &str = "
This table has the flash that one operator adds to a prepared program without operators, optimised
for size. Operators share code, so several take less than the sum. `int8` is the operator of
`bantam::ops::int8`. `cargo xtask sizes --operators` measures these figures (it takes some minutes);
CI checks only that every operator has a row.

| operator | int8 | all types |
|---|--:|--:|
";

/// Returns a line of a table.
pub(super) fn line(name: &str, cells: &[String]) -> String {
    format!("| {name} | {} |\n", cells.join(" | "))
}

/// Splits the page into the part before this table, and the table.
pub(super) fn split(page: &str) -> (&str, &str) {
    page.split_at(page.find(HEADING).unwrap_or(page.len()))
}

/// Writes the table anew, and leaves the rest of the page.
pub(super) fn write(workspace: &Workspace) -> Outcome {
    let path = workspace.root.join(PAGE);
    let page = fs::read_to_string(&path)?;
    let text = format!("{}{HEADING}{TEXT}{}", split(&page).0, rows(workspace)?);
    Ok(fs::write(path, text)?)
}

fn rows(workspace: &Workspace) -> Outcome<String> {
    let cases = Case::examples(&workspace.root)?;
    let case = cases.iter().find(|case| case.name == MODEL).ok_or("no example to measure with")?;
    let names: Vec<String> = EVERY.iter().map(name).collect();
    let measure = |names: &[String], beside: bool| -> Outcome<String> {
        let mode = Mode::Prepared;
        let flash = |ops: &str| -> Outcome<u64> {
            let arena_bytes = case.host(mode).arena_bytes;
            let board = board::find(BOARD)?;
            let runner = Runner::new(workspace).with(Profile::Small, ops);
            let runner = if beside { runner.beside() } else { runner };
            Ok(runner.footprint(board, case, mode.name(), arena_bytes)?.flash)
        };
        let rest = flash(NO_OPS)?;
        let mut rows = String::new();
        for name in names {
            let added = |path: &str| -> Outcome<u64> { Ok(flash(&format!("only:{path}"))? - rest) };
            let int8 = if takes_int8(name) {
                added(&format!("int8::{name}"))?.to_string()
            } else {
                "-".to_owned()
            };
            rows += &line(name, &[int8, added(name)?.to_string()]);
        }
        Ok(rows)
    };
    let (first, second) = names.split_at(names.len() / 2);
    let (first, second) = process::together(|| measure(first, false), || measure(second, true));
    Ok(first? + &second?)
}

/// Returns whether there are tests of the operator with `i8`.
fn takes_int8(name: &str) -> bool {
    let of_it = |builtin: Option<&str>| builtin == Some(name);
    table()
        .iter()
        .any(|entry| of_it(entry.operator.name()) && entry.types.contains(&TensorType::INT8))
}

fn name(op: &Op) -> String {
    match op.code() {
        Code::Builtin(builtin) => builtin.to_string(),
        Code::Custom(name) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_a_row() {
        let page = include_str!("../../../docs/size.md");
        let (_, operators) = split(page);
        for name in EVERY.iter().map(name) {
            let row = format!("\n| {name} | ");
            assert!(operators.contains(&row), "no {name}: `cargo xtask sizes --operators`");
        }
    }

    #[test]
    fn the_page_is_split_before_the_heading() {
        let page = format!("text\n{HEADING}{TEXT}| A | 1 | 2 |\n");
        assert_eq!(split(&page), ("text\n", &page[5..]));
        assert_eq!(split("text\n"), ("text\n", ""));
    }
}
