//! The stack that an inference takes does not grow, with no feature and with each.

use std::collections::BTreeMap;

use crate::firmware::board::Mode;
use crate::firmware::runner::Row;
use crate::outcome::Outcome;

/// The board of programs without a feature.
const BOARD: &str = "mps2-an386";

/// The most bytes that an inference of an example takes from where it is called: without a feature,
/// interpreted and prepared; prepared, with a feature.
const MOST: [(&str, Mode, u64); 5] = [
    ("", Mode::Interpreted, 1152),
    ("", Mode::Prepared, 944),
    ("dsp", Mode::Prepared, 2464),
    ("mve", Mode::Prepared, 2508),
    ("thumb1", Mode::Prepared, 2700),
];

/// A model to whose layers the arena lends memory.
const BORROWER: &str = "shapes";

/// The most bytes and instructions that an inference of it takes, with a feature. Layers that are
/// lent nothing and take all memory of their own take 1.3 KB more; kernels that do not use what is
/// lent take a fifth more instructions with `dsp`.
const BORROWS: [(&str, Mode, u64, u64); 3] = [
    ("dsp", Mode::Prepared, 1152, 10_100_000),
    ("dsp", Mode::Interpreted, 1536, 10_800_000),
    ("mve", Mode::Prepared, 1664, 3_600_000),
];

/// Checks the examples without a feature, and with one.
pub(super) fn check(without: &[Row], with: &BTreeMap<&str, Vec<Row>>) -> Outcome {
    for (feature, mode, most) in MOST {
        let rows = with.get(feature).map_or(without, Vec::as_slice);
        let is_checked = |row: &&Row| row.mode == mode && (!feature.is_empty() || is_plain(row));
        let deepest = rows.iter().filter(is_checked).max_by_key(|row| row.invoke_stack_bytes);
        let Some((row, bytes)) = deepest.and_then(|row| Some((row, row.invoke_stack_bytes?)))
        else {
            return Err(format!("no program, {}, with `{feature}`", mode.name()).into());
        };
        let what = format!("{} on {}, {}", row.model, row.board.core, mode.name());
        if bytes > most {
            return Err(format!("{what}: {bytes} bytes of stack; {most} are the limit").into());
        }
        println!("{what}: an inference takes {bytes} bytes of stack, {most} are the limit");
    }
    check_borrower(with)
}

/// Checks that layers are lent memory, and use it.
fn check_borrower(with: &BTreeMap<&str, Vec<Row>>) -> Outcome {
    for (feature, mode, most_bytes, most) in BORROWS {
        let mut rows = with.get(feature).into_iter().flatten();
        let row = rows.find(|row| row.model == BORROWER && row.mode == mode);
        let Some((bytes, instructions)) =
            row.and_then(|row| row.invoke_stack_bytes.zip(row.instructions))
        else {
            return Err(format!("no {BORROWER}, {}, with `{feature}`", mode.name()).into());
        };
        let what = format!("{BORROWER} with `{feature}`, {}", mode.name());
        let found = format!("{bytes} bytes of stack and {instructions} instructions");
        let limits = format!("{most_bytes} and {most} are the limits");
        if bytes > most_bytes || instructions > most {
            return Err(format!("{what}: {found}; {limits}").into());
        }
        println!("{what}: {found}; {limits}");
    }
    Ok(())
}

fn is_plain(row: &Row) -> bool {
    row.board.name == BOARD
}
