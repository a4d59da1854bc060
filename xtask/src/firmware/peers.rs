//! Instructions and cycles of one inference beside those of TensorFlow Lite Micro and of vendors,
//! which were measured once and stand in `peers.csv`.

use super::cycles;
use super::runner::Row;
use crate::outcome::Outcome;

const FIGURES: &str = include_str!("peers.csv");

/// The boards that the figures are of, with the columns of the reference kernels and of CMSIS-NN.
const BOARDS: &[(&str, [&str; 2])] = &[
    (cycles::BOARD, ["m4_reference", "m4_cmsis_nn"]),
    ("mps3-an547", ["m55_reference", "m55_cmsis_nn"]),
];

/// The columns of cycles: reference kernels and CMSIS-NN by the same estimate, and what a vendor
/// has published, if any has.
const CYCLES: [&str; 3] = ["m4_reference_cycles", "m4_cmsis_nn_cycles", "m4_published_cycles"];

/// Returns whether there are figures of this board.
pub(crate) fn has_figures(board: &str) -> bool {
    BOARDS.iter().any(|(name, _)| *name == board)
}

/// Returns the models that there are figures of, the cheapest core first.
pub(crate) fn models() -> Vec<&'static str> {
    lines().skip(1).filter_map(|line| line.split(',').next()).collect()
}

fn lines() -> impl Iterator<Item = &'static str> {
    FIGURES.lines().filter(|line| !line.starts_with('#'))
}

/// Returns the figure of a model in a column, if there is one.
fn find(model: &str, column: &str) -> Option<u64> {
    let at = lines().next()?.split(',').position(|head| head == column)?;
    let values: Option<Vec<&str>> = lines()
        .map(|line| line.split(',').collect())
        .find(|values: &Vec<_>| values.first() == Some(&model));
    values?.get(at)?.parse().ok()
}

/// Returns tables in Markdown: instructions of all rows, and cycles of those that have them. A
/// ratio is theirs divided by ours.
pub(crate) fn table(rows: &[Row]) -> Outcome<String> {
    let mut text = String::from(
        "| model | core | Bantam | TFLM reference | ratio | TFLM with CMSIS-NN | ratio |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let own = row.instructions.ok_or("no instructions were counted")?;
        let board = BOARDS.iter().find(|(name, _)| *name == row.board.name);
        let columns = board.map_or(["", ""], |(_, columns)| *columns);
        text += &line(row, own, &columns);
    }
    if rows.iter().all(|row| row.cycles.is_none()) {
        return Ok(text);
    }
    text += "\nCycles, estimated but for the last column:\n\n\
        | model | core | Bantam | TFLM reference | ratio | TFLM with CMSIS-NN | ratio | published \
        | ratio |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n";
    for row in rows {
        if let Some(own) = row.cycles {
            text += &line(row, own, &CYCLES);
        }
    }
    Ok(text)
}

/// Returns a line of a table: our figure, and those of the columns with their ratios.
fn line(row: &Row, own: u64, columns: &[&str]) -> String {
    let cells = columns.iter().map(|column| match find(&row.model, column) {
        Some(theirs) => format!(" {theirs} | {:.2}x |", theirs as f64 / own as f64),
        None => " - | - |".to_owned(),
    });
    format!("| {} | {} | {own} |{}\n", row.model, row.board.core, cells.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_figures_for_every_board() {
        assert!(models().contains(&"person_detect"));
        for model in models() {
            for [reference, cmsis_nn] in BOARDS.iter().map(|(_, columns)| columns) {
                assert!(find(model, cmsis_nn) < find(model, reference), "{model}");
                assert!(find(model, cmsis_nn).is_some(), "{model}");
            }
            let [instructions, cycles] = [BOARDS[0].1, [CYCLES[0], CYCLES[1]]];
            for (instructions, cycles) in instructions.into_iter().zip(cycles) {
                assert!(find(model, instructions) < find(model, cycles), "{model}");
            }
        }
        assert_eq!(find("person_detect", "m4_cmsis_nn"), Some(22_929_168));
        assert_eq!(find("person_detect", "m55_reference"), Some(91_475_504));
        assert_eq!(find("person_detect", "m0"), None);
        assert_eq!(find("digits", "m4_reference"), None);
        assert_eq!(find("kws_ref_model", CYCLES[2]), Some(5_180_000));
        assert_eq!(find("person_detect", CYCLES[2]), None);
    }
}
