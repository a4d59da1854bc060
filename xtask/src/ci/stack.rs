//! The stack that an inference takes does not grow, with no feature and with each.

use std::collections::BTreeMap;

use crate::firmware::board::Mode;
use crate::firmware::runner::Row;
use crate::outcome::Outcome;

/// The board of programs without a feature.
const BOARD: &str = "mps2-an386";

/// The most bytes that an inference takes from where it is called: of an example, or of all if no
/// name is given. Without a feature, interpreted and prepared; prepared, with a feature. The arena
/// lends memory to the layers of `shapes`, so that they need less of the stack.
const MOST: [(&str, Mode, &str, u64); 7] = [
    ("", Mode::Interpreted, "", 1152),
    ("", Mode::Prepared, "", 944),
    ("dsp", Mode::Prepared, "", 2440),
    ("dsp", Mode::Prepared, "shapes", 1736),
    ("mve", Mode::Prepared, "", 2672),
    ("mve", Mode::Prepared, "shapes", 1976),
    ("thumb1", Mode::Prepared, "", 2792),
];

/// Checks the examples without a feature, and with one.
pub(super) fn check(without: &[Row], with: &BTreeMap<&str, Vec<Row>>) -> Outcome {
    for (feature, mode, model, most) in MOST {
        let rows = with.get(feature).map_or(without, Vec::as_slice);
        let is_checked = |row: &&Row| {
            row.mode == mode
                && (!feature.is_empty() || is_plain(row))
                && (model.is_empty() || row.model == model)
        };
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
    Ok(())
}

fn is_plain(row: &Row) -> bool {
    row.board.name == BOARD
}
